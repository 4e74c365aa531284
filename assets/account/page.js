/* global document, fetch, FormData, history, location, navigator, URLSearchParams */
// The pages that links in mails lead to, for shops without pages of their own. The token stands behind # in the address, so that no
// server and no log sees it, and is used when the button is pressed and not before: mail scanners open links.

const TEXTS = {
  en: {
    'verify-email': ['Confirm your e-mail address', 'One press, and the address is confirmed.', 'Confirm address'],
    'reset-password': [
      'Choose a new password',
      'At least 15 characters; a few unusual words are good.',
      'Save password',
    ],
    'magic-link': ['Sign in', 'One press, and you are signed in.', 'Sign in'],
    'confirm-email-change': [
      'Confirm your new e-mail address',
      'Both addresses have to confirm.',
      'Confirm the change',
    ],
    'accept-invite': ['Accept the invitation', 'Choose a password of at least 15 characters.', 'Accept'],
    done: {
      'verify-email': 'Thank you, your address is confirmed.',
      'reset-password': 'Your new password is saved. You can sign in with it now.',
      'magic-link': 'You are signed in. This is your access token for the API; it works for a few minutes:',
      'accept-invite': 'Welcome! Your account is ready, and you can sign in.',
      pending: 'Thank you. Please confirm in the mail to your other address, too.',
      changed: 'Your new address is in use now. Please sign in with it.',
    },
    password: 'New password',
    name: 'Your name (if it differs from the invitation)',
    code: 'Code of your authenticator app, or a recovery code',
    codeIntro: 'One more step: please enter your code.',
    passkeyOnly: 'Your account asks for a passkey, which this page cannot. Please use the shop’s own sign-in.',
    next: 'Continue',
    noToken: 'This link is incomplete or was opened before. Please open it from the mail again.',
    offline: 'The shop cannot be reached. Please check your connection and try again.',
    failed: 'That did not work. Please try again in a moment.',
  },
  de: {
    'verify-email': ['E-Mail-Adresse bestätigen', 'Ein Klick, und die Adresse ist bestätigt.', 'Adresse bestätigen'],
    'reset-password': [
      'Neues Passwort wählen',
      'Mindestens 15 Zeichen; ein paar ungewöhnliche Wörter sind gut.',
      'Passwort speichern',
    ],
    'magic-link': ['Anmelden', 'Ein Klick, und Sie sind angemeldet.', 'Anmelden'],
    'confirm-email-change': [
      'Neue E-Mail-Adresse bestätigen',
      'Beide Adressen müssen bestätigen.',
      'Änderung bestätigen',
    ],
    'accept-invite': ['Einladung annehmen', 'Wählen Sie ein Passwort mit mindestens 15 Zeichen.', 'Annehmen'],
    done: {
      'verify-email': 'Danke, Ihre Adresse ist bestätigt.',
      'reset-password': 'Ihr neues Passwort ist gespeichert. Sie können sich jetzt damit anmelden.',
      'magic-link': 'Sie sind angemeldet. Dies ist Ihr Zugangstoken für die API; es gilt einige Minuten:',
      'accept-invite': 'Willkommen! Ihr Konto ist bereit, und Sie können sich anmelden.',
      pending: 'Danke. Bitte bestätigen Sie auch in der Mail an Ihre andere Adresse.',
      changed: 'Ihre neue Adresse gilt jetzt. Bitte melden Sie sich mit ihr an.',
    },
    password: 'Neues Passwort',
    name: 'Ihr Name (falls er in der Einladung anders steht)',
    code: 'Code Ihrer Authenticator-App oder ein Wiederherstellungscode',
    codeIntro: 'Noch ein Schritt: Bitte geben Sie Ihren Code ein.',
    passkeyOnly:
      'Ihr Konto verlangt einen Passkey, den diese Seite nicht abfragen kann. Bitte melden Sie sich im Shop an.',
    next: 'Weiter',
    noToken: 'Dieser Link ist unvollständig oder wurde schon geöffnet. Bitte öffnen Sie ihn noch einmal aus der Mail.',
    offline: 'Der Shop ist nicht erreichbar. Bitte prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
    failed: 'Das hat nicht geklappt. Bitte versuchen Sie es gleich noch einmal.',
  },
};

/** What each page sends, and to where. */
const PAGES = {
  'verify-email': { path: 'auth/verify-email', fields: [] },
  'reset-password': { path: 'auth/password/reset', fields: ['password'] },
  'magic-link': { path: 'auth/magic-links/verify', fields: [] },
  'confirm-email-change': { path: 'auth/email/confirm', fields: [] },
  'accept-invite': { path: 'invites/accept', fields: ['name', 'password'] },
};
/** How the browser is to treat each field. */
const FIELDS = {
  password: { type: 'password', autocomplete: 'new-password', required: true, minLength: 15, maxLength: 256 },
  name: { type: 'text', autocomplete: 'name', required: false, maxLength: 200 },
  code: { type: 'text', autocomplete: 'one-time-code', required: true, maxLength: 64 },
};

const language = navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => tag in TEXTS) ?? 'en';
const texts = TEXTS[language];
const page = location.pathname.split('/').pop();
const token = new URLSearchParams(location.hash.slice(1)).get('token');
// Out of the address bar and of the history, where others could read it.
history.replaceState(null, '', location.pathname);

const element = (id) => document.getElementById(id);
/** What the next press of the button sends. */
let step = { path: PAGES[page].path, fields: PAGES[page].fields, known: { token } };

const [title, intro, button] = texts[page];
document.documentElement.lang = language;
document.title = title;
element('title').textContent = title;
element('intro').textContent = intro;
element('send').textContent = button;
if (token) showFields(step.fields);
else showOutcome('failed', texts.noToken);

element('form').addEventListener('submit', async (event) => {
  event.preventDefault();
  element('send').disabled = true;
  showOutcome('', '');
  try {
    const answer = await fetch(`../api/v1/${step.path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, application/problem+json' },
      body: JSON.stringify({ ...step.known, ...enteredValues() }),
      credentials: 'omit',
      cache: 'no-store',
    });
    const body = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    if (answer.ok) succeed(body);
    else showOutcome('failed', problemText(body));
  } catch {
    showOutcome('failed', texts.offline);
  } finally {
    element('send').disabled = false;
  }
});

function succeed(body) {
  if (body.mfaRequired) {
    askForCode(body);
    return;
  }
  element('form').hidden = true;
  element('intro').textContent = '';
  // Where the same page has several good ends, the answer says which.
  const isSignedIn = typeof body.accessToken === 'string';
  showOutcome('done', texts.done[body.status] ?? texts.done[isSignedIn ? 'magic-link' : page]);
  if (isSignedIn) {
    const area = document.createElement('textarea');
    area.readOnly = true;
    area.value = body.accessToken;
    area.setAttribute('aria-label', 'Access token');
    element('outcome').append(area);
  }
}

/** The first factor was right, and the account has a second one. */
function askForCode({ challengeToken, methods }) {
  if (!methods.some((method) => method === 'totp' || method === 'recovery_code')) {
    element('form').hidden = true;
    showOutcome('failed', texts.passkeyOnly);
    return;
  }
  step = { path: 'auth/mfa/challenge', fields: ['code'], known: { challengeToken } };
  element('intro').textContent = texts.codeIntro;
  element('send').textContent = texts.next;
  showFields(step.fields);
}

function showFields(names) {
  const labels = names.map((name) => {
    const label = document.createElement('label');
    const input = Object.assign(document.createElement('input'), FIELDS[name], { name, id: `field-${name}` });
    label.append(texts[name], input);
    return label;
  });
  element('fields').replaceChildren(...labels);
  element('form').hidden = false;
  element('fields').querySelector('input')?.focus();
}

/** What was entered; fields left blank are not sent. */
function enteredValues() {
  return Object.fromEntries([...new FormData(element('form'))].filter(([, value]) => value !== ''));
}

function showOutcome(kind, text) {
  const outcome = element('outcome');
  outcome.className = kind;
  outcome.replaceChildren(text);
}

/** The sentence of the problem (RFC 9457), with what is wrong in which field. */
function problemText({ detail, title: short, errors = [] }) {
  const faults = errors.map(({ pointer, message }) => `${String(pointer).replace(/^[/#]+/, '')} ${message}`);
  return [detail ?? short ?? texts.failed, ...faults].join(' – ');
}

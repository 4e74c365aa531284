/* global crypto, document, fetch, history, location, navigator, URLSearchParams */
// Shows an order that staff have written for a customer, and pays it, for shops without pages of their own. The token stands behind # in
// the address, so that no server and no log sees it.

const TEXTS = {
  en: {
    title: 'Your order',
    pay: 'Pay now',
    total: 'Total',
    shipping: 'Shipping',
    paid: 'Thank you, your order is paid.',
    open: 'Please pay until {until}; so long we keep the goods for you.',
    over: 'There is nothing to be paid for this order any more.',
    declined: 'The payment did not work. Please try again.',
    waiting: 'Your payment is under way. We write to you as soon as it is there.',
    byShop: 'This shop does not take payments here. Please answer the mail, and the shop tells you how to pay.',
    noToken: 'This link is incomplete or was opened before. Please open it from the mail again.',
    offline: 'The shop cannot be reached. Please check your connection and try again.',
  },
  de: {
    title: 'Ihre Bestellung',
    pay: 'Jetzt bezahlen',
    total: 'Summe',
    shipping: 'Versand',
    paid: 'Danke, Ihre Bestellung ist bezahlt.',
    open: 'Bitte bezahlen Sie bis {until}; so lange halten wir die Ware für Sie bereit.',
    over: 'Für diese Bestellung ist nichts mehr zu bezahlen.',
    declined: 'Die Zahlung hat nicht geklappt. Bitte versuchen Sie es noch einmal.',
    waiting: 'Ihre Zahlung ist unterwegs. Wir schreiben Ihnen, sobald sie da ist.',
    byShop:
      'Hier nimmt der Shop keine Zahlungen an. Bitte antworten Sie auf die Mail, dann erfahren Sie, wie Sie bezahlen.',
    noToken: 'Dieser Link ist unvollständig oder wurde schon geöffnet. Bitte öffnen Sie ihn noch einmal aus der Mail.',
    offline: 'Der Shop ist nicht erreichbar. Bitte prüfen Sie Ihre Verbindung und versuchen Sie es noch einmal.',
  },
};

const language = navigator.languages.map((tag) => tag.split('-')[0]).find((tag) => tag in TEXTS) ?? 'en';
const texts = TEXTS[language];
const id = new URLSearchParams(location.search).get('order');
const token = new URLSearchParams(location.hash.slice(1)).get('token');
// Out of the address bar and of the history, where others could read it.
history.replaceState(null, '', location.pathname);
const path = `../api/v1/orders/${encodeURIComponent(id ?? '')}`;
/** One for the whole visit: a press that is repeated pays once. */
let key = crypto.randomUUID();

const element = (name) => document.getElementById(name);
document.documentElement.lang = language;
document.title = element('title').textContent = texts.title;
element('pay').textContent = texts.pay;
element('pay').addEventListener('click', () => attempt(pay));
if (id && token) attempt(show);
else tell('failed', texts.noToken);

async function attempt(work) {
  element('pay').disabled = true;
  try {
    await work();
  } catch {
    tell('failed', texts.offline);
  } finally {
    element('pay').disabled = false;
  }
}

function send(address, options = {}) {
  const headers = { accept: 'application/json, application/problem+json', 'x-order-token': token, ...options.headers };
  return fetch(address, { ...options, headers, credentials: 'omit', cache: 'no-store' });
}

async function show() {
  const answer = await send(path);
  if (!answer.ok) {
    tell('failed', texts.noToken);
    return;
  }
  const order = await answer.json();
  element('title').textContent = `${texts.title} ${order.number}`;
  const rows = order.lines.map(({ quantity, name, total }) => [`${quantity} × ${name}`, total]);
  if (order.shippingTotal.amount > 0) rows.push([texts.shipping, order.shippingTotal]);
  rows.push([texts.total, order.total]);
  element('lines').replaceChildren(...rows.map(([label, amount]) => row(label, money(amount))));
  const isOpen = order.status === 'pending_payment';
  element('pay').hidden = !isOpen || order.paymentStatus === 'processing';
  if (!isOpen) tell('', order.paymentStatus === 'paid' ? texts.paid : texts.over);
  else if (order.paymentStatus === 'processing') tell('', texts.waiting);
  else element('intro').textContent = texts.open.replace('{until}', new Date(order.expiresAt).toLocaleString(language));
}

async function pay() {
  const answer = await send(`${path}/payments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify({ provider: 'fake', token: 'tok_success' }),
  });
  key = crypto.randomUUID();
  if (answer.status === 422 || answer.status === 400) {
    element('pay').hidden = true;
    tell('failed', texts.byShop);
    return;
  }
  const { status } = await answer.json();
  await show();
  if (status === 'failed') tell('failed', texts.declined);
}

function row(label, value) {
  const line = document.createElement('tr');
  for (const text of [label, value]) {
    const cell = document.createElement('td');
    cell.textContent = text;
    line.append(cell);
  }
  return line;
}

function money({ amount, currency }) {
  const format = new Intl.NumberFormat(language, { style: 'currency', currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

function tell(kind, text) {
  const outcome = element('outcome');
  outcome.className = kind;
  outcome.replaceChildren(text);
}

import type { MailLocale } from './mail-locale.js';

const WAS_NOT_YOU =
  'Falls Sie das nicht waren: Bitte legen Sie sofort ein neues Passwort fest („Passwort vergessen“ beim Anmelden) und sagen Sie uns Bescheid.';
const IGNORE =
  'Falls Sie das nicht wollten, können Sie diese Mail ignorieren: Ohne Ihre Bestätigung ändert sich nichts.';

export const de: MailLocale = {
  greeting: 'Guten Tag,',
  greetingByName: 'Guten Tag {{name}},',
  signature: 'Ihr Team von {{shop}}',
  codeHint: 'Falls die Schaltfläche nicht funktioniert, verwenden Sie diesen Code:',
  secondFactors: { totp: 'Authenticator-App', passkey: 'Passkey' },
  account: {
    'verify-email': {
      subject: 'Bitte bestätigen Sie Ihre E-Mail-Adresse',
      paragraphs: ['Willkommen! Nur noch ein Schritt: Bitte bestätigen Sie, dass diese Adresse Ihnen gehört.'],
      action: 'Adresse bestätigen',
      notes: [
        'Der Link gilt einmal, {{lifetime}} lang.',
        'Falls Sie kein Konto bei uns eröffnet haben, ignorieren Sie diese Mail bitte.',
      ],
    },
    'reset-password': {
      subject: 'Wählen Sie ein neues Passwort',
      paragraphs: ['Sie möchten ein neues Passwort. Hier können Sie es wählen:'],
      action: 'Neues Passwort wählen',
      notes: [
        'Der Link gilt einmal, {{lifetime}} lang. Danach sind Sie überall sonst abgemeldet.',
        'Falls Sie das nicht waren, ignorieren Sie diese Mail bitte: Ihr Passwort bleibt, wie es ist, und ohne diesen Link kann es niemand ändern.',
      ],
    },
    'magic-link': {
      subject: 'Ihr Link zum Anmelden',
      paragraphs: ['Mit diesem Link melden Sie sich ohne Passwort an:'],
      action: 'Anmelden',
      notes: [
        'Der Link gilt einmal, {{lifetime}} lang. Bitte geben Sie ihn nicht weiter.',
        'Falls Sie das nicht waren, ignorieren Sie diese Mail bitte: Ohne diesen Link kann sich niemand anmelden.',
      ],
    },
    'already-registered': {
      subject: 'Sie haben schon ein Konto',
      paragraphs: [
        'Jemand wollte diese Adresse gerade für ein Konto verwenden, aber Sie haben schon eines. Es hat sich nichts geändert.',
        'Falls Sie das waren, melden Sie sich einfach an. Wenn Sie Ihr Passwort nicht mehr wissen, wählen Sie dort „Passwort vergessen“.',
      ],
      notes: ['Falls Sie das nicht waren, müssen Sie nichts tun: Niemand ist in Ihr Konto gelangt.'],
    },
    'password-changed': {
      subject: 'Ihr Passwort wurde geändert',
      paragraphs: [
        'Das Passwort Ihres Kontos wurde gerade geändert, und alle anderen Geräte wurden abgemeldet.',
        '{{#if address}}Die Änderung kam von der Netzwerkadresse {{address}}.{{/if}}',
      ],
      notes: [WAS_NOT_YOU],
    },
    'email-change-old': {
      subject: 'Bitte bestätigen Sie Ihre neue E-Mail-Adresse',
      paragraphs: [
        'Sie möchten für Ihr Konto künftig {{newEmail}} verwenden. Bitte bestätigen Sie das hier und in der Mail, die wir an die neue Adresse geschickt haben.',
      ],
      action: 'Änderung bestätigen',
      notes: [
        'Der Link gilt einmal, {{lifetime}} lang. Bis beide Adressen bestätigt haben, bleibt alles, wie es ist.',
        'Falls Sie das nicht waren, bestätigen Sie nicht und legen Sie sofort ein neues Passwort fest: Vielleicht ist jemand in Ihrem Konto angemeldet.',
      ],
    },
    'email-change-new': {
      subject: 'Bitte bestätigen Sie Ihre neue E-Mail-Adresse',
      paragraphs: [
        'Diese Adresse soll künftig für ein Konto bei uns gelten. Bitte bestätigen Sie, dass sie Ihnen gehört.',
      ],
      action: 'Adresse bestätigen',
      notes: ['Der Link gilt einmal, {{lifetime}} lang.', IGNORE],
    },
    'email-changed': {
      subject: 'Ihre E-Mail-Adresse wurde geändert',
      paragraphs: ['Für Ihr Konto gilt jetzt die Adresse {{newEmail}}. Bitte melden Sie sich künftig mit ihr an.'],
      notes: [
        'Falls Sie das nicht waren, melden Sie sich bitte sofort bei uns, damit wir Ihnen Ihr Konto zurückgeben können.',
      ],
    },
    'second-factor-enabled': {
      subject: 'Ihre Anmeldung ist jetzt besser geschützt',
      paragraphs: ['Ihr Konto hat einen neuen Weg, die Anmeldung zu bestätigen: {{method}}.'],
      notes: [WAS_NOT_YOU],
    },
    'second-factor-disabled': {
      subject: 'Ein zweiter Schritt Ihrer Anmeldung wurde entfernt',
      paragraphs: ['Ein Weg, die Anmeldung zu bestätigen, wurde aus Ihrem Konto entfernt: {{method}}.'],
      notes: [WAS_NOT_YOU],
    },
    'recovery-codes-replaced': {
      subject: 'Sie haben neue Wiederherstellungscodes',
      paragraphs: [
        'Für Ihr Konto gibt es neue Wiederherstellungscodes ({{count}}). Die bisherigen gelten nicht mehr; bewahren Sie die neuen bitte sicher auf.',
      ],
      notes: [WAS_NOT_YOU],
    },
    'recovery-code-used': {
      subject: 'Ein Wiederherstellungscode wurde benutzt',
      paragraphs: [
        'Jemand hat sich mit einem Ihrer Wiederherstellungscodes in Ihrem Konto angemeldet. Übrige Codes: {{left}}.',
        'Wenn sie zur Neige gehen, erzeugen Sie bitte neue in den Einstellungen Ihres Kontos.',
      ],
      notes: [WAS_NOT_YOU],
    },
    'identity-linked': {
      subject: 'Sie können sich jetzt mit {{provider}} anmelden',
      paragraphs: ['Ihr Konto wurde mit {{provider}} verbunden: Sie können sich ab jetzt auch damit anmelden.'],
      notes: [WAS_NOT_YOU],
    },
    'identity-unlinked': {
      subject: 'Sie können sich nicht mehr mit {{provider}} anmelden',
      paragraphs: ['Die Verbindung Ihres Kontos mit {{provider}} wurde entfernt.'],
      notes: [WAS_NOT_YOU],
    },
    'account-disabled': {
      subject: 'Ihr Konto wurde gesperrt',
      paragraphs: [
        'Ihr Konto wurde gesperrt, und Sie wurden überall abgemeldet. Ihre Bestellungen sind davon nicht betroffen.',
      ],
      notes: ['Falls Sie das für einen Irrtum halten, melden Sie sich bitte bei uns, und wir sehen es uns an.'],
    },
    'account-enabled': {
      subject: 'Ihr Konto ist wieder offen',
      paragraphs: ['Gute Nachricht: Ihr Konto ist wieder offen. Bitte melden Sie sich an wie gewohnt.'],
      notes: ['Falls Sie das überrascht, melden Sie sich bitte bei uns, und wir erklären es Ihnen.'],
    },
    'account-erased': {
      subject: 'Ihr Konto wurde gelöscht',
      paragraphs: [
        'Ihr Konto wurde gelöscht, und mit ihm, was wir von Ihnen wussten. Wir behalten nur, wozu uns das Gesetz verpflichtet, etwa Rechnungen.',
        'Dies ist unsere letzte Mail an Sie. Danke, dass Sie bei uns waren.',
      ],
      notes: [
        'Falls Sie das nicht waren, melden Sie sich bitte bei uns: Das Konto lässt sich nicht wiederherstellen, aber wir finden heraus, was geschehen ist.',
      ],
    },
    'export-ready': {
      subject: 'Ihre Daten liegen bereit',
      paragraphs: [
        'Die Kopie Ihrer Daten, um die Sie gebeten haben, liegt bereit. Melden Sie sich an, um sie abzuholen; ihre Nummer ist {{operationId}}.',
      ],
      notes: ['Sie kann {{lifetime}} lang abgeholt werden und wird danach gelöscht.', WAS_NOT_YOU],
    },
    'webhook-endpoint-disabled': {
      subject: 'An {{host}} wird nichts mehr gesendet',
      paragraphs: [
        'Der Webhook-Endpunkt bei {{host}} wurde abgeschaltet: {{#if status}}Er antwortete, dass es ihn nicht mehr gibt ({{status}}).{{else}}Fünf Tage lang hat er nichts angenommen.{{/if}}',
        'Nichts ist verloren: Sobald der Empfänger wieder arbeitet, schalten Sie den Endpunkt ein und lassen Sie noch einmal senden, was er verpasst hat. Ereignisse werden 30 Tage aufbewahrt.',
      ],
      notes: ['Die Zustellungen des Endpunkts zeigen, was gesendet und was geantwortet wurde.'],
    },
    invite: {
      subject: 'Sie sind zu {{shop}} eingeladen',
      paragraphs: ['Sie sind eingeladen, im Team von {{shop}} mitzuarbeiten. Ihre Aufgabe dort: {{roles}}.'],
      action: 'Einladung annehmen',
      notes: [
        'Der Link gilt einmal, {{lifetime}} lang.',
        'Falls Sie nicht damit gerechnet haben, ignorieren Sie diese Mail bitte.',
      ],
    },
  },
  orders: {
    line: '{{quantity}} × {{name}} ({{sku}})',
    pieces: '{{name}} ({{sku}})',
    totals: {
      subtotal: 'Zwischensumme',
      discount: 'Rabatt',
      shipping: 'Versand',
      tax: 'Steuer',
      total: 'Summe',
      includedTax: 'Darin enthaltene Steuer',
    },
    refundReasons: {
      requested_by_customer: 'Sie hatten darum gebeten.',
      duplicate: 'Es war doppelt abgebucht worden.',
      damaged: 'Die Ware war beschädigt.',
      returned: 'Sie haben Ware zurückgeschickt.',
      order_cancelled: 'Ihre Bestellung wurde storniert.',
      late_payment: 'Ihre Zahlung kam, als die Bestellung schon beendet war.',
      paid_twice: 'Es war mehr bezahlt worden als fällig.',
      order_edited: 'Ihre Bestellung wurde geändert und kostet jetzt weniger.',
    },
    mails: {
      'order-placed': {
        subject: 'Ihre Bestellung {{number}} wartet auf die Zahlung',
        paragraphs: [
          'Danke für Ihre Bestellung. Wir bestätigen sie, sobald Ihre Zahlung da ist.',
          'Bis {{until}} halten wir die Ware für Sie bereit. Das haben wir notiert:',
        ],
        action: 'Bestellung ansehen und bezahlen',
        notes: ['Falls Sie gerade bezahlt haben, müssen Sie nichts tun: Unsere nächste Mail ist unterwegs.'],
      },
      'payment-failed': {
        subject: 'Die Zahlung Ihrer Bestellung {{number}} hat nicht geklappt',
        paragraphs: [
          'Ihre Zahlung kam nicht zustande, es wurde also nichts abgebucht. Ihre Bestellung gibt es noch: Bitte versuchen Sie es noch einmal, oder bezahlen Sie anders.',
          'Bis {{until}} halten wir die Ware für Sie bereit:',
        ],
        action: 'Jetzt bezahlen',
        notes: [],
      },
      'order-payable': {
        subject: 'Ihre Bestellung {{number}} kann bezahlt werden',
        paragraphs: [
          'Wir haben eine Bestellung für Sie zusammengestellt. Bitte sehen Sie sie an, und bezahlen Sie, wenn alles so ist, wie Sie es möchten.',
          'Bis {{until}} halten wir die Ware für Sie bereit:',
        ],
        action: 'Bestellung ansehen und bezahlen',
        notes: [
          'Der Link öffnet die Bestellung ohne Anmeldung; bitte geben Sie ihn nicht weiter.',
          'Falls etwas nicht stimmt oder Sie diese Mail nicht erwartet haben, melden Sie sich bitte bei uns; sonst müssen Sie nichts tun.',
        ],
      },
      'order-confirmation': {
        subject: 'Ihre Bestellung {{number}} ist bestätigt',
        paragraphs: ['Danke für Ihre Bestellung. Das haben wir notiert:'],
        notes: [],
      },
      'order-cancelled': {
        subject: 'Ihre Bestellung {{number}} wurde storniert',
        paragraphs: [
          'Ihre Bestellung wurde storniert, es wird nichts davon geliefert.',
          '{{#if returned}}{{returned}} gehen an Sie zurück, auf dem Weg, auf dem Sie bezahlt haben. Wann das Geld ankommt, hängt von Ihrer Bank ab.{{/if}}',
          '{{#if released}}{{released}}, die für uns vorgemerkt waren, sind wieder frei; abgebucht wurden sie nie.{{/if}}',
          '{{#unless taken}}Es wurde nichts abgebucht.{{/unless}}',
        ],
        notes: ['Falls Sie das überrascht, melden Sie sich bitte bei uns.'],
      },
      'order-expired': {
        subject: 'Ihre Bestellung {{number}} ist ohne Zahlung abgelaufen',
        paragraphs: [
          'Ihre Zahlung ist nicht rechtzeitig angekommen, daher halten wir die Ware nicht länger bereit. Es wurde nichts abgebucht.',
          'Wenn Sie sie noch möchten, bestellen Sie bitte noch einmal:',
        ],
        notes: [
          'Sollte doch noch eine Zahlung von Ihnen ankommen, bestätigen wir die Bestellung oder schicken das Geld zurück.',
        ],
      },
      'order-edited': {
        subject: 'Ihre Bestellung {{number}} wurde geändert',
        paragraphs: [
          'Wir haben Ihre Bestellung geändert, wie besprochen.',
          '{{#if due}}{{due}} sind noch zu zahlen.{{else}}Sie müssen nichts mehr zahlen. Falls wir Ihnen etwas schulden, geht es von selbst zurück, und eine weitere Mail sagt es Ihnen.{{/if}}',
          'Das ist Ihre Bestellung jetzt:',
        ],
        action: 'Bestellung ansehen',
        notes: ['Falls Sie das überrascht, melden Sie sich bitte bei uns.'],
      },
      'order-shipped': {
        subject: '{{#if isPart}}Ein Teil Ihrer Bestellung{{else}}Ihre Bestellung{{/if}} {{number}} ist unterwegs',
        paragraphs: [
          'Wir haben Ihnen {{#if isPart}}einen Teil Ihrer Bestellung geschickt; der Rest folgt{{else}}Ihre Bestellung geschickt{{/if}}.',
          '{{#if carrier}}Die Sendung kommt mit {{carrier}}{{#if tracking}}, unter der Nummer {{tracking}}{{/if}}.{{else}}{{#if tracking}}Die Sendung hat die Nummer {{tracking}}.{{/if}}{{/if}}',
          'Das ist darin:',
        ],
        action: 'Sendung verfolgen',
        notes: [],
      },
      'order-refunded': {
        subject: '{{amount}} Ihrer Bestellung {{number}} gehen an Sie zurück',
        paragraphs: [
          '{{#if storeCredit}}Wir haben Ihnen {{amount}} gutgeschrieben. Mit Ihrem Guthaben können Sie jederzeit bezahlen.{{else}}Wir haben {{amount}} an Sie zurückgeschickt, auf dem Weg, auf dem Sie bezahlt haben.{{/if}}',
          '{{reason}}',
        ],
        notes: ['{{#if bank}}Wann das Geld ankommt, hängt von Ihrer Bank ab.{{/if}}'],
      },
      'gift-card': {
        subject: 'Ihr Gutschein über {{amount}}',
        paragraphs: [
          'Hier ist ein Gutschein über {{amount}}. Geben Sie beim Bezahlen diesen Code ein:',
          '{{code}}',
          '{{#if until}}Sie können ihn bis {{until}} einlösen, in so vielen Bestellungen, wie Sie möchten.{{else}}Sie können ihn in so vielen Bestellungen einlösen, wie Sie möchten.{{/if}}',
        ],
        notes: ['Wer den Code kennt, kann den Gutschein einlösen: Bitte behalten Sie diese Mail für sich.'],
      },
    },
  },
};

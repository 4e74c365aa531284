import type { MailLocale } from './mail-locale.js';

const WAS_NOT_YOU =
  'If this was not you, please set a new password at once (choose “Forgot password” when you sign in) and tell us.';
const IGNORE = 'If you did not ask for this, you can ignore this mail: nothing changes without your confirmation.';

export const en: MailLocale = {
  greeting: 'Hello,',
  greetingByName: 'Hello {{name}},',
  signature: 'Your {{shop}} team',
  codeHint: 'If the button does not work, use this code:',
  secondFactors: { totp: 'authenticator app', passkey: 'passkey' },
  account: {
    'verify-email': {
      subject: 'Please confirm your e-mail address',
      paragraphs: ['Welcome! One last step: please confirm that this address is yours.'],
      action: 'Confirm address',
      notes: [
        'The link works once, for {{lifetime}}.',
        'If you did not open an account with us, please ignore this mail.',
      ],
    },
    'reset-password': {
      subject: 'Choose a new password',
      paragraphs: ['You asked for a new password. Choose one here:'],
      action: 'Choose a new password',
      notes: [
        'The link works once, for {{lifetime}}. Afterwards you are signed out everywhere else.',
        'If this was not you, please ignore this mail: your password stays as it is, and nobody can change it without this link.',
      ],
    },
    'magic-link': {
      subject: 'Your sign-in link',
      paragraphs: ['Here is your link to sign in without a password:'],
      action: 'Sign in',
      notes: [
        'The link works once, for {{lifetime}}. Please do not pass it on.',
        'If this was not you, please ignore this mail: nobody can sign in without this link.',
      ],
    },
    'already-registered': {
      subject: 'You already have an account',
      paragraphs: [
        'Somebody just tried to use this address for an account, but you have one already. Nothing has changed.',
        'If it was you, simply sign in. Should you have forgotten your password, choose “Forgot password” there.',
      ],
      notes: ['If this was not you, you need not do anything: nobody has got into your account.'],
    },
    'password-changed': {
      subject: 'Your password was changed',
      paragraphs: [
        'The password of your account was just changed, and all other devices were signed out.',
        '{{#if address}}The change came from the network address {{address}}.{{/if}}',
      ],
      notes: [WAS_NOT_YOU],
    },
    'email-change-old': {
      subject: 'Please confirm your new e-mail address',
      paragraphs: [
        'You want to use {{newEmail}} for your account from now on. Please confirm it here, and in the mail that we have sent to the new address.',
      ],
      action: 'Confirm the change',
      notes: [
        'The link works once, for {{lifetime}}. Until both addresses have confirmed, everything stays as it is.',
        'If this was not you, do not confirm, and set a new password at once: somebody may be signed in to your account.',
      ],
    },
    'email-change-new': {
      subject: 'Please confirm your new e-mail address',
      paragraphs: ['This address is to be used for an account with us from now on. Please confirm that it is yours.'],
      action: 'Confirm address',
      notes: ['The link works once, for {{lifetime}}.', IGNORE],
    },
    'email-changed': {
      subject: 'Your e-mail address was changed',
      paragraphs: ['Your account now uses the address {{newEmail}}. Please sign in with it from now on.'],
      notes: ['If this was not you, please contact us at once, so that we can give your account back to you.'],
    },
    'second-factor-enabled': {
      subject: 'Your sign-in is better protected now',
      paragraphs: ['A new way to confirm your sign-in was added to your account: {{method}}.'],
      notes: [WAS_NOT_YOU],
    },
    'second-factor-disabled': {
      subject: 'A second step of your sign-in was removed',
      paragraphs: ['A way to confirm your sign-in was removed from your account: {{method}}.'],
      notes: [WAS_NOT_YOU],
    },
    'recovery-codes-replaced': {
      subject: 'You have new recovery codes',
      paragraphs: [
        'New recovery codes were made for your account ({{count}}). The ones before no longer work, so please keep the new ones in a safe place.',
      ],
      notes: [WAS_NOT_YOU],
    },
    'recovery-code-used': {
      subject: 'A recovery code was used',
      paragraphs: [
        'Somebody signed in to your account with one of your recovery codes. Codes left: {{left}}.',
        'If they are running out, please make new ones in the settings of your account.',
      ],
      notes: [WAS_NOT_YOU],
    },
    'identity-linked': {
      subject: 'You can now sign in with {{provider}}',
      paragraphs: ['Your account was linked with {{provider}}: from now on you can sign in with it, too.'],
      notes: [WAS_NOT_YOU],
    },
    'identity-unlinked': {
      subject: 'You can no longer sign in with {{provider}}',
      paragraphs: ['The link of your account with {{provider}} was removed.'],
      notes: [WAS_NOT_YOU],
    },
    'account-disabled': {
      subject: 'Your account was disabled',
      paragraphs: [
        'Your account was disabled, and you were signed out everywhere. Your orders are not touched by this.',
      ],
      notes: ['If you think that this is a mistake, please contact us, and we will look into it.'],
    },
    'account-enabled': {
      subject: 'Your account is open again',
      paragraphs: ['Good news: your account is open again. Please sign in as usual.'],
      notes: ['If this surprises you, please contact us, and we will explain.'],
    },
    'account-erased': {
      subject: 'Your account was deleted',
      paragraphs: [
        'Your account was deleted, with what we knew of you. We only keep what the law obliges us to, such as invoices.',
        'This is our last mail to you. Thank you for having been with us.',
      ],
      notes: [
        'If this was not you, please contact us: the account cannot be restored, but we will find out what happened.',
      ],
    },
    'export-ready': {
      subject: 'Your data is ready',
      paragraphs: [
        'The copy of your data that you asked for is ready. Sign in to fetch it; its number is {{operationId}}.',
      ],
      notes: ['It can be fetched for {{lifetime}}, and is deleted afterwards.', WAS_NOT_YOU],
    },
    'webhook-endpoint-disabled': {
      subject: 'Nothing is sent to {{host}} any more',
      paragraphs: [
        'The webhook endpoint at {{host}} was disabled: {{#if status}}it answered that it is gone for good ({{status}}).{{else}}for five days it has taken nothing.{{/if}}',
        'Nothing is lost: once the receiver works again, set the endpoint to active and replay what it has missed. Events are kept for 30 days.',
      ],
      notes: ['The deliveries of the endpoint show what was sent, and what was answered.'],
    },
    invite: {
      subject: 'You are invited to {{shop}}',
      paragraphs: ['You are invited to join the team of {{shop}}. Your part there: {{roles}}.'],
      action: 'Accept the invitation',
      notes: ['The link works once, for {{lifetime}}.', 'If you did not expect this, please ignore this mail.'],
    },
  },
  orders: {
    line: '{{quantity}} × {{name}} ({{sku}})',
    pieces: '{{name}} ({{sku}})',
    totals: {
      subtotal: 'Subtotal',
      discount: 'Discount',
      shipping: 'Shipping',
      tax: 'Tax',
      total: 'Total',
      includedTax: 'Tax included',
    },
    refundReasons: {
      requested_by_customer: 'You asked for it.',
      duplicate: 'It had been charged twice.',
      damaged: 'The goods were damaged.',
      returned: 'You sent goods back.',
      order_cancelled: 'Your order was cancelled.',
      late_payment: 'Your payment came when the order was over.',
      paid_twice: 'More had been paid than was due.',
      order_edited: 'Your order was changed, and comes to less now.',
    },
    mails: {
      'order-placed': {
        subject: 'Your order {{number}} waits for its payment',
        paragraphs: [
          'Thank you for your order. We confirm it as soon as your payment has arrived.',
          'We hold the goods for you until {{until}}. This is what we have noted:',
        ],
        action: 'See the order and pay',
        notes: ['If you have just paid, you need not do anything: our next mail is on its way.'],
      },
      'payment-failed': {
        subject: 'The payment of your order {{number}} did not succeed',
        paragraphs: [
          'We could not take your payment, so nothing was charged. Your order is still there: please try again, or pay in another way.',
          'We hold the goods for you until {{until}}:',
        ],
        action: 'Pay now',
        notes: [],
      },
      'order-payable': {
        subject: 'Your order {{number}} is ready to be paid',
        paragraphs: [
          'We have put together an order for you. Please have a look, and pay it when everything is as you want it.',
          'We keep the goods for you until {{until}}:',
        ],
        action: 'See and pay the order',
        notes: [
          'The link opens the order without signing in, so please do not pass it on.',
          'If something is not as you want it, or you did not expect this, please tell us; you need not do anything else.',
        ],
      },
      'order-confirmation': {
        subject: 'Your order {{number}} is confirmed',
        paragraphs: ['Thank you for your order. This is what we have noted:'],
        notes: [],
      },
      'order-cancelled': {
        subject: 'Your order {{number}} was cancelled',
        paragraphs: [
          'Your order was cancelled, and nothing of it will be delivered.',
          '{{#if returned}}{{returned}} goes back to you, in the way you paid. How soon it arrives is up to your bank.{{/if}}',
          '{{#if released}}{{released}} that was reserved for us is free again; it was never charged.{{/if}}',
          '{{#unless taken}}Nothing was charged.{{/unless}}',
        ],
        notes: ['If this surprises you, please contact us.'],
      },
      'order-expired': {
        subject: 'Your order {{number}} has ended without payment',
        paragraphs: [
          'Your payment did not arrive in time, so we no longer hold the goods. Nothing was charged.',
          'If you still want them, please order again:',
        ],
        notes: ['Should a payment of yours arrive after all, we confirm the order or send the money back.'],
      },
      'order-edited': {
        subject: 'Your order {{number}} was changed',
        paragraphs: [
          'We have changed your order, as we agreed.',
          '{{#if due}}{{due}} is still to be paid.{{else}}You need not pay any more. Should we owe you something, it goes back by itself, and another mail tells you so.{{/if}}',
          'This is your order now:',
        ],
        action: 'See your order',
        notes: ['If this surprises you, please contact us.'],
      },
      'order-shipped': {
        subject: '{{#if isPart}}A part of your order{{else}}Your order{{/if}} {{number}} is on its way',
        paragraphs: [
          'We have sent you {{#if isPart}}a part of your order; the rest follows{{else}}your order{{/if}}.',
          '{{#if carrier}}It comes with {{carrier}}{{#if tracking}}, under the number {{tracking}}{{/if}}.{{else}}{{#if tracking}}It goes under the number {{tracking}}.{{/if}}{{/if}}',
          'This is in it:',
        ],
        action: 'See where it is',
        notes: [],
      },
      'order-refunded': {
        subject: '{{amount}} of your order {{number}} goes back to you',
        paragraphs: [
          '{{#if storeCredit}}{{amount}} are now on your store credit, which you can pay with at any time.{{else}}We have sent {{amount}} back to you, in the way you paid.{{/if}}',
          '{{reason}}',
        ],
        notes: ['{{#if bank}}How soon it arrives is up to your bank.{{/if}}'],
      },
      'gift-card': {
        subject: 'Your gift card for {{amount}}',
        paragraphs: [
          'Here is a gift card for {{amount}}. Enter this code when you pay:',
          '{{code}}',
          '{{#if until}}It can be spent until {{until}}, in as many orders as you like.{{else}}It can be spent in as many orders as you like.{{/if}}',
        ],
        notes: ['Whoever knows the code can spend the card, so keep this mail to yourself.'],
      },
    },
  },
};

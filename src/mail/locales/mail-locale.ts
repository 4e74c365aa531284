import type { AccountMailData } from '../templates/account-mails.js';
import type { OrderMailData } from '../templates/order-mails.js';

/**
 * What one mail says. The texts are Handlebars templates of plain text: `{{…}}` is a value, and nothing in them is HTML.
 *
 * A paragraph that comes out empty is left out.
 */
export interface MailMessage {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  /** After the button: how long it works, and what to do when it was not you. */
  readonly notes: readonly string[];
}

/** A mail with a link to act on. */
export interface ActionMessage extends MailMessage {
  /** What the button says. */
  readonly action: string;
}

/** Every text of mail in one language. A language that lacks a message does not compile. */
export interface MailLocale {
  readonly greeting: string;
  readonly greetingByName: string;
  readonly signature: string;
  /** Before the token, for those who cannot use the button. */
  readonly codeHint: string;
  readonly secondFactors: Readonly<Record<'totp' | 'passkey', string>>;
  readonly account: {
    readonly [Name in keyof AccountMailData]: AccountMailData[Name] extends { token: string }
      ? ActionMessage
      : MailMessage;
  };
  readonly orders: {
    readonly line: string;
    /** Pieces without an amount. */
    readonly pieces: string;
    readonly totals: Readonly<Record<'subtotal' | 'discount' | 'shipping' | 'tax' | 'total' | 'includedTax', string>>;
    /** Why money goes back, by the code of the refund's reason. */
    readonly refundReasons: Readonly<Record<string, string>>;
    readonly mails: {
      readonly [Name in keyof OrderMailData]: OrderMailData[Name] extends
        { token: string | null } | { trackingUrl: string | null }
        ? ActionMessage
        : MailMessage;
    };
  };
}

import type { Implementation } from '../common/extension-points.js';

/** A mail ready to leave. */
export interface OutgoingMail {
  /** Without angle brackets; the same whenever the same mail is sent again. */
  readonly messageId: string;
  readonly date: Date;
  /** As it stands in the header, such as `Storehouse <no-reply@shop.example>`. */
  readonly from: string;
  readonly to: MailAddress;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

export interface MailAddress {
  /** What to call the person; may be empty. */
  readonly name: string;
  readonly address: string;
}

/**
 * Where mail goes, such as a mail server or the mailbox of development: an extension point. Never called inside a database transaction.
 *
 * `test/kits/mail-transport.kit.ts` holds every implementation to what is said here.
 */
export abstract class MailTransport implements Implementation {
  abstract readonly isOffered: boolean;

  /**
   * Hands the mail over, letter by letter, and says in its header that a program wrote it (`Auto-Submitted: auto-generated`, RFC 3834). When
   * it returns, the other side has taken responsibility for it. The same mail may be delivered again, under its one Message-ID, and several
   * mails at once.
   *
   * Whoever cannot take back what the other side has, and cannot make it drop a repeat, calls `begins` once and waits for it, as late as
   * possible before the other side could take the mail: connections and sign-ins come first. Only then may the mail leave. When `begins`
   * fails, so does the delivery, and nothing leaves. Where the same mail twice is one mail, it need not be called.
   *
   * @throws MailRefusedError when the other side has answered that it does not take the mail; Error of any other class when it broke off, or
   *   did not answer before `signal` ends the wait. Before `begins`, and after a refusal, the mail is delivered again later; after anything
   *   else the other side may have it, and nobody delivers it again but a person who knows that.
   */
  abstract deliver(mail: OutgoingMail, signal: AbortSignal, begins: () => Promise<void>): Promise<void>;
}

/** The other side has answered that it does not take a mail, now or ever; it does not have it. */
export class MailRefusedError extends Error {
  constructor(answer: unknown) {
    super(answer instanceof Error ? answer.message : String(answer), { cause: answer });
    this.name = 'MailRefusedError';
  }
}

/** The message as nodemailer wants it. `Auto-Submitted` keeps holiday replies away (RFC 3834). */
export function toMessage(mail: OutgoingMail) {
  return {
    messageId: `<${mail.messageId}>`,
    date: mail.date,
    from: mail.from,
    to: { name: mail.to.name, address: mail.to.address },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

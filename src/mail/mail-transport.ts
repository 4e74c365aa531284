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

/** Where mail goes: a mail server, or the mailbox of development. */
export abstract class MailTransport {
  /**
   * Hands the mail over; when it returns, the other side has taken responsibility for it.
   *
   * @throws when the other side refused, or did not answer within `DELIVERY_PATIENCE_MS`.
   */
  abstract deliver(mail: OutgoingMail): Promise<void>;
}

/** How long one delivery may take altogether. */
export const DELIVERY_PATIENCE_MS = 45_000;

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

import type { Transporter } from 'nodemailer';
import { DELIVERY_PATIENCE_MS, MailTransport, type OutgoingMail, toMessage } from './mail-transport.js';

/**
 * Sends through the mail server of `SMTP_URL`.
 *
 * One connection a mail, so that nothing has to be kept alive; the URL may say otherwise (`?pool=true`).
 */
export class SmtpTransport extends MailTransport {
  private transporter: Promise<Transporter> | undefined;

  constructor(private readonly url: string) {
    super();
  }

  override async deliver(mail: OutgoingMail): Promise<void> {
    const transporter = await (this.transporter ??= this.connect());
    await transporter.sendMail({ ...toMessage(mail), signal: AbortSignal.timeout(DELIVERY_PATIENCE_MS) });
  }

  async close(): Promise<void> {
    (await this.transporter)?.close();
  }

  /** Loads the mailer with the first mail: processes that only serve requests never send one. */
  private async connect(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url: this.url,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 20_000,
      dnsTimeout: 10_000,
    });
  }
}

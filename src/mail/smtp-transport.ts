import { createTransport } from 'nodemailer';
import { DELIVERY_PATIENCE_MS, MailTransport, type OutgoingMail, toMessage } from './mail-transport.js';

/**
 * Sends through the mail server of `SMTP_URL`.
 *
 * One connection a mail, so that nothing has to be kept alive; the URL may say otherwise (`?pool=true`).
 */
export class SmtpTransport extends MailTransport {
  private readonly transporter: ReturnType<typeof createTransport>;

  constructor(url: string) {
    super();
    this.transporter = createTransport({
      url,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 20_000,
      dnsTimeout: 10_000,
    });
  }

  override async deliver(mail: OutgoingMail): Promise<void> {
    await this.transporter.sendMail({ ...toMessage(mail), signal: AbortSignal.timeout(DELIVERY_PATIENCE_MS) });
  }

  close(): void {
    this.transporter.close();
  }
}

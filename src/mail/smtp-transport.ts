import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Transporter } from 'nodemailer';
import { Environment } from '../config/environment.js';
import { MailTransport, type OutgoingMail, toMessage } from './mail-transport.js';

/**
 * Sends through the mail server of `SMTP_URL`.
 *
 * One connection a mail, so that nothing has to be kept alive; the URL may say otherwise (`?pool=true`).
 */
@Injectable()
export class SmtpTransport extends MailTransport implements OnApplicationShutdown {
  private transporter: Promise<Transporter> | undefined;

  constructor(private readonly environment: Environment) {
    super();
  }

  override get isOffered(): boolean {
    return this.environment.SMTP_URL !== undefined;
  }

  override async deliver(mail: OutgoingMail, signal: AbortSignal): Promise<void> {
    const transporter = await (this.transporter ??= this.connect());
    await transporter.sendMail({ ...toMessage(mail), signal });
  }

  async onApplicationShutdown(): Promise<void> {
    (await this.transporter)?.close();
  }

  /** Loads the mailer with the first mail: processes that only serve requests never send one. */
  private async connect(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url: this.environment.SMTP_URL,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 20_000,
      dnsTimeout: 10_000,
    });
  }
}

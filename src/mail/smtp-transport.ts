import { Readable } from 'node:stream';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { SendMailOptions, Transporter } from 'nodemailer';
import { Environment } from '../config/environment.js';
import { MailRefusedError, MailTransport, type OutgoingMail, toMessage } from './mail-transport.js';

interface AnnouncedMessage extends SendMailOptions {
  readonly begins: () => Promise<void>;
}

/**
 * Sends through the mail server of `SMTP_URL`.
 *
 * One connection a mail, so that nothing has to be kept alive; the URL may say otherwise (`?pool=true`).
 *
 * The mail is announced as late as SMTP allows: behind the answer to DATA (354) and before the first letter of the message. Sign-in, sender
 * and recipient have been accepted by then.
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

  override async deliver(mail: OutgoingMail, signal: AbortSignal, begins: () => Promise<void>): Promise<void> {
    const transporter = await (this.transporter ??= this.connect());
    const message: AnnouncedMessage = { ...toMessage(mail), signal, begins };
    try {
      await transporter.sendMail(message);
    } catch (error) {
      // The server's own answer, of whichever command (RFC 5321 section 4.2.1); a connection that was cut has none.
      const { responseCode = 0 } = error as { responseCode?: number };
      throw responseCode >= 400 && responseCode < 600 ? new MailRefusedError(error) : error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    (await this.transporter)?.close();
  }

  /** Loads the mailer with the first mail: processes that only serve requests never send one. */
  private async connect(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer');
    const transporter = createTransport({
      url: this.environment.SMTP_URL,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 20_000,
      dnsTimeout: 10_000,
    });
    transporter.use('stream', ({ message, data }, done) => {
      message.processFunc((content) => Readable.from(announced(content, (data as AnnouncedMessage).begins)));
      done();
    });
    return transporter;
  }
}

/** What the message says, read by nodemailer once the server asks for it. */
async function* announced(content: Readable, begins: () => Promise<void>): AsyncGenerator<Buffer> {
  await begins();
  yield* content as AsyncIterable<Buffer>;
}

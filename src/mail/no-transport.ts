import { MailTransport } from './mail-transport.js';

/** Stands in a production process that no setting gives another transport, which only the API role may be: it writes no mail. */
export class NoTransport extends MailTransport {
  override readonly isOffered = true;

  override deliver(): Promise<void> {
    return Promise.reject(new Error('SMTP_URL is missing: this process cannot send mail'));
  }
}

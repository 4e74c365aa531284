import { MailTransport } from './mail-transport.js';

/** Stands in a production process without `SMTP_URL`, which only the API role may be: it writes no mail. */
export class NoTransport extends MailTransport {
  override deliver(): Promise<void> {
    return Promise.reject(new Error('SMTP_URL is missing: this process cannot send mail'));
  }
}

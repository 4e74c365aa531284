import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { InvalidRecipientError, MailInProgressError } from './mail.errors.js';
import { DELIVERY_PATIENCE_MS, type MailAddress, MailTransport } from './mail-transport.js';
import { MailsRepository } from './mails.repository.js';
import { oneLine } from './one-line.js';
import type { MailTemplate } from './templates/mail-template.js';
import { type TemplateData, type TemplateName, TEMPLATES } from './templates/templates.js';

/** Token of the number of seconds after which a process that was sending a mail is presumed dead. */
export const MAIL_LEASE_SECONDS = Symbol('MAIL_LEASE_SECONDS');
/** Longer than a delivery may take: nobody else sends a mail while it is still being sent. */
export const DEFAULT_MAIL_LEASE_SECONDS = DELIVERY_PATIENCE_MS / 1000 + 15;

/** One address: no blanks, list separators or control characters outside quotes (RFC 5321 section 4.1.2, and RFC 6531 letters). */
const PLAIN_ADDRESS = /^([^\s\p{Cc}<>()[\]\\,;:@"]+|"[^\p{Cc}"\\]+")@[^\s\p{Cc}<>()\\,;@"]+$/u;

/** A mail that is to be sent. */
export interface MailRequest<Name extends TemplateName> {
  /** What makes it this mail and no other, such as `order-confirmation:<order id>`: it is sent once per key. */
  readonly dedupeKey: string;
  readonly template: Name;
  readonly to: string | MailAddress;
  readonly data: TemplateData<Name>;
}

/** Sends mail, once per dedupe key. For jobs: a request must not wait for a mail server. */
@Injectable()
export class MailService {
  constructor(
    private readonly mails: MailsRepository,
    private readonly transport: MailTransport,
    private readonly transactions: TransactionRunner,
    private readonly environment: Environment,
    @Inject(MAIL_LEASE_SECONDS) private readonly leaseSeconds: number,
  ) {}

  /**
   * Sends the mail unless one with its `dedupeKey` has been sent; safe to call again after any failure.
   *
   * Of several processes that call at once, one sends: it holds a lease on the key while the mail server is talked to, outside any
   * transaction. A process killed between the mail server's acceptance and the note of it leaves a mail that is sent a second time
   * once its lease has run out; its Message-ID is the same, so that receivers can drop the repeat (RFC 5322 section 3.6.4).
   *
   * @throws MailInProgressError when another process is sending it; InvalidRecipientError; whatever the mail server answers.
   */
  async send<Name extends TemplateName>(request: MailRequest<Name>): Promise<void> {
    if (this.transactions.isOpen) throw new Error('Mail is sent after the transaction, by a job');
    const { dedupeKey, template } = request;
    const to = typeof request.to === 'string' ? { name: '', address: request.to } : request.to;
    if (!PLAIN_ADDRESS.test(to.address)) throw new InvalidRecipientError(dedupeKey);
    const render = TEMPLATES[template] as MailTemplate<TemplateData<Name>>;
    const content = render(request.data, { publicUrl: this.environment.PUBLIC_URL.replace(/\/+$/, '') });

    const claim = await this.mails.claim({ dedupeKey, template, recipient: to.address }, this.leaseSeconds);
    if (claim === null) {
      if (await this.mails.isSent(dedupeKey)) return;
      throw new MailInProgressError(dedupeKey);
    }
    try {
      await this.transport.deliver({
        messageId: messageIdOf(dedupeKey, this.environment.MAIL_FROM),
        date: claim.createdAt,
        from: this.environment.MAIL_FROM,
        to: { name: oneLine(to.name), address: to.address },
        subject: oneLine(content.subject),
        text: content.text,
        html: content.html,
      });
    } catch (error) {
      // Should this fail too, the lease ends by itself.
      await this.mails.release(claim).catch(() => undefined);
      throw error;
    }
    await this.mails.markSent(claim);
  }
}

/** The same for every attempt at one mail, and not to be guessed back into its key. */
function messageIdOf(dedupeKey: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'storehouse.local';
  return `${createHash('sha256').update(dedupeKey).digest('hex').slice(0, 40)}@${domain}`;
}

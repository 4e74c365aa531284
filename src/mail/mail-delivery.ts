import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { InvalidRecipientError, MailNotTakenError } from './mail.errors.js';
import { type MailAddress, MailTransport, type OutgoingMail } from './mail-transport.js';
import { type MailClaim, MailsRepository } from './mails.repository.js';
import { oneLine } from './one-line.js';
import type { MailContent } from './templates/mail-template.js';

/** How long one delivery may take altogether. */
const DELIVERY_PATIENCE_MS = 45_000;
/** Token of the number of seconds after which a process that was sending a mail is presumed dead. */
export const MAIL_LEASE_SECONDS = Symbol('MAIL_LEASE_SECONDS');
/** Longer than a delivery may take: nobody else sends a mail while it is still being sent. */
export const DEFAULT_MAIL_LEASE_SECONDS = DELIVERY_PATIENCE_MS / 1000 + 15;

/** One address: no blanks, list separators or control characters outside quotes (RFC 5321 section 4.1.2, and RFC 6531 letters). */
const PLAIN_ADDRESS = /^([^\s\p{Cc}<>()[\]\\,;:@"]+|"[^\p{Cc}"\\]+")@[^\s\p{Cc}<>()\\,;@"]+$/u;

/** What a claimed mail says, and to whom. */
export interface ClaimedMail {
  readonly dedupeKey: string;
  readonly to: MailAddress;
  readonly content: MailContent;
}

/** Hands a mail over to the mail server, by one process at a time. */
@Injectable()
export class MailDelivery {
  constructor(
    private readonly mails: MailsRepository,
    private readonly transport: MailTransport,
    private readonly transactions: TransactionRunner,
    private readonly environment: Environment,
    @Inject(MAIL_LEASE_SECONDS) private readonly leaseSeconds: number,
  ) {}

  /**
   * Sends what `compose` makes of a claim, and notes it.
   *
   * The claim is a lease on the mail, held outside any transaction while the mail server is talked to. A process killed between the mail
   * server's acceptance and the note of it leaves a mail that is sent a second time once its lease has run out; its Message-ID is the
   * same, so that receivers can drop the repeat (RFC 5322 section 3.6.4).
   *
   * @param claim Takes the lease for so many seconds; null when the mail is not to be sent any more, or another process is sending it.
   * @returns false when there was no claim.
   * @throws InvalidRecipientError, MailNotTakenError
   */
  async deliver<Claim extends MailClaim>(
    claim: (leaseSeconds: number) => Promise<Claim | null>,
    compose: (claim: Claim) => ClaimedMail,
  ): Promise<boolean> {
    if (this.transactions.isOpen) throw new Error('Mail is sent after the transaction, by a job');
    const claimed = await claim(this.leaseSeconds);
    if (claimed === null) return false;
    try {
      await this.handOver(claimed, compose(claimed));
    } catch (error) {
      // Should this fail too, the lease ends by itself.
      await this.mails.release(claimed).catch(() => undefined);
      throw error;
    }
    await this.mails.markSent(claimed);
    return true;
  }

  /** @throws InvalidRecipientError for what is no single address. */
  checkRecipient(address: string, dedupeKey: string): void {
    if (!PLAIN_ADDRESS.test(address)) throw new InvalidRecipientError(dedupeKey);
  }

  private async handOver(claim: MailClaim, { dedupeKey, to, content }: ClaimedMail): Promise<void> {
    this.checkRecipient(to.address, dedupeKey);
    const mail: OutgoingMail = {
      messageId: messageIdOf(dedupeKey, this.environment.MAIL_FROM),
      date: claim.createdAt,
      from: this.environment.MAIL_FROM,
      to: { name: oneLine(to.name), address: to.address },
      subject: oneLine(content.subject),
      text: content.text,
      html: content.html,
    };
    try {
      await this.transport.deliver(mail, AbortSignal.timeout(DELIVERY_PATIENCE_MS));
    } catch (error) {
      throw new MailNotTakenError(dedupeKey, error);
    }
  }
}

/** The same for every attempt at one mail, and not to be guessed back into its key. */
function messageIdOf(dedupeKey: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'storehouse.local';
  return `${createHash('sha256').update(dedupeKey).digest('hex').slice(0, 40)}@${domain}`;
}

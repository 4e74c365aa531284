import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Environment } from '../config/environment.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { InvalidRecipientError, MailInProgressError, MailNotTakenError, saidOf } from './mail.errors.js';
import { type MailAddress, MailRefusedError, MailTransport, type OutgoingMail } from './mail-transport.js';
import { type KeptContent, type MailClaim, type MailRef, MailsRepository } from './mails.repository.js';
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

/** How often it is tried to note that a mail has been taken, and the pause in between: PostgreSQL may be restarting. */
const NOTES = 10;
const NOTE_PAUSE_MS = 1_000;

/** What a claimed mail says, and to whom. */
export interface ClaimedMail {
  readonly dedupeKey: string;
  readonly to: MailAddress;
  readonly content: MailContent;
  /** What is to be kept of a mail that is not enqueued, so that staff can send it again should nobody know whether it has arrived. */
  readonly keep?: () => KeptContent;
}

/**
 * Hands a mail over to the mail server, by one process at a time and at most once.
 *
 * Source: docs/decisions/0043-mail-at-most-once.md
 */
@Injectable()
export class MailDelivery {
  private readonly logger = new Logger('Mail');

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
   * The claim is a lease on the mail, held outside any transaction while the mail server is talked to. Right before the mail server could
   * take the mail, that is noted; whatever happens until its answer is noted, too, leaves an uncertain mail, which nobody sends by himself.
   * It may be lost, and comes no second time.
   *
   * @param claim Takes the lease for so many seconds; null when the mail is not to be sent any more, or another process is sending it.
   * @returns false when there was no claim; true when it has been sent, or is uncertain, which the log says.
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
      const isTaken = await this.handOver(claimed, compose(claimed));
      // Should the note that nobody knows fail, the lease ends by itself.
      await (isTaken ? this.noteSent(claimed) : this.mails.leaveUncertain(claimed).catch(() => undefined));
      return true;
    } catch (error) {
      // Should this fail too, the lease ends by itself.
      await this.mails.release(claimed).catch(() => undefined);
      throw error;
    }
  }

  /** Whether a mail that could not be claimed is still to be sent, by the process that holds it; one whose process died handing it over is not. */
  async isOpen(mail: MailRef): Promise<boolean> {
    const { isOpen, isOrphan } = await this.mails.findOutcome(mail);
    if (isOrphan && (await this.mails.endDeadLease(mail)))
      this.warn('id' in mail ? mail.id : mail.dedupeKey, 'the process that was sending it has ended');
    return isOpen;
  }

  /** @throws InvalidRecipientError for what is no single address. */
  checkRecipient(address: string, dedupeKey: string): void {
    if (!PLAIN_ADDRESS.test(address)) throw new InvalidRecipientError(dedupeKey);
  }

  /** @returns false when nobody knows whether the mail server has the mail. @throws when it does not have it. */
  private async handOver(claim: MailClaim, { dedupeKey, to, content, keep }: ClaimedMail): Promise<boolean> {
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
    let note: Promise<void> | undefined;
    const begin = async () => {
      if (!(await this.mails.noteHandOver(claim, keep?.() ?? null))) throw new MailInProgressError(dedupeKey);
    };
    try {
      await this.transport.deliver(mail, AbortSignal.timeout(DELIVERY_PATIENCE_MS), () => (note ??= begin()));
      return true;
    } catch (error) {
      const isNoted = await (note?.then(
        () => true,
        () => false,
      ) ?? false);
      if (!isNoted || error instanceof MailRefusedError) throw new MailNotTakenError(dedupeKey, error);
      this.warn(dedupeKey, saidOf(error));
      return false;
    }
  }

  /** What is known to have been taken shall not become uncertain because the database is away for a moment. */
  private async noteSent(claim: MailClaim): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.mails.markSent(claim);
      } catch (error) {
        if (tries === NOTES) return this.warn(claim.id, `taken, but that could not be noted: ${String(error)}`);
        await setTimeout(NOTE_PAUSE_MS);
      }
    }
  }

  private warn(mail: string, reason: string): void {
    this.logger.warn(
      `The mail ${mail} may have been sent or not (${reason}). It is not sent again by itself: GET /mails?status=uncertain`,
    );
  }
}

/** The same for every attempt at one mail, and not to be guessed back into its key. */
function messageIdOf(dedupeKey: string, from: string): string {
  const domain = /@([A-Za-z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'storehouse.local';
  return `${createHash('sha256').update(dedupeKey).digest('hex').slice(0, 40)}@${domain}`;
}

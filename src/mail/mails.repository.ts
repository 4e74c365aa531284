import { Injectable } from '@nestjs/common';
import { newId } from '../common/ids.js';
import { Grouped } from '../database/grouped.js';
import { TransactionRunner } from '../database/transaction-runner.js';

/** The right to send one mail, until `leaseUntil`. */
export interface MailClaim {
  readonly id: string;
  readonly createdAt: Date;
  /** As PostgreSQL writes it, to the microsecond: it also tells this claim from a later one. */
  readonly leaseUntil: string;
}

interface WantedClaim {
  readonly dedupeKey: string;
  readonly template: string;
  readonly recipient: string;
  readonly leaseSeconds: number;
}

/** A mail that waits to be sent by a job. */
export interface WaitingMail {
  readonly template: string;
  readonly recipient: string;
  readonly recipientName: string | null;
  readonly locale: string | null;
  readonly sealedData: Buffer;
}

/** The last mail to somebody who is to be forgotten: its address is not kept. */
const FAREWELL = 'account-erased';

/** Every query of mails. */
@Injectable()
export class MailsRepository {
  /** Mails to an address, in any case of letters, by the index made for it. */
  static readonly OF_ADDRESS = `SELECT id FROM mails WHERE lower(recipient) = lower($1)`;

  private readonly claims = new Grouped((wanted: readonly WantedClaim[]) => this.claimAll(wanted));
  private readonly departures = new Grouped((ids: readonly string[]) => this.markAllSent(ids));

  constructor(private readonly transactions: TransactionRunner) {}

  /** Takes the right to send a mail; null when it has been sent, or when another process holds that right. */
  claim(mail: Omit<WantedClaim, 'leaseSeconds'>, leaseSeconds: number): Promise<MailClaim | null> {
    return this.claims.run({ ...mail, leaseSeconds });
  }

  private async claimAll(wanted: readonly WantedClaim[]): Promise<(MailClaim | null)[]> {
    const claims = await this.transactions.query<MailClaim & { dedupeKey: string }>(
      `INSERT INTO mails (id, dedupe_key, template, recipient, lease_until)
       SELECT id, dedupe_key, template, recipient, clock_timestamp() + make_interval(secs => lease_seconds)
       FROM unnest((SELECT $1::uuid[]), (SELECT $2::text[]), (SELECT $3::text[]), (SELECT $4::text[]), (SELECT $5::float8[]))
         AS wanted (id, dedupe_key, template, recipient, lease_seconds)
       ON CONFLICT (dedupe_key) DO UPDATE SET lease_until = EXCLUDED.lease_until, recipient = EXCLUDED.recipient
         WHERE mails.sent_at IS NULL AND (mails.lease_until IS NULL OR mails.lease_until <= clock_timestamp())
       RETURNING id, dedupe_key AS "dedupeKey", created_at AS "createdAt", lease_until::text AS "leaseUntil"`,
      [
        wanted.map(() => newId()),
        wanted.map(({ dedupeKey }) => dedupeKey),
        wanted.map(({ template }) => template),
        wanted.map(({ recipient }) => recipient),
        wanted.map(({ leaseSeconds }) => leaseSeconds),
      ],
    );
    const byKey = new Map(claims.map((claim) => [claim.dedupeKey, claim]));
    return wanted.map(({ dedupeKey }) => byKey.get(dedupeKey) ?? null);
  }

  /** Writes a mail that waits, unless there is one with its dedupe key. */
  async insert(mail: WaitingMail & { id: string; dedupeKey: string }): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO mails (id, dedupe_key, template, recipient, recipient_name, locale, sealed_data)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (dedupe_key) DO NOTHING`,
      [mail.id, mail.dedupeKey, mail.template, mail.recipient, mail.recipientName, mail.locale, mail.sealedData],
    );
  }

  /** Takes the right to send a mail that waits; null when it does not wait any more, or when another process holds that right. */
  claimQueued(mailId: string, leaseSeconds: number): Promise<(MailClaim & WaitingMail) | null> {
    return this.transactions.queryOne<MailClaim & WaitingMail>(
      `UPDATE mails SET lease_until = clock_timestamp() + make_interval(secs => $2)
       WHERE id = $1 AND sealed_data IS NOT NULL AND (lease_until IS NULL OR lease_until <= clock_timestamp())
       RETURNING id, created_at AS "createdAt", lease_until::text AS "leaseUntil", template, recipient,
         recipient_name AS "recipientName", locale, sealed_data AS "sealedData"`,
      [mailId, leaseSeconds],
    );
  }

  async isSent(dedupeKey: string): Promise<boolean> {
    const rows = await this.transactions.query(`SELECT 1 FROM mails WHERE dedupe_key = $1 AND sent_at IS NOT NULL`, [
      dedupeKey,
    ]);
    return rows.length > 0;
  }

  /** True while an enqueued mail is to be sent. */
  async isWaiting(mailId: string): Promise<boolean> {
    const rows = await this.transactions.query(`SELECT 1 FROM mails WHERE id = $1 AND sealed_data IS NOT NULL`, [
      mailId,
    ]);
    return rows.length > 0;
  }

  /** Notes that the mail has left, whoever holds the right to send it by now, and forgets what it said. */
  markSent(claim: MailClaim): Promise<void> {
    return this.departures.run(claim.id);
  }

  private async markAllSent(ids: readonly string[]): Promise<void[]> {
    await this.transactions.execute(
      `UPDATE mails SET sent_at = clock_timestamp(), lease_until = NULL, sealed_data = NULL, recipient_name = NULL,
         recipient = CASE WHEN template = $2 THEN '' ELSE recipient END
       WHERE id = ANY ((SELECT $1::uuid[])::uuid[]) AND sent_at IS NULL`,
      [ids, FAREWELL],
    );
    return ids.map(() => undefined);
  }

  /** Gives the right to send back, unless another process has taken it since. */
  async release(claim: MailClaim): Promise<void> {
    await this.transactions.execute(
      `UPDATE mails SET lease_until = NULL WHERE id = $1 AND lease_until = $2::timestamptz AND sent_at IS NULL`,
      [claim.id, claim.leaseUntil],
    );
  }

  /** Takes an address out of every mail: what was sent stays noted, and what waits is not sent. */
  async forget(address: string): Promise<void> {
    await this.transactions.execute(
      `UPDATE mails SET recipient = '', recipient_name = NULL, sealed_data = NULL WHERE id IN (${MailsRepository.OF_ADDRESS})`,
      [address],
    );
  }

  /** Takes the address out of the mails with these dedupe keys; what waits of them is not sent. */
  async forgetKeys(dedupeKeys: readonly string[]): Promise<void> {
    await this.transactions.execute(
      `UPDATE mails SET recipient = '', recipient_name = NULL, sealed_data = NULL WHERE dedupe_key = ANY ($1::text[])`,
      [dedupeKeys],
    );
  }

  /** Gives up to `limit` mails up that have been waiting for more than `hours`, and deletes what they say. @returns how many. */
  giveUp(hours: number, limit: number): Promise<number> {
    return this.transactions.execute(
      `UPDATE mails SET sealed_data = NULL, recipient_name = NULL,
         recipient = CASE WHEN template = $3 THEN '' ELSE recipient END
       WHERE id IN (SELECT id FROM mails WHERE sealed_data IS NOT NULL AND created_at < now() - make_interval(hours => $1)
          ORDER BY created_at LIMIT $2)`,
      [hours, limit, FAREWELL],
    );
  }

  /** Deletes up to `limit` mails asked for more than `days` ago. @returns how many. */
  purge(days: number, limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM mails WHERE id IN
         (SELECT id FROM mails WHERE created_at < now() - make_interval(days => $1) ORDER BY created_at LIMIT $2)`,
      [days, limit],
    );
  }
}

import { Injectable } from '@nestjs/common';
import { newId } from '../common/ids.js';
import { TransactionRunner } from '../database/transaction-runner.js';

/** The right to send one mail, until `leaseUntil`. */
export interface MailClaim {
  readonly id: string;
  readonly createdAt: Date;
  /** As PostgreSQL writes it, to the microsecond: it also tells this claim from a later one. */
  readonly leaseUntil: string;
}

/** Every query of mails. */
@Injectable()
export class MailsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Takes the right to send a mail; null when it has been sent, or when another process holds that right. */
  async claim(
    mail: { dedupeKey: string; template: string; recipient: string },
    leaseSeconds: number,
  ): Promise<MailClaim | null> {
    const [claim] = await this.transactions.query<MailClaim>(
      `INSERT INTO mails (id, dedupe_key, template, recipient, lease_until)
       VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))
       ON CONFLICT (dedupe_key) DO UPDATE SET lease_until = EXCLUDED.lease_until, recipient = EXCLUDED.recipient
         WHERE mails.sent_at IS NULL AND (mails.lease_until IS NULL OR mails.lease_until <= clock_timestamp())
       RETURNING id, created_at AS "createdAt", lease_until::text AS "leaseUntil"`,
      [newId(), mail.dedupeKey, mail.template, mail.recipient, leaseSeconds],
    );
    return claim ?? null;
  }

  async isSent(dedupeKey: string): Promise<boolean> {
    const rows = await this.transactions.query(`SELECT 1 FROM mails WHERE dedupe_key = $1 AND sent_at IS NOT NULL`, [
      dedupeKey,
    ]);
    return rows.length > 0;
  }

  /** Notes that the mail has left, whoever holds the right to send it by now. */
  async markSent(claim: MailClaim): Promise<void> {
    await this.transactions.execute(
      `UPDATE mails SET sent_at = clock_timestamp(), lease_until = NULL WHERE id = $1 AND sent_at IS NULL`,
      [claim.id],
    );
  }

  /** Gives the right to send back, unless another process has taken it since. */
  async release(claim: MailClaim): Promise<void> {
    await this.transactions.execute(
      `UPDATE mails SET lease_until = NULL WHERE id = $1 AND lease_until = $2::timestamptz AND sent_at IS NULL`,
      [claim.id, claim.leaseUntil],
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

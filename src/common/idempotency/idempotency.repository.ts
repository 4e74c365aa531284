import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Secrets } from '../secrets.js';

export interface KeyUse {
  principal: string;
  key: string;
  fingerprint: Buffer;
  /** Advisory lock of the key: a signed 64-bit integer as text. */
  lock: string;
  ttlSeconds: number;
}

export interface StoredAnswer {
  status: number;
  location: string | null;
  /** JSON text, empty for an answer without a body. */
  body: string;
}

export interface StoredUse {
  fingerprint: Buffer;
  answer: StoredAnswer | null;
}

interface Row {
  fingerprint: Buffer;
  status: number | null;
  location: string | null;
  body: Buffer | null;
}

/** Every query of idempotency keys. */
@Injectable()
export class IdempotencyRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly secrets: Secrets,
  ) {}

  /**
   * Claims the key in the open transaction, or says no without waiting: a twin is running, or the key has been used.
   *
   * The advisory lock, not the unique index, is what twins meet first: waiting on the index would hold a connection each. Also takes over
   * a lease of the same request that has run out: its process died before it could answer.
   *
   * @param leaseSeconds How long the claim outlives the transaction without an answer; null when the answer is written in it.
   */
  async claim(use: KeyUse, leaseSeconds: number | null = null): Promise<{ isInherited: boolean } | null> {
    const [claim] = await this.transactions.query<{ isInherited: boolean }>(
      `INSERT INTO idempotency_keys (principal, key, fingerprint, expires_at, lease_until)
       SELECT $1, $2, $3, now() + make_interval(secs => $4), now() + make_interval(secs => $6)
       WHERE pg_try_advisory_xact_lock($5)
       ON CONFLICT (principal, key) DO UPDATE
         SET fingerprint = EXCLUDED.fingerprint, status = NULL, location = NULL, body = NULL,
             lease_until = EXCLUDED.lease_until, expires_at = EXCLUDED.expires_at
         WHERE idempotency_keys.expires_at <= now()
            OR (idempotency_keys.status IS NULL AND idempotency_keys.lease_until <= now()
                AND idempotency_keys.fingerprint = EXCLUDED.fingerprint)
       RETURNING xmax <> 0 AS "isInherited"`,
      [use.principal, use.key, use.fingerprint, use.ttlSeconds, use.lock, leaseSeconds],
    );
    return claim ?? null;
  }

  /** Lets a repeat of the same request take a lease over at once, after a failure that it may not meet again. */
  async endLease(use: KeyUse): Promise<void> {
    await this.transactions.execute(
      `UPDATE idempotency_keys SET lease_until = now()
       WHERE principal = $1 AND key = $2 AND fingerprint = $3 AND status IS NULL`,
      [use.principal, use.key, use.fingerprint],
    );
  }

  /** Writes the answer into a claimed key: with the end of the open transaction, or by itself when the effect spanned several. */
  async answer(use: KeyUse, answer: StoredAnswer): Promise<void> {
    const sql = `UPDATE idempotency_keys SET status = $3, location = $4, body = $5, lease_until = NULL
       WHERE principal = $1 AND key = $2 AND status IS NULL`;
    const values = [use.principal, use.key, answer.status, answer.location, this.seal(answer.body)];
    if (this.transactions.isOpen) this.transactions.write(sql, values);
    else await this.transactions.execute(sql, values);
  }

  /**
   * Stores a refusal, whose transaction has been rolled back together with the claim.
   *
   * @param isLeased The key is held by this request; otherwise only one that nobody has used is written.
   * @returns false when the key has been used.
   */
  async storeRefusal(use: KeyUse, answer: StoredAnswer, isLeased: boolean): Promise<boolean> {
    const changed = await this.transactions.execute(
      `INSERT INTO idempotency_keys (principal, key, fingerprint, expires_at, status, location, body)
       VALUES ($1, $2, $3, now() + make_interval(secs => $4), $5, $6, $7)
       ON CONFLICT (principal, key) DO UPDATE
         SET fingerprint = EXCLUDED.fingerprint, expires_at = EXCLUDED.expires_at, status = EXCLUDED.status,
             location = EXCLUDED.location, body = EXCLUDED.body, lease_until = NULL
         WHERE idempotency_keys.expires_at <= now()
            OR ($8 AND idempotency_keys.status IS NULL AND idempotency_keys.fingerprint = EXCLUDED.fingerprint)`,
      [
        use.principal,
        use.key,
        use.fingerprint,
        use.ttlSeconds,
        answer.status,
        answer.location,
        this.seal(answer.body),
        isLeased,
      ],
    );
    return changed === 1;
  }

  async find(use: Pick<KeyUse, 'principal' | 'key'>): Promise<StoredUse | null> {
    const [row] = await this.transactions.query<Row>(
      `SELECT fingerprint, status, location, body FROM idempotency_keys
       WHERE principal = $1 AND key = $2 AND expires_at > now()`,
      [use.principal, use.key],
    );
    if (!row) return null;
    const { fingerprint, status, location, body } = row;
    if (status === null || body === null) return { fingerprint, answer: null };
    return { fingerprint, answer: { status, location, body: this.secrets.decrypt('idempotent-answer', body) } };
  }

  /** Forgets every answer to a caller, but for the one being made in the open transaction. */
  async forgetPrincipal(principal: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM idempotency_keys WHERE principal = $1 AND body IS NOT NULL`, [
      principal,
    ]);
  }

  /** Deletes up to `limit` keys past their lifetime. @returns how many. */
  purgeExpired(limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM idempotency_keys WHERE (principal, key) IN
         (SELECT principal, key FROM idempotency_keys WHERE expires_at <= now() LIMIT $1)`,
      [limit],
    );
  }

  private seal(body: string): Buffer {
    return this.secrets.encrypt('idempotent-answer', body);
  }
}

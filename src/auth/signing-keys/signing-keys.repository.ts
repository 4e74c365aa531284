import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** A row of the keys that were made by rotating. */
export interface StoredKey {
  kid: string;
  sealedPrivateKey: Buffer | null;
  createdAt: Date;
  activatesAt: Date;
  retiresAt: Date | null;
}

/** Every query of signing keys. */
@Injectable()
export class SigningKeysRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Those that still matter, oldest first. */
  findLiving(): Promise<StoredKey[]> {
    return this.transactions.query(
      `SELECT kid, sealed_private_key AS "sealedPrivateKey", created_at AS "createdAt", activates_at AS "activatesAt",
         retires_at AS "retiresAt"
       FROM signing_keys WHERE sealed_private_key IS NULL OR retires_at IS NULL OR retires_at > now() ORDER BY activates_at, kid`,
    );
  }

  /** Inside a transaction: one rotation after the other. */
  async lock(): Promise<void> {
    await this.transactions.query(`SELECT pg_advisory_xact_lock(hashtext('signing_keys'))`);
  }

  /** Adds the key that signs from `activatesInSeconds` on, and lets all before it verify for `overlapSeconds` longer. */
  async add(
    key: { kid: string; sealedPrivateKey: Buffer },
    times: { activatesInSeconds: number; overlapSeconds: number },
  ): Promise<void> {
    await this.transactions.execute(
      `UPDATE signing_keys SET retires_at = least(retires_at, now() + make_interval(secs => $1))
       WHERE retires_at IS NULL OR retires_at > now()`,
      [times.activatesInSeconds + times.overlapSeconds],
    );
    await this.transactions.execute(
      `INSERT INTO signing_keys (kid, sealed_private_key, created_at, activates_at)
       VALUES ($1, $2, now(), now() + make_interval(secs => $3))`,
      [key.kid, key.sealedPrivateKey, times.activatesInSeconds],
    );
  }

  /** Notes that keys of the settings no longer verify. */
  async revoke(kids: readonly string[]): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO signing_keys (kid, created_at, activates_at, retires_at)
       SELECT kid, now(), now(), now() FROM unnest($1::text[]) AS kid ON CONFLICT (kid) DO NOTHING`,
      [kids],
    );
  }

  /** Deletes up to `limit` keys that retired over a day ago. @returns how many. */
  purgeRetired(limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM signing_keys WHERE kid IN (SELECT kid FROM signing_keys
         WHERE sealed_private_key IS NOT NULL AND retires_at < now() - interval '1 day' LIMIT $1)`,
      [limit],
    );
  }
}

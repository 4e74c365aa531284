import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** An authenticator app as it is stored. */
export interface StoredTotp {
  sealedSecret: Buffer;
  confirmedAt: Date | null;
}

/** Every query of authenticator apps. */
@Injectable()
export class TotpRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async find(userId: string): Promise<StoredTotp | null> {
    const [totp] = await this.transactions.query<StoredTotp>(
      `SELECT sealed_secret AS "sealedSecret", confirmed_at AS "confirmedAt" FROM totp_credentials WHERE user_id = $1`,
      [userId],
    );
    return totp ?? null;
  }

  /** Stores a secret that waits to be confirmed, in place of an earlier such one. @returns false when the user has a confirmed one. */
  async replacePending(userId: string, sealedSecret: Buffer): Promise<boolean> {
    const changed = await this.transactions.execute(
      `INSERT INTO totp_credentials (user_id, sealed_secret) VALUES ($1, $2)
       ON CONFLICT (user_id) DO UPDATE SET sealed_secret = excluded.sealed_secret, created_at = now(), last_step = NULL
       WHERE totp_credentials.confirmed_at IS NULL`,
      [userId, sealedSecret],
    );
    return changed === 1;
  }

  /** Confirms the secret that a code was checked against. @returns when, or null when it is confirmed already or no longer there. */
  async confirm(userId: string, sealedSecret: Buffer, step: number): Promise<Date | null> {
    const [row] = await this.transactions.query<{ confirmedAt: Date }>(
      `UPDATE totp_credentials SET confirmed_at = now(), last_step = $3
       WHERE user_id = $1 AND sealed_secret = $2 AND confirmed_at IS NULL RETURNING confirmed_at AS "confirmedAt"`,
      [userId, sealedSecret, step],
    );
    return row?.confirmedAt ?? null;
  }

  /** Uses the code of a step up, and with it those of all steps before. @returns false when it was; of several callers one gets it. */
  async useStep(userId: string, sealedSecret: Buffer, step: number): Promise<boolean> {
    const changed = await this.transactions.execute(
      `UPDATE totp_credentials SET last_step = $3
       WHERE user_id = $1 AND sealed_secret = $2 AND confirmed_at IS NOT NULL AND (last_step IS NULL OR last_step < $3)`,
      [userId, sealedSecret, step],
    );
    return changed === 1;
  }

  /** @returns what was deleted, or null when there was nothing. */
  async delete(userId: string): Promise<{ isConfirmed: boolean } | null> {
    const [row] = await this.transactions.query<{ isConfirmed: boolean }>(
      `DELETE FROM totp_credentials WHERE user_id = $1 RETURNING confirmed_at IS NOT NULL AS "isConfirmed"`,
      [userId],
    );
    return row ?? null;
  }
}

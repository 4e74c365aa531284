import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** Every query of recovery codes. */
@Injectable()
export class RecoveryCodesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async insert(userId: string, codes: readonly { id: string; hash: Buffer }[]): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO recovery_codes (id, user_id, code_hash) SELECT c.id, $1, c.hash FROM unnest($2::uuid[], $3::bytea[]) AS c (id, hash)`,
      [userId, codes.map(({ id }) => id), codes.map(({ hash }) => hash)],
    );
  }

  /** Uses a code up. @returns false when it is none of the user's, or was used; of several callers one gets it. */
  async use(userId: string, hash: Buffer): Promise<boolean> {
    const changed = await this.transactions.execute(
      `UPDATE recovery_codes SET used_at = now() WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL`,
      [userId, hash],
    );
    return changed === 1;
  }

  async countLeft(userId: string): Promise<number> {
    const [row] = await this.transactions.query<{ left: number }>(
      `SELECT count(*)::int AS left FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL`,
      [userId],
    );
    return row!.left;
  }

  async deleteAllOf(userId: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM recovery_codes WHERE user_id = $1`, [userId]);
  }
}

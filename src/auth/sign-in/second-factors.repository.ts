import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** What a second factor can be proved with. */
export const SECOND_FACTORS = ['totp', 'passkey', 'recovery_code'] as const;
export type SecondFactor = (typeof SECOND_FACTORS)[number];

/** Which second factors a user has. */
@Injectable()
export class SecondFactorsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Empty when a password is enough: recovery codes alone guard nothing. */
  async findOf(userId: string): Promise<SecondFactor[]> {
    const [row] = await this.transactions.query<{ totp: boolean; passkey: boolean; recoveryCode: boolean }>(
      `SELECT EXISTS (SELECT 1 FROM totp_credentials WHERE user_id = $1 AND confirmed_at IS NOT NULL) AS totp,
         EXISTS (SELECT 1 FROM passkeys WHERE user_id = $1) AS passkey,
         EXISTS (SELECT 1 FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL) AS "recoveryCode"`,
      [userId],
    );
    const { totp, passkey, recoveryCode } = row!;
    if (!totp && !passkey) return [];
    const has: Record<SecondFactor, boolean> = { totp, passkey, recovery_code: recoveryCode };
    return SECOND_FACTORS.filter((factor) => has[factor]);
  }
}

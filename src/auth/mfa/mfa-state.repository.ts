import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** Which second factors an account has. */
export interface MfaState {
  totpConfirmedAt: Date | null;
  passkeys: number;
  recoveryCodesLeft: number;
}

/** Reads the second factors of an account at one glance. */
@Injectable()
export class MfaStateRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async find(userId: string): Promise<MfaState> {
    const [state] = await this.transactions.query<MfaState>(
      `SELECT (SELECT confirmed_at FROM totp_credentials WHERE user_id = $1) AS "totpConfirmedAt",
         (SELECT count(*)::int FROM passkeys WHERE user_id = $1) AS passkeys,
         (SELECT count(*)::int FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL) AS "recoveryCodesLeft"`,
      [userId],
    );
    return state!;
  }
}

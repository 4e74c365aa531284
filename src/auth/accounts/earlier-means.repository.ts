import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** What an account can be opened with beside its password. */
@Injectable()
export class EarlierMeansRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Takes away every passkey, authenticator app, recovery code and sign-in provider of a user. */
  async removeAllOf(userId: string): Promise<void> {
    await this.transactions.execute(
      `WITH apps AS (DELETE FROM totp_credentials WHERE user_id = $1),
         codes AS (DELETE FROM recovery_codes WHERE user_id = $1),
         keys AS (DELETE FROM passkeys WHERE user_id = $1),
         steps AS (DELETE FROM auth_challenges WHERE user_id = $1)
       DELETE FROM identities WHERE user_id = $1`,
      [userId],
    );
  }
}

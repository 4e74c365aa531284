import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { UserStatus } from '../entities/user.entity.js';

/** An account that is about to be erased. */
export interface AccountToErase {
  id: string;
  email: string;
  emailCanonical: string;
  name: string | null;
  locale: string | null;
  status: UserStatus;
  isEmailProven: boolean;
}

/** Queries of accounts that are exported or erased. */
@Injectable()
export class PrivacyRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Holds an account as it is against being erased until the open transaction ends. @returns its status; null when there is none. */
  async keep(userId: string): Promise<UserStatus | null> {
    const [user] = await this.transactions.query<{ status: UserStatus }>(
      `SELECT status FROM users WHERE id = $1 FOR KEY SHARE`,
      [userId],
    );
    return user?.status ?? null;
  }

  /** Locks an account so that nothing that refers to it is added meanwhile: whoever has begun to is waited for. */
  async lock(userId: string): Promise<AccountToErase | null> {
    const [account] = await this.transactions.query<AccountToErase>(
      `SELECT id, email, email_canonical AS "emailCanonical", name, locale, status,
         email_verified_at IS NOT NULL AS "isEmailProven"
       FROM users WHERE id = $1 FOR UPDATE`,
      [userId],
    );
    return account ?? null;
  }

  /** Takes from a locked account all that tells whose it was, and its roles. @returns the version after it. */
  async erase(userId: string, email: string): Promise<number> {
    const [row] = await this.transactions.query<{ version: number }>(
      `WITH taken AS (DELETE FROM user_roles WHERE user_id = $1)
       UPDATE users SET email = $2, email_canonical = $2, name = NULL, phone = NULL, locale = NULL, password_hash = NULL,
         email_verified_at = NULL, status = 'erased', erased_at = clock_timestamp(), sessions_valid_from = clock_timestamp(),
         version = version + 1, updated_at = now()
       WHERE id = $1 RETURNING version`,
      [userId, email],
    );
    return row!.version;
  }

  /** Accounts erased within the last day, for whatever was still being written about them. */
  async findLatelyErased(limit: number): Promise<{ id: string; email: string }[]> {
    return this.transactions.query(
      `SELECT id, email FROM users WHERE erased_at > now() - interval '1 day' ORDER BY erased_at DESC LIMIT $1`,
      [limit],
    );
  }
}

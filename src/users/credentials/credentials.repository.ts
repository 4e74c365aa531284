import { Injectable } from '@nestjs/common';
import { violatedConstraint } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UserEmailTakenError } from '../users.errors.js';

/** Every write of what an account is found and opened with. */
@Injectable()
export class CredentialsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async findPasswordHash(userId: string): Promise<string | null> {
    const [row] = await this.transactions.query<{ passwordHash: string | null }>(
      `SELECT password_hash AS "passwordHash" FROM users WHERE id = $1 AND status = 'active'`,
      [userId],
    );
    return row?.passwordHash ?? null;
  }

  /**
   * Stores the hash of a new password, or takes the password away.
   *
   * @param oldHash Changes only an account that still has this one; undefined changes whichever is there.
   * @returns the account's new version, or null when it is not active or has another password by now.
   */
  async replacePassword(userId: string, newHash: string | null, oldHash: string | undefined): Promise<number | null> {
    const [row] = await this.transactions.query<{ version: number }>(
      `UPDATE users SET password_hash = $2, version = version + 1, updated_at = now()
       WHERE id = $1 AND status = 'active' AND ($3::text IS NULL OR password_hash = $3) RETURNING version`,
      [userId, newHash, oldHash ?? null],
    );
    return row?.version ?? null;
  }

  /** Notes that the address is proven, if the account still has it. @returns the new version, or null when nothing changed. */
  async verifyEmail(userId: string, emailCanonical: string): Promise<number | null> {
    const [row] = await this.transactions.query<{ version: number }>(
      `UPDATE users SET email_verified_at = now(), version = version + 1, updated_at = now()
       WHERE id = $1 AND email_canonical = $2 AND email_verified_at IS NULL RETURNING version`,
      [userId, emailCanonical],
    );
    return row?.version ?? null;
  }

  /**
   * Gives an account another, proven address.
   *
   * @returns the new version, or null when the account is not active or has left its old address meanwhile.
   * @throws UserEmailTakenError
   */
  async changeEmail(
    userId: string,
    change: { oldCanonical: string; newEmail: string; newCanonical: string },
  ): Promise<number | null> {
    try {
      const [row] = await this.transactions.query<{ version: number }>(
        `UPDATE users SET email = $3, email_canonical = $4, email_verified_at = now(), version = version + 1, updated_at = now()
         WHERE id = $1 AND email_canonical = $2 AND status = 'active' RETURNING version`,
        [userId, change.oldCanonical, change.newEmail, change.newCanonical],
      );
      return row?.version ?? null;
    } catch (error) {
      if (violatedConstraint(error) === 'users_email_canonical_key') throw new UserEmailTakenError();
      throw error;
    }
  }
}

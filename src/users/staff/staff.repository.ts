import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { UserStatus } from '../entities/user.entity.js';

/** An account that is being changed. */
export interface LockedAccount {
  id: string;
  email: string;
  name: string | null;
  locale: string | null;
  status: UserStatus;
  roles: string[];
  version: number;
}

/** What staff change of an account: its roles and its status. */
@Injectable()
export class StaffRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Reads the account under lock, so that changes of it follow each other. */
  async lock(id: string): Promise<LockedAccount | null> {
    // Two statements: what the first one waited for, only the second one sees in other tables.
    const locked = await this.transactions.query(`SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE`, [id]);
    if (locked.length === 0) return null;
    const [account] = await this.transactions.query<LockedAccount>(
      `SELECT id, email, name, locale, status, version,
         ARRAY(SELECT role_name FROM user_roles WHERE user_id = users.id ORDER BY role_name) AS roles
       FROM users WHERE id = $1`,
      [id],
    );
    return account ?? null;
  }

  /** Gives a user these roles and no others, as a new version. @returns the version. */
  async replaceRoles(id: string, roles: readonly string[]): Promise<number> {
    const [row] = await this.transactions.query<{ version: number }>(
      `WITH taken AS (
         DELETE FROM user_roles WHERE user_id = $1 AND role_name <> ALL ($2::text[])
       ), given AS (
         INSERT INTO user_roles (user_id, role_name) SELECT $1, role FROM unnest($2::text[]) AS role ON CONFLICT DO NOTHING
       )
       UPDATE users SET version = version + 1, updated_at = now() WHERE id = $1 RETURNING version`,
      [id, roles],
    );
    return row!.version;
  }

  /** Disables an active account, and ends every session that it has had so far for good. @returns the new version. */
  async disable(id: string): Promise<number> {
    const [row] = await this.transactions.query<{ version: number }>(
      `UPDATE users SET status = 'disabled', sessions_valid_from = clock_timestamp(), version = version + 1, updated_at = now()
       WHERE id = $1 AND status = 'active' RETURNING version`,
      [id],
    );
    return row!.version;
  }

  /** Makes a disabled account active again. @returns the new version. */
  async enable(id: string): Promise<number> {
    const [row] = await this.transactions.query<{ version: number }>(
      `UPDATE users SET status = 'active', version = version + 1, updated_at = now()
       WHERE id = $1 AND status = 'disabled' RETURNING version`,
      [id],
    );
    return row!.version;
  }
}

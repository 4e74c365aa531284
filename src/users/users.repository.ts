import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import { violatedConstraint } from '../database/postgres-errors.js';
import type { UserStatus } from './entities/user.entity.js';
import { UserEmailTakenError } from './users.errors.js';

/** A user as the rest of the application sees one: never with a password hash. */
export interface UserDetails {
  id: string;
  email: string;
  name: string | null;
  status: UserStatus;
  roles: string[];
  emailVerifiedAt: Date | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

/** What a sign-in is checked against. */
export interface Credentials {
  userId: string;
  passwordHash: string | null;
  status: UserStatus;
}

/** A row to insert. */
export interface NewUser {
  id: string;
  email: string;
  emailCanonical: string;
  name: string | null;
  passwordHash: string | null;
  emailVerifiedAt: Date | null;
}

/** Filters of the staff list; absent ones do not filter. */
export interface UserFilter {
  /** Found anywhere in the e-mail address or the name, whatever the case. */
  q?: string;
  roles?: readonly string[];
  statuses?: readonly string[];
  createdAt?: { gte?: string; gt?: string; lte?: string; lt?: string };
}

/** Where a page of the staff list starts, and which way it runs. */
export interface UserPage {
  direction: 'asc' | 'desc';
  /** `createdAt` (with microseconds, as PostgreSQL writes it) and id of the last row of the page before. */
  after: readonly [string, string] | null;
  limit: number;
}

const DETAILS = `u.id, u.email, u.name, u.status, u.email_verified_at AS "emailVerifiedAt", u.version,
  u.created_at AS "createdAt", u.updated_at AS "updatedAt",
  ARRAY(SELECT role_name FROM user_roles WHERE user_id = u.id ORDER BY role_name) AS roles`;

/** Searches of the staff list; the same expression as in the index users_search_idx. */
const SEARCHED = `lower(u.email_canonical || ' ' || coalesce(u.name, ''))`;

/** Every query of users and their roles. */
@Injectable()
export class UsersRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** @throws UserEmailTakenError when the canonical address has an account, also when that one is made at the same moment. */
  async insert(user: NewUser, roles: readonly string[]): Promise<void> {
    try {
      await this.transactions.execute(
        `WITH created AS (
           INSERT INTO users (id, email, email_canonical, name, password_hash, email_verified_at)
           VALUES ($1, $2, $3, $4, $5, $6) RETURNING id)
         INSERT INTO user_roles (user_id, role_name) SELECT created.id, role FROM created, unnest($7::text[]) AS role`,
        [user.id, user.email, user.emailCanonical, user.name, user.passwordHash, user.emailVerifiedAt, roles],
      );
    } catch (error) {
      if (violatedConstraint(error) === 'users_email_canonical_key') throw new UserEmailTakenError();
      throw error;
    }
  }

  async find(id: string): Promise<UserDetails | null> {
    const [user] = await this.transactions.query<UserDetails>(`SELECT ${DETAILS} FROM users u WHERE u.id = $1`, [id]);
    return user ?? null;
  }

  async findCredentials(emailCanonical: string): Promise<Credentials | null> {
    const [credentials] = await this.transactions.query<Credentials>(
      `SELECT id AS "userId", password_hash AS "passwordHash", status FROM users WHERE email_canonical = $1`,
      [emailCanonical],
    );
    return credentials ?? null;
  }

  /** True when any user, active or not, holds the role. */
  async isRoleHeld(role: string): Promise<boolean> {
    const rows = await this.transactions.query(`SELECT 1 FROM user_roles WHERE role_name = $1 LIMIT 1`, [role]);
    return rows.length > 0;
  }

  /** Makes whoever else wants to hand out the role wait until the open transaction ends. */
  async lockRoleHolders(role: string): Promise<void> {
    await this.transactions.query(`SELECT name FROM roles WHERE name = $1 FOR NO KEY UPDATE`, [role]);
  }

  /**
   * Changes the name in one conditional statement; a name that is already so changes nothing, not even the version.
   *
   * @param expectedVersion Changes only this version; undefined changes whichever is there.
   * @returns false when there is no such user in that version.
   */
  async rename(id: string, name: string | null, expectedVersion: number | undefined): Promise<boolean> {
    const changed = await this.transactions.execute(
      `UPDATE users
       SET version = version + CASE WHEN name IS DISTINCT FROM $2 THEN 1 ELSE 0 END,
           updated_at = CASE WHEN name IS DISTINCT FROM $2 THEN now() ELSE updated_at END,
           name = $2
       WHERE id = $1 AND ($3::int IS NULL OR version = $3)`,
      [id, name, expectedVersion ?? null],
    );
    return changed === 1;
  }

  /** Stores a new hash of the same password, unless the password has been changed in the meantime. */
  async replacePasswordHash(id: string, oldHash: string, newHash: string): Promise<void> {
    await this.transactions.execute(`UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, [
      id,
      oldHash,
      newHash,
    ]);
  }

  /** One page of the staff list, with one row more than asked when there is a further page. */
  list(filter: UserFilter, page: UserPage): Promise<(UserDetails & { position: string })[]> {
    const { where, values } = conditions(filter);
    if (page.after) {
      const comparison = page.direction === 'desc' ? '<' : '>';
      where.push(
        `(u.created_at, u.id) ${comparison} ($${values.push(page.after[0])}::timestamptz, $${values.push(page.after[1])}::uuid)`,
      );
    }
    return this.transactions.query(
      `SELECT ${DETAILS}, u.created_at::text AS position FROM users u ${whereClause(where)}
       ORDER BY u.created_at ${page.direction}, u.id ${page.direction} LIMIT $${values.push(page.limit + 1)}`,
      values,
    );
  }

  async count(filter: UserFilter): Promise<number> {
    const { where, values } = conditions(filter);
    const [row] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM users u ${whereClause(where)}`,
      values,
    );
    return row!.total;
  }
}

const COMPARISONS = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;

function conditions(filter: UserFilter): { where: string[]; values: unknown[] } {
  const where: string[] = [];
  const values: unknown[] = [];
  if (filter.q !== undefined) {
    where.push(`${SEARCHED} LIKE $${values.push(`%${filter.q.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`)}`);
  }
  if (filter.statuses) where.push(`u.status = ANY ($${values.push(filter.statuses)}::text[])`);
  if (filter.roles) {
    where.push(
      `EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = u.id AND r.role_name = ANY ($${values.push(filter.roles)}::text[]))`,
    );
  }
  for (const [name, comparison] of Object.entries(COMPARISONS)) {
    const bound = filter.createdAt?.[name as keyof typeof COMPARISONS];
    if (bound !== undefined) where.push(`u.created_at ${comparison} $${values.push(bound)}::timestamptz`);
  }
  return { where, values };
}

function whereClause(where: readonly string[]): string {
  return where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
}

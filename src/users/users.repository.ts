import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import { violatedConstraint } from '../database/postgres-errors.js';
import type { UserStatus } from './entities/user.entity.js';
import type { UserSort } from './user-sort.js';
import { UserEmailTakenError } from './users.errors.js';

/** A user as the rest of the application sees one: never with a password hash. */
export interface UserDetails {
  id: string;
  email: string;
  name: string | null;
  phone: string | null;
  locale: string | null;
  status: UserStatus;
  roles: string[];
  /** Codes of the customer groups they are in. */
  groups: string[];
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
  /** Codes of customer groups. */
  groups?: readonly string[];
  isEmailVerified?: boolean;
  createdAt?: { gte?: string; gt?: string; lte?: string; lt?: string };
}

/** What users change of their own account; members that are absent stay, null removes. */
export interface ProfileChange {
  name?: string | null;
  phone?: string | null;
  locale?: string | null;
}

/** Where a page of the staff list starts, and which way it runs. */
export interface UserPage {
  sort: UserSort;
  /** What the list is sorted by (times with microseconds, as PostgreSQL writes them) and id of the last row of the page before. */
  after: readonly [string, string] | null;
  limit: number;
}

const DETAILS = `u.id, u.email, u.name, u.phone, u.locale, u.status, u.email_verified_at AS "emailVerifiedAt", u.version,
  u.created_at AS "createdAt", u.updated_at AS "updatedAt",
  ARRAY(SELECT role_name FROM user_roles WHERE user_id = u.id ORDER BY role_name) AS roles,
  ARRAY(SELECT g.code FROM customer_group_members m JOIN customer_groups g ON g.id = m.group_id
        WHERE m.user_id = u.id ORDER BY g.code) AS groups`;

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

  /** Locks an active user until the open transaction ends. @returns false when there is none. */
  async lockActive(id: string): Promise<boolean> {
    const rows = await this.transactions.query(
      `SELECT 1 FROM users WHERE id = $1 AND status = 'active' FOR NO KEY UPDATE`,
      [id],
    );
    return rows.length > 0;
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
   * Changes the profile in one conditional statement; what is already so changes nothing, not even the version.
   *
   * @param expectedVersion Changes only this version; undefined changes whichever is there.
   * @returns false when nothing was changed: there is nothing to change, or no such user in that version.
   */
  async updateProfile(id: string, change: ProfileChange, expectedVersion: number | undefined): Promise<boolean> {
    const changed = await this.transactions.execute(
      `UPDATE users SET name = CASE WHEN $2 THEN $3 ELSE name END, phone = CASE WHEN $4 THEN $5 ELSE phone END,
         locale = CASE WHEN $6 THEN $7 ELSE locale END, version = version + 1, updated_at = now()
       WHERE id = $1 AND status <> 'erased' AND ($8::int IS NULL OR version = $8)
         AND (($2 AND name IS DISTINCT FROM $3) OR ($4 AND phone IS DISTINCT FROM $5) OR ($6 AND locale IS DISTINCT FROM $7))`,
      [
        id,
        change.name !== undefined,
        change.name ?? null,
        change.phone !== undefined,
        change.phone ?? null,
        change.locale !== undefined,
        change.locale ?? null,
        expectedVersion ?? null,
      ],
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
    const [column, type] = SORT_COLUMNS[page.sort.replace('-', '') as keyof typeof SORT_COLUMNS];
    const isDescending = page.sort.startsWith('-');
    if (page.after) {
      const [position, id] = page.after;
      where.push(
        `(${column}, u.id) ${isDescending ? '<' : '>'} ($${values.push(position)}::${type}, $${values.push(id)}::uuid)`,
      );
    }
    const direction = isDescending ? 'DESC' : 'ASC';
    return this.transactions.query(
      `SELECT ${DETAILS}, (${column})::text AS position FROM users u ${whereClause(where)}
       ORDER BY ${column} ${direction}, u.id ${direction} LIMIT $${values.push(page.limit + 1)}`,
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

/** What the list is sorted by, and its type; the same expressions as in the indexes. */
const SORT_COLUMNS = {
  createdAt: ['u.created_at', 'timestamptz'],
  email: ['u.email_canonical', 'text'],
  name: [`lower(coalesce(u.name, ''))`, 'text'],
} as const;

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
  if (filter.groups) {
    where.push(
      `u.id IN (SELECT m.user_id FROM customer_group_members m JOIN customer_groups g ON g.id = m.group_id
                WHERE g.code = ANY ($${values.push(filter.groups)}::text[]))`,
    );
  }
  if (filter.isEmailVerified !== undefined) {
    where.push(`u.email_verified_at IS ${filter.isEmailVerified ? 'NOT NULL' : 'NULL'}`);
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

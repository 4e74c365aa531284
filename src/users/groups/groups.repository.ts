import { Injectable } from '@nestjs/common';
import { violatedConstraint } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CustomerGroupCodeTakenError } from './groups.errors.js';

/** A customer group as it is read. */
export interface GroupDetails {
  id: string;
  code: string;
  name: string;
  description: string | null;
  memberCount: number;
  createdAt: Date;
  updatedAt: Date;
  version: number;
}

/** What staff change of a group; members that are absent stay. */
export interface GroupChange {
  code?: string;
  name?: string;
  description?: string | null;
}

/** A user in a group. */
export interface GroupMember {
  userId: string;
  email: string;
  name: string | null;
  addedAt: Date;
}

const COLUMNS = `g.id, g.code, g.name, g.description, g.created_at AS "createdAt", g.updated_at AS "updatedAt", g.version,
  (SELECT count(*)::int FROM customer_group_members m WHERE m.group_id = g.id) AS "memberCount"`;

/** Every query of customer groups and their members. */
@Injectable()
export class GroupsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async find(id: string): Promise<GroupDetails | null> {
    const [group] = await this.transactions.query<GroupDetails>(
      `SELECT ${COLUMNS} FROM customer_groups g WHERE g.id = $1`,
      [id],
    );
    return group ?? null;
  }

  /** By code. */
  list(page: { after: string | null; limit: number }): Promise<GroupDetails[]> {
    return this.transactions.query(
      `SELECT ${COLUMNS} FROM customer_groups g WHERE ($1::text IS NULL OR g.code > $1) ORDER BY g.code LIMIT $2`,
      [page.after, page.limit],
    );
  }

  async count(): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM customer_groups`,
    );
    return row!.total;
  }

  /** @throws CustomerGroupCodeTakenError also when the code is taken at the same moment. */
  async insert(id: string, group: { code: string; name: string; description: string | null }): Promise<void> {
    await refuseTakenCode(
      this.transactions.execute(`INSERT INTO customer_groups (id, code, name, description) VALUES ($1, $2, $3, $4)`, [
        id,
        group.code,
        group.name,
        group.description,
      ]),
    );
  }

  /**
   * Changes a group in one conditional statement; what is already so changes nothing, not even the version.
   *
   * @returns false when nothing was changed: there is nothing to change, or no such group in that version.
   * @throws CustomerGroupCodeTakenError
   */
  async update(id: string, change: GroupChange, expectedVersion: number | undefined): Promise<boolean> {
    const changed = await refuseTakenCode(
      this.transactions.execute(
        `UPDATE customer_groups SET code = coalesce($2, code), name = coalesce($3, name),
           description = CASE WHEN $4 THEN $5 ELSE description END, version = version + 1, updated_at = now()
         WHERE id = $1 AND ($6::int IS NULL OR version = $6)
           AND (code <> coalesce($2, code) OR name <> coalesce($3, name) OR ($4 AND description IS DISTINCT FROM $5))`,
        [
          id,
          change.code ?? null,
          change.name ?? null,
          change.description !== undefined,
          change.description ?? null,
          expectedVersion ?? null,
        ],
      ),
    );
    return changed === 1;
  }

  /** Removes a group and its memberships. @returns false when there is no such group in that version. */
  async delete(id: string, expectedVersion: number | undefined): Promise<boolean> {
    const deleted = await this.transactions.execute(
      `DELETE FROM customer_groups WHERE id = $1 AND ($2::int IS NULL OR version = $2)`,
      [id, expectedVersion ?? null],
    );
    return deleted === 1;
  }

  /**
   * Puts a user into a group. The caller holds the lock of the user.
   *
   * @returns false when the user is in it already, or there is no such group.
   */
  async addMember(id: string, userId: string): Promise<boolean> {
    const added = await this.transactions.execute(
      `INSERT INTO customer_group_members (group_id, user_id)
       SELECT g.id, $2 FROM customer_groups g WHERE g.id = $1 FOR KEY SHARE
       ON CONFLICT DO NOTHING`,
      [id, userId],
    );
    return added === 1;
  }

  /** @returns false when the user is not in the group. */
  async removeMember(id: string, userId: string): Promise<boolean> {
    const removed = await this.transactions.execute(
      `DELETE FROM customer_group_members WHERE group_id = $1 AND user_id = $2`,
      [id, userId],
    );
    return removed === 1;
  }

  /** By user id. */
  listMembers(id: string, page: { after: string | null; limit: number }): Promise<GroupMember[]> {
    return this.transactions.query(
      `SELECT u.id AS "userId", u.email, u.name, m.added_at AS "addedAt"
       FROM customer_group_members m JOIN users u ON u.id = m.user_id
       WHERE m.group_id = $1 AND ($2::uuid IS NULL OR m.user_id > $2) ORDER BY m.user_id LIMIT $3`,
      [id, page.after, page.limit],
    );
  }

  /** Codes and names of the groups a user is in. */
  listOf(userId: string): Promise<{ code: string; name: string; addedAt: Date }[]> {
    return this.transactions.query(
      `SELECT g.code, g.name, m.added_at AS "addedAt" FROM customer_group_members m JOIN customer_groups g ON g.id = m.group_id
       WHERE m.user_id = $1 ORDER BY g.code`,
      [userId],
    );
  }

  async removeFromAll(userId: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM customer_group_members WHERE user_id = $1`, [userId]);
  }
}

async function refuseTakenCode<Result>(written: Promise<Result>): Promise<Result> {
  try {
    return await written;
  } catch (error) {
    if (violatedConstraint(error) === 'customer_groups_code_key') throw new CustomerGroupCodeTakenError();
    throw error;
  }
}

import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import { Cursors } from '../../common/pagination/cursor.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../users.service.js';
import { CustomerGroupNotFoundError } from './groups.errors.js';
import { type GroupChange, type GroupDetails, type GroupMember, GroupsRepository } from './groups.repository.js';

interface PageRequest {
  limit: number;
  cursor?: string;
  count?: 'exact';
}

/** Customer groups and who is in them. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly groups: GroupsRepository,
    private readonly audit: AuditLog,
    private readonly cursors: Cursors,
  ) {}

  /** @throws CustomerGroupNotFoundError */
  async get(id: string): Promise<GroupDetails> {
    const group = await this.groups.find(id);
    if (!group) throw new CustomerGroupNotFoundError();
    return group;
  }

  /** One page of groups, by code. @throws InvalidRequestError (400, `?cursor`) for a cursor of another list. */
  async list({ limit, cursor, count }: PageRequest): Promise<Page<GroupDetails>> {
    const context = 'customer-groups';
    const after = cursor === undefined ? null : (this.cursors.decode(context, cursor)[0] as string);
    const rows = await this.groups.list({ after, limit: limit + 1 });
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    return {
      data,
      nextCursor: rows.length > limit && last ? this.cursors.encode(context, [last.code]) : null,
      ...(count === 'exact' ? { total: await this.groups.count() } : {}),
    };
  }

  /** @throws CustomerGroupCodeTakenError */
  create(group: { code: string; name: string; description?: string | null }): Promise<GroupDetails> {
    const id = newId();
    return this.transactions.run(async () => {
      await this.groups.insert(id, { ...group, description: group.description ?? null });
      await this.audit.record({
        action: 'customer_group.created',
        target: { type: 'customer_group', id },
        after: { code: group.code, name: group.name },
      });
      return this.get(id);
    });
  }

  /**
   * Changes a group; members that are absent stay (RFC 7396).
   *
   * @throws CustomerGroupNotFoundError, CustomerGroupCodeTakenError, VersionMismatchError
   */
  update(id: string, change: GroupChange, expectedVersion?: number): Promise<GroupDetails> {
    return this.transactions.run(async () => {
      const before = await this.get(id);
      const isChanged = await this.groups.update(id, change, expectedVersion);
      const after = await this.get(id);
      if (!isChanged && expectedVersion !== undefined && after.version !== expectedVersion)
        throw new VersionMismatchError(after.version);
      if (isChanged) {
        await this.audit.record({
          action: 'customer_group.changed',
          target: { type: 'customer_group', id },
          before: { code: before.code, name: before.name },
          after: { code: after.code, name: after.name },
        });
      }
      return after;
    });
  }

  /** Removes a group; its members stay users. @throws CustomerGroupNotFoundError, VersionMismatchError */
  async remove(id: string, expectedVersion?: number): Promise<void> {
    await this.transactions.run(async () => {
      const { code, memberCount, version } = await this.get(id);
      if (!(await this.groups.delete(id, expectedVersion))) throw new VersionMismatchError(version);
      await this.audit.record({
        action: 'customer_group.removed',
        target: { type: 'customer_group', id },
        before: { code, memberCount },
      });
    });
  }

  /**
   * One page of the users in a group.
   *
   * @throws CustomerGroupNotFoundError; InvalidRequestError (400, `?cursor`) for a cursor of another list.
   */
  async listMembers(id: string, { limit, cursor, count }: PageRequest): Promise<Page<GroupMember>> {
    const { memberCount } = await this.get(id);
    const context = `customer-group ${id} members`;
    const after = cursor === undefined ? null : (this.cursors.decode(context, cursor)[0] as string);
    const rows = await this.groups.listMembers(id, { after, limit: limit + 1 });
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    return {
      data,
      nextCursor: rows.length > limit && last ? this.cursors.encode(context, [last.userId]) : null,
      ...(count === 'exact' ? { total: memberCount } : {}),
    };
  }

  /**
   * Puts a user into a group; doing it again changes nothing.
   *
   * @throws CustomerGroupNotFoundError; UserNotFoundError unless the user is active.
   */
  async addMember(id: string, userId: string): Promise<void> {
    await this.transactions.run(async () => {
      await this.users.lockActive(userId);
      const isAdded = await this.groups.addMember(id, userId);
      const { code } = await this.get(id);
      if (isAdded) await this.recordMembership('user.group_joined', userId, code);
    });
  }

  /** Takes a user out of a group; doing it again changes nothing. @throws CustomerGroupNotFoundError, UserNotFoundError */
  async removeMember(id: string, userId: string): Promise<void> {
    await this.transactions.run(async () => {
      const { code } = await this.get(id);
      await this.users.get(userId);
      if (await this.groups.removeMember(id, userId)) await this.recordMembership('user.group_left', userId, code);
    });
  }

  /** The groups a user is in. */
  listOf(userId: string): Promise<{ code: string; name: string; addedAt: Date }[]> {
    return this.groups.listOf(userId);
  }

  /** Takes a user out of every group, when the account is erased. */
  removeFromAll(userId: string): Promise<void> {
    return this.groups.removeFromAll(userId);
  }

  private recordMembership(action: string, userId: string, group: string): Promise<void> {
    return this.audit.record({ action, target: { type: 'user', id: userId }, after: { group } });
  }
}

import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { UsersService } from '../users.service.js';
import { CustomerGroupEvent } from './customer-group.event.js';
import type { CreateCustomerGroupDto, UpdateCustomerGroupDto } from './dto/customer-group.dto.js';
import type { CustomerGroup } from './entities/customer-group.entity.js';
import { CustomerGroupNotFoundError } from './groups.errors.js';
import { type GroupMember, GroupsRepository } from './groups.repository.js';

/** Customer groups and who is in them. */
@Injectable()
export class GroupsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly groups: GroupsRepository,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
  ) {}

  /** @throws CustomerGroupNotFoundError */
  async get(id: string): Promise<CustomerGroup> {
    return (await this.groups.find(id)) ?? raise(new CustomerGroupNotFoundError());
  }

  /** One page of groups, by code. */
  list(request: PageRequest): Promise<Page<CustomerGroup>> {
    return this.groups.findPage(request);
  }

  /** @throws CustomerGroupCodeTakenError */
  create(group: CreateCustomerGroupDto): Promise<CustomerGroup> {
    const id = newId();
    return this.transactions.run(async () => {
      await this.groups.insert({ id, ...group });
      const { code, name } = group;
      await this.outbox.add(new CustomerGroupEvent('customer_group.created', { id, version: 1 }));
      await this.audit.record({ action: 'customer_group.created', target: targetOf(id), after: { code, name } });
      return this.get(id);
    });
  }

  /**
   * Changes a group; members that are absent stay (RFC 7396), and what is already so changes nothing, not even the version.
   *
   * @throws CustomerGroupNotFoundError, CustomerGroupCodeTakenError, VersionMismatchError
   */
  update(id: string, change: UpdateCustomerGroupDto, expectedVersion?: number): Promise<CustomerGroup> {
    return this.transactions.run(async () => {
      const group = await this.lock(id, expectedVersion);
      const { code, name, version } = group;
      const changed = await this.groups.save(Object.assign(group, change));
      if (changed.version !== version) {
        await this.outbox.add(new CustomerGroupEvent('customer_group.changed', changed));
        await this.audit.record({
          action: 'customer_group.changed',
          target: targetOf(id),
          before: { code, name },
          after: { code: changed.code, name: changed.name },
        });
      }
      return changed;
    });
  }

  /** Removes a group; its members stay users. @throws CustomerGroupNotFoundError, VersionMismatchError */
  async remove(id: string, expectedVersion?: number): Promise<void> {
    await this.transactions.run(async () => {
      const { code, memberCount, version } = await this.lock(id, expectedVersion);
      await this.groups.delete(id);
      await this.outbox.add(new CustomerGroupEvent('customer_group.removed', { id, version: version + 1 }));
      await this.audit.record({
        action: 'customer_group.removed',
        target: targetOf(id),
        before: { code, memberCount },
      });
    });
  }

  /** One page of the users in a group. @throws CustomerGroupNotFoundError */
  async listMembers(id: string, request: PageRequest): Promise<Page<GroupMember>> {
    await this.get(id);
    return this.groups.findMembers(id, request);
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
      if (isAdded) await this.recordMembership('user.group_joined', userId, await this.get(id));
    });
  }

  /** Takes a user out of a group; doing it again changes nothing. @throws CustomerGroupNotFoundError, UserNotFoundError */
  async removeMember(id: string, userId: string): Promise<void> {
    await this.transactions.run(async () => {
      const group = await this.get(id);
      await this.users.get(userId);
      if (await this.groups.removeMember(id, userId)) await this.recordMembership('user.group_left', userId, group);
    });
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<CustomerGroup> {
    const group = (await this.groups.lock(id)) ?? raise(new CustomerGroupNotFoundError());
    assertVersion(group, expectedVersion);
    return group;
  }

  private recordMembership(action: string, userId: string, { code }: CustomerGroup): Promise<void> {
    return this.audit.record({ action, target: { type: 'user', id: userId }, after: { group: code } });
  }
}

const targetOf = (id: string): { type: string; id: string } => ({ type: 'customer_group', id });

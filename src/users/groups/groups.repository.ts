import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { User } from '../entities/user.entity.js';
import { CustomerGroup, CustomerGroupMember } from './entities/customer-group.entity.js';
import { CustomerGroupCodeTakenError, CustomerGroupNotFoundError } from './groups.errors.js';

/** A user in a group. */
export interface GroupMember {
  userId: string;
  email: string;
  name: string | null;
  addedAt: Date;
}

const MEANINGS = {
  customer_groups_code_key: () => new CustomerGroupCodeTakenError(),
  customer_group_members_group_id_fkey: () => new CustomerGroupNotFoundError(),
};

/** Customer groups and who is in them. */
@Injectable()
export class GroupsRepository {
  constructor(
    @InjectRepository(CustomerGroup) private readonly groups: Repository<CustomerGroup>,
    @InjectRepository(CustomerGroupMember) private readonly members: Repository<CustomerGroupMember>,
    private readonly pages: Pages,
  ) {}

  find(id: string): Promise<CustomerGroup | null> {
    return this.groups.findOneBy({ id });
  }

  lock(id: string): Promise<CustomerGroup | null> {
    return this.groups.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** By code. */
  findPage(request: PageRequest): Promise<Page<CustomerGroup>> {
    return this.pages.of(this.groups.createQueryBuilder('g'), request, { by: ['g.code'], context: 'customer-groups' });
  }

  /** @throws CustomerGroupCodeTakenError also when the code is taken at the same moment. */
  async insert(group: Pick<CustomerGroup, 'id' | 'code' | 'name'> & Partial<CustomerGroup>): Promise<void> {
    await onViolation(this.groups.insert(group), MEANINGS);
  }

  /** @throws CustomerGroupCodeTakenError also when the code is taken at the same moment. */
  save(group: CustomerGroup): Promise<CustomerGroup> {
    return onViolation(this.groups.save(group), MEANINGS);
  }

  /** Removes a group and its memberships. */
  async delete(id: string): Promise<void> {
    await this.groups.delete({ id });
  }

  /** @returns false when the user is in it already. @throws CustomerGroupNotFoundError */
  async addMember(groupId: string, userId: string): Promise<boolean> {
    const insert = this.members.createQueryBuilder().insert().values({ groupId, userId }).orIgnore();
    const inserted = await onViolation(insert.execute(), MEANINGS);
    return (inserted.raw as unknown[]).length > 0;
  }

  /** @returns false when the user is not in the group. */
  async removeMember(groupId: string, userId: string): Promise<boolean> {
    return (await this.members.delete({ groupId, userId })).affected === 1;
  }

  async removeFromAll(userId: string): Promise<void> {
    await this.members.delete({ userId });
  }

  /** By user id. */
  findMembers(groupId: string, request: PageRequest): Promise<Page<GroupMember>> {
    const query = this.members
      .createQueryBuilder('m')
      .innerJoin(User, 'u', 'u.id = m.userId')
      .where({ groupId })
      .select('m.userId', 'userId')
      .addSelect('u.email', 'email')
      .addSelect('u.name', 'name')
      .addSelect('m.addedAt', 'addedAt');
    return this.pages.ofRows(query, request, { by: ['m.userId'], context: `customer-group ${groupId} members` });
  }

  /** Codes and names of the groups a user is in. */
  listOf(userId: string): Promise<{ code: string; name: string; addedAt: Date }[]> {
    return this.members
      .createQueryBuilder('m')
      .innerJoin(CustomerGroup, 'g', 'g.id = m.groupId')
      .where({ userId })
      .select('g.code', 'code')
      .addSelect('g.name', 'name')
      .addSelect('m.addedAt', 'addedAt')
      .orderBy('g.code')
      .getRawMany();
  }
}

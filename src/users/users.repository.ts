import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  type FindOptionsWhere,
  IsNull,
  MoreThan,
  type QueryDeepPartialEntity,
  type Repository,
  type SelectQueryBuilder,
} from 'typeorm';
import type { Page } from '../common/pagination/page.dto.js';
import { holding, whereWithin } from '../database/conditions.js';
import { Pages } from '../database/pages.js';
import { onViolation } from '../database/postgres-errors.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { ListUsersDto } from './dto/user.dto.js';
import { UserRole } from './entities/role.entity.js';
import { User } from './entities/user.entity.js';
import { UserEmailTakenError } from './users.errors.js';

/** A user as the rest of the application sees one: never with a password hash. */
export type UserDetails = Omit<User, 'passwordHash'>;

/** A row to insert. */
export type NewUser = Pick<User, 'id' | 'email' | 'emailCanonical' | 'name' | 'passwordHash' | 'emailVerifiedAt'>;

/** What a change of an account sets. */
export type UserChanges = QueryDeepPartialEntity<User>;

const MEANINGS = { users_email_canonical_key: () => new UserEmailTakenError() };

/** What the staff list can be sorted by; the same expressions as in the indexes. */
const SORT_KEYS = { createdAt: 'u.createdAt', email: 'u.emailCanonical', name: `lower(coalesce(u.name, ''))` };

/** Accounts, and which roles they hold. */
@Injectable()
export class UsersRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    @InjectRepository(User) private readonly users: Repository<User>,
    @InjectRepository(UserRole) private readonly userRoles: Repository<UserRole>,
    private readonly pages: Pages,
  ) {}

  /** @throws UserEmailTakenError when the canonical address has an account, also when that one is made at the same moment. */
  async insert(user: NewUser, roles: readonly string[]): Promise<void> {
    await onViolation(this.users.insert(user), MEANINGS);
    if (roles.length > 0) await this.userRoles.insert(roles.map((roleName) => ({ userId: user.id, roleName })));
  }

  find(id: string): Promise<UserDetails | null> {
    return this.users.findOneBy({ id });
  }

  /** Reads the account under lock, so that changes of it follow each other. */
  async lock(id: string): Promise<User | null> {
    // Two statements: what the first one waited for, only the second one sees in other tables.
    return (await this.holds({ id })) ? this.users.findOneBy({ id }) : null;
  }

  /** Locks an active user until the open transaction ends. @returns false when there is none. */
  lockActive(id: string): Promise<boolean> {
    return this.holds({ id, status: 'active' });
  }

  /** Locks an account so that nothing that refers to it is added meanwhile: whoever has begun to is waited for. */
  lockForErasure(id: string): Promise<User | null> {
    return this.users.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** Holds an account as it is against being erased until the open transaction ends. */
  keep(id: string): Promise<Pick<User, 'status'> | null> {
    return this.users
      .createQueryBuilder('u')
      .select(['u.id', 'u.status'])
      .where({ id })
      .setLock('for_key_share')
      .getOne();
  }

  /** What an account is opened with. */
  findCredentials(account: FindOptionsWhere<User>): Promise<Pick<User, 'id' | 'passwordHash' | 'status'> | null> {
    return this.users.findOne({ where: account, select: { id: true, passwordHash: true, status: true } });
  }

  /** True when any user, active or not, holds the role. */
  isRoleHeld(roleName: string): Promise<boolean> {
    return this.userRoles.existsBy({ roleName });
  }

  save(user: User): Promise<UserDetails> {
    return this.users.save(user);
  }

  /** Changes an account that is locked, as a new version. */
  async change({ id }: Pick<User, 'id'>, change: UserChanges): Promise<void> {
    await this.changeIf({ id }, change);
  }

  /**
   * Changes an account in one statement, if it still is what the change was decided on.
   *
   * @returns its new version, or null when it is not; nothing is changed.
   * @throws UserEmailTakenError
   */
  async changeIf(still: FindOptionsWhere<User>, change: UserChanges): Promise<number | null> {
    const update = this.users
      .createQueryBuilder()
      .update()
      .set({ ...change, updatedAt: () => 'now()' })
      .where(still)
      .returning('version');
    const { raw } = (await onViolation(update.execute(), MEANINGS)) as { raw: { version: number }[] };
    return raw[0]?.version ?? null;
  }

  /** Notes that the address is proven, if the account still has it. @returns the new version, or null when nothing changed. */
  verifyEmail(id: string, emailCanonical: string): Promise<number | null> {
    return this.changeIf({ id, emailCanonical, emailVerifiedAt: IsNull() }, { emailVerifiedAt: () => 'now()' });
  }

  /**
   * Sets the first password of an account that staff made, whose owner has read the mail to its address.
   *
   * @param name Null leaves the name as it is.
   * @returns the account's new version, or null when it has a password, another address or is not active.
   */
  open(
    id: string,
    { emailCanonical, passwordHash, name }: { emailCanonical: string; passwordHash: string; name: string | null },
  ): Promise<number | null> {
    return this.changeIf(
      { id, emailCanonical, passwordHash: IsNull(), status: 'active' },
      { passwordHash, emailVerifiedAt: () => 'coalesce(email_verified_at, now())', ...(name === null ? {} : { name }) },
    );
  }

  /** Stores a new hash of the same password, unless the password has been changed in the meantime; no version counts it. */
  async replacePasswordHash(id: string, oldHash: string, newHash: string): Promise<void> {
    await this.transactions.execute(`UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2`, [
      id,
      oldHash,
      newHash,
    ]);
  }

  /** Gives a user these roles and no others. */
  async replaceRoles(userId: string, roles: readonly string[]): Promise<void> {
    await this.userRoles.delete({ userId });
    if (roles.length > 0) await this.userRoles.insert(roles.map((roleName) => ({ userId, roleName })));
  }

  /** Takes from a locked account all that tells whose it was, and its roles, as a new version. */
  async erase({ id }: Pick<User, 'id'>, email: string): Promise<void> {
    await this.userRoles.delete({ userId: id });
    await this.change(
      { id },
      {
        email,
        emailCanonical: email,
        name: null,
        phone: null,
        locale: null,
        passwordHash: null,
        emailVerifiedAt: null,
        status: 'erased',
        erasedAt: () => 'clock_timestamp()',
        sessionsValidFrom: () => 'clock_timestamp()',
      },
    );
  }

  /** Accounts erased within the last day, for whatever was still being written about them. */
  findLatelyErased(limit: number): Promise<UserDetails[]> {
    const erasedAt = MoreThan(new Date(Date.now() - 86_400_000));
    return this.users.find({ where: { erasedAt }, order: { erasedAt: 'DESC' }, take: limit });
  }

  /** One page of the staff list. */
  findPage(list: ListUsersDto): Promise<Page<UserDetails>> {
    const { sort, limit, cursor, count, ...filter } = list;
    const query = this.users.createQueryBuilder('u');
    narrow(query, filter);
    return this.pages.of(query, list, {
      by: [SORT_KEYS[sort.replace('-', '') as keyof typeof SORT_KEYS], 'u.id'],
      isDescending: sort.startsWith('-'),
      context: `users ${sort} ${JSON.stringify(filter)}`,
    });
  }

  private async holds(account: FindOptionsWhere<User>): Promise<boolean> {
    const lock = { mode: 'for_no_key_update' } as const;
    return (await this.users.findOne({ where: account, select: { id: true }, lock })) !== null;
  }
}

function narrow(
  query: SelectQueryBuilder<User>,
  { q, role, status, group, emailVerified, createdAt }: Partial<ListUsersDto>,
): void {
  // The same expression as in the index users_search_idx.
  if (q !== undefined)
    query.andWhere(`lower(u.email_canonical || ' ' || coalesce(u.name, '')) LIKE :q`, { q: holding(q.toLowerCase()) });
  if (status) query.andWhere('u.status IN (:...status)', { status });
  if (role)
    query.andWhere('EXISTS (SELECT 1 FROM user_roles r WHERE r.user_id = u.id AND r.role_name IN (:...role))', {
      role,
    });
  if (group)
    query.andWhere(
      `u.id IN (SELECT m.user_id FROM customer_group_members m JOIN customer_groups g ON g.id = m.group_id
        WHERE g.code IN (:...group))`,
      { group },
    );
  if (emailVerified !== undefined)
    query.andWhere(`u.emailVerifiedAt IS ${emailVerified === 'true' ? 'NOT NULL' : 'NULL'}`);
  whereWithin(query, 'u.createdAt', createdAt);
}

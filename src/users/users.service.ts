import { Injectable } from '@nestjs/common';
import { VersionMismatchError } from '../common/errors/request.errors.js';
import { newId } from '../common/ids.js';
import { Cursors } from '../common/pagination/cursor.js';
import type { Page } from '../common/pagination/page.dto.js';
import { canonicalEmail } from '../common/validation/email-address.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import { UserRegisteredEvent } from './events/user-registered.event.js';
import { UserNotFoundError } from './users.errors.js';
import type { UserSort } from './user-sort.js';
import {
  type Credentials,
  type ProfileChange,
  type UserDetails,
  type UserFilter,
  UsersRepository,
} from './users.repository.js';

/** What an account is made of. */
export interface UserInput {
  email: string;
  name?: string | null;
  /** Argon2id in PHC form; null for an account without a password. */
  passwordHash: string | null;
  /** Names of roles; `customer` when absent. */
  roles?: readonly string[];
  emailVerifiedAt?: Date;
}

/** How the staff list is asked for. */
export interface UserQuery extends UserFilter {
  sort: UserSort;
  limit: number;
  cursor?: string;
  count?: 'exact';
}

/** Accounts: making, finding and changing them. */
@Injectable()
export class UsersService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersRepository,
    private readonly outbox: Outbox,
    private readonly cursors: Cursors,
  ) {}

  /**
   * Makes an account and announces it (`user.registered`).
   *
   * One account per canonical address (trimmed, NFC, lower case); the address is kept as typed.
   *
   * @throws UserEmailTakenError when the address has an account.
   */
  create(input: UserInput): Promise<UserDetails> {
    return this.transactions.run(async () => {
      const id = newId();
      const { email, name = null, passwordHash, roles = ['customer'], emailVerifiedAt = null } = input;
      await this.users.insert(
        { id, email: email.trim(), emailCanonical: canonicalEmail(email), name, passwordHash, emailVerifiedAt },
        roles,
      );
      await this.outbox.add(new UserRegisteredEvent(id));
      return this.get(id);
    });
  }

  find(id: string): Promise<UserDetails | null> {
    return this.users.find(id);
  }

  /** @throws UserNotFoundError */
  async get(id: string): Promise<UserDetails> {
    const user = await this.users.find(id);
    if (!user) throw new UserNotFoundError(id);
    return user;
  }

  /**
   * Inside a transaction: holds the account as it is until the end, so that changes of what belongs to it happen one after the other.
   *
   * @throws UserNotFoundError unless the user exists and is active.
   */
  async lockActive(id: string): Promise<void> {
    if (!(await this.users.lockActive(id))) throw new UserNotFoundError(id);
  }

  /** The active account of an address, in any spelling. */
  async findActiveByEmail(email: string): Promise<UserDetails | null> {
    const found = await this.findCredentials(email);
    return found?.status === 'active' ? this.users.find(found.userId) : null;
  }

  /** What a sign-in with this address, in any spelling, is checked against; null when it has no account. */
  findCredentials(email: string): Promise<Credentials | null> {
    return this.users.findCredentials(canonicalEmail(email));
  }

  /** Stores a stronger hash of an unchanged password. */
  replacePasswordHash(id: string, oldHash: string, newHash: string): Promise<void> {
    return this.users.replacePasswordHash(id, oldHash, newHash);
  }

  /** True when any user holds the role. */
  isRoleHeld(role: string): Promise<boolean> {
    return this.users.isRoleHeld(role);
  }

  /** Inside a transaction: makes whoever else asks for the same lock wait, so that "nobody holds it" stays true until the end. */
  lockRoleHolders(role: string): Promise<void> {
    return this.users.lockRoleHolders(role);
  }

  /**
   * Changes what a user may change of themselves; members that are absent stay (RFC 7396).
   *
   * @param expectedVersion From `If-Match`; undefined overwrites whichever version is there.
   * @throws VersionMismatchError when the user has another version; nothing is changed.
   */
  async update(id: string, change: ProfileChange, expectedVersion?: number): Promise<UserDetails> {
    const isChanged = await this.users.updateProfile(id, change, expectedVersion);
    const user = await this.get(id);
    if (!isChanged && expectedVersion !== undefined && user.version !== expectedVersion)
      throw new VersionMismatchError(user.version);
    return user;
  }

  /**
   * One page of all users.
   *
   * @throws InvalidRequestError (400, `?cursor`) for a cursor of another list, filter or order.
   */
  async list(query: UserQuery): Promise<Page<UserDetails>> {
    const { sort, limit, cursor, count, ...filter } = query;
    const context = `users ${sort} ${JSON.stringify(filter)}`;
    const after = cursor === undefined ? null : (this.cursors.decode(context, cursor) as [string, string]);
    const rows = await this.users.list(filter, { sort, after, limit });
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    return {
      data,
      nextCursor: rows.length > limit && last ? this.cursors.encode(context, [last.position, last.id]) : null,
      ...(count === 'exact' ? { total: await this.users.count(filter) } : {}),
    };
  }
}

import { Injectable } from '@nestjs/common';
import { raise } from '../common/errors/domain.error.js';
import { assertVersion } from '../common/errors/request.errors.js';
import { newId } from '../common/ids.js';
import type { Page } from '../common/pagination/page.dto.js';
import type { Scope } from '../common/security/scopes.js';
import { canonicalEmail } from '../common/validation/email-address.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Outbox } from '../jobs/outbox.js';
import type { ListUsersDto, UpdateMeDto } from './dto/user.dto.js';
import type { UserStatus } from './entities/user.entity.js';
import { type UserChange, UserChangedEvent, UserRegisteredEvent } from './events/user.event.js';
import { RolesRepository } from './roles/roles.repository.js';
import { UserNotFoundError } from './users.errors.js';
import { type UserDetails, UsersRepository } from './users.repository.js';

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

/** What a sign-in is checked against. */
export interface Credentials {
  userId: string;
  passwordHash: string | null;
  status: UserStatus;
}

/** Accounts: making, finding and changing them, and what they are opened with. */
@Injectable()
export class UsersService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersRepository,
    private readonly roles: RolesRepository,
    private readonly outbox: Outbox,
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

  /**
   * In the transaction of who has read the mail to it: sets the first password of an account that staff made.
   *
   * @param account `name` null leaves the name as it is.
   * @returns false when it has a password, another address or is not active; nothing is changed.
   */
  open(id: string, account: { emailCanonical: string; passwordHash: string; name: string | null }): Promise<boolean> {
    return this.announce('user.password_changed', id, () => this.users.open(id, account));
  }

  find(id: string): Promise<UserDetails | null> {
    return this.users.find(id);
  }

  /** @throws UserNotFoundError */
  async get(id: string): Promise<UserDetails> {
    return (await this.users.find(id)) ?? raise(new UserNotFoundError());
  }

  /**
   * Inside a transaction: holds the account as it is until the end, so that changes of what belongs to it happen one after the other.
   *
   * @throws UserNotFoundError unless the user exists and is active.
   */
  async lockActive(id: string): Promise<void> {
    if (!(await this.users.lockActive(id))) throw new UserNotFoundError();
  }

  /** The active users whose roles hold a scope: `first` alone when that is one of them, else up to `limit` of all. */
  async findActiveHolders(scope: Scope, first: string | null, limit: number): Promise<UserDetails[]> {
    const ids = await this.roles.findActiveHolders(scope);
    const chosen = first !== null && ids.includes(first) ? [first] : ids.slice(0, limit);
    return Promise.all(chosen.map((id) => this.get(id)));
  }

  /** The active account of an address, in any spelling. */
  async findActiveByEmail(email: string): Promise<UserDetails | null> {
    const found = await this.findCredentials(email);
    return found?.status === 'active' ? this.users.find(found.userId) : null;
  }

  /** What a sign-in with this address, in any spelling, is checked against; null when it has no account. */
  async findCredentials(email: string): Promise<Credentials | null> {
    const found = await this.users.findCredentials({ emailCanonical: canonicalEmail(email) });
    return found && { userId: found.id, passwordHash: found.passwordHash, status: found.status };
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
  async lockRoleHolders(role: string): Promise<void> {
    await this.roles.lock(role);
  }

  /**
   * Changes what a user may change of themselves; members that are absent stay (RFC 7396), and what is already so changes nothing.
   *
   * @param expectedVersion From `If-Match`; undefined overwrites whichever version is there.
   * @throws UserNotFoundError, VersionMismatchError; nothing is changed.
   */
  update(id: string, change: UpdateMeDto, expectedVersion?: number): Promise<UserDetails> {
    return this.transactions.run(async () => {
      const user = (await this.users.lock(id)) ?? raise(new UserNotFoundError());
      assertVersion(user, expectedVersion);
      if (user.status === 'erased') return user;
      const { version } = user;
      const saved = await this.users.save(Object.assign(user, change));
      if (saved.version !== version) await this.outbox.add(new UserChangedEvent('user.updated', id, saved.version));
      return saved;
    });
  }

  /** One page of all users. @throws InvalidRequestError (400, `?cursor`) for a cursor of another list, filter or order. */
  list(query: ListUsersDto): Promise<Page<UserDetails>> {
    return this.users.findPage(query);
  }

  /** The hash of an active user's password; null when there is none. */
  async findPasswordHash(userId: string): Promise<string | null> {
    return (await this.users.findCredentials({ id: userId, status: 'active' }))?.passwordHash ?? null;
  }

  /**
   * Stores the hash of a new password, or takes the password away (null).
   *
   * @param oldHash The hash that the change was decided on; undefined where a proof other than the old password was given.
   * @returns false when the account is not active, or has another password by now; nothing is changed.
   */
  replacePassword(userId: string, newHash: string | null, oldHash?: string): Promise<boolean> {
    const still = {
      id: userId,
      status: 'active' as const,
      ...(oldHash === undefined ? {} : { passwordHash: oldHash }),
    };
    return this.announce('user.password_changed', userId, () => this.users.changeIf(still, { passwordHash: newHash }));
  }

  /** Notes that the address is proven. @returns false when it was before, or is no longer the account's. */
  verifyEmail(userId: string, emailCanonical: string): Promise<boolean> {
    return this.announce('user.email_verified', userId, () => this.users.verifyEmail(userId, emailCanonical));
  }

  /**
   * Gives an account another, proven address.
   *
   * @returns false when the account is not active, or has another address by now.
   * @throws UserEmailTakenError when the address has an account.
   */
  changeEmail(
    userId: string,
    { oldCanonical, newEmail, newCanonical }: { oldCanonical: string; newEmail: string; newCanonical: string },
  ): Promise<boolean> {
    return this.announce('user.email_changed', userId, () =>
      this.users.changeIf(
        { id: userId, emailCanonical: oldCanonical, status: 'active' },
        { email: newEmail, emailCanonical: newCanonical, emailVerifiedAt: () => 'now()' },
      ),
    );
  }

  private announce(type: UserChange, userId: string, change: () => Promise<number | null>): Promise<boolean> {
    return this.transactions.run(async () => {
      const version = await change();
      if (version === null) return false;
      await this.outbox.add(new UserChangedEvent(type, userId, version));
      return true;
    });
  }
}

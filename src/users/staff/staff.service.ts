import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { InvitesService } from '../invites/invites.service.js';
import { RoleGrants } from '../roles/role-grants.js';
import { EVERY_SCOPE } from '../../common/security/scopes.js';
import { OwnAccountError, UserErasedError, UserNotFoundError } from '../users.errors.js';
import { type UserDetails, UsersRepository } from '../users.repository.js';
import { UsersService } from '../users.service.js';
import { AccountRecord } from './account-record.js';
import type { CreateUserDto, UpdateUserDto } from './dto/staff-user.dto.js';

/** What staff do to accounts: making and changing them, giving roles, shutting out and letting in again. */
@Injectable()
export class StaffService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly accounts: UsersRepository,
    private readonly grants: RoleGrants,
    private readonly invites: InvitesService,
    private readonly record: AccountRecord,
  ) {}

  /**
   * Makes an account with roles and without a password, and sends its owner an invite with which they choose one.
   *
   * @throws UserEmailTakenError; InvalidRequestError for a name that is no role; ScopeExceededError.
   */
  create({ email, name = null, locale, roles }: CreateUserDto, actor: Actor): Promise<UserDetails> {
    return this.transactions.run(async () => {
      await this.grants.check(roles, actor);
      const { id } = await this.users.create({ email, name, passwordHash: null, roles });
      const user = locale === undefined ? await this.users.get(id) : await this.users.update(id, { locale });
      await this.record.written('user.created', id, { roles });
      await this.invites.prepare(user, actor);
      return user;
    });
  }

  /**
   * Changes name and language of an account; members that are absent stay (RFC 7396).
   *
   * @throws UserNotFoundError, VersionMismatchError, UserErasedError, ScopeExceededError
   */
  update(
    userId: string,
    change: UpdateUserDto,
    actor: Actor,
    expectedVersion: number | undefined,
  ): Promise<UserDetails> {
    return this.transactions.run(async () => {
      const { version } = await this.open(userId, actor, expectedVersion);
      const user = await this.users.update(userId, change);
      if (user.version === version) return user;
      const changed = Object.keys(change).filter((name) => change[name as keyof UpdateUserDto] !== undefined);
      await this.record.written('user.updated', userId, { changed });
      return user;
    });
  }

  /**
   * Gives a user these roles and no others. What they may do changes at once, in other processes within a second, for tokens that they
   * already have as well. Roles that they hold already change nothing.
   *
   * @param expectedVersion From `If-Match`; undefined overwrites whichever version is there.
   * @throws UserNotFoundError, VersionMismatchError, UserErasedError, LastAdminError; InvalidRequestError for a name that is no role;
   *   ScopeExceededError when a role, or the user as they are, allows more than the actor may do.
   */
  replaceRoles(
    userId: string,
    roles: readonly string[],
    actor: Actor,
    expectedVersion: number | undefined,
  ): Promise<UserDetails> {
    return this.transactions.run(async () => {
      const account = await this.open(userId, actor, expectedVersion);
      const scopes = await this.grants.check(roles, actor);
      const after = [...roles].sort();
      if (after.join() !== [...account.roles].sort().join()) {
        // Who goes on as an administrator, by whichever role, need not be replaced by another.
        if (!scopes.includes(EVERY_SCOPE)) await this.grants.protectLastAdmin(userId);
        await this.changeRoles(account, after);
      }
      return this.users.get(userId);
    });
  }

  /**
   * Inside a transaction: gives a user further roles, which somebody else has made sure may be given.
   *
   * @returns false when the account is not active; nothing is given.
   */
  async addRoles(userId: string, roles: readonly string[]): Promise<boolean> {
    const account = await this.accounts.lock(userId);
    if (account?.status !== 'active') return false;
    const after = [...new Set([...account.roles, ...roles])].sort();
    if (after.length > account.roles.length) await this.changeRoles(account, after);
    return true;
  }

  /**
   * Disables an account: nobody can sign in, and what its owner has been signed in with (access and refresh tokens, API keys) ends at
   * once, in other processes within a second. Sessions stay ended when it is enabled again. A disabled account stays as it is.
   *
   * @param reason For the audit log, which keeps it.
   * @throws UserNotFoundError, VersionMismatchError, UserErasedError, OwnAccountError, LastAdminError, ScopeExceededError
   */
  disable(
    userId: string,
    reason: string | undefined,
    actor: Actor,
    expectedVersion: number | undefined,
  ): Promise<UserDetails> {
    return this.transactions.run(async () => {
      const account = await this.open(userId, actor, expectedVersion);
      if (userId === responsibleUserId(actor)) throw new OwnAccountError();
      if (account.status === 'disabled') return account;
      await this.grants.protectLastAdmin(userId);
      // By the clock of the database, as the beginning of a session is.
      await this.accounts.change(account, { status: 'disabled', sessionsValidFrom: () => 'clock_timestamp()' });
      const after = { status: 'disabled', ...(reason === undefined ? {} : { reason }) };
      await this.record.changed('user.disabled', account, { status: 'active' }, after);
      await this.record.tell(account, 'account-disabled');
      return this.users.get(userId);
    });
  }

  /**
   * Lets a disabled account in again; its owner has to sign in anew. An active account stays as it is.
   *
   * @throws UserNotFoundError, VersionMismatchError, UserErasedError, ScopeExceededError
   */
  enable(userId: string, actor: Actor, expectedVersion: number | undefined): Promise<UserDetails> {
    return this.transactions.run(async () => {
      const account = await this.open(userId, actor, expectedVersion);
      if (account.status === 'active') return account;
      await this.accounts.change(account, { status: 'active' });
      await this.record.changed('user.enabled', account, { status: 'disabled' }, { status: 'active' });
      await this.record.tell(account, 'account-enabled');
      return this.users.get(userId);
    });
  }

  /** The account under lock, if the actor may change it: nobody changes who holds more than they do. */
  private async open(userId: string, actor: Actor, expectedVersion: number | undefined): Promise<UserDetails> {
    const account = (await this.accounts.lock(userId)) ?? raise(new UserNotFoundError());
    await this.grants.checkUser(userId, actor);
    assertVersion(account, expectedVersion);
    if (account.status === 'erased') throw new UserErasedError();
    return account;
  }

  private async changeRoles(account: UserDetails, roles: readonly string[]): Promise<void> {
    await this.accounts.replaceRoles(account.id, roles);
    await this.accounts.change(account, {});
    await this.record.changed('user.roles_changed', account, { roles: account.roles }, { roles });
  }
}

import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { LastAdmin } from '../roles/last-admin.js';
import { RoleGrants } from '../roles/role-grants.js';
import { EVERY_SCOPE } from '../roles/scope-ceiling.js';
import { AccountRecord } from './account-record.js';
import { StaffAccess } from './staff-access.js';
import { type LockedAccount, StaffRepository } from './staff.repository.js';

/** Which roles a user holds. */
@Injectable()
export class UserRolesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly access: StaffAccess,
    private readonly accounts: StaffRepository,
    private readonly grants: RoleGrants,
    private readonly lastAdmin: LastAdmin,
    private readonly record: AccountRecord,
  ) {}

  /**
   * Gives a user these roles and no others. What they may do changes at once, in other processes within a second, for tokens that they
   * already have as well. Roles that they hold already change nothing.
   *
   * @param expectedVersion From `If-Match`; undefined overwrites whichever version is there.
   * @throws UserNotFoundError, VersionMismatchError, UserErasedError, LastAdminError; InvalidRequestError for a name that is no role;
   *   ScopeExceededError when a role, or the user as they are, allows more than the actor may do.
   */
  replace(userId: string, roles: readonly string[], actor: Actor, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const account = await this.access.open(userId, actor, expectedVersion);
      const scopes = await this.grants.check(roles, actor);
      const after = [...roles].sort();
      if (after.join() === [...account.roles].sort().join()) return;
      // Who goes on as an administrator, by whichever role, need not be replaced by another.
      if (!scopes.includes(EVERY_SCOPE)) await this.lastAdmin.protect(userId);
      await this.change(account, after);
    });
  }

  /**
   * Inside a transaction: gives a user further roles, which somebody else has made sure may be given.
   *
   * @returns false when the account is not active; nothing is given.
   */
  async add(userId: string, roles: readonly string[]): Promise<boolean> {
    const account = await this.accounts.lock(userId);
    if (account?.status !== 'active') return false;
    const after = [...new Set([...account.roles, ...roles])].sort();
    if (after.length > account.roles.length) await this.change(account, after);
    return true;
  }

  private async change(account: LockedAccount, roles: readonly string[]): Promise<void> {
    const version = await this.accounts.replaceRoles(account.id, roles);
    await this.record.changed('user.roles_changed', account.id, version, { roles: account.roles }, { roles });
  }
}

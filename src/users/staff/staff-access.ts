import { Injectable } from '@nestjs/common';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import type { Actor } from '../../common/security/principal.js';
import { RoleGrants } from '../roles/role-grants.js';
import { UserNotFoundError } from '../users.errors.js';
import { UserErasedError } from './staff.errors.js';
import { type LockedAccount, StaffRepository } from './staff.repository.js';

/** Opens an account for a change by staff. */
@Injectable()
export class StaffAccess {
  constructor(
    private readonly accounts: StaffRepository,
    private readonly grants: RoleGrants,
  ) {}

  /**
   * Inside a transaction: the account under lock, if the actor may change it.
   *
   * @param expectedVersion From `If-Match`; undefined opens whichever version is there.
   * @throws UserNotFoundError, VersionMismatchError, UserErasedError; ScopeExceededError when the user holds more than the actor.
   */
  async open(userId: string, actor: Actor, expectedVersion: number | undefined): Promise<LockedAccount> {
    const account = await this.accounts.lock(userId);
    if (!account) throw new UserNotFoundError(userId);
    await this.grants.checkUser(userId, actor);
    if (expectedVersion !== undefined && expectedVersion !== account.version)
      throw new VersionMismatchError(account.version);
    if (account.status === 'erased') throw new UserErasedError(userId);
    return account;
  }
}

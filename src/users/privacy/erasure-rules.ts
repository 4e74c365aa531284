import { Injectable } from '@nestjs/common';
import type { Actor } from '../../common/security/principal.js';
import { LastAdmin } from '../roles/last-admin.js';
import { RoleGrants } from '../roles/role-grants.js';

/** Who may be erased, and by whom. */
@Injectable()
export class ErasureRules {
  constructor(
    private readonly grants: RoleGrants,
    private readonly lastAdmin: LastAdmin,
  ) {}

  /**
   * Inside a transaction that holds the lock of the account.
   *
   * @throws ScopeExceededError when the account holds more than `actor`; LastAdminError.
   */
  async check(userId: string, actor: Actor): Promise<void> {
    await this.grants.checkUser(userId, actor);
    await this.lastAdmin.protect(userId);
  }
}

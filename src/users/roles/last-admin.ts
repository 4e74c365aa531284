import { Injectable } from '@nestjs/common';
import { LastAdminError } from './roles.errors.js';
import { RolesRepository } from './roles.repository.js';

/** The role that every shop must have an active holder of. */
const ADMIN_ROLE = 'admin';

/** Keeps a shop from losing its last administrator. */
@Injectable()
export class LastAdmin {
  constructor(private readonly roles: RolesRepository) {}

  /**
   * Inside a transaction, before a user loses a role, is disabled or goes away: makes sure that an administrator is left without them.
   *
   * An administrator is an active user with a role that holds `*`. Locks the user first and, if they are an administrator, the admin
   * role next, so that of two who remove each other at the same moment the second finds what the first has left. Whoever locks the
   * user themselves does so before.
   *
   * @throws LastAdminError when nobody else is an administrator; users who are none pass.
   */
  async protect(userId: string): Promise<void> {
    await this.roles.lockUser(userId);
    if (!(await this.roles.isActiveAdmin(userId))) return;
    await this.roles.lockRole(ADMIN_ROLE);
    if (!(await this.roles.hasOtherAdmin(userId))) throw new LastAdminError();
  }
}

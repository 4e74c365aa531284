import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import type { Actor } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { InvitesService } from '../invites/invites.service.js';
import { RoleGrants } from '../roles/role-grants.js';
import type { UserDetails } from '../users.repository.js';
import { UsersService } from '../users.service.js';
import type { CreateUserDto, UpdateUserDto } from './dto/staff-user.dto.js';
import { StaffAccess } from './staff-access.js';

/** Accounts that staff make, and what staff may change of them. */
@Injectable()
export class StaffAccounts {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly access: StaffAccess,
    private readonly grants: RoleGrants,
    private readonly invites: InvitesService,
    private readonly audit: AuditLog,
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
      await this.audit.record({ action: 'user.created', target: { type: 'user', id }, after: { roles } });
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
      const { version } = await this.access.open(userId, actor, expectedVersion);
      const user = await this.users.update(userId, change);
      if (user.version === version) return user;
      await this.audit.record({
        action: 'user.updated',
        target: { type: 'user', id: userId },
        after: { changed: Object.keys(change).filter((name) => change[name as keyof UpdateUserDto] !== undefined) },
      });
      return user;
    });
  }
}

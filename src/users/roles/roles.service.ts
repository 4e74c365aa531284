import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import type { Actor } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Role } from '../entities/role.entity.js';
import { AccessChanges } from './access-changes.service.js';
import type { CreateRoleDto, UpdateRoleDto } from './dto/role.dto.js';
import { type RoleChange, RoleEvent } from '../events/user.event.js';
import { RoleGrants } from './role-grants.js';
import { RoleBuiltInError, RoleNotFoundError } from './roles.errors.js';
import { RolesRepository } from './roles.repository.js';
import { inOrder } from '../../common/security/scopes.js';

/** What of a role is put on record. */
interface RoleFacts extends Record<string, unknown> {
  description: string | null;
  scopes: string[];
}

/** Roles: named sets of scopes, those of the product and those that staff define. */
@Injectable()
export class RolesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly roles: RolesRepository,
    private readonly grants: RoleGrants,
    private readonly access: AccessChanges,
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** Lists roles by name. */
  list(request: PageRequest): Promise<Page<Role>> {
    return this.roles.findPage(request);
  }

  /** @throws RoleNotFoundError */
  async get(name: string): Promise<Role> {
    return (await this.roles.find(name)) ?? raise(new RoleNotFoundError());
  }

  /**
   * Makes a role.
   *
   * @throws ScopeExceededError for a scope that its maker does not hold; RoleNameTakenError.
   */
  create({ name, description = null, scopes }: CreateRoleDto, actor: Actor): Promise<Role> {
    return this.transactions.run(async () => {
      await this.grants.checkScopes(scopes, actor);
      await this.roles.insert({ id: newId(), name, description, scopes: inOrder(scopes) });
      const role = await this.get(name);
      await this.record('role.created', role, undefined, factsOf(role));
      return role;
    });
  }

  /**
   * Changes a role; members that are absent stay (RFC 7396). Its holders may do what it then allows at once, in other processes within
   * a second.
   *
   * @throws RoleNotFoundError, VersionMismatchError, RoleBuiltInError; ScopeExceededError when the role allows, or is to allow, more.
   */
  update(name: string, change: UpdateRoleDto, actor: Actor, expectedVersion: number | undefined): Promise<Role> {
    return this.transactions.run(async () => {
      const role = await this.lock(name, actor, expectedVersion);
      const before = factsOf(role);
      const { description = role.description, scopes = role.scopes } = change;
      await this.grants.checkScopes(scopes, actor);
      const after = { description, scopes: inOrder(scopes) };
      if (description === before.description && after.scopes.join() === inOrder(before.scopes).join()) return role;
      const saved = await this.roles.save(Object.assign(role, after));
      this.access.announce();
      await this.record('role.changed', saved, before, after);
      return saved;
    });
  }

  /**
   * Removes a role that nobody holds.
   *
   * @throws RoleNotFoundError, VersionMismatchError, RoleBuiltInError, RoleInUseError; ScopeExceededError when it allows more.
   */
  remove(name: string, actor: Actor, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const role = await this.lock(name, actor, expectedVersion);
      await this.roles.delete(name);
      await this.record('role.removed', { ...role, version: role.version + 1 }, factsOf(role));
    });
  }

  private async lock(name: string, actor: Actor, expectedVersion: number | undefined): Promise<Role> {
    const role = (await this.roles.lock(name)) ?? raise(new RoleNotFoundError());
    assertVersion(role, expectedVersion);
    if (role.isBuiltIn) throw new RoleBuiltInError(name);
    await this.grants.checkScopes(role.scopes, actor);
    return role;
  }

  /** Says what happened to a role, as an event and to the audit log. */
  private async record(action: RoleChange, role: Role, before?: RoleFacts, after?: RoleFacts): Promise<void> {
    await this.outbox.add(new RoleEvent(action, role));
    await this.audit.record({ action, target: { type: 'role', id: role.name }, before, after });
  }
}

function factsOf({ description, scopes }: Role): RoleFacts {
  return { description, scopes };
}

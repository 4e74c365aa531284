import { Injectable } from '@nestjs/common';
import { VersionMismatchError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import { Cursors } from '../../common/pagination/cursor.js';
import type { Page } from '../../common/pagination/page.dto.js';
import type { Actor } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Role } from '../entities/role.entity.js';
import type { CreateRoleDto, ListRolesDto, UpdateRoleDto } from './dto/role.dto.js';
import { RoleGrants } from './role-grants.js';
import { RoleRecord } from './role-record.js';
import { RoleBuiltInError, RoleNotFoundError } from './roles.errors.js';
import { RolesRepository } from './roles.repository.js';
import { inOrder } from './scope-ceiling.js';

const CURSOR_CONTEXT = 'roles';

/** Roles: named sets of scopes, those of the product and those that staff define. */
@Injectable()
export class RolesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly roles: RolesRepository,
    private readonly grants: RoleGrants,
    private readonly record: RoleRecord,
    private readonly cursors: Cursors,
  ) {}

  /** Lists roles by name. @throws InvalidRequestError for a cursor of another list. */
  async list({ limit, cursor, count }: ListRolesDto): Promise<Page<Role>> {
    const after = cursor === undefined ? null : (this.cursors.decode(CURSOR_CONTEXT, cursor)[0] as string);
    const rows = await this.roles.findPage(after, limit + 1);
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    return {
      data,
      nextCursor: rows.length > limit && last ? this.cursors.encode(CURSOR_CONTEXT, [last.name]) : null,
      ...(count === 'exact' ? { total: await this.roles.count() } : {}),
    };
  }

  /** @throws RoleNotFoundError */
  async get(name: string): Promise<Role> {
    const role = await this.roles.find(name);
    if (!role) throw new RoleNotFoundError(name);
    return role;
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
      await this.record.created(role);
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
      const before = await this.lock(name, actor, expectedVersion);
      const { description = before.description, scopes = before.scopes } = change;
      await this.grants.checkScopes(scopes, actor);
      const after = { name, description, scopes: inOrder(scopes) };
      if (description === before.description && sameScopes(after.scopes, before.scopes)) return before;
      await this.roles.update(after);
      await this.record.changed(before, after);
      return this.get(name);
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
      await this.record.removed(role);
    });
  }

  private async lock(name: string, actor: Actor, expectedVersion: number | undefined): Promise<Role> {
    const role = await this.roles.lockRole(name);
    if (!role) throw new RoleNotFoundError(name);
    if (expectedVersion !== undefined && expectedVersion !== role.version) throw new VersionMismatchError(role.version);
    if (role.isBuiltIn) throw new RoleBuiltInError(name);
    await this.grants.checkScopes(role.scopes, actor);
    return role;
  }
}

function sameScopes(left: readonly string[], right: readonly string[]): boolean {
  return left.join(' ') === inOrder(right).join(' ');
}

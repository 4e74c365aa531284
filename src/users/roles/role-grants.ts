import { Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { beyond, inBoth } from '../../common/security/scopes.js';
import { LastAdminError, ScopeExceededError } from './roles.errors.js';
import { RolesRepository } from './roles.repository.js';

/** The role that every shop must have an active holder of. */
const ADMIN_ROLE = 'admin';

/** Who may give what to whom: nobody gives more than they hold, nobody changes who holds more than they do, and an administrator is left. */
@Injectable()
export class RoleGrants {
  constructor(private readonly roles: RolesRepository) {}

  /**
   * Inside a transaction: makes sure that the roles exist, stay until its end, and allow no more than the giver may do.
   *
   * @returns everything that they allow.
   * @throws InvalidRequestError (400, `/roles/<place>`) for each name that is no role; ScopeExceededError.
   */
  async check(names: readonly string[], giver: Actor): Promise<string[]> {
    const roles = await this.roles.keep(names);
    const known = new Set(roles.map(({ name }) => name));
    const unknown = names.flatMap((name, place) =>
      known.has(name) ? [] : [{ pointer: `/roles/${place}`, code: 'unknown', message: 'names no role' }],
    );
    if (unknown.length > 0) throw new InvalidRequestError(unknown);
    const scopes = roles.flatMap((role) => role.scopes);
    await this.checkScopes(scopes, giver);
    return scopes;
  }

  /**
   * Inside a transaction: true when a user could still give these roles, and may give roles at all; they then stay until its end.
   *
   * @param giverId null for a user who is gone.
   */
  async couldGive(giverId: string | null, names: readonly string[]): Promise<boolean> {
    if (giverId === null) return false;
    const held = new Set(await this.roles.findActiveScopesOf(giverId));
    const roles = await this.roles.keep(names);
    const needed = ['users:write', ...roles.flatMap(({ scopes }) => scopes)];
    return roles.length === new Set(names).size && beyond(needed, held).length === 0;
  }

  /** @throws ScopeExceededError when the user, active or not, has a role that allows more than the actor may do. */
  async checkUser(userId: string, actor: Actor): Promise<void> {
    await this.checkScopes(await this.roles.findScopesOf(userId), actor);
  }

  /** @throws ScopeExceededError naming what of `scopes` the actor does not hold. */
  async checkScopes(scopes: readonly string[], actor: Actor): Promise<void> {
    const missing = beyond(scopes, await this.heldBy(actor));
    if (missing.length > 0) throw new ScopeExceededError(missing);
  }

  /**
   * Inside a transaction, before a user loses a role, is disabled or goes away: makes sure that an administrator is left without them.
   *
   * An administrator is an active user with a role that holds `*`. Locks the user first and, if they are an administrator, the admin
   * role next, so that of two who remove each other at the same moment the second finds what the first has left. Whoever locks the
   * user themselves does so before.
   *
   * @throws LastAdminError when nobody else is an administrator; users who are none pass.
   */
  async protectLastAdmin(userId: string): Promise<void> {
    await this.roles.lockUser(userId);
    if (!(await this.roles.isActiveAdmin(userId))) return;
    await this.roles.lock(ADMIN_ROLE);
    if (!(await this.roles.hasOtherAdmin(userId))) throw new LastAdminError();
  }

  /**
   * What the actor came with, less what the user who answers for it has lost since: callers are recognised from a memory that is up to a
   * second old, and nothing is given from memory.
   */
  private async heldBy(actor: Actor): Promise<ReadonlySet<string>> {
    return inBoth(actor.scopes, new Set(await this.roles.findActiveScopesOf(responsibleUserId(actor))));
  }
}

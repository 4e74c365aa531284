import { conflict, forbidden, notFound } from '../../common/errors/domain.error.js';

export class RoleNotFoundError extends notFound('role.not_found', 'No such role', 'There is no role with this name.') {}

export class RoleNameTakenError extends conflict('role.name_taken', 'The name is taken') {
  override readonly errors = [{ pointer: '/name', code: 'taken', message: 'is the name of another role' }];

  constructor(readonly roleName: string) {
    super(`There is already a role "${roleName}".`);
  }
}

export class RoleBuiltInError extends conflict('role.built_in', 'The role comes with the product') {
  constructor(readonly roleName: string) {
    super(`The role "${roleName}" comes with the product and cannot be changed or removed; make a role of your own.`);
  }
}

export class RoleInUseError extends conflict('role.in_use', 'The role is in use') {
  constructor(readonly roleName: string) {
    super(`Users hold the role "${roleName}"; take it from them first.`);
  }
}

/** Nobody gives what they do not hold, and nobody changes who holds more than they do. */
export class ScopeExceededError extends forbidden('auth.scope_exceeded', 'More than you hold yourself') {
  override readonly extensions: Readonly<Record<string, unknown>>;

  /** @param missing The scopes that the caller would need to hold. */
  constructor(readonly missing: readonly string[]) {
    super(`This takes scopes that you do not hold yourself: ${missing.join(', ')}.`);
    this.extensions = { missingScopes: missing };
  }
}

export class LastAdminError extends conflict(
  'user.last_admin',
  'The last administrator',
  'No other active user is an administrator; make somebody else one first.',
) {}

import { ConflictError, ForbiddenError, NotFoundError } from '../../common/errors/domain.error.js';

export class RoleNotFoundError extends NotFoundError {
  static override readonly code = 'role.not_found';
  static override readonly title = 'No such role';

  constructor(readonly roleName: string) {
    super('There is no role with this name.');
  }
}

export class RoleNameTakenError extends ConflictError {
  static override readonly code = 'role.name_taken';
  static override readonly title = 'The name is taken';
  override readonly errors = [{ pointer: '/name', code: 'taken', message: 'is the name of another role' }];

  constructor(readonly roleName: string) {
    super(`There is already a role "${roleName}".`);
  }
}

export class RoleBuiltInError extends ConflictError {
  static override readonly code = 'role.built_in';
  static override readonly title = 'The role comes with the product';

  constructor(readonly roleName: string) {
    super(`The role "${roleName}" comes with the product and cannot be changed or removed; make a role of your own.`);
  }
}

export class RoleInUseError extends ConflictError {
  static override readonly code = 'role.in_use';
  static override readonly title = 'The role is in use';

  constructor(readonly roleName: string) {
    super(`Users hold the role "${roleName}"; take it from them first.`);
  }
}

/** Nobody gives what they do not hold, and nobody changes who holds more than they do. */
export class ScopeExceededError extends ForbiddenError {
  static override readonly code = 'auth.scope_exceeded';
  static override readonly title = 'More than you hold yourself';
  override readonly extensions: Readonly<Record<string, unknown>>;

  /** @param missing The scopes that the caller would need to hold. */
  constructor(readonly missing: readonly string[]) {
    super(`This takes scopes that you do not hold yourself: ${missing.join(', ')}.`);
    this.extensions = { missingScopes: missing };
  }
}

export class LastAdminError extends ConflictError {
  static override readonly code = 'user.last_admin';
  static override readonly title = 'The last administrator';

  constructor() {
    super('No other active user is an administrator; make somebody else one first.');
  }
}

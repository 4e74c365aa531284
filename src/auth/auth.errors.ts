import { type FieldError, NotFoundError, RejectedError, UnauthenticatedError } from '../common/errors/domain.error.js';

const CHALLENGE = { 'www-authenticate': 'Bearer realm="storehouse"' };

/** One answer for an unknown address, a wrong password and a disabled account, so that none can be told from the others. */
export class InvalidCredentialsError extends UnauthenticatedError {
  static override readonly code = 'auth.invalid_credentials';
  static override readonly title = 'E-mail address or password is wrong';
  override readonly headers = CHALLENGE;

  constructor() {
    super('There is no account with this e-mail address and password.');
  }
}

export class InvalidRefreshTokenError extends UnauthenticatedError {
  static override readonly code = 'auth.invalid_refresh_token';
  static override readonly title = 'The refresh token is not valid';
  override readonly headers = CHALLENGE;

  constructor() {
    super('The refresh token is unknown, or its session has ended; sign in again.');
  }
}

export class RefreshReusedError extends UnauthenticatedError {
  static override readonly code = 'auth.refresh_reused';
  static override readonly title = 'The refresh token was used before';
  override readonly headers = CHALLENGE;

  constructor() {
    super('A refresh token works once. This one was used before, so its session has been ended; sign in again.');
  }
}

export class RefreshSupersededError extends UnauthenticatedError {
  static override readonly code = 'auth.refresh_superseded';
  static override readonly title = 'A simultaneous refresh was first';
  override readonly headers = CHALLENGE;

  constructor() {
    super('Another request refreshed this session at the same moment; use the tokens of its answer.');
  }
}

export class SessionNotFoundError extends NotFoundError {
  static override readonly code = 'auth.session_not_found';
  static override readonly title = 'No such session';

  constructor() {
    super('You have no living session with this id.');
  }
}

export class PasswordRejectedError extends RejectedError {
  static override readonly code = 'auth.password_rejected';
  static override readonly title = 'The password is too weak';
  override readonly errors: readonly FieldError[];

  constructor(reason: { code: string; message: string }, pointer = '/password') {
    super(`The password ${reason.message}.`);
    this.errors = [{ pointer, ...reason }];
  }
}

import { type FieldError, forbidden, notFound, rejected, unauthenticated } from '../common/errors/domain.error.js';

const CHALLENGE = { 'www-authenticate': 'Bearer realm="storehouse"' };

/** One answer for an unknown address, a wrong password and a disabled account, so that none can be told from the others. */
export class InvalidCredentialsError extends unauthenticated(
  'auth.invalid_credentials',
  'E-mail address or password is wrong',
  'There is no account with this e-mail address and password.',
) {
  override readonly headers = CHALLENGE;
}

export class InvalidRefreshTokenError extends unauthenticated(
  'auth.invalid_refresh_token',
  'The refresh token is not valid',
  'The refresh token is unknown, or its session has ended; sign in again.',
) {
  override readonly headers = CHALLENGE;
}

export class RefreshReusedError extends unauthenticated(
  'auth.refresh_reused',
  'The refresh token was used before',
  'A refresh token works once. This one was used before, so its session has been ended; sign in again.',
) {
  override readonly headers = CHALLENGE;
}

export class RefreshSupersededError extends unauthenticated(
  'auth.refresh_superseded',
  'A simultaneous refresh was first',
  'Another request refreshed this session at the same moment; use the tokens of its answer.',
) {
  override readonly headers = CHALLENGE;
}

export class SessionNotFoundError extends notFound(
  'auth.session_not_found',
  'No such session',
  'You have no living session with this id.',
) {}

export class PasswordRejectedError extends rejected('auth.password_rejected', 'The password is too weak') {
  override readonly errors: readonly FieldError[];

  constructor(reason: { code: string; message: string }, pointer = '/password') {
    super(`The password ${reason.message}.`);
    this.errors = [{ pointer, ...reason }];
  }
}

export class ImpersonationOfStaffError extends forbidden(
  'auth.impersonation_of_staff',
  'Staff cannot be impersonated',
  'Only customers can be acted for: this account is not active, is your own, or may do more than a customer.',
) {}

import {
  conflict,
  type FieldError,
  forbidden,
  malformed,
  notFound,
  preconditionFailed,
  rejected,
  tooManyRequests,
  unauthenticated,
  unavailable,
} from './domain.error.js';

/** The request is not well-formed; `errors` names every offending field. */
export class InvalidRequestError extends malformed('request.invalid', 'The request is malformed') {
  constructor(
    override readonly errors: readonly FieldError[],
    detail = errors.length === 1
      ? `${errors[0]!.pointer}: ${errors[0]!.message}.`
      : `${errors.length} fields are not valid.`,
  ) {
    super(detail);
  }

  static of(pointer: string, code: string, message: string): InvalidRequestError {
    return new InvalidRequestError([{ pointer, code, message }]);
  }
}

export class UnparsableBodyError extends malformed('request.malformed_json', 'The body is not valid JSON') {}

export class RouteNotFoundError extends notFound('request.route_not_found', 'No such address') {}

export class AuthenticationRequiredError extends unauthenticated('auth.required', 'Sign in first') {
  override readonly headers = { 'www-authenticate': 'Bearer realm="storehouse"' };

  constructor(detail = 'This operation needs a signed-in user; send an access token as a bearer token.') {
    super(detail);
  }
}

export class InvalidTokenError extends unauthenticated('auth.invalid_token', 'The access token is not valid') {
  override readonly headers = { 'www-authenticate': 'Bearer realm="storehouse", error="invalid_token"' };

  constructor(detail = 'The access token is malformed, expired, revoked or was not issued here.') {
    super(detail);
  }
}

export class TokenExpiredError extends unauthenticated(
  'auth.token_expired',
  'The access token has expired',
  'The access token has expired; get a new one with the refresh token.',
) {
  override readonly headers = { 'www-authenticate': 'Bearer realm="storehouse", error="invalid_token"' };
}

export class InsufficientScopeError extends forbidden('auth.insufficient_scope', 'Not allowed') {
  override readonly headers: Record<string, string>;

  constructor(readonly required: readonly string[]) {
    super(
      required.length > 0
        ? `This operation needs the scope ${required.join(' or ')}.`
        : 'This operation is for signed-in users; an API key belongs to none.',
    );
    const scope = required.length > 0 ? `, scope="${required.join(' ')}"` : '';
    this.headers = { 'www-authenticate': `Bearer realm="storehouse", error="insufficient_scope"${scope}` };
  }
}

/** The API key is good, but may not be used from where the request comes. */
export class AddressNotAllowedError extends forbidden(
  'auth.address_not_allowed',
  'Not from this address',
  'The API key may not be used from this address; its list of allowed addresses says from where it may.',
) {
  override readonly headers = { 'www-authenticate': 'Bearer realm="storehouse", error="insufficient_scope"' };
}

/** The session is good, but too long ago proved who uses it for a change like this (RFC 9470 section 3). */
export class FreshLoginRequiredError extends unauthenticated('auth.fresh_login_required', 'Prove again who you are') {
  override readonly headers: Record<string, string>;

  constructor(maxAgeSeconds: number) {
    super(
      `This change needs a sign-in within the last ${maxAgeSeconds / 60} minutes; prove who you are at POST /auth/step-up.`,
    );
    this.headers = {
      'www-authenticate': `Bearer realm="storehouse", error="insufficient_user_authentication", max_age="${maxAgeSeconds}"`,
    };
  }
}

export class ImpersonationForbiddenError extends forbidden(
  'auth.impersonation_forbidden',
  'Not while acting as somebody else',
  'Only the user may do this, and not a member of staff who acts as the user.',
) {}

/** `If-Match` named another version than the stored one. */
export class VersionMismatchError extends preconditionFailed('request.version_mismatch', 'The resource has changed') {
  override readonly headers: Record<string, string>;

  constructor(readonly currentVersion: number) {
    super('The resource has changed since it was read; read it again and repeat the change.');
    this.headers = { etag: `"${currentVersion}"` };
  }
}

/**
 * Compares a row that was read under lock with `If-Match`.
 *
 * @param expected Undefined where whichever version is there may be changed.
 * @throws VersionMismatchError
 */
export function assertVersion(row: { version: number }, expected: number | undefined): void {
  if (expected !== undefined && row.version !== expected) throw new VersionMismatchError(row.version);
}

export class IdempotencyKeyRequiredError extends malformed(
  'request.idempotency_key_required',
  'Idempotency-Key required',
  'This operation needs an Idempotency-Key header: a fresh random value for each intended effect, repeated on retries.',
) {}

export class IdempotencyKeyReusedError extends rejected(
  'request.idempotency_key_reused',
  'Idempotency-Key used for another request',
  'This Idempotency-Key was already used with another method, path or body; use a fresh key for a new request.',
) {}

export class RequestInProgressError extends conflict(
  'request.in_progress',
  'The same request is still running',
  'Another request with this Idempotency-Key is still running; repeat it in a moment.',
) {
  override readonly headers = { 'retry-after': '1' };
}

export class RateLimitedError extends tooManyRequests('request.rate_limited', 'Too many requests') {
  override readonly headers: Record<string, string>;
  override readonly extensions: Record<string, unknown>;

  constructor(policy: string, retryAfterSeconds: number) {
    super(`The limit "${policy}" is used up; try again in ${retryAfterSeconds} s.`);
    this.headers = { 'retry-after': String(retryAfterSeconds) };
    this.extensions = { 'violated-policies': [policy] };
  }
}

/** A part the request needs (database, queue, provider) does not answer at the moment. */
export class TemporarilyUnavailableError extends unavailable('service.unavailable', 'Temporarily unavailable') {
  override readonly headers = { 'retry-after': '2' };

  constructor(detail = 'The service cannot answer at the moment; repeat the request in a few seconds.') {
    super(detail);
  }
}

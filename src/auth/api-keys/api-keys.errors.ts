import { conflict, malformed, notFound, unauthenticated } from '../../common/errors/domain.error.js';

export class ApiKeyNotFoundError extends notFound(
  'auth.api_key_not_found',
  'No such API key',
  'There is no API key with this id.',
) {}

export class ApiKeyEndedError extends conflict(
  'auth.api_key_ended',
  'The API key has ended',
  'The API key has been revoked or has expired, which is final; make a new one.',
) {}

/** The name of the client is unknown, its secret is wrong, or none was sent (RFC 6749 section 5.2). */
export class InvalidClientError extends unauthenticated(
  'oauth.invalid_client',
  'The client is unknown, or its secret is wrong',
) {
  override readonly headers = { 'www-authenticate': 'Basic realm="storehouse", charset="UTF-8"' };

  constructor(detail = 'The client is unknown, its secret is wrong, or it may not be used from here.') {
    super(detail);
  }
}

export class UnsupportedGrantTypeError extends malformed(
  'oauth.unsupported_grant_type',
  'The grant type is not supported',
  'The only grant type is client_credentials.',
) {}

export class InvalidScopeError extends malformed(
  'oauth.invalid_scope',
  'The scope is unknown or exceeds that of the client',
) {
  constructor(detail: string) {
    super(detail);
  }
}

/** RFC 7009 section 2.2.1. */
export class UnsupportedTokenTypeError extends malformed(
  'oauth.unsupported_token_type',
  'Tokens of this type cannot be revoked here',
  'An API key is no access token; revoke it with DELETE /api/v1/api-keys/{id}.',
) {}

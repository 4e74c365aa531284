import { conflict, notFound } from '../../common/errors/domain.error.js';

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

import { ConflictError, NotFoundError } from '../../common/errors/domain.error.js';

export class ApiKeyNotFoundError extends NotFoundError {
  static override readonly code = 'auth.api_key_not_found';
  static override readonly title = 'No such API key';

  constructor() {
    super('There is no API key with this id.');
  }
}

export class ApiKeyEndedError extends ConflictError {
  static override readonly code = 'auth.api_key_ended';
  static override readonly title = 'The API key has ended';

  constructor() {
    super('The API key has been revoked or has expired, which is final; make a new one.');
  }
}

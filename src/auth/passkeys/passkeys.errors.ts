import {
  ConflictError,
  MalformedError,
  NotFoundError,
  UnauthenticatedError,
} from '../../common/errors/domain.error.js';

/** There is no such passkey, or it is somebody else's. */
export class PasskeyNotFoundError extends NotFoundError {
  static override readonly code = 'auth.passkey_not_found';
  static override readonly title = 'No such passkey';

  constructor() {
    super('You have no passkey with this id.');
  }
}

export class TooManyPasskeysError extends ConflictError {
  static override readonly code = 'auth.too_many_passkeys';
  static override readonly title = 'Too many passkeys';

  constructor(limit: number) {
    super(`An account has ${limit} passkeys at most; remove one first.`);
  }
}

/** One answer for everything that can be wrong with a new passkey; which it was is in the log of level debug. */
export class PasskeyRejectedError extends MalformedError {
  static override readonly code = 'auth.passkey_rejected';
  static override readonly title = 'The passkey cannot be added';
  override readonly errors = [{ pointer: '/credential', code: 'rejected', message: 'does not answer the options' }];

  constructor() {
    super(
      'The passkey does not answer the options it was made for, or these were used or are too old; ask for new ones.',
    );
  }
}

/** One answer for a passkey that is unknown and for everything that can be wrong with its use. */
export class InvalidPasskeyError extends UnauthenticatedError {
  static override readonly code = 'auth.invalid_passkey';
  static override readonly title = 'The passkey is not accepted';
  override readonly headers = { 'www-authenticate': 'Bearer realm="storehouse"' };

  constructor() {
    super('The passkey is not known, or does not answer the options it was asked with; ask for new ones.');
  }
}

import { conflict, malformed, notFound, unauthenticated } from '../../common/errors/domain.error.js';

/** There is no such passkey, or it is somebody else's. */
export class PasskeyNotFoundError extends notFound(
  'auth.passkey_not_found',
  'No such passkey',
  'You have no passkey with this id.',
) {}

export class TooManyPasskeysError extends conflict('auth.too_many_passkeys', 'Too many passkeys') {
  constructor(limit: number) {
    super(`An account has ${limit} passkeys at most; remove one first.`);
  }
}

/** One answer for everything that can be wrong with a new passkey; which it was is in the log of level debug. */
export class PasskeyRejectedError extends malformed(
  'auth.passkey_rejected',
  'The passkey cannot be added',
  'The passkey does not answer the options it was made for, or these were used or are too old; ask for new ones.',
) {
  override readonly errors = [{ pointer: '/credential', code: 'rejected', message: 'does not answer the options' }];
}

/** One answer for a passkey that is unknown and for everything that can be wrong with its use. */
export class InvalidPasskeyError extends unauthenticated(
  'auth.invalid_passkey',
  'The passkey is not accepted',
  'The passkey is not known, or does not answer the options it was asked with; ask for new ones.',
) {
  override readonly headers = { 'www-authenticate': 'Bearer realm="storehouse"' };
}

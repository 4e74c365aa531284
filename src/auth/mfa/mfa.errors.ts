import { ConflictError, NotFoundError, RejectedError, UnauthenticatedError } from '../../common/errors/domain.error.js';

const CHALLENGE = { 'www-authenticate': 'Bearer realm="storehouse"' };

export class TotpAlreadyEnabledError extends ConflictError {
  static override readonly code = 'auth.totp_already_enabled';
  static override readonly title = 'There is an authenticator app already';

  constructor() {
    super('Your account has an authenticator app; remove it before you add another.');
  }
}

export class TotpNotFoundError extends NotFoundError {
  static override readonly code = 'auth.totp_not_found';
  static override readonly title = 'No authenticator app';

  constructor() {
    super('Your account has no authenticator app; add one with POST /auth/mfa/totp.');
  }
}

/** The code that is to confirm an authenticator app is not the one that the app shows. */
export class WrongCodeError extends RejectedError {
  static override readonly code = 'auth.wrong_code';
  static override readonly title = 'The code is wrong';
  override readonly errors = [{ pointer: '/code', code: 'wrong', message: 'is not the code that the app shows now' }];

  constructor() {
    super('The code is wrong. Use the newest one, and see that the clock of the device is right.');
  }
}

export class NoSecondFactorError extends ConflictError {
  static override readonly code = 'auth.no_second_factor';
  static override readonly title = 'No second factor';

  constructor() {
    super(
      'Recovery codes stand in for a second factor, and your account has none; add an authenticator app or a passkey.',
    );
  }
}

/** The sign-in that a token belongs to is unknown, was completed, or has taken too long. */
export class InvalidChallengeError extends UnauthenticatedError {
  static override readonly code = 'auth.invalid_challenge';
  static override readonly title = 'The sign-in is over';
  override readonly headers = CHALLENGE;

  constructor() {
    super('This step was completed, or has taken too long; begin anew.');
  }
}

/** One answer for a code that is wrong and one that was used before. */
export class InvalidSecondFactorError extends UnauthenticatedError {
  static override readonly code = 'auth.invalid_second_factor';
  static override readonly title = 'The second factor is wrong';
  override readonly headers = CHALLENGE;

  constructor() {
    super('The code is wrong or was used before; wait for the next one, or use a recovery code.');
  }
}

export class NoPasskeyError extends ConflictError {
  static override readonly code = 'auth.no_passkey';
  static override readonly title = 'No passkey';

  constructor() {
    super('The account has no passkey; use another of the methods that the sign-in named.');
  }
}

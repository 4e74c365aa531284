import { conflict, notFound, rejected, unauthenticated } from '../../common/errors/domain.error.js';

const CHALLENGE = { 'www-authenticate': 'Bearer realm="storehouse"' };

export class TotpAlreadyEnabledError extends conflict(
  'auth.totp_already_enabled',
  'There is an authenticator app already',
  'Your account has an authenticator app; remove it before you add another.',
) {}

export class TotpNotFoundError extends notFound(
  'auth.totp_not_found',
  'No authenticator app',
  'Your account has no authenticator app; add one with POST /auth/mfa/totp.',
) {}

/** The code that is to confirm an authenticator app is not the one that the app shows. */
export class WrongCodeError extends rejected(
  'auth.wrong_code',
  'The code is wrong',
  'The code is wrong. Use the newest one, and see that the clock of the device is right.',
) {
  override readonly errors = [{ pointer: '/code', code: 'wrong', message: 'is not the code that the app shows now' }];
}

export class NoSecondFactorError extends conflict(
  'auth.no_second_factor',
  'No second factor',
  'Recovery codes stand in for a second factor, and your account has none; add an authenticator app or a passkey.',
) {}

/** The sign-in that a token belongs to is unknown, was completed, or has taken too long. */
export class InvalidChallengeError extends unauthenticated(
  'auth.invalid_challenge',
  'The sign-in is over',
  'This step was completed, or has taken too long; begin anew.',
) {
  override readonly headers = CHALLENGE;
}

/** One answer for a code that is wrong and one that was used before. */
export class InvalidSecondFactorError extends unauthenticated(
  'auth.invalid_second_factor',
  'The second factor is wrong',
  'The code is wrong or was used before; wait for the next one, or use a recovery code.',
) {
  override readonly headers = CHALLENGE;
}

export class NoPasskeyError extends conflict(
  'auth.no_passkey',
  'No passkey',
  'The account has no passkey; use another of the methods that the sign-in named.',
) {}

import {
  conflict,
  type FieldError,
  forbidden,
  malformed,
  notFound,
  rejected,
  unauthenticated,
} from '../common/errors/domain.error.js';

/** One answer for an unknown address, a wrong password and a disabled account, so that none can be told from the others. */
export class InvalidCredentialsError extends unauthenticated(
  'auth.invalid_credentials',
  'E-mail address or password is wrong',
  'There is no account with this e-mail address and password.',
) {}

export class InvalidRefreshTokenError extends unauthenticated(
  'auth.invalid_refresh_token',
  'The refresh token is not valid',
  'The refresh token is unknown, or its session has ended; sign in again.',
) {}

export class RefreshReusedError extends unauthenticated(
  'auth.refresh_reused',
  'The refresh token was used before',
  'A refresh token works once. This one was used before, so its session has been ended; sign in again.',
) {}

export class RefreshSupersededError extends unauthenticated(
  'auth.refresh_superseded',
  'A simultaneous refresh was first',
  'Another request refreshed this session at the same moment; use the tokens of its answer.',
) {}

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

/** One answer for a token that is unknown, was used, was replaced by a newer one, is too old or belongs to another step. */
export class InvalidMailTokenError extends rejected(
  'auth.invalid_mail_token',
  'The link is no longer valid',
  'The link was used before, has been replaced by a newer one or is too old; ask for another.',
  { pointer: '/token', code: 'invalid', message: 'is not valid, or no longer' },
) {}

export class CurrentPasswordWrongError extends forbidden(
  'auth.current_password_wrong',
  'The current password is wrong',
  'The current password is wrong, or the account has none; set one with POST /auth/password/forgot.',
  { pointer: '/currentPassword', code: 'wrong', message: 'is not your password' },
) {}

/** Ways of proving who one is. Each list has to be proved as a whole; any one will do. */
export type ProofMethods = readonly (readonly ('password' | 'code' | 'passkey')[])[];

/** What was sent is too little, right or wrong. */
export class InsufficientProofError extends unauthenticated(
  'auth.insufficient_proof',
  'More is needed to prove who you are',
) {
  override readonly extensions: { methods: ProofMethods };

  /** @param methods What would do; empty when only signing in anew does. */
  constructor(methods: ProofMethods) {
    super(
      methods.length > 0
        ? `Send ${methods.map((all) => all.join(' and ')).join(', or ')}.`
        : 'The account has neither password nor second factor; sign out, and in again.',
    );
    this.extensions = { methods };
  }
}

/** One answer for a wrong password and a wrong code. */
export class InvalidProofError extends unauthenticated(
  'auth.invalid_proof',
  'Password or code is wrong',
  'The password is wrong, or the code is wrong or was used before.',
) {}

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
  { pointer: '/code', code: 'wrong', message: 'is not the code that the app shows now' },
) {}

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
) {}

/** One answer for a code that is wrong and one that was used before. */
export class InvalidSecondFactorError extends unauthenticated(
  'auth.invalid_second_factor',
  'The second factor is wrong',
  'The code is wrong or was used before; wait for the next one, or use a recovery code.',
) {}

export class NoPasskeyError extends conflict(
  'auth.no_passkey',
  'No passkey',
  'The account has no passkey; use another of the methods that the sign-in named.',
) {}

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
  { pointer: '/credential', code: 'rejected', message: 'does not answer the options' },
) {}

/** One answer for a passkey that is unknown and for everything that can be wrong with its use. */
export class InvalidPasskeyError extends unauthenticated(
  'auth.invalid_passkey',
  'The passkey is not accepted',
  'The passkey is not known, or does not answer the options it was asked with; ask for new ones.',
) {}

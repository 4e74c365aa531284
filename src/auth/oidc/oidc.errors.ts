import {
  conflict,
  malformed,
  notFound,
  rejected,
  unauthenticated,
  unavailable,
} from '../../common/errors/domain.error.js';

const RETRY_SECONDS = 10;

export class OidcProviderNotFoundError extends notFound(
  'auth.oidc_provider_not_found',
  'No such sign-in provider',
  'There is no sign-in provider of this name; GET /auth/oidc lists those there are.',
) {}

/** One answer for a state that is unknown, was used, is too old, or belongs to another provider or browser. */
export class InvalidOidcStateError extends malformed(
  'auth.oidc_state_invalid',
  'This sign-in was not begun here',
  'The sign-in was not begun in this browser, has been finished or took too long; begin again.',
  { pointer: '?state', code: 'invalid', message: 'is not valid, or no longer' },
) {}

/** The user, or the provider on its own account, said no. */
export class OidcDeniedError extends unauthenticated(
  'auth.oidc_denied',
  'The provider did not confirm the sign-in',
  'The sign-in was cancelled or refused at the provider.',
) {}

/** What came back from the provider proves nothing: a code that does not work, an ID token that does not hold. */
export class OidcFailedError extends unauthenticated(
  'auth.oidc_failed',
  'The sign-in could not be confirmed',
  'What the provider answered does not prove who you are; begin again.',
) {}

export class OidcUnavailableError extends unavailable(
  'auth.oidc_unavailable',
  'The sign-in provider does not answer',
  'The sign-in provider does not answer at the moment; try again, or sign in by other means.',
) {
  override readonly headers = { 'retry-after': String(RETRY_SECONDS) };
}

export class OidcEmailUnverifiedError extends rejected(
  'auth.oidc_email_unverified',
  'The provider does not vouch for an e-mail address',
  'An account needs an e-mail address that the provider has verified; verify yours there, or register here.',
) {}

/** There is an account with the address; only somebody signed in to it can add the identity. */
export class LinkRequiredError extends conflict(
  'auth.link_required',
  'The account has to be linked first',
  'There is an account with this e-mail address; sign in to it, then link the provider there.',
) {}

/** One answer for a code that is unknown, was used, is too old, or was given to somebody else. */
export class InvalidOidcResultError extends rejected(
  'auth.oidc_result_invalid',
  'The code is no longer valid',
  'The code was used before, is too old or was given to somebody else; begin again.',
  { pointer: '/code', code: 'invalid', message: 'is not valid, or no longer' },
) {}

export class IdentityNotFoundError extends notFound(
  'auth.identity_not_found',
  'No such identity',
  'Nothing with this id is linked to your account.',
) {}

/** The identity opens another account, or the account has another identity of the provider. */
export class IdentityTakenError extends conflict(
  'auth.identity_taken',
  'Linked already',
  'This identity is linked to an account already, or your account to another identity of the provider.',
) {}

export class LastSignInMethodError extends conflict(
  'auth.last_sign_in_method',
  'The only way to sign in',
  'Nothing else opens the account; set a password, add a passkey or link another provider first.',
) {}

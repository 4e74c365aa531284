import {
  ConflictError,
  MalformedError,
  NotFoundError,
  RejectedError,
  UnauthenticatedError,
  UnavailableError,
} from '../../common/errors/domain.error.js';

const CHALLENGE = { 'www-authenticate': 'Bearer realm="storehouse"' };
const RETRY_SECONDS = 10;

export class OidcProviderNotFoundError extends NotFoundError {
  static override readonly code = 'auth.oidc_provider_not_found';
  static override readonly title = 'No such sign-in provider';

  constructor() {
    super('There is no sign-in provider of this name; GET /auth/oidc lists those there are.');
  }
}

/** One answer for a state that is unknown, was used, is too old, or belongs to another provider or browser. */
export class InvalidOidcStateError extends MalformedError {
  static override readonly code = 'auth.oidc_state_invalid';
  static override readonly title = 'This sign-in was not begun here';
  override readonly errors = [{ pointer: '?state', code: 'invalid', message: 'is not valid, or no longer' }];

  constructor() {
    super('The sign-in was not begun in this browser, has been finished or took too long; begin again.');
  }
}

/** The user, or the provider on its own account, said no. */
export class OidcDeniedError extends UnauthenticatedError {
  static override readonly code = 'auth.oidc_denied';
  static override readonly title = 'The provider did not confirm the sign-in';
  override readonly headers = CHALLENGE;

  constructor() {
    super('The sign-in was cancelled or refused at the provider.');
  }
}

/** What came back from the provider proves nothing: a code that does not work, an ID token that does not hold. */
export class OidcFailedError extends UnauthenticatedError {
  static override readonly code = 'auth.oidc_failed';
  static override readonly title = 'The sign-in could not be confirmed';
  override readonly headers = CHALLENGE;

  constructor() {
    super('What the provider answered does not prove who you are; begin again.');
  }
}

export class OidcUnavailableError extends UnavailableError {
  static override readonly code = 'auth.oidc_unavailable';
  static override readonly title = 'The sign-in provider does not answer';
  override readonly headers = { 'retry-after': String(RETRY_SECONDS) };

  constructor() {
    super('The sign-in provider does not answer at the moment; try again, or sign in by other means.');
  }
}

export class OidcEmailUnverifiedError extends RejectedError {
  static override readonly code = 'auth.oidc_email_unverified';
  static override readonly title = 'The provider does not vouch for an e-mail address';

  constructor() {
    super('An account needs an e-mail address that the provider has verified; verify yours there, or register here.');
  }
}

/** There is an account with the address; only somebody signed in to it can add the identity. */
export class LinkRequiredError extends ConflictError {
  static override readonly code = 'auth.link_required';
  static override readonly title = 'The account has to be linked first';

  constructor() {
    super('There is an account with this e-mail address; sign in to it, then link the provider there.');
  }
}

/** One answer for a code that is unknown, was used, is too old, or was given to somebody else. */
export class InvalidOidcResultError extends RejectedError {
  static override readonly code = 'auth.oidc_result_invalid';
  static override readonly title = 'The code is no longer valid';
  override readonly errors = [{ pointer: '/code', code: 'invalid', message: 'is not valid, or no longer' }];

  constructor() {
    super('The code was used before, is too old or was given to somebody else; begin again.');
  }
}

export class IdentityNotFoundError extends NotFoundError {
  static override readonly code = 'auth.identity_not_found';
  static override readonly title = 'No such identity';

  constructor() {
    super('Nothing with this id is linked to your account.');
  }
}

/** The identity opens another account, or the account has another identity of the provider. */
export class IdentityTakenError extends ConflictError {
  static override readonly code = 'auth.identity_taken';
  static override readonly title = 'Linked already';

  constructor() {
    super('This identity is linked to an account already, or your account to another identity of the provider.');
  }
}

export class LastSignInMethodError extends ConflictError {
  static override readonly code = 'auth.last_sign_in_method';
  static override readonly title = 'The only way to sign in';

  constructor() {
    super('Nothing else opens the account; set a password, add a passkey or link another provider first.');
  }
}

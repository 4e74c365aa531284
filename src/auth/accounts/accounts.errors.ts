import { ForbiddenError, RejectedError } from '../../common/errors/domain.error.js';

/** One answer for a token that is unknown, was used, was replaced by a newer one, is too old or belongs to another step. */
export class InvalidMailTokenError extends RejectedError {
  static override readonly code = 'auth.invalid_mail_token';
  static override readonly title = 'The link is no longer valid';
  override readonly errors = [{ pointer: '/token', code: 'invalid', message: 'is not valid, or no longer' }];

  constructor() {
    super('The link was used before, has been replaced by a newer one or is too old; ask for another.');
  }
}

export class CurrentPasswordWrongError extends ForbiddenError {
  static override readonly code = 'auth.current_password_wrong';
  static override readonly title = 'The current password is wrong';
  override readonly errors = [{ pointer: '/currentPassword', code: 'wrong', message: 'is not your password' }];

  constructor() {
    super('The current password is wrong, or the account has none; set one with POST /auth/password/forgot.');
  }
}

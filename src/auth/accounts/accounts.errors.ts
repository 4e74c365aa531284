import { forbidden, rejected } from '../../common/errors/domain.error.js';

/** One answer for a token that is unknown, was used, was replaced by a newer one, is too old or belongs to another step. */
export class InvalidMailTokenError extends rejected(
  'auth.invalid_mail_token',
  'The link is no longer valid',
  'The link was used before, has been replaced by a newer one or is too old; ask for another.',
) {
  override readonly errors = [{ pointer: '/token', code: 'invalid', message: 'is not valid, or no longer' }];
}

export class CurrentPasswordWrongError extends forbidden(
  'auth.current_password_wrong',
  'The current password is wrong',
  'The current password is wrong, or the account has none; set one with POST /auth/password/forgot.',
) {
  override readonly errors = [{ pointer: '/currentPassword', code: 'wrong', message: 'is not your password' }];
}

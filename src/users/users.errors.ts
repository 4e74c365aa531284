import { conflict, notFound, taken } from '../common/errors/domain.error.js';

export class UserNotFoundError extends notFound('user.not_found', 'No such user', 'There is no user with this id.') {}

export class UserEmailTakenError extends taken(
  'user.email_taken',
  'E-mail address already registered',
  'There is already an account with this e-mail address; sign in instead.',
  '/email',
  'is already registered',
) {}

export class OwnAccountError extends conflict(
  'user.self',
  'This is your own account',
  'You cannot disable your own account; somebody else has to.',
) {}

export class UserErasedError extends conflict(
  'user.erased',
  'The account was erased',
  'Nothing of this account is left that could be changed.',
) {}

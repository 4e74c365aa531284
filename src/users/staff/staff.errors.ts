import { conflict } from '../../common/errors/domain.error.js';

export class OwnAccountError extends conflict(
  'user.self',
  'This is your own account',
  'You cannot disable your own account; somebody else has to.',
) {}

export class UserErasedError extends conflict('user.erased', 'The account was erased') {
  constructor(readonly userId: string) {
    super('Nothing of this account is left that could be changed.');
  }
}

import { ConflictError, NotFoundError } from '../common/errors/domain.error.js';

export class UserNotFoundError extends NotFoundError {
  static override readonly code = 'user.not_found';
  static override readonly title = 'No such user';

  constructor(readonly userId: string) {
    super('There is no user with this id.');
  }
}

export class UserEmailTakenError extends ConflictError {
  static override readonly code = 'user.email_taken';
  static override readonly title = 'E-mail address already registered';
  override readonly errors = [{ pointer: '/email', code: 'taken', message: 'is already registered' }];

  constructor() {
    super('There is already an account with this e-mail address; sign in instead.');
  }
}

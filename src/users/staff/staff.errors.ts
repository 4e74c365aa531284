import { ConflictError } from '../../common/errors/domain.error.js';

export class OwnAccountError extends ConflictError {
  static override readonly code = 'user.self';
  static override readonly title = 'This is your own account';

  constructor() {
    super('You cannot disable your own account; somebody else has to.');
  }
}

export class UserErasedError extends ConflictError {
  static override readonly code = 'user.erased';
  static override readonly title = 'The account was erased';

  constructor(readonly userId: string) {
    super('Nothing of this account is left that could be changed.');
  }
}

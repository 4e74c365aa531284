import { ConflictError, NotFoundError } from '../../common/errors/domain.error.js';

export class CustomerGroupNotFoundError extends NotFoundError {
  static override readonly code = 'user.group_not_found';
  static override readonly title = 'No such customer group';

  constructor() {
    super('There is no customer group with this id.');
  }
}

export class CustomerGroupCodeTakenError extends ConflictError {
  static override readonly code = 'user.group_code_taken';
  static override readonly title = 'The code is taken';
  override readonly errors = [{ pointer: '/code', code: 'taken', message: 'is the code of another group' }];

  constructor() {
    super('There is already a customer group with this code.');
  }
}

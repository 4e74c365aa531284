import { notFound, taken } from '../../common/errors/domain.error.js';

export class CustomerGroupNotFoundError extends notFound(
  'user.group_not_found',
  'No such customer group',
  'There is no customer group with this id.',
) {}

export class CustomerGroupCodeTakenError extends taken(
  'user.group_code_taken',
  'The code is taken',
  'There is already a customer group with this code.',
  '/code',
  'is the code of another group',
) {}

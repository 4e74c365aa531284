import { ConflictError, NotFoundError } from '../../common/errors/domain.error.js';

/** There is no such address, or it is somebody else's. */
export class AddressNotFoundError extends NotFoundError {
  static override readonly code = 'user.address_not_found';
  static override readonly title = 'No such address';

  constructor() {
    super('There is no such address in your address book.');
  }
}

export class TooManyAddressesError extends ConflictError {
  static override readonly code = 'user.too_many_addresses';
  static override readonly title = 'The address book is full';

  constructor(limit: number) {
    super(`An address book holds ${limit} addresses; remove one first.`);
  }
}

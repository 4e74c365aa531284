import { conflict, notFound } from '../../common/errors/domain.error.js';

/** There is no such address, or it is somebody else's. */
export class AddressNotFoundError extends notFound(
  'user.address_not_found',
  'No such address',
  'There is no such address in your address book.',
) {}

export class TooManyAddressesError extends conflict('user.too_many_addresses', 'The address book is full') {
  constructor(limit: number) {
    super(`An address book holds ${limit} addresses; remove one first.`);
  }
}

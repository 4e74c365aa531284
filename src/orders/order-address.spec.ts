import { InvalidRequestError } from '../common/errors/request.errors.js';
import { patchAddress } from './order-address.js';

const HOME = { name: 'Ada', line1: '1 Main Street', line2: 'Flat 3', city: 'London', countryCode: 'GB' };

describe('patchAddress', () => {
  it('keeps what is absent, replaces what is given, and removes what is null (RFC 7396)', () => {
    expect(patchAddress(HOME, { line1: '2 Main Street', line2: null }, '/a')).toEqual({
      name: 'Ada',
      line1: '2 Main Street',
      city: 'London',
      countryCode: 'GB',
    });
  });

  it('removes the address for null and leaves it for undefined', () => {
    expect(patchAddress(HOME, null, '/a')).toBeNull();
    expect(patchAddress(HOME, undefined, '/a')).toBeUndefined();
  });

  it('names every member that a new address lacks', () => {
    expect(() => patchAddress(null, { name: 'Ada', city: undefined }, '/shippingAddress')).toThrow(InvalidRequestError);
    try {
      patchAddress(null, { name: 'Ada' }, '/shippingAddress');
    } catch (error) {
      expect((error as InvalidRequestError).errors.map(({ pointer }) => pointer)).toEqual([
        '/shippingAddress/line1',
        '/shippingAddress/city',
        '/shippingAddress/countryCode',
      ]);
    }
  });
});

import { InvalidRequestError } from '../errors/request.errors.js';
import { normalisedAddress, patchAddress, type PostalAddress } from './postal-address.js';

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

describe('normalisedAddress', () => {
  const at = (countryCode: string, rest: Partial<PostalAddress> = {}): PostalAddress => ({
    name: 'Ada',
    line1: '1 Main Street',
    city: 'Town',
    countryCode,
    ...rest,
  });
  const refusals = (address: PostalAddress): string[] => {
    try {
      normalisedAddress(address, '/a');
      return [];
    } catch (error) {
      return (error as InvalidRequestError).errors.map(({ pointer, code }) => `${pointer} ${code}`);
    }
  };

  it.each([
    ['gb', ' sw1y  4jh ', 'SW1Y 4JH'],
    ['GB', 'GIR0AA', 'GIR 0AA'],
    ['DE', '50667', '50667'],
    ['NL', '1012ab', '1012 AB'],
    ['SE', '11351', '113 51'],
    ['PL', '00950', '00-950'],
    ['JP', '1000001', '100-0001'],
    ['LT', '01100', 'LT-01100'],
    ['LU', 'l-1111', '1111'],
    ['PT', '1000 205', '1000-205'],
    ['IE', 'd02af30', 'D02 AF30'],
    ['MT', 'VLT1117', 'VLT 1117'],
    ['TR', '34000', '34000'],
    ['HK', 'whatever', 'WHATEVER'],
  ])('writes the postal code of %s %j as %j', (country, written, expected) => {
    const region = country === 'JP' ? '東京都' : undefined;
    expect(normalisedAddress(at(country, { postalCode: written, region }), '/a')).toMatchObject({
      countryCode: country.toUpperCase(),
      postalCode: expected,
    });
  });

  it.each([
    ['DE', '5066'],
    ['DE', 'SW1Y 4JH'],
    ['GB', '50667'],
    ['NL', '1012'],
    ['CH', '80011'],
    ['TR', 'ABCDE'],
    ['IE', 'nonsense'],
    ['GB', undefined],
    ['DE', ' '],
  ])('refuses in %s the postal code %j', (country, postalCode) => {
    expect(refusals(at(country, { postalCode }))).toEqual(['/a/postalCode postal_code']);
  });

  it.each(['HK', 'AE', 'IE', 'PA', 'CO', 'AQ'])('asks for no postal code in %s', (country) => {
    expect(refusals(at(country, { region: country === 'AE' ? 'Dubai' : undefined }))).toEqual([]);
  });

  it.each([
    ['US', '94105-1234', 'us-ca', 'CA'],
    ['US', '941051234', 'California', 'CA'],
    ['US', '20001', 'district  of columbia', 'DC'],
    ['US', '09012', 'AE', 'AE'],
    ['CA', 'h2x1y4', 'québec', 'QC'],
    ['AU', '2000', 'nsw', 'NSW'],
    ['BR', '01310100', 'Sao Paulo', 'SP'],
    ['MX', '06000', 'Ciudad de Mexico', 'CMX'],
    ['IN', '110 001', 'Delhi', 'DL'],
  ])('writes in %s %s the region %j as %j', (country, postalCode, region, expected) => {
    expect(normalisedAddress(at(country, { postalCode, region }), '/a').region).toBe(expected);
  });

  it.each([
    ['US', '94105', undefined],
    ['US', '94105', 'NSW'],
    ['CA', 'K1A 0B1', 'CA-XX'],
    ['AU', '2000', 'California'],
    ['CN', '100000', undefined],
  ])('refuses in %s %s the region %j', (country, postalCode, region) => {
    expect(refusals(at(country, { postalCode, region }))).toEqual(['/a/region region']);
  });

  it('names everything that is wrong at once, and leaves what it does not know alone', () => {
    expect(refusals(at('US'))).toEqual(['/a/postalCode postal_code', '/a/region region']);
    const written = { company: 'Acme', line2: 'Flat 3', region: 'Greater London', phone: '1', postalCode: 'SW1Y 4JH' };
    expect(normalisedAddress(at('GB', written), '')).toEqual(at('GB', written));
  });
});

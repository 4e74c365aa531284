import { AddressList, isAddressOrRange } from './address-list.js';

describe('isAddressOrRange', () => {
  it.each(['203.0.113.7', '203.0.113.0/24', '10.0.0.5/8', '0.0.0.0/0', '2001:db8::1', '2001:DB8::/32', '::1/128'])(
    'takes %s',
    (text) => expect(isAddressOrRange(text)).toBe(true),
  );

  it.each([
    '',
    'localhost',
    '203.0.113',
    '203.0.113.256',
    '010.0.0.1',
    '203.0.113.0/33',
    '203.0.113.0/-1',
    '203.0.113.0/08',
    '203.0.113.0/',
    '203.0.113.0/24/1',
    '2001:db8::/129',
    '::ffff:203.0.113.7',
    'fe80::1%eth0',
    ' 203.0.113.7',
    7,
    null,
  ])('refuses %p', (text) => expect(isAddressOrRange(text)).toBe(false));
});

describe('AddressList', () => {
  it('allows everyone when it is empty', () => {
    expect(new AddressList([]).allows('203.0.113.7')).toBe(true);
  });

  it.each([
    ['203.0.113.7', true],
    ['203.0.113.8', false],
    ['::ffff:203.0.113.7', true],
    ['::ffff:203.0.113.8', false],
    ['10.255.0.1', true],
    ['11.0.0.1', false],
    ['2001:db8:1::9', true],
    ['2001:db9::9', false],
    ['fe80::1%eth0', true],
    ['fe80::2%eth0', false],
    ['unknown', false],
    ['', false],
  ])('of addresses and ranges of both versions, asked for %s: %p', (address, isAllowed) => {
    const list = new AddressList(['203.0.113.7', '10.0.0.5/8', '2001:db8::/32', 'fe80::1']);
    expect(list.allows(address)).toBe(isAllowed);
  });
});

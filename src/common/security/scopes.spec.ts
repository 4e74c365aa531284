import { beyond, inBoth, inOrder } from './scopes.js';

describe('beyond', () => {
  it.each([
    [[], [], []],
    [['orders:read'], ['orders:read', 'users:write'], []],
    [['users:read', 'orders:read', 'users:read'], ['users:write'], ['orders:read', 'users:read']],
    [['*'], ['orders:read', 'users:write'], ['*']],
    [['*', 'orders:read'], ['*'], []],
    [['orders:read'], ['*'], []],
  ])('of %j for a holder of %j is %j', (scopes, held, expected) => {
    expect(beyond(scopes, new Set(held))).toEqual(expected);
  });
});

describe('inBoth', () => {
  it.each([
    [['*'], ['orders:read'], ['orders:read']],
    [['orders:read'], ['*'], ['orders:read']],
    [['*'], ['*'], ['*']],
    [['orders:read', 'users:read'], ['users:read', 'users:write'], ['users:read']],
    [['*'], [], []],
  ])('of %j and %j is %j', (left, right, expected) => {
    expect([...inBoth(new Set(left), new Set(right))]).toEqual(expected);
  });
});

describe('inOrder', () => {
  it('reads alike whatever the order was', () => {
    expect(inOrder(['users:write', 'products:read', 'orders:read'])).toEqual([
      'products:read',
      'orders:read',
      'users:write',
    ]);
  });
});

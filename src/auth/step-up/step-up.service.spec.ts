import { isEnough, methodsOf } from './step-up.service.js';

const [password, code, recoveryCode] = ['seven quiet otters', '005924', 'k7qd-3mwf-9xbn-t2hz'];

describe('what proves who one is', () => {
  it('with a password and no second factor: the password', () => {
    const means = { hasPassword: true, factors: [] };
    expect(methodsOf(means)).toEqual([['password']]);
    expect(isEnough(means, { password })).toBe(true);
    expect(isEnough(means, {})).toBe(false);
    expect(isEnough(means, { code })).toBe(false);
  });

  it('with a password and an authenticator app: both, or a recovery code in its place', () => {
    const means = { hasPassword: true, factors: ['totp', 'recovery_code'] as const };
    expect(methodsOf(means)).toEqual([['password', 'code']]);
    expect(isEnough(means, { password })).toBe(false);
    expect(isEnough(means, { code })).toBe(false);
    expect(isEnough(means, { password, code })).toBe(true);
    expect(isEnough(means, { password, code: recoveryCode })).toBe(true);
  });

  it('with a password and a passkey: the passkey, or the password and a recovery code', () => {
    const means = { hasPassword: true, factors: ['passkey', 'recovery_code'] as const };
    expect(methodsOf(means)).toEqual([['password', 'code'], ['passkey']]);
    expect(isEnough(means, { password })).toBe(false);
  });

  it('without a password: a code of the app or a passkey, but no recovery code alone', () => {
    const means = { hasPassword: false, factors: ['totp', 'passkey', 'recovery_code'] as const };
    expect(methodsOf(means)).toEqual([['code'], ['passkey']]);
    expect(isEnough(means, { code })).toBe(true);
    expect(isEnough(means, { code: recoveryCode })).toBe(false);
    expect(isEnough(means, { password, code })).toBe(false);
  });

  it('with neither: nothing', () => {
    expect(methodsOf({ hasPassword: false, factors: [] })).toEqual([]);
    expect(isEnough({ hasPassword: false, factors: [] }, { code })).toBe(false);
  });
});

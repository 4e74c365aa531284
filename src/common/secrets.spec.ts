import { randomBytes } from 'node:crypto';
import type { Environment } from '../config/environment.js';
import { Secrets } from './secrets.js';

const secrets = (key: string) => new Secrets({ SECRETS_KEY: key } as Environment);
const KEY = randomBytes(32);
const one = secrets(KEY.toString('base64'));

describe('Secrets', () => {
  it.each(['base64', 'base64url', 'hex'] as const)('reads the key in %s', (encoding) => {
    expect(secrets(KEY.toString(encoding)).sign('cursor', 'data')).toEqual(one.sign('cursor', 'data'));
  });

  it('verifies what it signed, for the same purpose and text only', () => {
    const signature = one.sign('cursor', 'data', 16);
    expect(signature).toHaveLength(16);
    expect(one.verify('cursor', 'data', signature)).toBe(true);
    expect(one.verify('cursor', 'other', signature)).toBe(false);
    expect(one.verify('order-token', 'data', signature)).toBe(false);
    expect(secrets(randomBytes(32).toString('hex')).verify('cursor', 'data', signature)).toBe(false);
  });

  it.each([0, 1, 8, 15, 33])('does not take a signature of %p bytes', (length) => {
    const signature = Buffer.concat([one.sign('cursor', 'data'), Buffer.alloc(8)]).subarray(0, length);
    expect(one.verify('cursor', 'data', signature)).toBe(false);
  });

  it('reads what it encrypted, for the same purpose only', () => {
    const sealed = one.encrypt('idempotent-answer', 'ünïcode 😀');
    expect(one.decrypt('idempotent-answer', sealed)).toBe('ünïcode 😀');
    expect(() => one.decrypt('order-token', sealed)).toThrow();
    expect(() => secrets(randomBytes(32).toString('hex')).decrypt('idempotent-answer', sealed)).toThrow();
  });

  it('never writes the same bytes twice, and hides what is in them', () => {
    const sealed = Array.from({ length: 100 }, () =>
      one.encrypt('idempotent-answer', 'the same secret').toString('hex'),
    );
    expect(new Set(sealed).size).toBe(100);
    expect(sealed.join()).not.toContain(Buffer.from('the same').toString('hex'));
    expect(one.decrypt('idempotent-answer', one.encrypt('idempotent-answer', ''))).toBe('');
  });

  it('refuses bytes of which one bit has changed, or some are missing', () => {
    const sealed = one.encrypt('idempotent-answer', 'text');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 1;
      expect(() => one.decrypt('idempotent-answer', changed)).toThrow();
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(() => one.decrypt('idempotent-answer', sealed.subarray(0, length))).toThrow();
    }
  });
});

import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Environment } from '../config/environment.js';
import { SigningKeys } from './signing-keys.js';

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;
const keys = (text: string): SigningKeys => new SigningKeys({ JWT_PRIVATE_KEYS: text } as Environment);

/** The private key of RFC 7517 appendix A.2. */
const KNOWN_KEY = createPrivateKey({
  format: 'jwk',
  key: {
    kty: 'EC',
    crv: 'P-256',
    x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
    y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
    d: '870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE',
  },
});

describe('SigningKeys', () => {
  const first = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const second = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  it('signs with the first key and publishes all, each once and public members only', () => {
    const both = keys(`${pem(first)}\n${pem(second)}\n${pem(first)}`);
    expect(both.jwks.keys).toHaveLength(2);
    expect(both.current.kid).toBe(both.jwks.keys[0]!.kid);
    for (const jwk of both.jwks.keys)
      expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('reads line breaks written as \\n, and keys in SEC 1 form', () => {
    const sec1 = first.export({ type: 'sec1', format: 'pem' }) as string;
    expect(keys(pem(first).replaceAll('\n', '\\n')).current.kid).toBe(keys(sec1).current.kid);
  });

  it('names a key by its thumbprint of RFC 7638', () => {
    expect(keys(pem(KNOWN_KEY)).current.kid).toBe('cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s');
  });

  it.each([
    ['another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
  ])('refuses a key of %s, telling which one it is', (_, key) => {
    expect(() => keys(pem(first) + pem(key))).toThrow('JWT_PRIVATE_KEYS: key 2 is not an EC key on the curve P-256');
  });

  it('refuses a key that cannot be read, and none at all', () => {
    expect(() => keys('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')).toThrow(
      'key 1 is not a readable PEM private key',
    );
    expect(() => keys('-----BEGIN PRIVATE KEY-----')).toThrow('no complete PEM private key');
  });
});

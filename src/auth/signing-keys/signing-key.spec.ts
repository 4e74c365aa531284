import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { fromPem, newSigningKey, readSigningKeys, toPem } from './signing-key.js';

const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }) as string;

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

describe('signing keys', () => {
  const first = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const second = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

  it('are read in their order, each once, and published with public members only', () => {
    const both = readSigningKeys(`${pem(first)}\n${pem(second)}\n${pem(first)}`);
    expect(both.map(({ kid }) => kid)).toEqual([
      readSigningKeys(pem(first))[0]!.kid,
      readSigningKeys(pem(second))[0]!.kid,
    ]);
    for (const { jwk } of both) expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  });

  it('are read with line breaks written as \\n, and keys in SEC 1 form', () => {
    const sec1 = first.export({ type: 'sec1', format: 'pem' }) as string;
    expect(readSigningKeys(pem(first).replaceAll('\n', '\\n'))[0]!.kid).toBe(readSigningKeys(sec1)[0]!.kid);
  });

  it('have the thumbprint of RFC 7638 as their name', () => {
    expect(readSigningKeys(pem(KNOWN_KEY))[0]!.kid).toBe('cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s');
  });

  it.each([
    ['another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey],
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
    ['Ed25519', generateKeyPairSync('ed25519').privateKey],
  ])('refuses a key of %s, telling which one it is', (_, key) => {
    expect(() => readSigningKeys(pem(first) + pem(key))).toThrow(
      'JWT_PRIVATE_KEYS: key 2 is not an EC key on the curve P-256',
    );
  });

  it('refuses a key that cannot be read, and none at all', () => {
    expect(() => readSigningKeys('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')).toThrow(
      'key 1 is not a readable PEM private key',
    );
    expect(() => readSigningKeys('-----BEGIN PRIVATE KEY-----')).toThrow('no complete PEM private key');
  });

  it('are the same after being written and read', () => {
    const key = newSigningKey();
    expect(fromPem(toPem(key)).jwk).toEqual(key.jwk);
    expect(newSigningKey().kid).not.toBe(key.kid);
  });
});

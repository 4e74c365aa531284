import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

/** A public key as others may read it (RFC 7517, RFC 7518 section 6.2). */
export interface PublicJwk {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
  kid: string;
  alg: 'ES256';
  use: 'sig';
}

/** A key that access tokens are signed with. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: PublicJwk;
}

const PEM_BLOCK = /-----BEGIN ((?:EC )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/g;

/**
 * The keys of a setting, in its order, each once.
 *
 * @throws Error naming the setting when there is none, or when a key is unreadable or not on the curve P-256.
 */
export function readSigningKeys(setting: string): SigningKey[] {
  // Systems that cannot hold line breaks in a setting write them as \n.
  const blocks = setting.replaceAll('\\n', '\n').match(PEM_BLOCK) ?? [];
  if (blocks.length === 0) throw new Error('JWT_PRIVATE_KEYS holds no complete PEM private key');
  const keys = blocks.map((pem, index) => {
    try {
      return toSigningKey(createPrivateKey(pem));
    } catch (error) {
      const reason = error instanceof WrongCurveError ? error.message : 'is not a readable PEM private key';
      throw new Error(`JWT_PRIVATE_KEYS: key ${index + 1} ${reason}`, { cause: error });
    }
  });
  return [...new Map(keys.map((key) => [key.kid, key])).values()];
}

/** A new key on the curve P-256. */
export function newSigningKey(): SigningKey {
  return toSigningKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/** The text to store a key as; secret. */
export function toPem(key: SigningKey): string {
  return key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

/** Reads a key that `toPem` wrote. */
export function fromPem(pem: string): SigningKey {
  return toSigningKey(createPrivateKey(pem));
}

class WrongCurveError extends Error {}

function toSigningKey(privateKey: KeyObject): SigningKey {
  const publicKey = createPublicKey(privateKey);
  const { kty, crv, x, y } = publicKey.export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) {
    throw new WrongCurveError('is not an EC key on the curve P-256');
  }
  const kid = thumbprint({ crv, kty, x, y });
  return { kid, privateKey, publicKey, jwk: { kty, crv, x, y, kid, alg: 'ES256', use: 'sig' } };
}

/** RFC 7638: SHA-256 of the required members in lexicographic order. */
function thumbprint({ crv, kty, x, y }: { crv: string; kty: string; x: string; y: string }): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

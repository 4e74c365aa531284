import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';

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

const PEM_BLOCK = /-----BEGIN ((?:EC )?PRIVATE KEY)-----[\s\S]+?-----END \1-----/g;

/**
 * The keys of access tokens: the first of `JWT_PRIVATE_KEYS` signs, all of them verify.
 *
 * To rotate without ending a session, put the new key behind the old one on every instance, then in front, and remove the old one once
 * `ACCESS_TOKEN_TTL` has passed.
 */
@Injectable()
export class SigningKeys {
  /** Signs new tokens. */
  readonly current: { readonly kid: string; readonly privateKey: KeyObject };
  readonly jwks: { readonly keys: readonly PublicJwk[] };
  private readonly publicKeys = new Map<string, KeyObject>();

  /** @throws Error naming the setting when a key is unreadable or not on the curve P-256. */
  constructor(environment: Environment) {
    // Systems that cannot hold line breaks in a setting write them as \n.
    const blocks = environment.JWT_PRIVATE_KEYS.replaceAll('\\n', '\n').match(PEM_BLOCK) ?? [];
    const pairs = blocks.map((pem, index) => readKey(pem, index + 1));
    const [first] = pairs;
    if (!first) throw new Error('JWT_PRIVATE_KEYS holds no complete PEM private key');
    for (const { jwk, privateKey } of pairs) this.publicKeys.set(jwk.kid, createPublicKey(privateKey));
    this.current = { kid: first.jwk.kid, privateKey: first.privateKey };
    this.jwks = { keys: [...new Map(pairs.map(({ jwk }) => [jwk.kid, jwk])).values()] };
  }

  /** The public key with this id, if it is one of ours. */
  findPublic(kid: string): KeyObject | undefined {
    return this.publicKeys.get(kid);
  }
}

function readKey(pem: string, place: number): { privateKey: KeyObject; jwk: PublicJwk } {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    throw new Error(`JWT_PRIVATE_KEYS: key ${place} is not a readable PEM private key`);
  }
  const { kty, crv, x, y } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) {
    throw new Error(`JWT_PRIVATE_KEYS: key ${place} is not an EC key on the curve P-256`);
  }
  return { privateKey, jwk: { kty, crv, x, y, kid: thumbprint({ crv, kty, x, y }), alg: 'ES256', use: 'sig' } };
}

/** RFC 7638: SHA-256 of the required members in lexicographic order. */
function thumbprint({ crv, kty, x, y }: { crv: string; kty: string; x: string; y: string }): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

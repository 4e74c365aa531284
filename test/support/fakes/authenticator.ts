import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** How a passkey may misbehave in one answer. */
export interface Misbehaviour {
  origin?: string;
  rpId?: string;
  type?: string;
  challenge?: string;
  /** User present. */
  up?: boolean;
  /** User verified. */
  uv?: boolean;
  signCount?: number;
  /** Null leaves it out. */
  userHandle?: string | null;
  credentialId?: Buffer;
  /** COSE algorithm that the new key claims to be for. */
  algorithm?: number;
  attestation?: { fmt: string; attStmt: Map<string, unknown> };
  /** Changes what is signed after it was signed. */
  spoil?: boolean;
  crossOrigin?: boolean;
}

interface Options {
  challenge: string;
  rp?: { id: string };
  rpId?: string;
  user?: { id: string };
}

const [UP, UV, BE, BS, AT] = [0x01, 0x04, 0x08, 0x10, 0x40];
const ES256 = -7;

/** An authenticator and the browser in front of it, in software: one passkey on P-256. It does what it is told, right or wrong. */
export class Authenticator {
  credentialId = randomBytes(16);
  signCount = 0;
  /** An authenticator that does not count stays at 0. */
  counts = true;
  isBackedUp = false;
  private readonly privateKey: KeyObject;
  private readonly publicJwk: { x: string; y: string };
  private userHandle: string | undefined;

  constructor(private readonly origin = 'http://localhost:3000') {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.privateKey = privateKey;
    this.publicJwk = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
  }

  /** What `navigator.credentials.create()` gives, in JSON. */
  create(options: Options, wrong: Misbehaviour = {}): object {
    this.userHandle = options.user!.id;
    const credentialId = wrong.credentialId ?? this.credentialId;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(credentialId.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, credentialId, this.coseKey(wrong.algorithm ?? ES256)]);
    const authData = Buffer.concat([this.authenticatorData(options.rp!.id, wrong, AT), attested]);
    const { fmt, attStmt } = wrong.attestation ?? { fmt: 'none', attStmt: new Map() };
    const attestationObject = isoCBOR.encode(
      new Map<string, never>([
        ['fmt', fmt as never],
        ['attStmt', attStmt as never],
        ['authData', new Uint8Array(authData) as never],
      ]),
    );
    return this.credential(credentialId, {
      clientDataJSON: this.clientData('webauthn.create', options.challenge, wrong).toString('base64url'),
      attestationObject: Buffer.from(attestationObject).toString('base64url'),
      transports: ['internal'],
    });
  }

  /** What `navigator.credentials.get()` gives, in JSON. */
  get(options: Options, wrong: Misbehaviour = {}): object {
    const clientData = this.clientData('webauthn.get', options.challenge, wrong);
    const authData = this.authenticatorData(options.rpId!, wrong, 0);
    const signature = sign('sha256', Buffer.concat([authData, sha256(clientData)]), this.privateKey);
    if (wrong.spoil) authData[36]! ^= 1;
    const userHandle = wrong.userHandle === undefined ? this.userHandle : wrong.userHandle;
    return this.credential(wrong.credentialId ?? this.credentialId, {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: signature.toString('base64url'),
      ...(userHandle === null ? {} : { userHandle }),
    });
  }

  private credential(id: Buffer, response: object): object {
    const text = id.toString('base64url');
    return {
      id: text,
      rawId: text,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: { credProps: { rk: true } },
      response,
    };
  }

  private clientData(type: string, challenge: string, wrong: Misbehaviour): Buffer {
    return Buffer.from(
      JSON.stringify({
        type: wrong.type ?? type,
        challenge: wrong.challenge ?? challenge,
        origin: wrong.origin ?? this.origin,
        crossOrigin: wrong.crossOrigin ?? false,
      }),
    );
  }

  private authenticatorData(rpId: string, wrong: Misbehaviour, further: number): Buffer {
    if (this.counts) this.signCount += 1;
    const flags =
      (wrong.up === false ? 0 : UP) | (wrong.uv === false ? 0 : UV) | (this.isBackedUp ? BE | BS : 0) | further;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(wrong.signCount ?? this.signCount);
    return Buffer.concat([sha256(Buffer.from(wrong.rpId ?? rpId)), Buffer.from([flags]), count]);
  }

  /** COSE_Key of an elliptic curve (RFC 9053 section 7.1.1). */
  private coseKey(algorithm: number): Buffer {
    const [x, y] = [this.publicJwk.x, this.publicJwk.y].map((part) => new Uint8Array(Buffer.from(part, 'base64url')));
    return Buffer.from(
      isoCBOR.encode(
        new Map<number, never>([
          [1, 2 as never],
          [3, algorithm as never],
          [-1, 1 as never],
          [-2, x as never],
          [-3, y as never],
        ]),
      ),
    );
  }
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

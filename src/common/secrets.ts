import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Environment } from '../config/environment.js';

/** What a derived key is for; each purpose has a key of its own, so that a value made for one is worthless for another. */
export type SecretPurpose =
  | 'signing-key'
  | 'cursor'
  | 'idempotent-answer'
  | 'order-token'
  | 'account-mark'
  | 'mail-data'
  | 'audit-chain'
  | 'oidc-request'
  | 'totp-secret'
  | 'recovery-code'
  | 'gift-card-code'
  | 'webhook-secret'
  | 'board-session'
  | 'fake-payments';

const SIGNATURE_BYTES = 32;
const MIN_SIGNATURE_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Keys derived from `SECRETS_KEY` (HKDF, RFC 5869), and the two things done with them: authenticating and encrypting. */
@Injectable()
export class Secrets {
  private readonly root: Buffer;
  private readonly keys = new Map<SecretPurpose, KeyObject>();

  constructor(environment: Environment) {
    const text = environment.SECRETS_KEY;
    this.root = Buffer.from(text, /^[0-9a-fA-F]{64}$/.test(text) ? 'hex' : 'base64url');
  }

  /** HMAC-SHA-256 of `data`, cut to `bytes`. */
  sign(purpose: SecretPurpose, data: string, bytes = SIGNATURE_BYTES): Buffer {
    return createHmac('sha256', this.key(purpose)).update(data).digest().subarray(0, bytes);
  }

  /** Compares in constant time. */
  verify(purpose: SecretPurpose, data: string, signature: Buffer): boolean {
    if (signature.length < MIN_SIGNATURE_BYTES || signature.length > SIGNATURE_BYTES) return false;
    return timingSafeEqual(this.sign(purpose, data, signature.length), signature);
  }

  /** AES-256-GCM with a random 96-bit nonce; the answer is nonce, tag and ciphertext in a row. */
  encrypt(purpose: SecretPurpose, plain: string): Buffer {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key(purpose), iv);
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), body]);
  }

  /** @throws when the bytes were not written by `encrypt` under the same key and purpose. */
  decrypt(purpose: SecretPurpose, sealed: Buffer): string {
    const decipher = createDecipheriv('aes-256-gcm', this.key(purpose), sealed.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  }

  private key(purpose: SecretPurpose): KeyObject {
    let key = this.keys.get(purpose);
    if (!key) {
      // A key object is made once; raw bytes would be made into one for every signature.
      key = createSecretKey(Buffer.from(hkdfSync('sha256', this.root, '', `storehouse ${purpose}`, 32)));
      this.keys.set(purpose, key);
    }
    return key;
  }
}

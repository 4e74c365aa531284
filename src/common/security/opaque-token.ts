import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 32;

/** One kind of token that is nothing but chance: a prefix that tells the kind, and 256 random bits. Only its hash is kept. */
export class OpaqueToken {
  private readonly form: RegExp;

  /** @param prefix Recognisable to people and to scanners of source code, such as `shr_`. */
  constructor(private readonly prefix: string) {
    this.form = new RegExp(`^${prefix}[A-Za-z0-9_-]{43}$`);
  }

  create(): string {
    return this.prefix + randomBytes(TOKEN_BYTES).toString('base64url');
  }

  /** SHA-256 of a token, under which it is stored: with that many random bits it needs no slower hash. Null for a text that is none. */
  hashOf(text: string): Buffer | null {
    return this.form.test(text) ? createHash('sha256').update(text).digest() : null;
  }

  /** A new token together with its hash. */
  issue(): { token: string; hash: Buffer } {
    const token = this.create();
    return { token, hash: this.hashOf(token)! };
  }
}

import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const MARK = 'shk_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const VISIBLE_DIGITS = 8;
/** 43 digits of base 62 are just over 256 bits. */
const SECRET_DIGITS = 43;
/** The 32 bits of the checksum in base 62. */
const CHECKSUM_DIGITS = 6;
const FORM = new RegExp(`^${MARK}[0-9A-Za-z]{${VISIBLE_DIGITS + SECRET_DIGITS + CHECKSUM_DIGITS}}$`);
/** The highest multiple of 62 that a byte reaches: bytes from there on would make the first digits likelier than the others. */
const FAIR_BYTES = 248;

/** The text of an API key when it is made; stored are its hash and the part that people may see. */
export interface KeyText {
  /** The whole key: `shk_`, 8 visible digits, 43 secret ones, and 6 of a CRC-32 of all that, in base 62. */
  key: string;
  /** `shk_` and the visible digits, by which people tell one key from another. */
  prefix: string;
  hash: Buffer;
}

/** Makes a key that nobody can guess (256 random bits beside the visible part), and that scanners of source code recognise. */
export function newKeyText(): KeyText {
  const prefix = MARK + randomDigits(VISIBLE_DIGITS);
  const body = prefix + randomDigits(SECRET_DIGITS);
  const key = body + checksumOf(body);
  return { key, prefix, hash: hashOf(key) };
}

/** True for text that claims to be an API key, whether or not it is one. */
export function isKeyLike(text: string): boolean {
  return text.startsWith(MARK);
}

/** True when form and checksum are right, so that it is worth asking the database. */
export function isWellFormedKey(text: string): boolean {
  return FORM.test(text) && checksumOf(text.slice(0, -CHECKSUM_DIGITS)) === text.slice(-CHECKSUM_DIGITS);
}

/** What is stored of a key or token: SHA-256 is enough where nothing can be guessed. */
export function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < CHECKSUM_DIGITS; place++) {
    digits = DIGITS.charAt(rest % DIGITS.length) + digits;
    rest = Math.floor(rest / DIGITS.length);
  }
  return digits;
}

function randomDigits(count: number): string {
  let digits = '';
  while (digits.length < count) {
    for (const byte of randomBytes(count)) if (byte < FAIR_BYTES) digits += DIGITS.charAt(byte % DIGITS.length);
  }
  return digits.slice(0, count);
}

import { randomBytes } from 'node:crypto';
import type { Secrets } from '../../common/secrets.js';

/** Crockford's base 32: no I, L, O and U, which people take for other characters. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Of chance: 95 bits, 75 of which staff who see the last four do not know. */
const RANDOM_CHARACTERS = 19;
const LENGTH = RANDOM_CHARACTERS + 1;

/** A new code in groups of four: 19 characters of chance and one by which typing errors are told. */
export function newGiftCardCode(): string {
  const digits = [...randomBytes(RANDOM_CHARACTERS)].map((byte) => byte % 32);
  digits.push(timesAlpha(folded(digits)));
  return digits
    .map((digit) => ALPHABET[digit])
    .join('')
    .replace(/.{4}(?=.)/g, '$&-');
}

/**
 * Reads a code as people type it: in any case and grouping, O for 0, I or L for 1.
 *
 * @returns its 20 characters, or null when it is mistyped: any one wrong character and any two that changed places are found.
 */
export function readGiftCardCode(text: string): string | null {
  const code = text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1');
  const digits = [...code].map((character) => ALPHABET.indexOf(character));
  return digits.length === LENGTH && !digits.includes(-1) && folded(digits) === 0 ? code : null;
}

/** Under which a code is stored: its HMAC, so that a copy of the database opens no card. Null for one that is mistyped. */
export function hashOfCode(secrets: Secrets, text: string): Buffer | null {
  const code = readGiftCardCode(text);
  return code === null ? null : secrets.sign('gift-card-code', code);
}

/**
 * The digits as a polynomial over the field of 32 elements, at a generator of it: zero for a code. Its powers differ over 31 places, so a
 * wrong digit and two that changed places never leave it zero.
 */
function folded(digits: readonly number[]): number {
  return digits.reduce((sum, digit) => timesAlpha(sum) ^ digit, 0);
}

/** Times x, modulo x^5 + x^2 + 1. */
function timesAlpha(element: number): number {
  return (element << 1) ^ (element & 16 ? 0b100101 : 0);
}

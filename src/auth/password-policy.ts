import { canonicalEmail } from '../common/validation/email-address.js';
import { COMMON_PHRASES, COMMON_WORDS } from './common-passwords.js';

/** Least length while the password stands alone, without a second factor (NIST SP 800-63B-4 section 3.1.1.2). */
export const SHORTEST_PASSWORD = 15;
export const LONGEST_PASSWORD = 256;
const SITE_NAME = 'storehouse';
/** A shorter local part of an address is found in too many words by chance. */
const SHORTEST_TELLING_NAME = 5;
/** Letters that must be left when everything common is taken out of a password. */
const LEAST_REMAINDER = 4;
/** Share of characters that may follow from the one before (1 after 0, w after q, a after a). */
const MOST_PREDICTABLE = 0.75;

const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789',
  '1234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiop',
  'azertyuiop',
];
const SUBSTITUTES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '@': 'a',
  $: 's',
  '!': 'i',
};

/** Why a password is refused, in the form of a field error. */
export interface PasswordObjection {
  code: 'too_short' | 'too_long' | 'contains_email' | 'contains_site_name' | 'repetitive' | 'common';
  message: string;
}

/**
 * What speaks against a password, or null when nothing does.
 *
 * Length counts, and being hard to guess; there are no rules on kinds of characters (NIST SP 800-63B-4 section 3.1.1.2). Lengths are in
 * Unicode characters after NFC.
 */
export function objectionTo(password: string, email: string): PasswordObjection | null {
  const composed = password.normalize('NFC');
  const length = [...composed].length;
  if (length < SHORTEST_PASSWORD) {
    return { code: 'too_short', message: `must be at least ${SHORTEST_PASSWORD} characters long` };
  }
  if (length > LONGEST_PASSWORD) {
    return { code: 'too_long', message: `must be at most ${LONGEST_PASSWORD} characters long` };
  }
  const lower = composed.toLowerCase();
  if (containsEmail(lower, canonicalEmail(email))) {
    return { code: 'contains_email', message: 'must not contain your e-mail address' };
  }
  if (lower.includes(SITE_NAME))
    return { code: 'contains_site_name', message: `must not contain the name of this site` };
  if (isRepetitive(lower)) return { code: 'repetitive', message: 'must not be a repetition or a sequence' };
  if (isCommon(lower)) return { code: 'common', message: 'must not be one of the most common passwords' };
  return null;
}

function containsEmail(lower: string, email: string): boolean {
  const name = email.slice(0, email.lastIndexOf('@'));
  return lower.includes(email) || (name.length >= SHORTEST_TELLING_NAME && lower.includes(name));
}

/** True for `aaaa…`, `abcabc…`, `1234…`, `qwert…` and what is nearly so. */
function isRepetitive(lower: string): boolean {
  const characters = [...lower];
  if (new Set(characters).size < 5) return true;
  if (/^(.{1,7})\1+$/u.test(lower)) return true;
  const predictable = characters.filter(
    (character, index) => index > 0 && isNext(characters[index - 1]!, character),
  ).length;
  return predictable / (characters.length - 1) > MOST_PREDICTABLE;
}

function isNext(before: string, after: string): boolean {
  if (before === after) return true;
  return ROWS.some((row) => {
    const [from, to] = [row.indexOf(before), row.indexOf(after)];
    return from >= 0 && to >= 0 && Math.abs(from - to) === 1;
  });
}

function isCommon(lower: string): boolean {
  const compact = lower.replace(/[\s_.-]+/g, '');
  const spellings = [compact, compact.replace(/[013457@$!]/g, (sign) => SUBSTITUTES[sign]!)];
  return spellings.some((spelling) => {
    if (COMMON_PHRASES.has(spelling.replace(/[^\p{L}]+/gu, ''))) return true;
    const left = COMMON_WORDS.reduce((text, word) => text.replaceAll(word, ' '), spelling);
    return left !== spelling && left.replace(/[^\p{L}]+/gu, '').length < LEAST_REMAINDER;
  });
}

import { isUuid } from '../common/ids.js';

const LONGEST_REASON = 500;
/** Long words with letters and digits: keys, tokens, hashes, and ids, which may stay. */
const LONG_WORD = /[\w-]{24,}(?:\.[\w-]+)*/g;

/**
 * Why a job failed, for the staff who see to it: the first line of what it says, up to 500 characters, without credentials, e-mail
 * addresses and what may be a token.
 */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text
    .split('\n', 1)[0]!
    .toWellFormed()
    .replaceAll('\0', ' ')
    .replace(/\/\/[^\s/@]+@/g, '//[redacted]@')
    .replace(/\b(bearer|basic)\s+\S+/gi, '$1 [redacted]')
    .replace(/[^\s<>"'(),;:/[\]]+@[^\s<>"'(),;:/]+/g, '[redacted]')
    .replace(LONG_WORD, (word) => (isUuid(word) || !/\d/.test(word) || !/[a-z]/i.test(word) ? word : '[redacted]'))
    .slice(0, LONGEST_REASON);
}

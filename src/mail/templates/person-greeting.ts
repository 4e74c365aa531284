import { oneLine } from '../one-line.js';

const LONGEST = 60;
/** What mail programs make links of (addresses, domains, numbers to call), and what no name needs. */
const SUSPICIOUS = /[:/\\@<>{}[\]()|=#%&"]|[.。．｡]\S|\d{3}|www/i;

/**
 * The name as it may stand in a mail; empty when it had better not.
 *
 * Anybody can register anybody's address, under a name such as "Your prize: evil.example": the shop must not send that for them.
 */
export function greetableName(name: string): string {
  const text = oneLine(name);
  return text.length > LONGEST || SUSPICIOUS.test(text) ? '' : text;
}

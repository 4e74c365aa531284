// Makes assets/leaked-passwords.bloom from a list of leaked passwords, one a line, the most common first:
// node --import ./scripts/typescript.mjs scripts/leaked-passwords.mjs <list>
// What goes in and what is found with it: src/auth/passwords/leaked-passwords.ts. Where the list comes from: assets/NOTICE.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { addKey, FILTER_BYTES, partsOf, SHORTEST_CORE } from '../src/auth/passwords/leaked-passwords.ts';

const SHORTEST_PASSWORD = 15;
const SHORTEST_NUMBER = 8;
/** More keys than this would be found where there are none more often than once in a million. */
const MOST_KEYS = 583_000;

const keys = new Set();
const cores = new Set();
for (const line of readFileSync(process.argv[2], 'utf8').split(/\r?\n/)) {
  const password = line.normalize('NFC').toLowerCase();
  const compact = password.replace(/[\s_.-]+/g, '');
  if (password.length >= SHORTEST_PASSWORD) keys.add(password).add(compact);
  if (/^\d+$/.test(password) && password.length >= SHORTEST_NUMBER) keys.add(password);
  const { core } = partsOf(compact);
  if (core.length >= SHORTEST_CORE && /\p{L}/u.test(core)) cores.add(core);
}
for (const core of cores) {
  if (keys.size >= MOST_KEYS) break;
  keys.add(core);
}

const filter = new Uint8Array(FILTER_BYTES);
for (const key of keys) addKey(filter, key);
writeFileSync('assets/leaked-passwords.bloom', filter);

const share = filter.reduce((sum, byte) => sum + (byte.toString(2).match(/1/g)?.length ?? 0), 0) / (FILTER_BYTES * 8);
process.stdout.write(
  `${keys.size} keys of ${keys.size + [...cores].filter((core) => !keys.has(core)).length}; ` +
    `${(share * 100).toFixed(1)} % of the bits are set: false positives ${(share ** 20).toExponential(1)}\n`,
);

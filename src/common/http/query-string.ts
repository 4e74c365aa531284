import { parse } from 'node:querystring';
import { InvalidRequestError } from '../errors/request.errors.js';

const BRACKETED = /^([A-Za-z]\w*)\[([^\][]{1,64})\]$/;
const MAX_PARAMETERS = 100;
/** What a query needs a decoder for; most need none. */
const ENCODED = /[%+]/;

/** What is wrong with a query; kept aside because the router, which calls the parser, would not survive a throw. */
const problems = new WeakMap<object, InvalidRequestError>();

/**
 * Reads a query string: `a=1&createdAt[gte]=2` becomes `{ a: '1', createdAt: { gte: '2' } }`, one level deep.
 *
 * A repeated parameter stays a list, which no scalar parameter accepts; deeper brackets, and brackets beside a plain value of the same
 * name, stay one odd name, which no DTO knows. What cannot be read at all yields an empty query with a `queryProblem`.
 */
export function parseQueryString(text: string): Record<string, unknown> {
  const query: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  if (text === '') return query;
  const pairs = Object.entries(ENCODED.test(text) ? parse(text, '&', '=', { maxKeys: 0 }) : parsePlain(text));
  const problem = problemOf(text, pairs);
  if (problem) {
    problems.set(query, problem);
    return query;
  }
  const isPlain = (outer: string): boolean => pairs.some(([name]) => name === outer);
  for (const [name, value] of pairs) {
    const bracketed = name.includes('[') ? BRACKETED.exec(name) : null;
    if (!bracketed || isPlain(bracketed[1]!)) {
      query[name] = value;
      continue;
    }
    const [, outer, inner] = bracketed as unknown as [string, string, string];
    const nested = (query[outer] ??= Object.create(null) as object) as Record<string, unknown>;
    nested[inner] = value;
  }
  return query;
}

/** What `querystring.parse` makes of a text in which nothing is encoded. */
function parsePlain(text: string): Record<string, unknown> {
  const found = Object.create(null) as Record<string, string | string[]>;
  for (const part of text.split('&')) {
    if (part === '') continue;
    const end = part.indexOf('=');
    const name = end < 0 ? part : part.slice(0, end);
    const value = end < 0 ? '' : part.slice(end + 1);
    const before = found[name];
    found[name] = before === undefined ? value : [before, value].flat();
  }
  return found;
}

/** Why the query cannot be served: text that PostgreSQL cannot store, broken escapes, or more parameters than any list has. */
export function queryProblem(query: unknown): InvalidRequestError | undefined {
  return typeof query === 'object' && query !== null ? problems.get(query) : undefined;
}

function problemOf(text: string, pairs: [string, unknown][]): InvalidRequestError | undefined {
  if (pairs.length > MAX_PARAMETERS) {
    return InvalidRequestError.of('?', 'max', `must not have more than ${MAX_PARAMETERS} parameters`);
  }
  // All that can be wrong with the text is written with a percent sign.
  if (!text.includes('%')) return undefined;
  try {
    decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return InvalidRequestError.of('?', 'encoding', 'must be UTF-8 in valid percent-encoding');
  }
  const unstorable = pairs.find(
    ([name, value]) => name.includes('\0') || [value].flat().some((part) => String(part).includes('\0')),
  );
  if (unstorable) {
    return InvalidRequestError.of(`?${unstorable[0].replaceAll('\0', '')}`, 'text', 'must not hold a NUL character');
  }
  return undefined;
}

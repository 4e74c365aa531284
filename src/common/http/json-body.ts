import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { UnparsableBodyError } from '../errors/request.errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes the bytes of its body as they came, for a signature to be checked over them. */
    takesBytes?: boolean;
  }
}

/** No DTO of this API nests deeper or holds more; the validator would keep every other request waiting. */
const MAX_DEPTH = 20;
const MAX_VALUES = 10_000;

/**
 * Takes over body parsing: UTF-8 JSON objects and arrays only, and nothing PostgreSQL could not store.
 *
 * Duplicate member names: the last one counts (as in ECMAScript). Refused with 400: invalid UTF-8, a byte order mark, NUL, lone
 * surrogates, `__proto__` members, nesting beyond 20, more than 10,000 values. Any other media type is 415.
 *
 * A POST without a body, or with an empty one, counts as one with `{}`: a command whose members can all be left out needs none.
 */
export function useJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    /^application\/(json|merge-patch\+json)(\s*;\s*charset="?utf-8"?)?\s*$/i,
    { parseAs: 'buffer' },
    ({ method, routeOptions }, body, done) => {
      if (routeOptions.config.takesBytes) {
        done(null, body);
        return;
      }
      try {
        done(null, body.length === 0 && method === 'POST' ? emptyBody() : parseJson(body as Buffer));
      } catch (error) {
        done(error as Error);
      }
    },
  );
  fastify.addHook('preHandler', (request, _reply, done) => {
    if (request.method === 'POST') request.body ??= {};
    done();
  });
}

/** Bodies that were sent as JSON of no characters, which is none where a member is needed. */
const empty = new WeakSet<object>();

function emptyBody(): object {
  const body = {};
  empty.add(body);
  return body;
}

/** True for the body of a POST that was sent as JSON of no characters. */
export function isEmptyBody(body: unknown): boolean {
  return typeof body === 'object' && body !== null && empty.has(body);
}

/** @throws UnparsableBodyError */
export function parseJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new UnparsableBodyError('The body is not valid UTF-8.');
  const text = body.toString('utf8');
  const { depth, values } = sizeOf(text);
  if (depth > MAX_DEPTH) throw new UnparsableBodyError(`The body nests deeper than ${MAX_DEPTH} levels.`);
  if (values > MAX_VALUES) throw new UnparsableBodyError(`The body holds more than ${MAX_VALUES} values.`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UnparsableBodyError('The body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null)
    throw new UnparsableBodyError('The body must be a JSON object or array.');
  // Only these escapes can smuggle in what the checks below look for, so an ordinary body is not walked.
  if (/\\u(0000|d[89a-f])|__proto__|\\u005f/i.test(text)) refuseUnstorable(value);
  return value;
}

/** Deepest nesting, and how many values there are at least; read off the brackets and commas, before anything is built. */
function sizeOf(text: string): { depth: number; values: number } {
  let depth = 0;
  let deepest = 0;
  let values = 1;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const char = text.charCodeAt(index);
    if (inString) {
      if (char === 0x5c) index++;
      else if (char === 0x22) inString = false;
    } else if (char === 0x22) inString = true;
    else if (char === 0x5b || char === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (char === 0x5d || char === 0x7d) depth--;
    else if (char === 0x2c) values++;
  }
  return { depth: deepest, values };
}

function refuseUnstorable(value: unknown): void {
  if (typeof value === 'string') {
    if (value.includes('\0') || !value.isWellFormed()) {
      throw new UnparsableBodyError('The body holds a NUL character or half of a surrogate pair.');
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (name === '__proto__') throw new UnparsableBodyError('The member name __proto__ is not allowed.');
      refuseUnstorable(name);
      refuseUnstorable(member);
    }
  }
}

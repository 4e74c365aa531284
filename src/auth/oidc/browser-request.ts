import { createHash, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FieldError } from '../../common/errors/domain.error.js';
import { InvalidRequestError } from '../../common/errors/request.errors.js';

/** What a provider added to the callback address. */
export interface ProviderAnswer {
  readonly state: string;
  readonly query: URLSearchParams;
}

/** What counts in an answer (RFC 6749 section 4.1.2, RFC 9207); providers add to it what they like. */
const MEMBERS = ['state', 'code', 'error', 'iss'];
/** Characters of each of them. */
export const LONGEST_VALUE = 4_096;

/**
 * Reads what a provider added to the callback address. What is not known is ignored, as RFC 6749 section 4.1.2 has it.
 *
 * @throws InvalidRequestError for an answer without state, with neither code nor error, or with a member twice.
 */
export function readProviderAnswer(query: Readonly<Record<string, unknown>>): ProviderAnswer {
  const problems: FieldError[] = [];
  const answer = new URLSearchParams();
  for (const name of MEMBERS) {
    const value = query[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value === '' || value.length > LONGEST_VALUE) {
      problems.push({
        pointer: `?${name}`,
        code: typeof value === 'string' ? 'text' : 'isString',
        message: `must be one text of up to ${LONGEST_VALUE} characters`,
      });
    } else {
      answer.set(name, value);
    }
  }
  if (query.state === undefined) problems.push({ pointer: '?state', code: 'required', message: 'must be sent' });
  if (query.code === undefined && query.error === undefined) {
    problems.push({ pointer: '?code', code: 'required', message: 'must be sent' });
  }
  if (problems.length > 0) throw new InvalidRequestError(problems);
  return { state: answer.get('state')!, query: answer };
}

/** `__Host-`: only this host over TLS can set it, for all paths; no other subdomain can plant one (RFC 6265bis section 4.1.3.2). */
const COOKIE = '__Host-oidc';
const VALUE_BYTES = 32;
const VALUE_FORM = /^[A-Za-z0-9_-]{43}$/;

/**
 * The random value by which a browser shows that it is the one that began a sign-in; null when it sends none, or more than one.
 *
 * It says nothing about who uses the browser.
 */
export function browserOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  const values = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${COOKIE}=`))
    .map((pair) => pair.slice(COOKIE.length + 1));
  return values.length === 1 && VALUE_FORM.test(values[0]!) ? values[0]! : null;
}

/** A value for a browser that has none. */
export function newBrowser(): string {
  return randomBytes(VALUE_BYTES).toString('base64url');
}

/** Under which a browser is noted: SHA-256, in base64url. */
export function browserMark(browser: string): string {
  return createHash('sha256').update(browser).digest('base64url');
}

/** Has the browser remember its value for as long as the sign-in may take; `Lax`, because it comes back from another site. */
export function setBrowser(reply: FastifyReply, browser: string, ttlSeconds: number): void {
  void reply.header(
    'set-cookie',
    `${COOKIE}=${browser}; Max-Age=${ttlSeconds}; Path=/; Secure; HttpOnly; SameSite=Lax`,
  );
}

import type { FastifyRequest } from 'fastify';
import { AuthenticationRequiredError, InvalidRequestError } from '../common/errors/request.errors.js';

const BEARER = /^bearer +(\S+)$/i;

/** What the token is read from; passport's type of a request is Express's. */
type Headers = Pick<FastifyRequest, 'headers'>;

/** The token of the `Authorization` header (RFC 6750 section 2.1), or null when the scheme is not Bearer or nothing follows it. */
export function bearerToken({ headers }: Headers): string | null {
  return BEARER.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** Refuses a request with several `Authorization` headers. @throws InvalidRequestError (400) */
export function refuseSeveral({ raw: { rawHeaders } }: FastifyRequest): void {
  // Node keeps the first of several; a proxy before us may have looked at the last.
  const count = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length;
  if (count > 1) throw ambiguous();
}

function ambiguous(): InvalidRequestError {
  return InvalidRequestError.of(
    'Authorization',
    'single',
    'must hold one access token, and be the only place that does',
  );
}

/**
 * Refuses credentials that could be read in two ways, and those of another scheme.
 *
 * @throws InvalidRequestError (400) for more than one token (RFC 6750 section 2); AuthenticationRequiredError for a scheme other than
 * Bearer, which is as good as no credentials (RFC 6750 section 3.1).
 */
export function checkCredentials(request: FastifyRequest): void {
  refuseSeveral(request);
  const query = request.query as Record<string, unknown> | undefined;
  if (request.headers.authorization?.includes(',') || query?.access_token !== undefined) throw ambiguous();
  if (!/^bearer( |$)/i.test(request.headers.authorization ?? '')) {
    throw new AuthenticationRequiredError('Only bearer tokens are accepted: Authorization: Bearer <access token>.');
  }
}

import type { FastifyReply, FastifyRequest } from 'fastify';

const REQUEST_HEADERS = [
  'Accept',
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'X-Cart-Token',
  'X-Order-Token',
  'X-Request-Id',
].join(', ');
const EXPOSED_HEADERS = [
  'ETag',
  'Location',
  'Link',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'X-Request-Id',
  'Idempotent-Replayed',
  'WWW-Authenticate',
].join(', ');
/** How long a browser may remember a preflight; none remembers longer than two hours. */
const MAX_AGE_SECONDS = '600';

/**
 * Cross-origin access for the browsers of an exact list of origins (Fetch standard, section 3.3).
 *
 * An origin is compared as a whole and never reflected unless listed. Credentials are not allowed: callers send bearer tokens.
 */
export class CrossOriginAccess {
  private readonly origins: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
  }

  /** Lets the browser of a listed origin read the answer. */
  admit(request: FastifyRequest, reply: FastifyReply): void {
    const { origin } = request.headers;
    if (origin === undefined || !this.origins.has(origin)) return;
    void reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', EXPOSED_HEADERS);
  }

  /** Tells the browser of a listed origin what it may send to a path that answers to `methods`. */
  admitPreflight(request: FastifyRequest, reply: FastifyReply, methods: readonly string[]): void {
    const { origin } = request.headers;
    if (origin === undefined || !this.origins.has(origin)) return;
    if (request.headers['access-control-request-method'] === undefined) return;
    void reply
      .header('access-control-allow-methods', methods.filter((method) => method !== 'OPTIONS').join(', '))
      .header('access-control-allow-headers', REQUEST_HEADERS)
      .header('access-control-max-age', MAX_AGE_SECONDS);
  }
}

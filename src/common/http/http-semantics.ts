import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { sendProblem, writeProblem } from '../errors/problem-details.filter.js';
import { problemOfStatus } from '../errors/problem-details.js';
import { InvalidRequestError } from '../errors/request.errors.js';
import { countRequest } from '../metrics/request-times.js';
import type { Principal } from '../security/principal.js';
import { accepts, acceptsJson, isEncodedBody } from './content-negotiation.js';
import { CrossOriginAccess } from './cross-origin.js';
import { currentTag, isReadBack } from './current-tag.js';
import { entityTag, matchesNone } from './etag.js';
import { PUBLIC_CACHE_CONTROL, type PublicAnswers, publicReadOf } from './public-read.js';
import { queryProblem } from './query-string.js';
import { type RequestOrigin, runInContext } from './request-context.js';
import { logRequest } from './request-log.js';
import { RouteMethods } from './route-methods.js';
import { securityHeaders } from './security-headers.js';

declare module 'fastify' {
  interface FastifyReply {
    /** Version of the resource in the answer, when it has one; becomes part of its entity tag. */
    resourceVersion?: number;
  }
}

export interface HttpSemanticsOptions {
  strictTransportSecurity: boolean;
  /** Origins whose browsers may call. */
  corsOrigins: readonly string[];
  /** What answers public reads that are kept; absent where nothing is served. */
  publicAnswers?: PublicAnswers;
}

const API_PREFIX = '/api/';
/** In UTF-16 units. */
const LONG_TEXT = 4_096;

/**
 * What holds for every request and answer whichever handler serves it: request id, security headers, cross-origin access, content
 * negotiation, entity tags and conditional GET, `Allow` for a wrong method, and one line in the log.
 */
export function applyHttpSemantics(fastify: FastifyInstance, options: HttpSemanticsOptions): void {
  const headers = { ...securityHeaders(options), vary: 'Origin' };
  const apiHeaders = { ...headers, vary: 'Authorization, Origin', 'cache-control': 'private, no-store' };
  const methods = new RouteMethods(fastify);
  const crossOrigin = new CrossOriginAccess(options.corsOrigins);

  fastify.addHook('onRequest', (request, reply, done) => {
    options.publicAnswers?.watch(request, reply);
    const isApi = request.url.startsWith(API_PREFIX);
    void reply.headers(isApi ? apiHeaders : headers).header('x-request-id', request.id);
    crossOrigin.admit(request, reply);
    if (request.method === 'OPTIONS') {
      const allowed = methods.at(pathOf(request));
      if (allowed.length > 0) {
        crossOrigin.admitPreflight(request, reply, allowed);
        void reply.code(204).header('allow', allowed.join(', ')).send();
        return;
      }
    }
    const refusal = refusalOf(request, isApi);
    if (refusal === undefined) runInContext({ requestId: request.id, origin: new OriginOfRequest(request) }, done);
    else void refuse(request, reply, refusal);
  });

  fastify.addHook('preSerialization', (request, reply, payload, done) => {
    const { version, nextCursor } = (payload ?? {}) as { version?: unknown; nextCursor?: unknown };
    if (typeof version === 'number') reply.resourceVersion = version;
    if (typeof nextCursor === 'string')
      void reply.header('link', `<${nextPage(request.originalUrl, nextCursor)}>; rel="next"`);
    done(null, payload);
  });

  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (reply.statusCode === 412) {
      currentTag(fastify, methods, request).then(
        (tag) => {
          if (tag !== undefined) void reply.header('etag', tag);
          done(null, payload);
        },
        // The bare version, which the error itself gave, does as well for the next try.
        () => done(null, payload),
      );
      return;
    }
    const isSafe = request.method === 'GET' || request.method === 'HEAD';
    const isRead = isSafe && reply.statusCode === 200;
    let tag = reply.getHeader('etag') as string | undefined;
    let body = payload;
    if (typeof payload === 'string' && reply.statusCode < 300 && tag === undefined) {
      if (reply.resourceVersion !== undefined || isRead) {
        // Encoded once, for the digest, the length and the socket; of a short text, each takes less than a buffer of its own.
        if (payload.length > LONG_TEXT) body = Buffer.from(payload);
        tag = entityTag(body as string | Buffer, reply.resourceVersion);
        void reply.header('etag', tag);
      }
      if (isRead && publicReadOf(request) !== undefined) {
        void reply.header('cache-control', PUBLIC_CACHE_CONTROL);
        reply.keep?.(Buffer.isBuffer(body) ? body : Buffer.from(payload), tag!);
      }
    }
    const condition = request.headers['if-none-match'];
    if (isRead && condition !== undefined && tag !== undefined && matchesNone(condition, tag)) {
      void reply.code(304).removeHeader('content-type').removeHeader('content-length');
      done(null, '');
      return;
    }
    done(null, body);
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    if (!isReadBack(request)) {
      const { id: requestId, method, principal } = request;
      const { statusCode: status, elapsedTime: ms } = reply;
      logRequest(request.log as Logger, request.originalUrl, () => {
        return { requestId, method, status, ms, principal, address: request.ip };
      });
      countRequest(request.routeOptions.config, method, status, ms);
    }
    done();
  });

  fastify.setErrorHandler((error, request, reply) => sendProblem(request, reply, error));
  fastify.setNotFoundHandler((request, reply) => {
    const allowed = methods.at(pathOf(request));
    if (allowed.length === 0) return sendStatus(request, reply, 404);
    void reply.header('allow', allowed.join(', '));
    return sendStatus(request, reply, 405);
  });
}

/** Read late: few ask for it, and the caller is known only once the guard has looked. */
class OriginOfRequest implements RequestOrigin {
  constructor(private readonly request: FastifyRequest) {}

  get address(): string {
    return this.request.ip;
  }
  get userAgent(): string | undefined {
    return this.request.headers['user-agent'];
  }
  get caller(): Principal | undefined {
    return this.request.principal;
  }
}

/** Why the request cannot be served by any handler: a status, or an error that says more. */
function refusalOf(request: FastifyRequest, isApi: boolean): number | Error | undefined {
  const { headers } = request;
  // RFC 9112 section 3.2: an HTTP/1.1 request names its host.
  if (headers.host === undefined && request.raw.httpVersion === '1.1') {
    return InvalidRequestError.of('Host', 'required', 'must be sent');
  }
  if (isApi && !acceptsJson(headers.accept) && !acceptsFile(request)) return 406;
  if (isEncodedBody(headers['content-encoding'])) return 415;
  return queryProblem(request.query);
}

/** True when a route answers with a file that the client takes: `@RouteConfig({ produces: ['application/zip'] })`. */
function acceptsFile({ routeOptions, headers }: FastifyRequest): boolean {
  const { produces } = routeOptions.config as { produces?: readonly string[] };
  return produces?.some((type) => accepts(headers.accept, type)) ?? false;
}

async function refuse(request: FastifyRequest, reply: FastifyReply, refusal: number | Error): Promise<void> {
  if (typeof refusal !== 'number') return sendProblem(request, reply, refusal);
  // RFC 9110 section 15.5.16: tell which codings are understood.
  if (refusal === 415) void reply.header('accept-encoding', 'identity');
  return sendStatus(request, reply, refusal);
}

async function sendStatus(request: FastifyRequest, reply: FastifyReply, status: number): Promise<void> {
  await writeProblem(request, reply, problemOfStatus(status));
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

/** The address of the next page: this one with another cursor (RFC 8288). */
function nextPage(url: string, cursor: string): string {
  const start = url.indexOf('?');
  const path = start < 0 ? url : url.slice(0, start);
  const query = start < 0 ? '' : url.slice(start + 1);
  const kept = query.split('&').filter((part) => part !== '' && !part.startsWith('cursor='));
  return `${path}?${[...kept, `cursor=${cursor}`].join('&')}`;
}

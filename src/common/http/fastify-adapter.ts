import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { LogController } from 'fastify';
import type { FastifyBaseLogger, FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Environment } from '../../config/environment.js';
import { sendProblem } from '../errors/problem-details.filter.js';
import { type Problem, PROBLEM_MEDIA_TYPE, problemBody, problemOfStatus } from '../errors/problem-details.js';
import { newId } from '../ids.js';
import { requestIdOf } from './request-context.js';
import { parseQueryString } from './query-string.js';
import { securityHeaders } from './security-headers.js';

export const BODY_LIMIT_BYTES = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;
const BROKEN_REQUEST_STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

/** `applyHttpSemantics` has its own answers to unknown routes and to failures before a route is reached; Nest's must not replace them. */
class StorehouseAdapter extends FastifyAdapter {
  override setNotFoundHandler(): FastifyInstance {
    return this.getInstance();
  }
  override setErrorHandler(): FastifyInstance {
    return this.getInstance();
  }
}

/** Fastify with the limits of the HTTP contract: sizes, times, trusted proxies, request ids. */
export function createFastifyAdapter(environment: Environment, logger: FastifyBaseLogger): FastifyAdapter {
  const headers = securityHeaders({ strictTransportSecurity: environment.isProduction });
  const adapter = new StorehouseAdapter({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    // A child logger per request costs more than the two places that name the request id themselves.
    childLoggerFactory: (parent: FastifyBaseLogger) => parent,
    // No proxy is trusted unless named: a forged X-Forwarded-For must not evade a limit.
    trustProxy: environment.TRUST_PROXY.length > 0 ? environment.TRUST_PROXY : false,
    bodyLimit: BODY_LIMIT_BYTES,
    // A whole request must arrive in this time (slow loris); answers may take longer.
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      // Must not be above the time for the whole request: Node would swap the two.
      headersTimeout: REQUEST_TIMEOUT_MS / 2,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 5_000,
      // A missing Host is answered with a problem, like any other mistake.
      requireHostHeader: false,
      // What asks for another protocol (h2c) is served as if it did not ask. Before Node 24.9 it is refused.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    // Nothing here is Nest middleware, for which every request would be parsed once more.
    skipMiddie: true,
    return503OnClosing: false,
    // No route has a JSON schema: bodies are checked by their classes. Fastify would load two compilers for them all the same.
    schemaController: { compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema } },
    routerOptions: { querystringParser: parseQueryString, maxParamLength: 300 },
    genReqId: requestIdOf,
    // Raised by the router, before any hook.
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers(headers).header('x-request-id', request.id);
      void sendProblem(request, reply, error);
    },
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, headers),
  });
  // RFC 9110 section 10.1.1: an expectation other than 100-continue, which Node itself meets.
  adapter.getInstance().server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { fields, body } = problemMessage(problemOfStatus(417), headers);
    response.writeHead(417, fields).end(body);
  });
  return adapter;
}

function refuseSchema(): never {
  throw new Error('Routes have no JSON schema here: bodies are checked by DTO classes');
}

/** Answers what Node could not even parse as HTTP, and closes: a second request on that connection must never be served. */
function answerBrokenRequest(
  error: Error & { code?: string },
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, reason, fields, body } = problemMessage(
    problemOfStatus(BROKEN_REQUEST_STATUS[error.code ?? ''] ?? 400),
    headers,
  );
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head.join('')}\r\n${body}`);
}

/** A problem for a request that never reached Fastify, after which the connection closes. */
export function problemMessage(
  problem: Problem,
  headers: Readonly<Record<string, string>>,
  url = '/',
): { status: number; reason: string; fields: Record<string, string>; body: string } {
  const { status } = problem;
  const requestId = newId();
  const body = JSON.stringify(problemBody(problem, url, requestId));
  return {
    status,
    reason: STATUS_CODES[status] ?? '',
    body,
    fields: {
      ...headers,
      ...problem.headers,
      'x-request-id': requestId,
      'cache-control': 'no-store',
      'content-type': PROBLEM_MEDIA_TYPE,
      'content-length': String(Buffer.byteLength(body)),
      connection: 'close',
    },
  };
}

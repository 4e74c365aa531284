import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { Environment } from '../../config/environment.js';
import { type CountedRoute, countRequest } from '../metrics/request-times.js';
import { READ_POLICY } from '../rate-limit/rate-limit.decorator.js';
import { addressSubject, limitFields } from '../rate-limit/rate-limit.guard.js';
import { RateLimiter } from '../rate-limit/rate-limiter.js';
import { addressReader } from './client-address.js';
import { acceptsJson } from './content-negotiation.js';
import { matchesNone } from './etag.js';
import { requestIdOf } from './request-context.js';
import { logRequest } from './request-log.js';

/** How long browsers and proxies may keep the answer to a public read without asking again, in seconds. */
const MAX_AGE_SECONDS = 10;
export const PUBLIC_CACHE_CONTROL = `public, max-age=${MAX_AGE_SECONDS}`;

/** Header fields that each answer has of its own, or that only one with a body has. */
const OWN_FIELDS = ['x-request-id', 'ratelimit', 'ratelimit-policy'];
const BODY_FIELDS = ['content-type', 'content-length'];

/** An answer (200) as it goes over the wire. */
export interface KeptAnswer {
  /** Under which it is counted. */
  readonly route: CountedRoute;
  /** Bytes: text with a letter beyond Latin-1 takes longer to encode than all else about an answer. */
  readonly body: Buffer;
  readonly etag: string;
  /** Names and values in turn, of all header fields but those that each answer has of its own. */
  readonly fields: readonly string[];
  /** The fields that go without a body. */
  readonly fieldsOfNone: readonly string[];
}

/** Keeps the answers that are made from one topic, and drops them when it changes. */
export interface AnswerKeeper {
  /** Counts the changes heard of; read before the making of an answer begins. */
  readonly generation: number;
  /** Public reads of the topic, by whether the answer was there. */
  readonly reads: { hits: number; misses: number };
  find(url: string): KeptAnswer | undefined;
  /** Keeps an answer, unless something has changed since `generation`. */
  store(url: string, answer: KeptAnswer, generation: number): void;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The answer is the same for everybody who is not signed in; names what it is made from. */
    publicRead?: string;
  }
  interface FastifyReply {
    /** Takes the answer of a public read when it is whole (200), so that the next one like it need not be made. */
    keep?: (body: Buffer, etag: string) => void;
  }
}

/**
 * Marks a GET whose answer is the same for everybody who is not signed in: browsers and proxies may keep it for a moment, and so may the
 * keeper of what it is made from. An answer to a request with a token stays private, even where it is the same.
 *
 * @param topic Names what the answer is made from, such as `catalogue`.
 */
export const PublicRead = (topic: string): MethodDecorator => RouteConfig({ publicRead: topic });

/** The topic of a public read; undefined for every other request, and for callers who say who they are. */
export function publicReadOf({ routeOptions, headers }: FastifyRequest): string | undefined {
  return headers.authorization === undefined ? routeOptions.config.publicRead : undefined;
}

/**
 * Answers public reads with what their keepers have, before Fastify sees the request: what the whole way through router, hooks, guards and
 * pipes gave the first reader, header fields included, and the reader's own request id and place in the rate limit.
 *
 * Only what is plain is answered here. Whatever needs a rule (an origin, a token, a media type that is refused, a limit that is used up)
 * takes the usual way, so no rule is written twice.
 */
@Injectable()
export class PublicAnswers {
  private readonly keepers = new Map<string, AnswerKeeper>();
  private readonly addressOf: (request: IncomingMessage) => string;

  constructor(
    private readonly limiter: RateLimiter,
    environment: Environment,
  ) {
    this.addressOf = addressReader(environment.TRUST_PROXY);
  }

  /** Lets `keeper` keep the answers of `@PublicRead(topic)`. */
  keepWith(topic: string, keeper: AnswerKeeper): void {
    this.keepers.set(topic, keeper);
  }

  /** Stands before the handler of the server, until that closes: what is under way then is told to leave by the usual way. */
  standBefore(fastify: FastifyInstance): void {
    const { server } = fastify;
    const [serve] = server.listeners('request') as [RequestListener];
    let isClosing = false;
    fastify.addHook('preClose', (done) => {
      isClosing = true;
      done();
    });
    server.removeListener('request', serve).on('request', (request, response) => {
      if (isClosing || !this.answer(request, response, fastify.log as Logger)) serve(request, response);
    });
  }

  /** Has the answer to a public read kept once it is whole. */
  watch(request: FastifyRequest, reply: FastifyReply): void {
    if (this.keepers.size === 0 || !isPlain(request.raw)) return;
    const { config } = request.routeOptions;
    const keeper = config.publicRead === undefined ? undefined : this.keepers.get(config.publicRead);
    if (!keeper) return;
    keeper.reads.misses += 1;
    const { generation } = keeper;
    reply.keep = (body, etag) => {
      const made = { ...reply.getHeaders(), 'content-length': body.length };
      const fields = Object.entries(made).filter(([name]) => !OWN_FIELDS.includes(name));
      const flat = (some: typeof fields): string[] => some.flatMap(([name, value]) => [name, String(value)]);
      const fieldsOfNone = flat(fields.filter(([name]) => !BODY_FIELDS.includes(name)));
      keeper.store(request.url, { route: config, body, etag, fields: flat(fields), fieldsOfNone }, generation);
    };
  }

  /** @returns false when the request has to take the usual way. */
  private answer(request: IncomingMessage, response: ServerResponse, log: Logger): boolean {
    if (!isPlain(request)) return false;
    for (const keeper of this.keepers.values()) {
      const kept = keeper.find(request.url!);
      if (kept) return this.send(request, response, log, kept, keeper);
    }
    return false;
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    log: Logger,
    { route, body, etag, fields, fieldsOfNone }: KeptAnswer,
    { reads }: AnswerKeeper,
  ): boolean {
    const startedAt = performance.now();
    const address = this.addressOf(request);
    const limit = this.limiter.takeLocally(READ_POLICY, addressSubject(address));
    if (limit.isExceeded) return false;
    reads.hits += 1;
    const requestId = requestIdOf(request);
    const own = ['x-request-id', requestId, ...limitFields(READ_POLICY, limit)];
    const condition = request.headers['if-none-match'];
    const status = condition !== undefined && matchesNone(condition, etag) ? 304 : 200;
    if (status === 304) response.writeHead(304, [...fieldsOfNone, ...own]).end();
    else response.writeHead(200, [...fields, ...own]).end(body);
    const ms = performance.now() - startedAt;
    logRequest(log, request.url!, () => ({ requestId, method: 'GET', status, ms, address }));
    countRequest(route, 'GET', status, ms);
    return true;
  }
}

/** True when no rule but the limit of reads has a say in the answer. */
function isPlain({ method, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    headers.host !== undefined &&
    headers.authorization === undefined &&
    headers.origin === undefined &&
    headers['content-encoding'] === undefined &&
    headers.expect === undefined &&
    acceptsJson(headers.accept)
  );
}

import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../../common/errors/problem-details.filter.js';
import { READ_POLICY } from '../../common/rate-limit/rate-limit.decorator.js';
import { admit, subjectOf } from '../../common/rate-limit/rate-limit.guard.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { CatalogueCache, type CachedAnswer } from './catalogue-cache.js';
import { JSON_MEDIA_TYPE, PUBLIC_CACHE_CONTROL } from './public-catalogue.interceptor.js';

/**
 * Answers anonymous reads of the catalogue from the cache before guards, pipes and handlers are reached.
 *
 * It comes after the hooks that hold for every request, and counts the read against the same limit as the guard would.
 */
@Injectable()
export class CachedAnswers implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly cache: CatalogueCache,
    private readonly limiter: RateLimiter,
  ) {}

  onModuleInit(): void {
    if (!this.host.httpAdapter || !this.cache.isEnabled) return;
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, reply, done) => {
      const isAnonymousRead = request.method === 'GET' && request.headers.authorization === undefined;
      const answer = isAnonymousRead ? this.cache.find(request.url) : undefined;
      if (answer) this.send(request, reply, answer);
      else done();
    });
  }

  private send(request: FastifyRequest, reply: FastifyReply, { body, etag, link }: CachedAnswer): void {
    try {
      admit(reply, READ_POLICY, this.limiter.takeLocally(READ_POLICY, subjectOf(READ_POLICY, request)));
    } catch (error) {
      void sendProblem(request, reply, error);
      return;
    }
    if (link !== undefined) void reply.header('link', link);
    void reply
      .header('cache-control', PUBLIC_CACHE_CONTROL)
      .header('content-type', JSON_MEDIA_TYPE)
      .header('etag', etag)
      .send(body);
  }
}

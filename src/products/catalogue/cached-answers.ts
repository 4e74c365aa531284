import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from '../../common/errors/problem-details.filter.js';
import { PUBLIC_CACHE_CONTROL, PublicRead, publicReadOf, type SharedAnswer } from '../../common/http/public-read.js';
import { Metrics } from '../../common/metrics/metrics.js';
import { READ_POLICY } from '../../common/rate-limit/rate-limit.decorator.js';
import { admit, subjectOf } from '../../common/rate-limit/rate-limit.guard.js';
import { RateLimiter } from '../../common/rate-limit/rate-limiter.js';
import { CatalogueCache } from './catalogue-cache.js';

const CATALOGUE = 'catalogue';
const JSON_MEDIA_TYPE = 'application/json; charset=utf-8';

/** Marks a read of the catalogue that is the same for everybody who is not signed in. */
export const PublicCatalogue = (): MethodDecorator => PublicRead(CATALOGUE);

/**
 * Answers anonymous reads of the catalogue from the cache before guards, pipes and handlers are reached, and keeps the answers of those
 * that were not there.
 *
 * It comes after the hooks that hold for every request, and counts the read against the same limit as the guard would.
 */
@Injectable()
export class CachedAnswers implements OnModuleInit {
  private hits = 0;
  private misses = 0;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly cache: CatalogueCache,
    private readonly limiter: RateLimiter,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    if (!this.host.httpAdapter || !this.cache.isEnabled) return;
    this.watch();
    const fastify = this.host.httpAdapter.getInstance<FastifyInstance>();
    fastify.addHook('onRequest', (request, reply, done) => {
      if (request.method !== 'GET' || request.headers.authorization !== undefined) return done();
      const answer = this.cache.find(request.url);
      if (answer) return this.send(request, reply, answer);
      if (publicReadOf(request) === CATALOGUE) {
        this.misses += 1;
        const { generation } = this.cache;
        reply.keep = (made) => this.cache.store(request.url, made, generation);
      }
      done();
    });
  }

  private watch(): void {
    this.metrics.add(
      {
        name: 'storehouse_catalogue_cache_reads_total',
        help: 'Anonymous reads of the catalogue, by whether the answer was cached.',
        kind: 'counter',
        labels: ['outcome'],
        read: () => [
          { labels: { outcome: 'hit' }, value: this.hits },
          { labels: { outcome: 'miss' }, value: this.misses },
        ],
      },
      {
        name: 'storehouse_catalogue_cache_bytes',
        help: 'Memory that cached answers take, about.',
        kind: 'gauge',
        read: () => [{ value: this.cache.bytes }],
      },
    );
  }

  private send(request: FastifyRequest, reply: FastifyReply, { body, etag, link }: SharedAnswer): void {
    this.hits += 1;
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

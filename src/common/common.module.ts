import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Environment } from '../config/environment.js';
import { Pages } from '../database/pages.js';
import { PublicAnswers } from './http/public-read.js';
import { IdempotencyKey } from './idempotency/idempotency-key.entity.js';
import { IdempotencyRepository } from './idempotency/idempotency.repository.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { Metrics } from './metrics/metrics.js';
import { OutboundRequests, outboundRequests } from './net/outbound-requests.js';
import { Cursors } from './pagination/cursor.js';
import { RateLimiter } from './rate-limit/rate-limiter.js';
import { Secrets } from './secrets.js';

/** What every feature may use; knows no feature. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([IdempotencyKey])],
  providers: [
    Secrets,
    Cursors,
    Pages,
    IdempotencyRepository,
    IdempotencyService,
    Metrics,
    RateLimiter,
    PublicAnswers,
    { provide: OutboundRequests, inject: [Environment], useFactory: outboundRequests },
  ],
  exports: [
    Secrets,
    Cursors,
    Pages,
    IdempotencyRepository,
    IdempotencyService,
    Metrics,
    RateLimiter,
    PublicAnswers,
    OutboundRequests,
  ],
})
export class CommonModule {}

import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdempotencyKey } from './idempotency/idempotency-key.entity.js';
import { IdempotencyRepository } from './idempotency/idempotency.repository.js';
import { IdempotencyService } from './idempotency/idempotency.service.js';
import { Cursors } from './pagination/cursor.js';
import { RateLimiter } from './rate-limit/rate-limiter.js';
import { Secrets } from './secrets.js';

/** What every feature may use; knows no feature. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([IdempotencyKey])],
  providers: [Secrets, Cursors, IdempotencyRepository, IdempotencyService, RateLimiter],
  exports: [Secrets, Cursors, IdempotencyRepository, IdempotencyService, RateLimiter],
})
export class CommonModule {}

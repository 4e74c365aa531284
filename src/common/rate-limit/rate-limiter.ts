import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Environment } from '../../config/environment.js';
import { TemporarilyUnavailableError } from '../errors/request.errors.js';
import type { RedisConnection } from '../redis/redis-connection.js';
import { REDIS } from '../redis/redis.module.js';
import { within } from '../within.js';
import type { RateLimitPolicy } from './rate-limit.decorator.js';

/** Where a counter stands after it was taken once. */
export interface LimitState {
  limit: number;
  /** How often it was taken in this window, this time included. */
  count: number;
  remaining: number;
  resetSeconds: number;
  isExceeded: boolean;
}

/** Counts and reads the time left in one step, so that a counter can never be left without an end. */
const COUNT = `local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('PTTL', KEYS[1])}`;

interface Counter {
  count: number;
  endsAt: number;
}

/** Fixed-window counters: exact and shared by all processes in Redis, or in this process for plain reads. */
@Injectable()
export class RateLimiter {
  /** How long Redis may take before the request goes on without it. Tests change it; nothing else does. */
  patienceMs = 1_000;

  private readonly logger = new Logger(RateLimiter.name);
  private readonly local = new LRUCache<string, Counter>({ max: 50_000 });

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly environment: Environment,
  ) {
    if (environment.RATE_LIMIT_SCALE !== 1) {
      this.logger.warn(`RATE_LIMIT_SCALE is ${environment.RATE_LIMIT_SCALE}: every rate limit is multiplied by it`);
    }
  }

  /** Takes one from the counter of `subject` in this process. */
  takeLocally(policy: RateLimitPolicy, subject: string): LimitState {
    const now = Date.now();
    const id = `${policy.name}:${subject}`;
    let counter = this.local.get(id);
    if (!counter || counter.endsAt <= now) {
      counter = { count: 0, endsAt: now + policy.windowSeconds * 1000 };
      this.local.set(id, counter);
    }
    counter.count += 1;
    return this.state(policy, counter.count, counter.endsAt - now);
  }

  /** Puts one back that was taken in this process, in the same window or the one before. */
  giveBackLocally(policy: RateLimitPolicy, subject: string): void {
    const counter = this.local.get(`${policy.name}:${subject}`);
    if (counter) counter.count = Math.max(0, counter.count - 1);
  }

  /**
   * Takes one from the counter of `subject` that all processes share.
   *
   * @throws TemporarilyUnavailableError when Redis does not answer and the policy closes without it.
   */
  async take(policy: RateLimitPolicy, subject: string): Promise<LimitState> {
    try {
      const counted = this.redis.eval(COUNT, 1, this.key(policy, subject), policy.windowSeconds * 1000);
      const [count, ttlMs] = (await within(this.patienceMs, counted)) as [number, number];
      return this.state(policy, count, ttlMs);
    } catch (error) {
      if (policy.withoutRedis === 'closed') {
        this.logger.error(`Rate limit "${policy.name}" refuses requests: Redis does not answer (${String(error)})`);
        throw new TemporarilyUnavailableError();
      }
      return this.takeLocally(policy, subject);
    }
  }

  /** Forgets what `subject` has used up of a shared counter. Without Redis nothing happens: the window ends by itself. */
  async clear(policy: RateLimitPolicy, subject: string): Promise<void> {
    await within(this.patienceMs, this.redis.del(this.key(policy, subject))).catch(() => undefined);
  }

  private key(policy: RateLimitPolicy, subject: string): string {
    return `${this.environment.REDIS_PREFIX}:rate-limit:${policy.name}:${subject}`;
  }

  private state(policy: RateLimitPolicy, count: number, ttlMs: number): LimitState {
    const limit = Math.max(1, Math.round(policy.limit * this.environment.RATE_LIMIT_SCALE));
    return {
      limit,
      count,
      remaining: Math.max(0, limit - count),
      resetSeconds: Math.max(1, Math.ceil(ttlMs / 1000)),
      isExceeded: count > limit,
    };
  }
}

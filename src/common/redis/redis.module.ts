import { once } from 'node:events';
import { Global, Inject, Logger, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { connectToRedis, type RedisConnection } from './redis-connection.js';

/** Token of the connection for counters and short-lived values; queues have connections of their own. */
export const REDIS = Symbol('REDIS');

/** How long the start waits for Redis. */
const FIRST_CONNECTION_MS = 1_000;

@Global()
@Module({
  providers: [
    {
      provide: REDIS,
      inject: [Environment],
      useFactory: (environment: Environment) => {
        const logger = new Logger('Redis');
        // Each user of it has a rule for the time while Redis is away.
        const redis = connectToRedis(environment, 'impatient');
        let isAway = false;
        redis.on('error', (error: Error & { lastNodeError?: Error }) => {
          if (!isAway) logger.warn(`Redis does not answer: ${(error.lastNodeError ?? error).message}`);
          isAway = true;
        });
        redis.on('ready', () => {
          if (isAway) logger.log('Redis is back');
          isAway = false;
        });
        return redis;
      },
    },
  ],
  exports: [REDIS],
})
export class RedisModule implements OnModuleInit, OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {}

  /** Gives the first connection its time, so that the first requests find it; without Redis the start goes on. */
  async onModuleInit(): Promise<void> {
    if (this.redis.status === 'ready') return;
    await once(this.redis, 'ready', { signal: AbortSignal.timeout(FIRST_CONNECTION_MS) }).catch(() => undefined);
  }

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}

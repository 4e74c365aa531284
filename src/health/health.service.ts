import { Inject, Injectable } from '@nestjs/common';
import { TemporarilyUnavailableError } from '../common/errors/request.errors.js';
import type { RedisConnection } from '../common/redis/redis-connection.js';
import { REDIS } from '../common/redis/redis.module.js';
import { within } from '../common/within.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Readiness } from './readiness.js';

/** How long the database may take to answer a probe. */
const PATIENCE_MS = 800;

/** `ok`: everything answers. `degraded`: requests are served, but Redis is away, so that jobs wait. */
export type HealthStatus = 'ok' | 'degraded';

/** Tells whether this process can serve requests. */
@Injectable()
export class HealthService {
  private check: Promise<unknown> | undefined;

  constructor(
    private readonly readiness: Readiness,
    private readonly transactions: TransactionRunner,
    @Inject(REDIS) private readonly redis: RedisConnection,
  ) {}

  /**
   * Asks the database, and looks whether Redis is connected; answers within a second.
   *
   * @throws TemporarilyUnavailableError during start and shutdown, and when the database does not answer in time.
   */
  async ready(): Promise<HealthStatus> {
    if (!this.readiness.wantsRequests) throw new TemporarilyUnavailableError('The process is starting or stopping.');
    if (!(await this.databaseAnswers())) throw new TemporarilyUnavailableError();
    return this.redis.status === 'ready' ? 'ok' : 'degraded';
  }

  /** Probes that come together share one query: they are open to anyone, and must not be a burden. */
  private async databaseAnswers(): Promise<boolean> {
    this.check ??= this.transactions.query('SELECT 1').finally(() => {
      this.check = undefined;
    });
    return within(PATIENCE_MS, this.check).then(
      () => true,
      () => false,
    );
  }
}

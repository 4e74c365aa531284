import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';

/** How far the relay and its processors are behind. Every role tells, because a worker that is gone cannot. Both read a partial index. */
@Injectable()
export class OutboxLagRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async oldestUnpublishedSeconds(): Promise<number> {
    const [oldest] = await this.transactions.query<{ seconds: number }>(
      `SELECT extract(epoch FROM clock_timestamp() - occurred_at)::double precision AS seconds
       FROM outbox_events WHERE published_at IS NULL ORDER BY arrival LIMIT 1`,
    );
    return oldest?.seconds ?? 0;
  }

  async unacknowledgedJobs(): Promise<number> {
    const [open] = await this.transactions.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM outbox_jobs WHERE completed_at IS NULL AND failed_at IS NULL`,
    );
    return open!.count;
  }

  /** Jobs that failed for good and wait for staff, or for their next round. */
  async failedJobs(): Promise<number> {
    const [failed] = await this.transactions.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM outbox_jobs WHERE completed_at IS NULL AND failed_at IS NOT NULL`,
    );
    return failed!.count;
  }
}

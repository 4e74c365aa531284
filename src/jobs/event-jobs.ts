import type { Job } from 'bull';
import { Injectable } from '@nestjs/common';
import { runInContext } from '../common/http/request-context.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { EventJob, QueueName } from './queues.js';

/** What every processor of an event does around its one call. */
@Injectable()
export class EventJobs {
  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Runs `work` under the request id of the event's cause and then acknowledges the job, so that the relay does not hand it out again.
   *
   * `work` must be safe to run twice: a process may die between it and the acknowledgement.
   */
  async run(queue: QueueName, job: Job<EventJob>, work: (event: EventJob) => Promise<void>): Promise<void> {
    const event = job.data;
    const startedAt = new Date();
    await runInContext({ requestId: event.requestId ?? event.eventId }, () => work(event));
    await this.transactions.execute(
      `UPDATE outbox_jobs SET started_at = $3, completed_at = clock_timestamp()
       WHERE event_id = $1 AND queue = $2 AND completed_at IS NULL`,
      [event.eventId, queue, startedAt],
    );
  }
}

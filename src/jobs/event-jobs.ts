import type { Job } from 'bull';
import { LRUCache } from 'lru-cache';
import { Injectable } from '@nestjs/common';
import { runInContext } from '../common/http/request-context.js';
import { Grouped } from '../database/grouped.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { EventJob, QueueName } from './queues.js';
import { reasonOf } from './reason.js';

interface CompletedJob {
  readonly eventId: string;
  readonly queue: QueueName;
  readonly startedAt: Date;
}

/** What every processor of an event does around its one call. */
@Injectable()
export class EventJobs {
  /** What this process has acknowledged lately: a sweep that began before may hand it over once more. */
  private readonly done = new LRUCache<string, true>({ max: 5_000 });
  private readonly acknowledgements = new Grouped((jobs: readonly CompletedJob[]) => this.acknowledge(jobs));

  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Runs `work` under the request id of the event's cause and then acknowledges the job, so that the relay does not hand it out again. A
   * failure is noted before Bull hears of it, so that nobody hands out anew what has just failed for good.
   *
   * `work` must be safe to run twice: a process may die between it and the acknowledgement.
   */
  async run(queue: QueueName, job: Job<EventJob>, work: (event: EventJob) => Promise<void>): Promise<void> {
    const event = job.data;
    // Redis was wiped when this job had just been taken: the sweep hands it over again.
    if ((event as Partial<EventJob>).eventId === undefined) return;
    const id = `${event.eventId} ${queue}`;
    if (this.done.has(id) || (event.isRepeat && !(await this.isOpen(event.eventId, queue)))) return;
    const startedAt = new Date();
    try {
      await runInContext({ requestId: event.requestId ?? event.eventId }, () => work(event));
    } catch (error) {
      throw await this.noteFailure(queue, job, error, job.attemptsMade + 1 >= (job.opts.attempts ?? 1));
    }
    await this.acknowledgements.run({ eventId: event.eventId, queue, startedAt });
    this.done.set(id, true);
  }

  /**
   * Writes down that a try has failed.
   *
   * @param isFinal It was the last of its round: the job is a dead letter from now on.
   * @returns the error without what Redis and the log are not to keep.
   */
  async noteFailure(queue: QueueName, job: Job<EventJob>, error: unknown, isFinal: boolean): Promise<unknown> {
    const reason = reasonOf(error);
    await this.transactions
      .execute(
        `UPDATE outbox_jobs SET attempts = attempts + 1, last_error = $3,
           failed_at = CASE WHEN $4 THEN clock_timestamp() ELSE failed_at END
         WHERE event_id = $1 AND queue = $2 AND completed_at IS NULL`,
        [job.data.eventId, queue, reason, isFinal],
      )
      // Most likely the database is what the job failed by. The sweep finds the job still open and hands it out again.
      .catch(() => undefined);
    if (!(error instanceof Error)) return new Error(reason);
    const stack = error.stack?.replace(error.message, reason);
    return Object.assign(error, { message: reason, stack });
  }

  /** Another process may have acknowledged a job between the look of a sweep and its hand: Redis has forgotten it by then. */
  private async isOpen(eventId: string, queue: QueueName): Promise<boolean> {
    const rows = await this.transactions.query(
      `SELECT 1 FROM outbox_jobs WHERE event_id = $1 AND queue = $2 AND completed_at IS NULL`,
      [eventId, queue],
    );
    return rows.length > 0;
  }

  private async acknowledge(jobs: readonly CompletedJob[]): Promise<void[]> {
    await this.transactions.execute(
      `UPDATE outbox_jobs AS job SET started_at = done.started_at, completed_at = clock_timestamp()
       FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS done (event_id, queue, started_at)
       WHERE job.event_id = done.event_id AND job.queue = done.queue AND job.completed_at IS NULL`,
      [jobs.map(({ eventId }) => eventId), jobs.map(({ queue }) => queue), jobs.map(({ startedAt }) => startedAt)],
    );
    return jobs.map(() => undefined);
  }
}

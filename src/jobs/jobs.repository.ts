import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository, type SelectQueryBuilder } from 'typeorm';
import type { Page, PageRequest } from '../common/pagination/page.dto.js';
import { Pages } from '../database/pages.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { OutboxEvent } from './outbox-event.entity.js';
import { OutboxJob } from './outbox-job.entity.js';
import { EVENT_COLUMNS } from './outbox.repository.js';
import type { EventJob, QueueName } from './queues.js';

/** One event for one queue, with what is known of it beyond Redis. */
export type JobRecord = OutboxJob & { event: OutboxEvent };

/** Which job: a queue has one of an event. */
export type JobKey = Pick<OutboxJob, 'eventId'> & { readonly queue: QueueName };

const IS_OPEN = 'event_id = $1 AND queue = $2 AND completed_at IS NULL';

/** The jobs of events as PostgreSQL knows them, for the staff who watch them. */
@Injectable()
export class JobsRepository {
  constructor(
    @InjectRepository(OutboxJob) private readonly jobs: Repository<OutboxJob>,
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {}

  find({ eventId, queue }: JobKey): Promise<JobRecord | null> {
    return this.withEvents().where({ eventId, queue }).getOne() as Promise<JobRecord | null>;
  }

  /** Jobs that failed for good and wait, the latest first. */
  findFailed(queues: readonly QueueName[] | undefined, request: PageRequest): Promise<Page<JobRecord>> {
    const query = this.withEvents().where('j.completed_at IS NULL AND j.failed_at IS NOT NULL');
    if (queues) query.andWhere({ queue: In(queues) });
    return this.pages.of(query, request, {
      by: ['j.failedAt', 'j.eventId', 'j.queue'],
      isDescending: true,
      context: `failed-jobs ${JSON.stringify(queues)}`,
    }) as Promise<Page<JobRecord>>;
  }

  /** How many jobs of each queue failed for good and wait. */
  async countFailed(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.transactions.query<{ queue: string; count: number }>(
      `SELECT queue, count(*)::int AS count FROM outbox_jobs WHERE completed_at IS NULL AND failed_at IS NOT NULL GROUP BY queue`,
    );
    return new Map(rows.map(({ queue, count }) => [queue, count]));
  }

  /** Opens a job that failed for good again: one statement decides. @returns its event; null when it is no such job any more. */
  reopen({ eventId, queue }: JobKey): Promise<EventJob | null> {
    return this.transactions.queryOne<EventJob>(
      `WITH job AS (
         UPDATE outbox_jobs SET failed_at = NULL, enqueued_at = clock_timestamp()
         WHERE ${IS_OPEN} AND failed_at IS NOT NULL RETURNING event_id
       )
       SELECT ${EVENT_COLUMNS} FROM outbox_events AS e JOIN job ON job.event_id = e.id`,
      [eventId, queue],
    );
  }

  /** Ends a job that is not to be done: one statement decides. @returns false when it has ended already. */
  cancel({ eventId, queue }: JobKey): Promise<boolean> {
    return this.transactions.executeOne(
      `UPDATE outbox_jobs SET cancelled_at = clock_timestamp(), completed_at = clock_timestamp() WHERE ${IS_OPEN}`,
      [eventId, queue],
    );
  }

  private withEvents(): SelectQueryBuilder<OutboxJob> {
    return this.jobs.createQueryBuilder('j').innerJoinAndMapOne('j.event', OutboxEvent, 'e', 'e.id = j.eventId');
  }
}

import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { QueuedEvent } from './job-queues.js';
import { EVENT_QUEUES, type EventJob, type QueueName } from './queues.js';

/** Advisory lock of whoever publishes, in the space of two 32-bit keys, where nothing else takes locks. */
const PUBLISHING_LOCK = '1, 1';

/** How long a job that failed for good is left alone before it gets another round of tries: what it needed may work again by then. */
const FAILED_REST = '1 day';

/** An event as its jobs get it. */
export const EVENT_COLUMNS = `e.id AS "eventId", e.type, e.aggregate_id AS "aggregateId", e.aggregate_version AS "aggregateVersion",
  e.data, e.request_id AS "requestId"`;

/** How long events are kept for a reader that does not come for them. */
const UNREAD_KEPT_DAYS = 90;

/** What one round of publishing did. */
export interface Publication {
  /** Events that got their place in the log, in its order. */
  readonly events: readonly EventJob[];
  /** True when another process is publishing; it may have begun before the newest event was there. */
  readonly isBusy: boolean;
}

/** Every query of the relay. */
@Injectable()
export class OutboxRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Gives up to `limit` committed events their place in the log and opens their jobs, all in one statement.
   *
   * One process at a time, by an advisory lock held until the commit: sequences become visible in their order, so that a reader that
   * pages by them passes none that a slower transaction still holds back. Events that another process published between the beginning
   * of the statement and its lock are seen as such when their rows are locked.
   *
   * Events of one aggregate get their places in the order of its versions: a version is taken under the lock of its row, so that whoever sees
   * one event sees those of the versions before it, and their arrivals are earlier.
   */
  async publish(limit: number): Promise<Publication> {
    const routes = Object.entries(EVENT_QUEUES).flatMap(([type, queues]) => queues.map((queue) => ({ type, queue })));
    const rows = await this.transactions.query<EventJob & { isMine: boolean; sequence: string | null }>(
      `WITH turn AS MATERIALIZED (
         SELECT pg_try_advisory_xact_lock(${PUBLISHING_LOCK}) AS is_mine
       ), batch AS MATERIALIZED (
         SELECT id, arrival FROM outbox_events WHERE published_at IS NULL AND (SELECT is_mine FROM turn)
         ORDER BY arrival LIMIT $1 FOR UPDATE SKIP LOCKED
       ), placed AS MATERIALIZED (
         SELECT id, nextval('outbox_events_sequence_seq') AS sequence FROM (SELECT id FROM batch ORDER BY arrival) AS sorted
       ), published AS (
         UPDATE outbox_events AS e SET sequence = placed.sequence, published_at = clock_timestamp()
         FROM placed WHERE e.id = placed.id
         RETURNING e.*
       ), opened AS (
         INSERT INTO outbox_jobs (event_id, queue, enqueued_at)
         SELECT e.id, route.queue, clock_timestamp()
         FROM published AS e JOIN unnest($2::text[], $3::text[]) AS route (type, queue) ON route.type = e.type
       )
       SELECT turn.is_mine AS "isMine", e.sequence, ${EVENT_COLUMNS}
       FROM turn LEFT JOIN published AS e ON true ORDER BY e.sequence`,
      [limit, routes.map(({ type }) => type), routes.map(({ queue }) => queue)],
    );
    return {
      events: rows.filter(({ sequence }) => sequence !== null).map(({ isMine: _, sequence: __, ...event }) => event),
      isBusy: !rows[0]!.isMine,
    };
  }

  /** The instant `ageMs` ago by the clock of the database, as text. */
  async instantBefore(ageMs: number): Promise<string> {
    const [row] = await this.transactions.query<{ instant: string }>(
      `SELECT (clock_timestamp() - make_interval(secs => $1::double precision / 1000))::text AS instant`,
      [ageMs],
    );
    return row!.instant;
  }

  /**
   * Takes up to `limit` jobs of the given queues that are open and were last handed over before `instant`, the longest waiting first.
   *
   * Taking one counts as handing it over, so that two workers do not take the same, and jobs that cannot succeed do not stand in the way
   * of others. Those that failed for good a day ago are opened again, for the next call to take.
   */
  async takeOpenJobs(instant: string, queues: readonly QueueName[], limit: number): Promise<QueuedEvent[]> {
    const rows = await this.transactions.query<EventJob & { queue: QueueName }>(
      `WITH rested AS (
         UPDATE outbox_jobs SET failed_at = NULL WHERE (event_id, queue) IN (
           SELECT event_id, queue FROM outbox_jobs
           WHERE completed_at IS NULL AND failed_at < clock_timestamp() - interval '${FAILED_REST}' AND queue = ANY($2::text[])
           ORDER BY failed_at LIMIT $3 FOR UPDATE SKIP LOCKED)
       ), due AS MATERIALIZED (
         SELECT event_id, queue FROM outbox_jobs
         WHERE completed_at IS NULL AND failed_at IS NULL AND enqueued_at < $1::timestamptz AND queue = ANY($2::text[])
         ORDER BY enqueued_at LIMIT $3 FOR UPDATE SKIP LOCKED
       ), taken AS (
         UPDATE outbox_jobs AS job SET enqueued_at = clock_timestamp()
         FROM due WHERE job.event_id = due.event_id AND job.queue = due.queue
         RETURNING job.event_id, job.queue
       )
       SELECT ${EVENT_COLUMNS}, taken.queue FROM taken JOIN outbox_events AS e ON e.id = taken.event_id`,
      [instant, queues, limit],
    );
    return rows.map(({ queue, ...event }) => ({ queue, event: { ...event, isRepeat: true } }));
  }

  /**
   * Deletes up to `limit` events published more than `seconds` ago, with their jobs, and notes how far the log is gone. One with an open job
   * stays, and so does what a reader of the log has not had yet, for 90 days.
   *
   * The end of what may go is found by indexes first, so that a run that finds nothing reads nothing.
   *
   * @returns how many, and how many of them some reader has not had.
   */
  async purgeEvents(seconds: number, limit: number): Promise<{ pruned: number; unread: number }> {
    const [row] = await this.transactions.query<{ pruned: number; unread: number }>(
      `WITH bounds AS MATERIALIZED (
         SELECT (SELECT min(sequence) FROM event_readers) AS read, now() - make_interval(secs => $1) AS kept_from,
           (SELECT sequence FROM outbox_events WHERE published_at < now() - make_interval(secs => $1) ORDER BY published_at DESC LIMIT 1) AS due,
           (SELECT sequence FROM outbox_events WHERE published_at < now() - make_interval(days => ${UNREAD_KEPT_DAYS})
            ORDER BY published_at DESC LIMIT 1) AS given_up
       ), old AS MATERIALIZED (
         SELECT id FROM outbox_events AS e
         WHERE sequence <= (SELECT least(due, greatest(coalesce(read, due), given_up)) FROM bounds)
           AND published_at < (SELECT kept_from FROM bounds)
           AND NOT EXISTS (SELECT 1 FROM outbox_jobs AS job WHERE job.event_id = e.id AND job.completed_at IS NULL)
         ORDER BY sequence LIMIT $2 FOR UPDATE SKIP LOCKED
       ), gone AS (
         DELETE FROM outbox_events AS e USING old WHERE e.id = old.id RETURNING e.sequence
       ), noted AS (
         UPDATE event_log SET pruned_sequence = greatest(pruned_sequence, (SELECT max(sequence) FROM gone))
         WHERE EXISTS (SELECT FROM gone)
       )
       SELECT count(*)::int AS pruned, (count(*) FILTER (WHERE sequence > (SELECT read FROM bounds)))::int AS unread FROM gone`,
      [seconds, limit],
    );
    return row!;
  }

  /** Deletes up to `limit` jobs completed more than `days` ago. @returns how many. */
  purgeCompletedJobs(days: number, limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM outbox_jobs WHERE (event_id, queue) IN (
         SELECT event_id, queue FROM outbox_jobs WHERE completed_at < now() - make_interval(days => $1)
         ORDER BY completed_at LIMIT $2 FOR UPDATE SKIP LOCKED)`,
      [days, limit],
    );
  }
}

import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';

/** One event that has got its place in the log. */
export interface LogEvent {
  readonly id: string;
  readonly type: string;
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly requestId: string | null;
  readonly occurredAt: Date;
  readonly sequence: number;
}

/** Which events of the log. */
export interface EventFilter {
  /** Sequence of the last one that is known already. */
  readonly after: number;
  /** Their types, spelled out. */
  readonly types: readonly string[];
  readonly aggregateIds?: readonly string[];
  readonly occurredFrom?: Date;
  /** Before, and not at, this time. */
  readonly occurredBefore?: Date;
}

const COLUMNS = `id, type, aggregate_type AS "aggregateType", aggregate_id AS "aggregateId", aggregate_version AS "aggregateVersion",
  data, request_id AS "requestId", occurred_at AS "occurredAt", sequence`;

/** Which events of the log a page is of. */
export interface EventQuery {
  /** Sequence of the last one that is known already; from the oldest on when absent. */
  readonly after?: number;
  readonly types: readonly string[];
  /** What they are about; null for whatever. */
  readonly aggregateIds: readonly string[] | null;
  /** Bounds as instants in text. */
  readonly occurredAt?: { readonly gte?: string; readonly gt?: string; readonly lte?: string; readonly lt?: string };
}

/** A page, and how to go on. */
export interface EventPage {
  readonly events: LogEvent[];
  /** After which the next page begins; all before it that was asked for is in this one or in those before. */
  readonly nextAfter: number;
  /** Whether the log goes on after that. */
  readonly hasMore: boolean;
}

/** Places in the log that one page looks through: it is cheap whatever the filters leave out. */
const WINDOW = 10_000;

/** Reads the log of events in its order. Statements are SQL text because streams and readers run them many times a second. */
@Injectable()
export class EventLogRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Up to `limit` events, in the order of the log. */
  async find({ after, types, ...filter }: EventFilter, limit: number): Promise<LogEvent[]> {
    const values: unknown[] = [after, types, limit];
    const conditions = ['sequence > $1', 'type = ANY ((SELECT $2::text[])::text[])'];
    const where = (condition: (parameter: string) => string, value: unknown) => {
      if (value === undefined) return;
      values.push(value);
      conditions.push(condition(`$${values.length}`));
    };
    where((ids) => `aggregate_id = ANY (${ids}::uuid[])`, filter.aggregateIds);
    where((time) => `occurred_at >= ${time}`, filter.occurredFrom);
    where((time) => `occurred_at < ${time}`, filter.occurredBefore);
    const rows = await this.transactions.query<Omit<LogEvent, 'sequence'> & { sequence: string | number }>(
      `SELECT ${COLUMNS} FROM outbox_events WHERE ${conditions.join(' AND ')} ORDER BY sequence LIMIT $3`,
      values,
    );
    return rows.map((row) => ({ ...row, sequence: Number(row.sequence) }));
  }

  /** The last place in the log of which the event may have been deleted; 0 when none has. */
  async prunedSequence(): Promise<number> {
    const row = await this.transactions.queryOne<{ sequence: string }>(
      `SELECT pruned_sequence AS sequence FROM event_log`,
    );
    return Number(row!.sequence);
  }

  /**
   * The next page for a reader who keeps nothing but its place: one statement, so that page and place are of one moment.
   *
   * Without aggregates it looks through a part of the log from its place on, and says where it stopped, so that filters which leave out nearly
   * all cost no more. The events of aggregates are found by their index. An event is published after it occurred, so that a reader who asks
   * from a time on begins at what was published then, with a minute for what shared a round of the relay.
   *
   * @returns also the last place of which the event may have been deleted.
   */
  async findPage(
    { after, types, aggregateIds, occurredAt = {} }: EventQuery,
    limit: number,
  ): Promise<EventPage & { readonly prunedSequence: number }> {
    const isWindowed = aggregateIds === null;
    const rows = await this.transactions.query<LogEvent & Record<'sequence' | 'start' | 'newest' | 'pruned', string>>(
      `WITH place AS MATERIALIZED (
         SELECT pruned_sequence AS pruned,
           greatest($1::bigint, pruned_sequence, CASE WHEN $7::timestamptz IS NOT NULL THEN coalesce(
             (SELECT sequence - 1 FROM outbox_events WHERE published_at >= $7 - interval '1 minute' ORDER BY published_at LIMIT 1),
             (SELECT max(sequence) FROM outbox_events)
           ) END) AS start,
           greatest($1::bigint, pruned_sequence, (SELECT max(sequence) FROM outbox_events)) AS newest
         FROM event_log
       ), found AS ${isWindowed ? '' : 'MATERIALIZED '}(
         SELECT *, date_trunc('milliseconds', occurred_at) AS at FROM outbox_events
         WHERE ${isWindowed ? `sequence <= (SELECT start FROM place) + ${WINDOW} AND $3::uuid[] IS NULL` : `aggregate_id = ANY ((SELECT $3::uuid[])::uuid[])`}
       ), page AS (
         SELECT ${COLUMNS} FROM found
         WHERE sequence > (SELECT start FROM place) AND type = ANY ((SELECT $2::text[])::text[])
           AND ($5::timestamptz IS NULL OR at < $5) AND ($6::timestamptz IS NULL OR at <= $6)
           AND ($7::timestamptz IS NULL OR at >= $7) AND ($8::timestamptz IS NULL OR at > $8)
         ORDER BY sequence LIMIT $4
       )
       SELECT place.*, page.* FROM place LEFT JOIN page ON true ORDER BY page.sequence`,
      [
        after ?? 0,
        types,
        aggregateIds,
        limit,
        occurredAt.lt ?? null,
        occurredAt.lte ?? null,
        occurredAt.gte ?? occurredAt.gt ?? null,
        occurredAt.gt ?? null,
      ],
    );
    const [start, newest, prunedSequence] = [rows[0]!.start, rows[0]!.newest, rows[0]!.pruned].map(Number) as [
      number,
      number,
      number,
    ];
    const events = rows.flatMap(({ start: _, newest: __, pruned: ___, ...event }) =>
      event.sequence === null ? [] : [{ ...event, sequence: Number(event.sequence) }],
    );
    const isFull = events.length === limit;
    const seen = isWindowed ? Math.min(start + WINDOW, newest) : newest;
    const nextAfter = isFull ? events.at(-1)!.sequence : seen;
    return { events, nextAfter, hasMore: nextAfter < newest, prunedSequence };
  }

  /** Sequence of the newest event; 0 when the log is empty and always was. */
  async newest(): Promise<number> {
    const row = await this.transactions.queryOne<{ sequence: string | number | null }>(
      `SELECT greatest((SELECT max(sequence) FROM outbox_events), pruned_sequence) AS sequence FROM event_log`,
    );
    return Number(row?.sequence ?? 0);
  }
}

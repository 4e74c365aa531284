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

  /** Sequence of the oldest event that is kept; 0 when there is none. */
  async oldest(): Promise<number> {
    const row = await this.transactions.queryOne<{ sequence: string | null }>(
      `SELECT min(sequence) AS sequence FROM outbox_events`,
    );
    return Number(row?.sequence ?? 0);
  }

  /** Sequence of the newest event; 0 when the log is empty and always was. */
  async newest(): Promise<number> {
    const row = await this.transactions.queryOne<{ sequence: string | number | null }>(
      `SELECT greatest((SELECT max(sequence) FROM outbox_events), (SELECT max(sequence) FROM event_readers)) AS sequence`,
    );
    return Number(row?.sequence ?? 0);
  }
}

import { Injectable } from '@nestjs/common';
import { currentRequestId } from '../common/http/request-context.js';
import { newId } from '../common/ids.js';
import { Tally } from '../common/metrics/metrics.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { DomainEvent } from './domain-event.js';
import { EVENT_QUEUES } from './queues.js';

export const OUTBOX_CHANNEL = 'outbox';
const COALESCE_MS = 5;

/** Events that were committed, by type. */
export const committedEvents = new Tally(['type']);

/** Where features record what happened, in the transaction in which it happened. */
@Injectable()
export class Outbox {
  /** The relay of this process, if it has one. */
  private relay: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Writes events into the open transaction, in one statement that nobody waits for; the relay hands them to their queues once it has
   * committed.
   */
  add(...events: readonly DomainEvent[]): Promise<void> {
    if (events.length === 0) return Promise.resolve();
    if (!this.transactions.isOpen) throw new Error('An event belongs to the transaction of its change');
    // The arrays come out of sub-selects so that PostgreSQL keeps one plan for all lengths instead of planning each insert anew.
    this.transactions.write(
      `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, request_id, occurred_at)
       SELECT id, type, aggregate_type, aggregate_id, aggregate_version, data, $7, now()
       FROM unnest((SELECT $1::uuid[]), (SELECT $2::text[]), (SELECT $3::text[]), (SELECT $4::uuid[]), (SELECT $5::int[]),
         (SELECT $6::jsonb[])) AS event (id, type, aggregate_type, aggregate_id, aggregate_version, data)`,
      [
        events.map(() => newId()),
        events.map(({ type }) => type),
        events.map(({ aggregateType }) => aggregateType),
        events.map(({ aggregateId }) => aggregateId),
        events.map(({ aggregateVersion }) => aggregateVersion),
        events.map(({ data }) => JSON.stringify(data)),
        currentRequestId() ?? null,
      ],
    );
    this.transactions.afterCommit(() => {
      for (const { type } of events) committedEvents.add(type);
      // Nobody waits for an event without a reader: the next round of the relay takes it along.
      if (events.some(({ type }) => EVENT_QUEUES[type])) this.wake();
    });
    return Promise.resolve();
  }

  /** Makes `relay` hear of events of this process directly. */
  wakes(relay: () => void): void {
    this.relay = relay;
  }

  /**
   * Tells a relay that events are waiting: the one of this process, or those of all others by `NOTIFY`, after the commit.
   *
   * Not inside the transaction: PostgreSQL commits notifying transactions one at a time, which would cap the order rate. Calls within a
   * few milliseconds share one notification; one that is lost in a crash is made good by the relay's slow poll.
   */
  private wake(): void {
    if (this.relay) return this.relay();
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      // A failure only means that the poll finds the events a moment later.
      this.transactions.query(`SELECT pg_notify('${OUTBOX_CHANNEL}', '')`).catch(() => undefined);
    }, COALESCE_MS);
  }
}

import { Injectable } from '@nestjs/common';
import { currentRequestId } from '../common/http/request-context.js';
import { newId } from '../common/ids.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { DomainEvent } from './domain-event.js';
import { OutboxWaker } from './outbox-waker.js';

/** Where features record what happened, in the transaction in which it happened. */
@Injectable()
export class Outbox {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly waker: OutboxWaker,
  ) {}

  /** Writes events into the open transaction, in one statement; the relay hands them to their queues once it has committed. */
  async add(...events: readonly DomainEvent[]): Promise<void> {
    if (events.length === 0) return;
    if (!this.transactions.isOpen) throw new Error('An event belongs to the transaction of its change');
    await this.transactions.execute(
      `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, request_id, occurred_at)
       SELECT id, type, aggregate_type, aggregate_id, aggregate_version, data, $7, now()
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::jsonb[])
         AS event (id, type, aggregate_type, aggregate_id, aggregate_version, data)`,
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
    this.transactions.afterCommit(() => this.waker.wake());
  }
}

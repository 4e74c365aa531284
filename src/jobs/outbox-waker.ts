import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';

export const OUTBOX_CHANNEL = 'outbox';
const COALESCE_MS = 5;

/**
 * Tells the relays of all processes that events are waiting, by `NOTIFY` after the commit.
 *
 * Not inside the transaction: PostgreSQL commits notifying transactions one at a time, which would cap the order rate. Calls within a
 * few milliseconds share one notification; one that is lost in a crash is made good by the relay's slow poll.
 */
@Injectable()
export class OutboxWaker {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly transactions: TransactionRunner) {}

  wake(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      // A failure only means that the poll finds the events a moment later.
      this.transactions.query(`SELECT pg_notify('${OUTBOX_CHANNEL}', '')`).catch(() => undefined);
    }, COALESCE_MS);
  }
}

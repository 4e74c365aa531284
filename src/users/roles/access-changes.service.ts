import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/**
 * Tells this process at once that what somebody may do has changed.
 *
 * Who remembers what callers may do listens and forgets it. Other processes are not told: nobody remembers it for longer than a second.
 */
@Injectable()
export class AccessChanges {
  private readonly listeners: (() => void)[] = [];

  constructor(private readonly transactions: TransactionRunner) {}

  /** To be called once, when a module starts. */
  listen(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** In the transaction of the change; listeners are called after its commit, and never after a rollback. */
  announce(): void {
    this.transactions.afterCommit(() => this.listeners.forEach((listener) => listener()));
  }
}

import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { DomainEvent } from '../../jobs/domain-event.js';
import { Outbox } from '../../jobs/outbox.js';
import { CatalogueCache } from './catalogue-cache.js';

/** Where the parts of the catalogue record their changes. */
@Injectable()
export class CatalogueChanges {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly outbox: Outbox,
    private readonly cache: CatalogueCache,
  ) {}

  /**
   * Writes events of the open transaction, and makes this copy forget its cached answers as soon as it commits, so that whoever changed
   * something reads it changed. The other copies, and this one once more, hear of it from the database.
   */
  async record(...events: readonly DomainEvent[]): Promise<void> {
    await this.outbox.add(...events);
    this.transactions.afterCommit(() => this.cache.invalidate());
  }
}

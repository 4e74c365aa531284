import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { WebhookReplay } from './entities/webhook-delivery.entity.js';

/** A publication may be this many places away from where its time says. */
const DISORDER = 1_000;

/** Parts of the log that are being sent once more. */
@Injectable()
export class WebhookReplaysRepository {
  constructor(
    @InjectRepository(WebhookReplay) private readonly replays: Repository<WebhookReplay>,
    private readonly transactions: TransactionRunner,
  ) {}

  async insert(replay: Omit<WebhookReplay, 'count'>): Promise<void> {
    await this.replays.insert(replay);
  }

  /** A place in the log before everything that happened since `from`: nothing is published before it happens. */
  async placeBefore(from: Date): Promise<number> {
    const row = await this.transactions.queryOne<{ sequence: string | number }>(
      `SELECT sequence FROM outbox_events WHERE published_at >= $1 ORDER BY published_at LIMIT 1`,
      [from],
    );
    return row ? Math.max(0, Number(row.sequence) - DISORDER) : Number.MAX_SAFE_INTEGER;
  }

  /** One that is to go on, locked until the transaction ends; null when there is none that nobody works at. */
  lockNext(): Promise<WebhookReplay | null> {
    return this.replays.findOne({
      where: {},
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write', onLocked: 'skip_locked' },
    });
  }

  async advance(id: string, sequence: number, count: number): Promise<void> {
    await this.replays.update({ id }, { sequence: String(sequence), count });
  }

  async delete(id: string): Promise<void> {
    await this.replays.delete({ id });
  }
}

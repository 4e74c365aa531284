import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import { EventLogRepository, type LogEvent } from './event-log.repository.js';

/** After how many events that are not for it a reader notes that it has passed them. */
const PASSED_OVER = 1_000;

/** How far those who read the log by themselves have come. */
@Injectable()
export class EventReadersRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly log: EventLogRepository,
  ) {}

  /** Makes a reader that begins behind the newest event, or behind the one given, unless there is a reader of this name. */
  async add(name: string, after?: number): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO event_readers (name, sequence)
       SELECT $1, coalesce($2, greatest((SELECT max(sequence) FROM outbox_events), pruned_sequence)) FROM event_log
       ON CONFLICT DO NOTHING`,
      [name, after ?? null],
    );
  }

  /** Passes over what comes before a place in the log, because nobody waits for it. */
  async skipTo(name: string, sequence: number): Promise<void> {
    await this.transactions.execute(
      `UPDATE event_readers SET sequence = $2, updated_at = now() WHERE name = $1 AND sequence < $2`,
      [name, sequence],
    );
  }

  /**
   * Hands the next events of these types to `handle`, in the order of the log, and notes that they have been dealt with: in one transaction,
   * so that both happen or neither. One process at a time; for others there is nothing to do meanwhile.
   *
   * @returns how many events there were; `limit` means that there may be more.
   */
  advance(
    name: string,
    types: readonly string[],
    limit: number,
    handle: (events: readonly LogEvent[]) => Promise<void>,
  ): Promise<number> {
    return this.transactions.run(async () => {
      const reader = await this.transactions.queryOne<{ sequence: string | number }>(
        `SELECT sequence FROM event_readers WHERE name = $1 FOR UPDATE SKIP LOCKED`,
        [name],
      );
      if (!reader) return 0;
      const events = await this.log.find({ after: Number(reader.sequence), types }, limit);
      if (events.length > 0) {
        await handle(events);
        await this.moveTo(name, events.at(-1)!.sequence);
      } else {
        await this.passOver(name, Number(reader.sequence), types);
      }
      return events.length;
    });
  }

  /** What a reader does not ask for must not be looked through again and again, nor kept for it. */
  private async passOver(name: string, after: number, types: readonly string[]): Promise<void> {
    // Asked for first, so that what comes meanwhile lies behind it.
    const newest = await this.log.newest();
    if (newest - after < PASSED_OVER) return;
    if ((await this.log.find({ after, types }, 1)).length === 0) await this.moveTo(name, newest);
  }

  private async moveTo(name: string, sequence: number): Promise<void> {
    await this.transactions.execute(`UPDATE event_readers SET sequence = $2, updated_at = now() WHERE name = $1`, [
      name,
      sequence,
    ]);
  }
}

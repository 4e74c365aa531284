import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

const isBehindSql = (reader: string): string =>
  `FROM outbox_events AS e WHERE e.sequence > ${reader}.sequence AND e.type = ANY ((SELECT $2::text[])::text[])`;

/**
 * How far engines outside have been handed the log. A place is held by a lease and not by a lock: no transaction is open while an engine is
 * talked to. Statements are SQL text, as each decides a race.
 */
@Injectable()
export class SinkReadersRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Makes a place at the beginning of the log that is kept, unless there is one of this name. */
  async add(name: string): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO event_readers (name, sequence) VALUES ($1, 0) ON CONFLICT DO NOTHING`,
      [name],
    );
  }

  /** Whether there are events of these types that it has not been handed. */
  async isBehind(name: string, types: readonly string[]): Promise<boolean> {
    const rows = await this.transactions.query(
      `SELECT 1 FROM event_readers AS r WHERE r.name = $1 AND EXISTS (SELECT ${isBehindSql('r')})`,
      [name, types],
    );
    return rows.length > 0;
  }

  /** Takes the right to hand on from a place. @returns the sequence that was handed over last; null while another process has that right. */
  async take(name: string, holder: string, leaseSeconds: number): Promise<number | null> {
    const row = await this.transactions.queryOne<{ sequence: string }>(
      `UPDATE event_readers SET holder = $2, leased_until = clock_timestamp() + make_interval(secs => $3), updated_at = now()
       WHERE name = $1 AND (holder IS NULL OR holder = $2 OR leased_until <= clock_timestamp()) RETURNING sequence`,
      [name, holder, leaseSeconds],
    );
    return row === null ? null : Number(row.sequence);
  }

  /** Notes what has been handed over, and renews the lease. @returns false when another process has the place by now. */
  advance(name: string, holder: string, from: number, to: number, leaseSeconds: number): Promise<boolean> {
    return this.transactions.executeOne(
      `UPDATE event_readers SET sequence = $4, leased_until = clock_timestamp() + make_interval(secs => $5), updated_at = now()
       WHERE name = $1 AND holder = $2 AND sequence = $3`,
      [name, holder, from, to, leaseSeconds],
    );
  }

  /** Leaves the place to whoever comes first. */
  async free(name: string, holder: string): Promise<void> {
    await this.transactions.execute(
      `UPDATE event_readers SET holder = NULL, leased_until = NULL WHERE name = $1 AND holder = $2`,
      [name, holder],
    );
  }

  /** How many events of these types it has not been handed, counted up to a million. */
  async countBehind(name: string, types: readonly string[]): Promise<number> {
    const row = await this.transactions.queryOne<{ count: number }>(
      `SELECT count(*)::int AS count FROM event_readers AS r, LATERAL (SELECT 1 ${isBehindSql('r')} LIMIT 1000000) AS behind
       WHERE r.name = $1`,
      [name, types],
    );
    return row!.count;
  }

  /** Forgets the places of engines that nobody has handed anything for so many days and that are not among those offered. */
  forget(offered: readonly string[], days: number, limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM event_readers WHERE name IN (SELECT name FROM event_readers
         WHERE name LIKE 'sink:%' AND name <> ALL ($1::text[]) AND updated_at < now() - make_interval(days => $2) LIMIT $3)`,
      [offered, days, limit],
    );
  }
}

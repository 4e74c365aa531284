import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { ConsentPurpose } from './entities/consent.entity.js';

/** One time that a user agreed or took it back. */
export interface ConsentRecord {
  position: number;
  purpose: ConsentPurpose;
  granted: boolean;
  documentVersion: string;
  source: string;
  address: string | null;
  at: Date;
}

const COLUMNS = `c.position, c.purpose, c.granted, c.document_version AS "documentVersion", c.source, c.address, c.at`;

/** Every query of consents. */
@Injectable()
export class ConsentsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Adds the next row of a user. The caller holds the lock of the user, so that positions have no gaps. */
  async append(userId: string, consent: Omit<ConsentRecord, 'position' | 'at'>): Promise<ConsentRecord> {
    const [row] = await this.transactions.query<ConsentRecord>(
      `INSERT INTO consents AS c (user_id, position, purpose, granted, document_version, source, address, at)
       SELECT $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5, $6, clock_timestamp() FROM consents WHERE user_id = $1
       RETURNING ${COLUMNS}`,
      [userId, consent.purpose, consent.granted, consent.documentVersion, consent.source, consent.address],
    );
    return row!;
  }

  async findCurrent(userId: string, purpose: ConsentPurpose): Promise<ConsentRecord | null> {
    const [row] = await this.transactions.query<ConsentRecord>(
      `SELECT ${COLUMNS} FROM consents c WHERE c.user_id = $1 AND c.purpose = $2 ORDER BY c.position DESC LIMIT 1`,
      [userId, purpose],
    );
    return row ?? null;
  }

  /** The newest of each purpose. */
  listCurrent(userId: string): Promise<ConsentRecord[]> {
    return this.transactions.query(
      `SELECT DISTINCT ON (c.purpose) ${COLUMNS} FROM consents c WHERE c.user_id = $1 ORDER BY c.purpose, c.position DESC`,
      [userId],
    );
  }

  /** Newest first. */
  list(userId: string, page: { before: number | null; limit: number }): Promise<ConsentRecord[]> {
    return this.transactions.query(
      `SELECT ${COLUMNS} FROM consents c WHERE c.user_id = $1 AND ($2::int IS NULL OR c.position < $2)
       ORDER BY c.position DESC LIMIT $3`,
      [userId, page.before, page.limit],
    );
  }

  async count(userId: string): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM consents WHERE user_id = $1`,
      [userId],
    );
    return row!.total;
  }

  /** Forgets where from; what was said stays, as proof. */
  async forgetAddresses(userId: string): Promise<void> {
    await this.transactions.execute(`UPDATE consents SET address = NULL WHERE user_id = $1 AND address IS NOT NULL`, [
      userId,
    ]);
  }
}

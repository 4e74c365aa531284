import { Injectable } from '@nestjs/common';
import { toSafeInteger } from '../database/columns.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { AuditRecord } from './entities/audit-record.entity.js';

/** Where the chain ends. */
export interface ChainHead {
  /** 0 before the first entry. */
  sequence: number;
  hash: Buffer;
  seal: Buffer | null;
}

/** A record as pg delivers it. */
export type AuditRow = Omit<AuditRecord, 'sequence'> & { sequence: string };

export const AUDIT_COLUMNS = `sequence, id, at, action, actor_kind AS "actorKind", actor_id AS "actorId",
  impersonator_id AS "impersonatorId", target_type AS "targetType", target_id AS "targetId", before, after, address,
  user_agent AS "userAgent", request_id AS "requestId", previous_hash AS "previousHash", hash`;

export function toRecord(row: AuditRow): AuditRecord {
  return { ...row, sequence: toSafeInteger(row.sequence) };
}

/** The chain of the audit log: its end, its entries in order. */
@Injectable()
export class AuditRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Locks the end of the chain until the transaction ends. Answers what the last writer left there, and the time. */
  async lockHead(): Promise<ChainHead & { now: Date }> {
    // After a wait PostgreSQL computes the row again, the clock included, so entries are in the order of their times.
    const [head] = await this.transactions.query<{ sequence: string; hash: Buffer; seal: Buffer | null; now: Date }>(
      `SELECT sequence, hash, seal, clock_timestamp() AS now FROM audit_head WHERE id = 1 FOR UPDATE`,
    );
    if (!head) throw new Error('The audit log has lost its head; nothing can be recorded');
    return { ...head, sequence: toSafeInteger(head.sequence) };
  }

  /** Writes entries and moves the end of the chain to the last of them, in one statement. */
  async append(records: readonly AuditRecord[], { sequence, hash, seal }: ChainHead): Promise<void> {
    const rows = records.map((record) => ({
      ...record,
      previousHash: record.previousHash.toString('hex'),
      hash: record.hash.toString('hex'),
    }));
    await this.transactions.execute(
      `WITH entries AS (
         INSERT INTO audit_log (sequence, id, at, action, actor_kind, actor_id, impersonator_id, target_type, target_id, before,
           after, address, user_agent, request_id, previous_hash, hash)
         SELECT sequence, id, at, action, "actorKind", "actorId", "impersonatorId", "targetType", "targetId", before,
           after, address, "userAgent", "requestId", decode("previousHash", 'hex'), decode(hash, 'hex')
         FROM jsonb_to_recordset($1::jsonb) AS entry (sequence bigint, id uuid, at timestamptz, action text, "actorKind" text,
           "actorId" uuid, "impersonatorId" uuid, "targetType" text, "targetId" text, before jsonb, after jsonb, address text,
           "userAgent" text, "requestId" text, "previousHash" text, hash text)
       )
       UPDATE audit_head SET sequence = $2, hash = $3, seal = $4 WHERE id = 1`,
      [JSON.stringify(rows), sequence, hash, seal],
    );
  }

  async findHead(): Promise<ChainHead | null> {
    const [head] = await this.transactions.query<{ sequence: string; hash: Buffer; seal: Buffer | null }>(
      `SELECT sequence, hash, seal FROM audit_head WHERE id = 1`,
    );
    return head ? { ...head, sequence: toSafeInteger(head.sequence) } : null;
  }

  /** Entries from one place of the chain to another, both included, in order. */
  async findBetween(from: number, to: number, limit: number): Promise<AuditRecord[]> {
    const rows = await this.transactions.query<AuditRow>(
      `SELECT ${AUDIT_COLUMNS} FROM audit_log WHERE sequence BETWEEN $1 AND $2 ORDER BY sequence LIMIT $3`,
      [from, to, limit],
    );
    return rows.map(toRecord);
  }

  async findHash(sequence: number): Promise<Buffer | null> {
    const [row] = await this.transactions.query<{ hash: Buffer }>(`SELECT hash FROM audit_log WHERE sequence = $1`, [
      sequence,
    ]);
    return row?.hash ?? null;
  }

  async hasAfter(sequence: number): Promise<boolean> {
    const [row] = await this.transactions.query<{ exists: boolean }>(
      `SELECT EXISTS (SELECT FROM audit_log WHERE sequence > $1) AS exists`,
      [sequence],
    );
    return row!.exists;
  }

  /** The first entry after the end of the chain; one statement, so that what is recorded meanwhile is none. */
  async findBeyondHead(): Promise<number | null> {
    const [row] = await this.transactions.query<{ sequence: string | null }>(
      `SELECT min(sequence) AS sequence FROM audit_log WHERE sequence > (SELECT sequence FROM audit_head WHERE id = 1)`,
    );
    return row?.sequence ? toSafeInteger(row.sequence) : null;
  }
}

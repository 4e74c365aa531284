import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Between, MoreThan, type Repository } from 'typeorm';
import type { Page } from '../common/pagination/page.dto.js';
import { toSafeInteger } from '../database/columns.js';
import { whereWithin } from '../database/conditions.js';
import { Pages } from '../database/pages.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { ListAuditLogDto } from './dto/audit-log.dto.js';
import { AuditRecord } from './entities/audit-record.entity.js';

/** Where the chain ends. */
export interface ChainHead {
  /** 0 before the first entry. */
  sequence: number;
  hash: Buffer;
  seal: Buffer | null;
}

const ANY_ACTION = '.*';

/** The chain of the audit log: its end, its entries in order; and lists of them. */
@Injectable()
export class AuditRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    @InjectRepository(AuditRecord) private readonly records: Repository<AuditRecord>,
    private readonly pages: Pages,
  ) {}

  /** Entries, newest first. */
  findPage(list: ListAuditLogDto): Promise<Page<AuditRecord>> {
    const { actor, action, targetType, targetId, at } = list;
    const query = this.records.createQueryBuilder('e');
    if (actor !== undefined) query.andWhere('e.actorId = :actor', { actor });
    if (action?.endsWith(ANY_ACTION)) {
      const beginning = action.slice(0, -ANY_ACTION.length);
      // Unlike LIKE, these use the index whatever the value is: from the point up to the character after it.
      query.andWhere('e.action ~>=~ :from AND e.action ~<~ :to', { from: `${beginning}.`, to: `${beginning}/` });
    } else if (action !== undefined) query.andWhere('e.action = :action', { action });
    if (targetType !== undefined) query.andWhere('e.targetType = :targetType', { targetType });
    if (targetId !== undefined) query.andWhere('e.targetId = :targetId', { targetId });
    whereWithin(query, 'e.at', at);
    return this.pages.of(query, list, {
      by: ['e.at', 'e.sequence'],
      isDescending: true,
      context: `audit-log ${JSON.stringify({ actor, action, targetType, targetId, at })}`,
    });
  }

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
  findBetween(from: number, to: number, limit: number): Promise<AuditRecord[]> {
    return this.records.find({ where: { sequence: Between(from, to) }, order: { sequence: 'ASC' }, take: limit });
  }

  async findHash(sequence: number): Promise<Buffer | null> {
    return (await this.records.findOne({ where: { sequence }, select: { sequence: true, hash: true } }))?.hash ?? null;
  }

  hasAfter(sequence: number): Promise<boolean> {
    return this.records.existsBy({ sequence: MoreThan(sequence) });
  }

  /** The first entry after the end of the chain; one statement, so that what is recorded meanwhile is none. */
  async findBeyondHead(): Promise<number | null> {
    const [row] = await this.transactions.query<{ sequence: string | null }>(
      `SELECT min(sequence) AS sequence FROM audit_log WHERE sequence > (SELECT sequence FROM audit_head WHERE id = 1)`,
    );
    return row?.sequence ? toSafeInteger(row.sequence) : null;
  }
}

import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import { AUDIT_COLUMNS, type AuditRow, toRecord } from './audit.repository.js';
import type { AuditRecord } from './entities/audit-record.entity.js';

/** What the list is narrowed to; members that are absent narrow nothing. */
export interface AuditFilter {
  /** Id of a user or of an API key. */
  readonly actor?: string;
  /** An action, or the first part of one with `.*` after it. */
  readonly action?: string;
  readonly targetType?: string;
  readonly targetId?: string;
  readonly at?: { readonly gte?: string; readonly gt?: string; readonly lte?: string; readonly lt?: string };
}

/** Time and place of the last entry of the page before. */
export interface AuditPosition {
  readonly at: string;
  readonly sequence: number;
}

const RANGE_OPERATORS = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;
const ANY_ACTION = '.*';

/** Conditions of one list, with their values. */
class Conditions {
  readonly values: unknown[] = [];
  private readonly parts: string[] = [];

  /** Notes a value. @returns its placeholder. */
  bind(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  add(column: string, operator: string, value: unknown): void {
    if (value !== undefined) this.parts.push(`${column} ${operator} ${this.bind(value)}`);
  }

  addPosition({ at, sequence }: AuditPosition): void {
    this.parts.push(`(at, sequence) < (${this.bind(at)}, ${this.bind(sequence)})`);
  }

  /** The `WHERE` clause, empty when nothing is narrowed. */
  get clause(): string {
    return this.parts.length === 0 ? '' : `WHERE ${this.parts.join(' AND ')}`;
  }
}

/** Lists of the audit log. */
@Injectable()
export class AuditListRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Entries, newest first. */
  async find(filter: AuditFilter, after: AuditPosition | null, limit: number): Promise<AuditRecord[]> {
    const conditions = conditionsOf(filter);
    if (after) conditions.addPosition(after);
    const rows = await this.transactions.query<AuditRow>(
      `SELECT ${AUDIT_COLUMNS} FROM audit_log ${conditions.clause}
       ORDER BY at DESC, sequence DESC LIMIT ${conditions.bind(limit)}`,
      conditions.values,
    );
    return rows.map(toRecord);
  }

  async count(filter: AuditFilter): Promise<number> {
    const conditions = conditionsOf(filter);
    const [row] = await this.transactions.query<{ count: string }>(
      `SELECT count(*) FROM audit_log ${conditions.clause}`,
      conditions.values,
    );
    return Number(row!.count);
  }
}

function conditionsOf({ actor, action, targetType, targetId, at }: AuditFilter): Conditions {
  const conditions = new Conditions();
  conditions.add('actor_id', '=', actor);
  if (action?.endsWith(ANY_ACTION)) {
    const beginning = action.slice(0, -ANY_ACTION.length);
    // Unlike LIKE, these use the index whatever the value is: from the point up to the character after it.
    conditions.add('action', '~>=~', `${beginning}.`);
    conditions.add('action', '~<~', `${beginning}/`);
  } else {
    conditions.add('action', '=', action);
  }
  conditions.add('target_type', '=', targetType);
  conditions.add('target_id', '=', targetId);
  for (const [bound, operator] of Object.entries(RANGE_OPERATORS))
    conditions.add('at', operator, at?.[bound as keyof typeof RANGE_OPERATORS]);
  return conditions;
}

import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { OperationReader } from './operation-reader.js';
import type { OperationFailure, OperationResult, OperationStatus } from './entities/operation.entity.js';

/** Work that is to be done after the request that asks for it. */
export interface NewOperation {
  id: string;
  kind: string;
  startedBy: string;
  /** The scope it is started with; who has lost that no longer gets the result. Null for what everyone may start. */
  starterScope: string | null;
  /** Whose data it is about; they see it too. */
  subjectId: string | null;
}

/** An operation as it is read. */
export interface OperationDetails {
  id: string;
  kind: string;
  status: OperationStatus;
  startedBy: string;
  subjectId: string | null;
  progressDone: number;
  progressTotal: number | null;
  progressFailed: number;
  result: OperationResult | null;
  error: OperationFailure | null;
  createdAt: Date;
  startedAt: Date | null;
  endedAt: Date | null;
  fileName: string | null;
  fileMediaType: string | null;
  fileSizeBytes: string | null;
  fileExpiresAt: Date | null;
}

/** Filters of the list; absent ones do not filter. */
export interface OperationFilter {
  kind?: readonly string[];
  status?: readonly OperationStatus[];
}

const COLUMNS = `o.id, o.kind, o.status, o.started_by AS "startedBy", o.subject_id AS "subjectId",
  o.progress_done AS "progressDone", o.progress_total AS "progressTotal", o.progress_failed AS "progressFailed", o.result, o.error,
  o.created_at AS "createdAt", o.started_at AS "startedAt", o.ended_at AS "endedAt", f.name AS "fileName",
  f.media_type AS "fileMediaType", f.size_bytes AS "fileSizeBytes", f.expires_at AS "fileExpiresAt"`;
const FROM = `operations o LEFT JOIN operation_files f ON f.operation_id = o.id AND f.size_bytes IS NOT NULL AND f.expires_at > now()`;
/** Whose operation it is; parameters 1 and 2. Condition of every read, so that somebody else's does not exist. */
const OWN = `((o.started_by = $1 AND (o.starter_scope IS NULL OR o.starter_scope = ANY ($2::text[]) OR '*' = ANY ($2::text[])))
  OR o.subject_id = $1)`;
const VISIBLE = `($3 OR ${OWN})`;
const readerValues = ({ userId, scopes, seesAll }: OperationReader): unknown[] => [userId, [...scopes], seesAll];

const FILTERED = `${VISIBLE} AND ($4::text[] IS NULL OR o.kind = ANY ($4)) AND ($5::text[] IS NULL OR o.status = ANY ($5))`;

/** Every query of operations; those of their files are in `OperationFilesRepository`. */
@Injectable()
export class OperationsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** @returns false when one of this kind is under way for the same subject, also when that one is added at the same moment. */
  async insert(operation: NewOperation): Promise<boolean> {
    const inserted = await this.transactions.execute(
      `INSERT INTO operations (id, kind, started_by, starter_scope, subject_id) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (kind, subject_id) WHERE status IN ('queued', 'running') DO NOTHING`,
      [operation.id, operation.kind, operation.startedBy, operation.starterScope, operation.subjectId],
    );
    return inserted === 1;
  }

  /** The operation of a kind that is under way for a subject. */
  async findRunning(kind: string, subjectId: string): Promise<{ id: string; startedBy: string } | null> {
    const [row] = await this.transactions.query<{ id: string; startedBy: string }>(
      `SELECT id, started_by AS "startedBy" FROM operations
       WHERE kind = $1 AND subject_id = $2 AND status IN ('queued', 'running')`,
      [kind, subjectId],
    );
    return row ?? null;
  }

  async find(id: string, reader: OperationReader): Promise<OperationDetails | null> {
    const [operation] = await this.transactions.query<OperationDetails>(
      `SELECT ${COLUMNS} FROM ${FROM} WHERE ${VISIBLE} AND o.id = $4`,
      [...readerValues(reader), id],
    );
    return operation ?? null;
  }

  /** Newest first; ids are in the order of creation. */
  list(
    reader: OperationReader,
    filter: OperationFilter,
    page: { before: string | null; limit: number },
  ): Promise<OperationDetails[]> {
    return this.transactions.query(
      `SELECT ${COLUMNS} FROM ${FROM} WHERE ${FILTERED} AND ($6::uuid IS NULL OR o.id < $6) ORDER BY o.id DESC LIMIT $7`,
      [...readerValues(reader), filter.kind ?? null, filter.status ?? null, page.before, page.limit],
    );
  }

  async count(reader: OperationReader, filter: OperationFilter): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(
      `SELECT count(*)::int AS total FROM operations o WHERE ${FILTERED}`,
      [...readerValues(reader), filter.kind ?? null, filter.status ?? null],
    );
    return row!.total;
  }

  /** Notes that a worker begins. @returns how often one has, or null when the operation has ended or is gone. */
  async begin(id: string): Promise<{ attempts: number; subjectId: string | null } | null> {
    const [row] = await this.transactions.query<{ attempts: number; subjectId: string | null }>(
      `UPDATE operations SET status = 'running', started_at = coalesce(started_at, clock_timestamp()), attempts = attempts + 1,
         progress_done = 0, progress_failed = 0
       WHERE id = $1 AND status IN ('queued', 'running') RETURNING attempts, subject_id AS "subjectId"`,
      [id],
    );
    return row ?? null;
  }

  async progress(id: string, done: number, total: number): Promise<void> {
    await this.transactions.execute(
      `UPDATE operations SET progress_done = $2, progress_total = $3 WHERE id = $1 AND status = 'running'`,
      [id, done, total],
    );
  }

  /** @returns false when it has ended already, or is gone. */
  async end(
    id: string,
    outcome: { status: OperationStatus; result?: OperationResult; error?: OperationFailure },
  ): Promise<boolean> {
    const ended = await this.transactions.execute(
      `UPDATE operations SET status = $2, result = $3, error = $4, ended_at = clock_timestamp()
       WHERE id = $1 AND status IN ('queued', 'running')`,
      [id, outcome.status, outcome.result ?? null, outcome.error ?? null],
    );
    return ended === 1;
  }

  /** Deletes everything about a person, files included; what is under way ends where it next writes. */
  async deleteAbout(subjectId: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM operations WHERE subject_id = $1`, [subjectId]);
  }

  /** Deletes up to `limit` operations that ended more than `days` ago. @returns how many. */
  purgeEnded(days: number, limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM operations WHERE id IN (
         SELECT id FROM operations WHERE ended_at < now() - make_interval(days => $1) ORDER BY ended_at LIMIT $2)`,
      [days, limit],
    );
  }
}

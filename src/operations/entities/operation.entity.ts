import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../../database/columns.js';

export const OPERATION_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type OperationStatus = (typeof OPERATION_STATUSES)[number];

/** What the work will have produced, in numbers and ids. */
export type OperationResult = Record<string, unknown>;

/** Why the work failed, for its starter. */
export interface OperationFailure {
  code: string;
  detail: string;
}

/** Who asks. */
export interface OperationReader {
  /** Null for who is nobody's account, such as an API key. */
  readonly userId: string | null;
  readonly scopes: ReadonlySet<string>;
  /** Staff who watch the jobs of everybody. */
  readonly seesAll: boolean;
}

/** Work that takes longer than a request. */
@Entity('operations')
@Index('operations_started_by_id_idx', ['startedBy', 'id'])
@Index('operations_subject_id_id_idx', ['subjectId', 'id'])
@Index('operations_ended_at_idx', ['endedAt'], { where: 'ended_at IS NOT NULL' })
@Index('operations_running_key', ['kind', 'subjectId'], { unique: true, where: "status IN ('queued', 'running')" })
@Check('operations_status_check', `status IN (${OPERATION_STATUSES.map((status) => `'${status}'`).join(', ')})`)
@Check('operations_ended_check', `(status IN ('succeeded', 'failed', 'cancelled')) = (ended_at IS NOT NULL)`)
export class Operation {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** What is being done. @example "user_export" */
  @Column({ type: 'text' })
  kind: string;

  @Column({ type: 'text', default: 'queued' })
  status: OperationStatus;

  /** The user who started it. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90" */
  @Column({ type: 'uuid' })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  startedBy: string;

  /** The scope it was started with; who has lost that no longer gets the result. Null for what everyone may start. */
  @Column({ type: 'text', nullable: true })
  starterScope: string | null;

  /** The user it is about, if any; they see it too. @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90" */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('User', { onDelete: 'CASCADE' })
  subjectId: string | null;

  @Column({ type: 'int', default: 0 })
  progressDone: number;

  @Column({ type: 'int', nullable: true })
  progressTotal: number | null;

  @Column({ type: 'int', default: 0 })
  progressFailed: number;

  @Column({ type: 'jsonb', nullable: true })
  result: OperationResult | null;

  @Column({ type: 'jsonb', nullable: true })
  error: OperationFailure | null;

  /** How often a worker has begun it. */
  @Column({ type: 'int', default: 0 })
  attempts: number;

  /** @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  startedAt: Date | null;

  /** When it ended; null while it has not. @example "2026-01-15T09:30:05.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  endedAt: Date | null;

  /** What it produced, where a query has joined it: null when there is none, or no longer. */
  file?: OperationFile | null;
}

/** A file that an operation produced. */
@Entity('operation_files')
@Index('operation_files_complete_key', ['operationId'], { unique: true, where: 'size_bytes IS NOT NULL' })
export class OperationFile {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @ForeignKey(() => Operation, { onDelete: 'CASCADE' })
  @Index()
  operationId: string;

  /** @example "storehouse-export.zip" */
  @Column({ type: 'text' })
  name: string;

  /** @example "application/zip" */
  @Column({ type: 'text' })
  mediaType: string;

  /** Null while it is being written. */
  @Column({ type: 'bigint', nullable: true, transformer: safeInteger })
  sizeBytes: number | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  /** Until when it can be downloaded. @example "2026-01-22T09:30:00.000Z" */
  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;
}

/** A piece of a file. In the database, because every process that answers requests must be able to read it. */
@Entity('operation_file_chunks')
export class OperationFileChunk {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => OperationFile, { onDelete: 'CASCADE' })
  fileId: string;

  /** Place in the file, from 0. */
  @PrimaryColumn({ type: 'int' })
  position: number;

  @Column({ type: 'bytea' })
  content: Buffer;
}

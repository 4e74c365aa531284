import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ImportCounts } from './import-counts.js';

export type ImportStatus = 'running' | 'succeeded' | 'failed';
/** `reading`: rows are checked and staged; `merging`: staged rows become products; `finished`. */
export type ImportPhase = 'reading' | 'merging' | 'finished';

/** One import of one file, and how far it has come; a run that is not finished goes on where it stopped. */
@Entity('import_runs')
@Check('import_runs_status_check', `status IN ('running', 'succeeded', 'failed')`)
@Check('import_runs_phase_check', `phase IN ('reading', 'merging', 'finished')`)
export class ImportRun {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** `products` or `categories`. */
  @Column({ type: 'text' })
  kind: string;

  /** Path of the file as it was given. */
  @Column({ type: 'text' })
  source: string;

  /** SHA-256 of the file's bytes and of the mapping; equal ones are the same import. */
  @Column({ type: 'text' })
  @Index()
  fingerprint: string;

  @Column({ type: 'text' })
  mapping: string;

  @Column({ type: 'text', default: 'running' })
  status: ImportStatus;

  /** Lines of the file whose rows are staged or refused. */
  @Column({ type: 'bigint', default: 0 })
  linesDone: string;

  @Column({ type: 'text', default: 'reading' })
  phase: ImportPhase;

  /** Merge key of the last product that has been merged. */
  @Column({ type: 'text', nullable: true })
  mergedKey: string | null;

  /** What has been counted so far. */
  @Column({ type: 'jsonb', default: {} })
  result: Partial<ImportCounts>;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}

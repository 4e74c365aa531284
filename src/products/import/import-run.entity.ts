import { Check, Column, CreateDateColumn, Entity, Index, PrimaryColumn, UpdateDateColumn } from 'typeorm';
import { safeInteger } from '../../database/columns.js';
import type { ImportCounts } from './import-counts.js';

/** One import of one file, and how far it has come; a run that is not finished goes on where it stopped. */
@Entity('import_runs')
@Check('import_runs_status_check', `status IN ('running', 'succeeded', 'failed')`)
@Check('import_runs_phase_check', `phase IN ('reading', 'merging', 'finished')`)
export class ImportRun {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'text' })
  kind: 'products' | 'categories' | 'orders';

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
  status: 'running' | 'succeeded' | 'failed';

  /** Lines of the file whose rows are staged or refused. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  linesDone: number;

  /** `reading`: rows are checked and staged; `merging`: staged rows become products or orders; `finished`. */
  @Column({ type: 'text', default: 'reading' })
  phase: 'reading' | 'merging' | 'finished';

  /** Merge key of the last product or order that has been merged. */
  @Column({ type: 'text', nullable: true })
  mergedKey: string | null;

  /** What has been counted so far. */
  @Column({ name: 'result', type: 'jsonb', default: {} })
  counts: ImportCounts;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt: Date;

  @UpdateDateColumn({ type: 'timestamptz' })
  updatedAt: Date;
}

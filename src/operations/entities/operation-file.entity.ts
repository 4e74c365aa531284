import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { safeInteger } from '../../database/columns.js';
import { Operation } from './operation.entity.js';

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

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text' })
  mediaType: string;

  /** Null while it is being written. */
  @Column({ type: 'bigint', nullable: true, transformer: safeInteger })
  sizeBytes: number | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz' })
  @Index()
  expiresAt: Date;
}

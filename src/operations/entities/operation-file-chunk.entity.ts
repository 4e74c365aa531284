import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { OperationFile } from './operation-file.entity.js';

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

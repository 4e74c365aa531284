import { Injectable } from '@nestjs/common';
import { newId } from '../common/ids.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { OperationReader } from './operation-reader.js';

/** A complete file that has not expired. */
export interface FoundFile {
  id: string;
  name: string;
  mediaType: string;
  sizeBytes: string;
}

/** Every query of the files of operations. */
@Injectable()
export class OperationFilesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Begins a file, and drops what an attempt before left of one. @returns its id. */
  async create(file: { operationId: string; name: string; mediaType: string; days: number }): Promise<string> {
    const id = newId();
    await this.transactions.execute(
      `WITH dropped AS (DELETE FROM operation_files WHERE operation_id = $2 AND size_bytes IS NULL)
       INSERT INTO operation_files (id, operation_id, name, media_type, expires_at)
       VALUES ($1, $2, $3, $4, now() + make_interval(days => $5))`,
      [id, file.operationId, file.name, file.mediaType, file.days],
    );
    return id;
  }

  async append(fileId: string, position: number, content: Buffer): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO operation_file_chunks (file_id, position, content) VALUES ($1, $2, $3)`,
      [fileId, position, content],
    );
  }

  /** Makes a file the result of its operation. @returns false when it is gone. */
  async complete(fileId: string, sizeBytes: number): Promise<boolean> {
    const completed = await this.transactions.execute(
      `UPDATE operation_files SET size_bytes = $2 WHERE id = $1 AND size_bytes IS NULL`,
      [fileId, sizeBytes],
    );
    return completed === 1;
  }

  async drop(fileId: string): Promise<void> {
    await this.transactions.execute(`DELETE FROM operation_files WHERE id = $1`, [fileId]);
  }

  /** The file of an operation, for its starter or the person it is about, and for nobody else. */
  async find(operationId: string, reader: OperationReader): Promise<FoundFile | null> {
    const [file] = await this.transactions.query<FoundFile>(
      `SELECT f.id, f.name, f.media_type AS "mediaType", f.size_bytes AS "sizeBytes"
       FROM operation_files f JOIN operations o ON o.id = f.operation_id
       WHERE o.id = $1 AND f.size_bytes IS NOT NULL AND f.expires_at > now()
         AND ((o.started_by = $2 AND (o.starter_scope IS NULL OR o.starter_scope = ANY ($3::text[]) OR '*' = ANY ($3::text[])))
           OR o.subject_id = $2)`,
      [operationId, reader.userId, [...reader.scopes]],
    );
    return file ?? null;
  }

  /** One piece of a file; null behind its end. */
  async read(fileId: string, position: number): Promise<Buffer | null> {
    const [chunk] = await this.transactions.query<{ content: Buffer }>(
      `SELECT content FROM operation_file_chunks WHERE file_id = $1 AND position = $2`,
      [fileId, position],
    );
    return chunk?.content ?? null;
  }

  /** Deletes up to `limit` files past their time. @returns how many. */
  purgeExpired(limit: number): Promise<number> {
    return this.transactions.execute(
      `DELETE FROM operation_files WHERE id IN (
         SELECT id FROM operation_files WHERE expires_at <= now() ORDER BY expires_at LIMIT $1)`,
      [limit],
    );
  }
}

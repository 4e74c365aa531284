import { Injectable } from '@nestjs/common';
import { raise } from '../common/errors/domain.error.js';
import { newId } from '../common/ids.js';
import type { OperationFile, OperationReader } from './entities/operation.entity.js';
import { OperationFileNotFoundError } from './operations.errors.js';
import { OperationsRepository } from './operations.repository.js';

/** How long a file can be downloaded. */
export const FILE_DAYS = 7;
/** Bytes of one row: few enough to hold, many enough to be few rows. */
const CHUNK_BYTES = 256 * 1024;

/** A file that is being written. */
export interface FileWriter {
  readonly fileId: string;
  write(bytes: Uint8Array): Promise<void>;
  /** Writes what is left. @returns the size of the whole file in bytes. */
  finish(): Promise<number>;
}

/** A file that is being read. */
export interface ReadableFile extends Pick<OperationFile, 'id' | 'name' | 'mediaType'> {
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Buffer>;
}

/** Files that operations produce: written and read in pieces, so that nobody ever holds a whole one. */
@Injectable()
export class OperationFiles {
  constructor(private readonly operations: OperationsRepository) {}

  /** Begins a file; it is the operation's only once `complete` has been called. */
  async create(operationId: string, name: string, mediaType: string): Promise<FileWriter> {
    const fileId = newId();
    await this.operations.beginFile({ id: fileId, operationId, name, mediaType, days: FILE_DAYS });
    const { operations } = this;
    let pending: Uint8Array[] = [];
    let pendingBytes = 0;
    let position = 0;
    let size = 0;
    const flush = async (): Promise<void> => {
      const content = Buffer.concat(pending);
      pending = [];
      pendingBytes = 0;
      await operations.append(fileId, position++, content);
    };
    return {
      fileId,
      async write(bytes) {
        pending.push(bytes);
        pendingBytes += bytes.length;
        size += bytes.length;
        if (pendingBytes >= CHUNK_BYTES) await flush();
      },
      async finish() {
        if (pendingBytes > 0) await flush();
        return size;
      },
    };
  }

  /** Makes a file the result of its operation; in the transaction that ends the operation. @returns false when it is gone. */
  complete(fileId: string, sizeBytes: number): Promise<boolean> {
    return this.operations.completeFile(fileId, sizeBytes);
  }

  /** Deletes a file that came to nothing. */
  drop(fileId: string): Promise<void> {
    return this.operations.dropFile(fileId);
  }

  /** Opens the file of an operation. @throws OperationFileNotFoundError also when it is not the reader's. */
  async open(operationId: string, reader: OperationReader): Promise<ReadableFile> {
    const file = (await this.operations.findFile(operationId, reader)) ?? raise(new OperationFileNotFoundError());
    return { ...file, sizeBytes: file.sizeBytes!, content: this.piecesOf(file.id) };
  }

  private async *piecesOf(fileId: string): AsyncIterable<Buffer> {
    for (let position = 0; ; position++) {
      const piece = await this.operations.readFile(fileId, position);
      if (piece === null) return;
      yield piece;
    }
  }
}

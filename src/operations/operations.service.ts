import { Injectable } from '@nestjs/common';
import { raise } from '../common/errors/domain.error.js';
import { newId } from '../common/ids.js';
import type { Page } from '../common/pagination/page.dto.js';
import type { ListOperationsDto } from './dto/operation.dto.js';
import type { Operation, OperationFailure, OperationReader, OperationResult } from './entities/operation.entity.js';
import { OperationNotFoundError } from './operations.errors.js';
import { type NewOperation, OperationsRepository } from './operations.repository.js';

/** How long what has ended can be read. */
const KEPT_DAYS = 30;

/** Work that takes longer than a request: asked for by one, done by a job, watched by who asked. */
@Injectable()
export class OperationsService {
  constructor(private readonly operations: OperationsRepository) {}

  /**
   * Writes down, in the open transaction, that work is to be done; the event that starts its job belongs to the same transaction.
   *
   * @returns its id, and `isNew: false` with the id and starter of the one that is under way already for the same subject.
   */
  async start(operation: Omit<NewOperation, 'id'>): Promise<{ id: string; startedBy: string; isNew: boolean }> {
    const id = newId();
    if (await this.operations.insert({ id, ...operation })) {
      return { id, startedBy: operation.startedBy, isNew: true };
    }
    const running = await this.operations.findRunning(operation.kind, operation.subjectId!);
    // It ended between the two statements: the next one is ours, unless somebody is faster again.
    if (!running) return this.start(operation);
    return { id: running.id, startedBy: running.startedBy, isNew: false };
  }

  /** @throws OperationNotFoundError also for an operation that is not the reader's. */
  async get(id: string, reader: OperationReader): Promise<Operation> {
    return (await this.operations.find(id, reader)) ?? raise(new OperationNotFoundError());
  }

  /** One page of the reader's operations, or of everybody's for staff who may see them, newest first. */
  list(reader: OperationReader, query: ListOperationsDto): Promise<Page<Operation>> {
    return this.operations.findPage(reader, query);
  }

  /** What these users have started and is under way, or ended within the last seconds: what streams tell of. */
  findCurrentOf(userIds: readonly string[]): Promise<Operation[]> {
    return this.operations.findCurrentOf(userIds);
  }

  /** For jobs: notes that the work begins. @returns how often it has, or null when it has ended or been removed. */
  begin(id: string): Promise<Pick<Operation, 'attempts' | 'subjectId'> | null> {
    return this.operations.begin(id);
  }

  /** For jobs: how far the work is. */
  progress(id: string, done: number, total: number): Promise<void> {
    return this.operations.progress(id, done, total);
  }

  /** For jobs: ends the work well, unless it has ended already. @returns whether it did. */
  succeed(id: string, result: OperationResult): Promise<boolean> {
    return this.operations.end(id, { status: 'succeeded', result });
  }

  /** For jobs: gives the work up, unless it has ended already. @returns whether it did. */
  fail(id: string, error: OperationFailure): Promise<boolean> {
    return this.operations.end(id, { status: 'failed', error });
  }

  /** Deletes everything about a person, files included. */
  removeAbout(subjectId: string): Promise<void> {
    return this.operations.deleteAbout(subjectId);
  }

  /** Deletes up to `limit` files past their time, and operations that ended over 30 days ago. @returns how many. */
  async purge(limit: number): Promise<number> {
    const files = await this.operations.purgeFiles(limit);
    return files + (files < limit ? await this.operations.purgeEnded(KEPT_DAYS, limit - files) : 0);
  }
}

import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { raise } from '../common/errors/domain.error.js';
import { newId } from '../common/ids.js';
import type { Page } from '../common/pagination/page.dto.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { ListOperationsDto } from './dto/operation.dto.js';
import type { Operation, OperationFailure, OperationReader, OperationResult } from './entities/operation.entity.js';
import { OperationEndedError, OperationNotFoundError } from './operations.errors.js';
import { type NewOperation, OperationsRepository } from './operations.repository.js';

/** How long what has ended can be read. */
const KEPT_DAYS = 30;

/** What a job works on is no longer wanted. It never leaves the job. */
export class OperationStopped extends Error {}

/** Work that takes longer than a request: asked for by one, done by a job, watched by who asked. */
@Injectable()
export class OperationsService {
  constructor(
    private readonly operations: OperationsRepository,
    private readonly transactions: TransactionRunner,
    private readonly audit: AuditLog,
  ) {}

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

  /**
   * For jobs: how far the work is, seen by everybody at once, also from inside a transaction.
   *
   * @param total Null while nobody knows it.
   * @throws OperationStopped when it has been cancelled, or ended by another worker: the job then takes back what it has begun, and is done.
   */
  async progress(id: string, done: number, total: number | null): Promise<void> {
    const goesOn = await this.transactions.apart(() => this.operations.progress(id, done, total));
    if (!goesOn) throw new OperationStopped();
  }

  /** For jobs: ends the work well, unless it has ended already. @returns whether it did. */
  succeed(id: string, result: OperationResult): Promise<boolean> {
    return this.operations.end(id, { status: 'succeeded', result });
  }

  /** For jobs: gives the work up, unless it has ended already. @returns whether it did. */
  fail(id: string, error: OperationFailure): Promise<boolean> {
    return this.operations.end(id, { status: 'failed', error });
  }

  /**
   * Cancels what the reader has started, or anybody's for staff who may; the job stops at its next checkpoint and leaves nothing behind.
   *
   * @throws OperationNotFoundError also for what somebody else has started; OperationEndedError
   */
  cancel(id: string, reader: OperationReader): Promise<Operation> {
    return this.transactions.run(async () => {
      const operation = await this.get(id, reader);
      if (operation.startedBy !== reader.userId && !reader.seesAll) throw new OperationNotFoundError();
      if (!(await this.stop(id))) throw new OperationEndedError((await this.get(id, reader)).status);
      return this.get(id, reader);
    });
  }

  /** Ends what is queued or runs, and records who did. @returns false when it has ended already. */
  stop(id: string): Promise<boolean> {
    return this.transactions.run(async () => {
      const isStopped = await this.operations.end(id, { status: 'cancelled' });
      if (isStopped) await this.audit.record({ action: 'operation.cancelled', target: { type: 'operation', id } });
      return isStopped;
    });
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

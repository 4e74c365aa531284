import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, type Repository, type SelectQueryBuilder } from 'typeorm';
import type { Page } from '../common/pagination/page.dto.js';
import { Pages } from '../database/pages.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import type { ListOperationsDto } from './dto/operation.dto.js';
import { Operation, OperationFile, OperationFileChunk, type OperationReader } from './entities/operation.entity.js';

/** Work that is to be done after the request that asks for it. */
export type NewOperation = Pick<Operation, 'id' | 'kind' | 'startedBy' | 'starterScope' | 'subjectId'>;

const UNDER_WAY = In(['queued', 'running']);
/** What a reader started, with a scope that they still hold, and what is about them; somebody else's does not exist. */
const IS_OWN = `((o.startedBy = :userId
    AND (o.starterScope IS NULL OR o.starterScope = ANY (:scopes::text[]) OR '*' = ANY (:scopes::text[])))
  OR o.subjectId = :userId)`;
const IS_READABLE = `f.operationId = o.id AND f.sizeBytes IS NOT NULL AND f.expiresAt > now()`;

/** Operations, and the files that they produce. */
@Injectable()
export class OperationsRepository {
  constructor(
    @InjectRepository(Operation) private readonly operations: Repository<Operation>,
    @InjectRepository(OperationFile) private readonly files: Repository<OperationFile>,
    @InjectRepository(OperationFileChunk) private readonly chunks: Repository<OperationFileChunk>,
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {}

  /** @returns false when one of this kind is under way for the same subject, also when that one is added at the same moment. */
  async insert(operation: NewOperation): Promise<boolean> {
    const inserted = await this.operations.createQueryBuilder().insert().values(operation).orIgnore().execute();
    return (inserted.raw as unknown[]).length > 0;
  }

  /** The operation of a kind that is under way for a subject. */
  findRunning(kind: string, subjectId: string): Promise<Operation | null> {
    return this.operations.findOneBy({ kind, subjectId, status: UNDER_WAY });
  }

  find(id: string, reader: OperationReader): Promise<Operation | null> {
    return this.visibleTo(reader).andWhere({ id }).getOne();
  }

  /** Those that are under way, and those that ended a moment ago. */
  findCurrentOf(userIds: readonly string[]): Promise<Operation[]> {
    return this.operations
      .createQueryBuilder('o')
      .leftJoinAndMapOne('o.file', OperationFile, 'f', IS_READABLE)
      .where(`o.startedBy = ANY (:userIds::uuid[])`, { userIds })
      .andWhere(`(o.endedAt IS NULL OR o.endedAt > now() - interval '10 seconds')`)
      .getMany();
  }

  /** Newest first; ids are in the order of creation. */
  findPage(reader: OperationReader, list: ListOperationsDto): Promise<Page<Operation>> {
    const { kind, status } = list;
    const query = this.visibleTo(reader);
    if (kind) query.andWhere({ kind: In(kind) });
    if (status) query.andWhere({ status: In(status) });
    const context = JSON.stringify(['operations', reader.userId, reader.seesAll, kind, status]);
    return this.pages.of(query, list, { by: ['o.id'], isDescending: true, context });
  }

  private visibleTo({ userId, scopes, seesAll }: OperationReader): SelectQueryBuilder<Operation> {
    const query = this.operations
      .createQueryBuilder('o')
      .leftJoinAndMapOne('o.file', OperationFile, 'f', IS_READABLE)
      .setParameters({ userId, scopes: [...scopes] });
    return seesAll ? query : query.where(IS_OWN);
  }

  /** Notes that a worker begins, unless it has ended: one statement decides. @returns how often one has; null when it has, or is gone. */
  begin(id: string): Promise<Pick<Operation, 'attempts' | 'subjectId'> | null> {
    return this.transactions.queryOne(
      `UPDATE operations SET status = 'running', started_at = coalesce(started_at, clock_timestamp()), attempts = attempts + 1,
         progress_done = 0, progress_failed = 0
       WHERE id = $1 AND status IN ('queued', 'running') RETURNING attempts, subject_id AS "subjectId"`,
      [id],
    );
  }

  /** @returns false when it does not run any more. */
  async progress(id: string, progressDone: number, progressTotal: number | null): Promise<boolean> {
    const { affected } = await this.operations.update({ id, status: 'running' }, { progressDone, progressTotal });
    return affected === 1;
  }

  /** @returns false when it has ended already, or is gone. */
  async end(
    id: string,
    outcome: Pick<Operation, 'status'> & Partial<Pick<Operation, 'result' | 'error'>>,
  ): Promise<boolean> {
    const ended = { ...outcome, endedAt: () => 'clock_timestamp()' } as object;
    return (await this.operations.update({ id, status: UNDER_WAY }, ended)).affected === 1;
  }

  /** Deletes everything about a person, files included; what is under way ends where it next writes. */
  async deleteAbout(subjectId: string): Promise<void> {
    await this.operations.delete({ subjectId });
  }

  /** Begins a file, and drops what an attempt before left of one. */
  async beginFile({
    days,
    ...file
  }: Pick<OperationFile, 'id' | 'operationId' | 'name' | 'mediaType'> & { days: number }): Promise<void> {
    await this.files.delete({ operationId: file.operationId, sizeBytes: IsNull() });
    await this.files.insert({ ...file, expiresAt: () => `now() + interval '${days} days'` });
  }

  async append(fileId: string, position: number, content: Buffer): Promise<void> {
    await this.chunks.insert({ fileId, position, content });
  }

  /** Makes a file the result of its operation. @returns false when it is gone. */
  async completeFile(id: string, sizeBytes: number): Promise<boolean> {
    return (await this.files.update({ id, sizeBytes: IsNull() }, { sizeBytes })).affected === 1;
  }

  async dropFile(id: string): Promise<void> {
    await this.files.delete({ id });
  }

  /** The file of an operation, for its starter or the person it is about, and for nobody else. */
  findFile(operationId: string, { userId, scopes }: OperationReader): Promise<OperationFile | null> {
    return this.files
      .createQueryBuilder('f')
      .innerJoin(Operation, 'o', IS_READABLE)
      .where('o.id = :operationId', { operationId })
      .andWhere(IS_OWN, { userId, scopes: [...scopes] })
      .getOne();
  }

  /** One piece of a file; null behind its end. */
  async readFile(fileId: string, position: number): Promise<Buffer | null> {
    return (await this.chunks.findOneBy({ fileId, position }))?.content ?? null;
  }

  /** Deletes up to `limit` files past their time. @returns how many. */
  purgeFiles(limit: number): Promise<number> {
    return this.transactions.purge('operation_files', 'expires_at <= now()', limit);
  }

  /** Deletes up to `limit` operations that ended more than `days` ago. @returns how many. */
  purgeEnded(days: number, limit: number): Promise<number> {
    return this.transactions.purge('operations', `ended_at < now() - interval '${days} days'`, limit);
  }
}

import { randomBytes } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { newId } from '../../common/ids.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { csvLine } from '../../operations/csv.js';
import type { Operation } from '../../operations/entities/operation.entity.js';
import { OperationFiles } from '../../operations/operation-files.service.js';
import { OperationsService, OperationStopped } from '../../operations/operations.service.js';
import type { GeneratePromotionCodesDto } from './promotion.dto.js';
import { PromotionCodesService } from './promotion-codes.service.js';
import { PromotionsRepository } from './promotions.repository.js';
import { targetOf } from './promotions.service.js';

/** The kind of operation that makes codes. */
export const CODE_GENERATION = 'promotion_codes';
/** How often a job may begin before it is given up. */
const MAX_ATTEMPTS = 8;
/** Codes that are made, or read, at once. */
const BATCH = 2_000;
const DEFAULT_LENGTH = 12;
/** 32 letters and digits that nobody mistakes for one another: each is five bits of chance. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** What the job is told. */
export type CodeOrder = GeneratePromotionCodesDto & { readonly promotionId: string };

/** Tells the job what to make, and the record who asked. */
@Injectable()
export class GenerationJournal {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  async tell(operationId: string, order: CodeOrder): Promise<void> {
    await this.outbox.add({
      type: 'promotion.codes_requested',
      aggregateType: 'operation',
      aggregateId: operationId,
      aggregateVersion: 1,
      data: { ...order },
    });
    const { promotionId, ...wanted } = order;
    await this.audit.record({
      action: 'promotion.codes_requested',
      target: targetOf(promotionId),
      after: { operationId, ...wanted },
    });
  }
}

/** Makes many codes that cannot be guessed, and a file of them for whoever asked. */
@Injectable()
export class GenerateCodesService {
  private readonly logger = new Logger(GenerateCodesService.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly operations: OperationsService,
    private readonly files: OperationFiles,
    private readonly codes: PromotionCodesService,
    private readonly promotions: PromotionsRepository,
    private readonly journal: GenerationJournal,
  ) {}

  /** Starts making codes; a job does. @throws PromotionNotFoundError, PromotionArchivedError */
  request(promotionId: string, order: GeneratePromotionCodesDto, actor: Actor): Promise<Operation> {
    return this.transactions.run(async () => {
      await this.codes.lockLiving(promotionId);
      const startedBy = responsibleUserId(actor);
      const starterScope = 'promotions:write';
      const { id } = await this.operations.start({ kind: CODE_GENERATION, startedBy, starterScope, subjectId: null });
      await this.journal.tell(id, { ...order, promotionId });
      return this.operations.get(id, { userId: startedBy, scopes: actor.scopes, seesAll: true });
    });
  }

  /**
   * Makes the codes and their file; safe to run twice, also at the same time. Each batch is a transaction that counts what is there before it
   * adds to it, so that a job that begins again goes on where the last one died. When it is cancelled, the codes that nobody has used go.
   */
  async run(operationId: string, order: CodeOrder): Promise<void> {
    const begun = await this.operations.begin(operationId);
    // Whoever cancelled it may have found its job dead, with codes made that nobody has seen.
    if (!begun) return this.promotions.forgetCancelled(operationId);
    try {
      await this.make(operationId, order, begun.attempts);
    } catch (error) {
      if (!(error instanceof OperationStopped)) throw error;
      await this.promotions.forgetCancelled(operationId);
    }
  }

  private async make(operationId: string, order: CodeOrder, attempts: number): Promise<void> {
    const { promotionId, count } = order;
    const promotion = await this.promotions.find(promotionId);
    if (attempts > MAX_ATTEMPTS || promotion?.status === 'archived') {
      this.logger.error(`The codes of operation ${operationId} are given up after ${attempts} attempts`);
      const detail = 'The codes could not be made; ask for them again.';
      await this.operations.fail(operationId, { code: 'promotion.codes_failed', detail });
      return;
    }
    for (let made = 0; made < count;) {
      made = await this.transactions.run(() => this.addBatch(operationId, order));
      await this.operations.progress(operationId, made, count);
    }
    await this.transactions.run(async () => {
      const file = await this.files.create(operationId, 'codes.csv', 'text/csv');
      await file.write(Buffer.from(csvLine(['code'])));
      for (let after: string | null = null; ;) {
        const codes: { id: string; code: string }[] = await this.promotions.findMade(operationId, after, BATCH);
        for (const { code } of codes) await file.write(Buffer.from(csvLine([code])));
        if (codes.length < BATCH) break;
        after = codes.at(-1)!.id;
      }
      const sizeBytes = await file.finish();
      // Another worker may have been faster, or somebody has cancelled it: then this file is not wanted.
      if (!(await this.operations.succeed(operationId, { codes: count }))) throw new OperationStopped();
      if (!(await this.files.complete(file.fileId, sizeBytes)))
        throw new Error(`The file of operation ${operationId} is gone`);
    });
  }

  /** @returns how many there are now. */
  private async addBatch(operationId: string, order: CodeOrder): Promise<number> {
    const { promotionId, count, prefix = '', length = DEFAULT_LENGTH, usageLimit = 1 } = order;
    const made = await this.promotions.lockBatch(operationId);
    const codes = Array.from({ length: Math.min(BATCH, count - made) }, () => ({
      id: newId(),
      promotionId,
      code: (prefix + textOfChance(length)).toUpperCase(),
      usageLimit,
      operationId,
    }));
    // What somebody has already is made again by the next batch.
    return made + (codes.length === 0 ? 0 : (await this.promotions.insertCodes(codes)).length);
  }
}

/** Letters and digits of equal chance: 256 is a multiple of 32, so a byte modulo 32 favours none. */
function textOfChance(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
}

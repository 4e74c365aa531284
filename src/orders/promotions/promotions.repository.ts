import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Not, type Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { beginningWith, holding } from '../../database/conditions.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Promotion, PromotionCode } from './entities/promotion.entity.js';
import type { ListPromotionsDto } from './promotion.dto.js';
import { PromotionLimitBelowUsedError } from './promotions.errors.js';

const MEANINGS = {
  promotions_used_check: () => new PromotionLimitBelowUsedError(),
  promotion_codes_used_check: () => new PromotionLimitBelowUsedError(),
};

/** Promotions and their codes. */
@Injectable()
export class PromotionsRepository {
  constructor(
    @InjectRepository(Promotion) private readonly promotions: Repository<Promotion>,
    @InjectRepository(PromotionCode) private readonly codes: Repository<PromotionCode>,
    private readonly transactions: TransactionRunner,
    private readonly pages: Pages,
  ) {}

  find(id: string): Promise<Promotion | null> {
    return this.promotions.findOneBy({ id });
  }

  lock(id: string): Promise<Promotion | null> {
    return this.promotions.findOne({ where: { id }, lock: { mode: 'for_no_key_update' } });
  }

  /** Newest first. */
  findPage({ status, q, ...request }: ListPromotionsDto): Promise<Page<Promotion>> {
    const query = this.promotions.createQueryBuilder('p').where({ status: status ?? Not('archived') });
    if (q) query.andWhere('p.name ILIKE :q', { q: holding(q) });
    const context = `promotions ${status ?? ''} ${q ?? ''}`;
    return this.pages.of(query, request, { by: ['p.id'], isDescending: true, context });
  }

  async insert(promotion: Partial<Promotion>): Promise<void> {
    await this.promotions.insert(promotion);
  }

  /** @throws PromotionLimitBelowUsedError also when it is used at the same moment. */
  save(promotion: Promotion): Promise<Promotion> {
    return onViolation(this.promotions.save(promotion), MEANINGS);
  }

  /** By code. */
  findCodePage(promotionId: string, q: string | undefined, request: PageRequest): Promise<Page<PromotionCode>> {
    const query = this.codes.createQueryBuilder('c').where({ promotionId });
    if (q) query.andWhere('c.code COLLATE "C" LIKE :q', { q: beginningWith(q.toUpperCase()) });
    return this.pages.of(query, request, {
      by: ['c.code COLLATE "C"'],
      context: `promotion ${promotionId} codes ${q ?? ''}`,
    });
  }

  lockCode(promotionId: string, id: string): Promise<PromotionCode | null> {
    return this.codes.findOne({ where: { promotionId, id }, lock: { mode: 'for_no_key_update' } });
  }

  /** Adds those codes that nobody has. @returns the rows that were added. */
  async insertCodes(codes: readonly Partial<PromotionCode>[]): Promise<PromotionCode[]> {
    // One statement of arrays, whatever their number; the unique code decides who is first.
    return this.transactions.query<PromotionCode>(
      `INSERT INTO promotion_codes (id, promotion_id, code, usage_limit, operation_id)
       SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::uuid[])
       ON CONFLICT (code) DO NOTHING
       RETURNING id, promotion_id AS "promotionId", code, usage_limit AS "usageLimit", used, is_disabled AS "isDisabled",
         created_at AS "createdAt"`,
      [
        codes.map(({ id }) => id),
        codes.map(({ promotionId }) => promotionId),
        codes.map(({ code }) => code),
        codes.map(({ usageLimit }) => usageLimit ?? null),
        codes.map(({ operationId }) => operationId ?? null),
      ],
    );
  }

  /** @throws PromotionLimitBelowUsedError also when it is used at the same moment. */
  saveCode(code: PromotionCode): Promise<PromotionCode> {
    return onViolation(this.codes.save(code), MEANINGS);
  }

  /** Deletes one code, or all codes of a promotion; what they were used for stays. @returns how many. */
  async deleteCodes(criteria: { promotionId: string; id?: string }): Promise<number> {
    return (await this.codes.delete(criteria)).affected ?? 0;
  }

  /** A code with its promotion, where it exists. */
  async findByCode(code: string): Promise<{ code: PromotionCode; promotion: Promotion } | null> {
    const found = await this.codes.findOneBy({ code });
    const promotion = found && (await this.find(found.promotionId));
    return found && promotion ? { code: found, promotion } : null;
  }

  /** Lets the batches of one operation follow each other, until the transaction ends. @returns how many codes it has made. */
  async lockBatch(operationId: string): Promise<number> {
    await this.transactions.query(`SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`, [operationId]);
    return this.codes.countBy({ operationId });
  }

  /** Codes that an operation has made, by id. */
  async findMade(
    operationId: string,
    after: string | null,
    limit: number,
  ): Promise<Pick<PromotionCode, 'id' | 'code'>[]> {
    return this.transactions.query(
      `SELECT id, code FROM promotion_codes WHERE operation_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3`,
      [operationId, after, limit],
    );
  }

  /** Deletes the codes that a cancelled operation has made, but for those that an order has used meanwhile. One statement decides. */
  async forgetCancelled(operationId: string): Promise<void> {
    await this.transactions.execute(
      `DELETE FROM promotion_codes AS code WHERE operation_id = $1
         AND EXISTS (SELECT 1 FROM operations WHERE id = $1 AND status = 'cancelled')
         AND NOT EXISTS (SELECT 1 FROM promotion_uses AS use WHERE use.code_id = code.id)`,
      [operationId],
    );
  }
}

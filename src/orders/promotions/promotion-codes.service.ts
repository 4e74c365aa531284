import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { newId } from '../../common/ids.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { PromotionCode } from './entities/promotion.entity.js';
import type { AddPromotionCodesDto, ListPromotionCodesDto, UpdatePromotionCodeDto } from './promotion.dto.js';
import { canonicalCode } from './promotion-rules.js';
import {
  PromotionArchivedError,
  PromotionCodeNotFoundError,
  PromotionCodeTakenError,
  PromotionCodeUnknownError,
  PromotionNotFoundError,
  PromotionUsageLimitError,
} from './promotions.errors.js';
import { PromotionsRepository } from './promotions.repository.js';
import { targetOf } from './promotions.service.js';

/** The codes of promotions: what staff think of, and what customers enter. */
@Injectable()
export class PromotionCodesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly promotions: PromotionsRepository,
    private readonly audit: AuditLog,
  ) {}

  /** One page of the codes of a promotion, by code. @throws PromotionNotFoundError */
  async list(promotionId: string, { q, ...request }: ListPromotionCodesDto): Promise<Page<PromotionCode>> {
    if (!(await this.promotions.find(promotionId))) throw new PromotionNotFoundError();
    return this.promotions.findCodePage(promotionId, q, request);
  }

  /** Adds codes, all or none. @throws PromotionNotFoundError, PromotionArchivedError; PromotionCodeTakenError pointing at those that are taken. */
  add(promotionId: string, { codes }: AddPromotionCodesDto): Promise<PromotionCode[]> {
    return this.transactions.run(async () => {
      await this.lockLiving(promotionId);
      const wanted = codes.map(({ code, usageLimit }) => ({
        id: newId(),
        promotionId,
        code: canonicalCode(code),
        usageLimit,
      }));
      const added = new Map((await this.promotions.insertCodes(wanted)).map((code) => [code.id, code]));
      const taken = wanted.flatMap(({ id }, place) => (added.has(id) ? [] : [place]));
      if (taken.length > 0) throw new PromotionCodeTakenError(taken);
      await this.audit.record({
        action: 'promotion.codes_added',
        target: targetOf(promotionId),
        after: { count: codes.length, first: wanted[0]!.code },
      });
      return wanted.map(({ id }) => added.get(id)!);
    });
  }

  /** @throws PromotionCodeNotFoundError, PromotionLimitBelowUsedError */
  update(promotionId: string, id: string, change: UpdatePromotionCodeDto): Promise<PromotionCode> {
    return this.transactions.run(async () => {
      const code = await this.lockCode(promotionId, id);
      const { usageLimit, isDisabled } = code;
      const changed = await this.promotions.saveCode(Object.assign(code, change));
      if (changed.usageLimit !== usageLimit || changed.isDisabled !== isDisabled)
        await this.audit.record({
          action: 'promotion.code_changed',
          target: targetOf(promotionId),
          before: { code: code.code, usageLimit, isDisabled },
          after: { usageLimit: changed.usageLimit, isDisabled: changed.isDisabled },
        });
      return changed;
    });
  }

  /** Deletes a code; orders that have it keep their discount. @throws PromotionCodeNotFoundError */
  async remove(promotionId: string, id: string): Promise<void> {
    await this.transactions.run(async () => {
      const { code } = await this.lockCode(promotionId, id);
      await this.promotions.deleteCodes({ promotionId, id });
      await this.audit.record({ action: 'promotion.code_removed', target: targetOf(promotionId), before: { code } });
    });
  }

  /**
   * Says whether a code is worth entering: it exists, and its promotion is under way. Whether it applies to a purchase is another question.
   *
   * @returns the code as it is kept.
   * @throws PromotionCodeUnknownError; PromotionUsageLimitError when it has been used as often as it may be.
   */
  async assertValid(entered: string): Promise<string> {
    const found = await this.promotions.findByCode(canonicalCode(entered));
    const now = new Date();
    if (!found || found.code.isDisabled) throw new PromotionCodeUnknownError();
    const { code, promotion } = found;
    const { status, isAutomatic, startsAt, endsAt } = promotion;
    const isUnderWay = (startsAt === null || startsAt <= now) && (endsAt === null || endsAt > now);
    if (status !== 'active' || isAutomatic || !isUnderWay) throw new PromotionCodeUnknownError();
    if (isUsedUp(code) || isUsedUp(promotion)) throw new PromotionUsageLimitError('/code');
    return code.code;
  }

  /** Locks a promotion that may get codes. @throws PromotionNotFoundError, PromotionArchivedError */
  async lockLiving(promotionId: string): Promise<void> {
    const { status } = (await this.promotions.lock(promotionId)) ?? raise(new PromotionNotFoundError());
    if (status === 'archived') throw new PromotionArchivedError();
  }

  private async lockCode(promotionId: string, id: string): Promise<PromotionCode> {
    return (await this.promotions.lockCode(promotionId, id)) ?? raise(new PromotionCodeNotFoundError());
  }
}

const isUsedUp = ({ used, usageLimit }: { used: number; usageLimit: number | null }): boolean =>
  usageLimit !== null && used >= usageLimit;

import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion, InvalidRequestError } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Promotion } from './entities/promotion.entity.js';
import { PromotionEvent } from './promotion.event.js';
import type { CreatePromotionDto, ListPromotionsDto, UpdatePromotionDto } from './promotion.dto.js';
import { PromotionArchivedError, PromotionNotFoundError } from './promotions.errors.js';
import { PromotionsRepository } from './promotions.repository.js';

/** The members that staff set, for the record of who did what. */
const AUDITED = [
  'name',
  'status',
  'isAutomatic',
  'priority',
  'isExclusive',
  'startsAt',
  'endsAt',
  'usageLimit',
  'usageLimitPerCustomer',
  'conditions',
  'effects',
] as const;

/** Promotions as staff make them; what they come to is the doing of `applyPromotions`. */
@Injectable()
export class PromotionsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly promotions: PromotionsRepository,
    private readonly audit: AuditLog,
    private readonly outbox: Outbox,
  ) {}

  /** @throws PromotionNotFoundError */
  async get(id: string): Promise<Promotion> {
    return (await this.promotions.find(id)) ?? raise(new PromotionNotFoundError());
  }

  /** One page of promotions, newest first. */
  list(query: ListPromotionsDto): Promise<Page<Promotion>> {
    return this.promotions.findPage(query);
  }

  /** @throws InvalidRequestError when it would end before it begins. */
  create(dto: CreatePromotionDto): Promise<Promotion> {
    assertPeriod(dto);
    const id = newId();
    return this.transactions.run(async () => {
      await this.promotions.insert({ id, ...plain(withDefaults(dto)) });
      const created = await this.get(id);
      await this.outbox.add(new PromotionEvent('promotion.created', created));
      await this.audit.record({ action: 'promotion.created', target: targetOf(id), after: audited(created) });
      return created;
    });
  }

  /**
   * Changes a promotion; members that are absent stay (RFC 7396). It holds for carts at once, and for no order that has been placed.
   *
   * @throws PromotionNotFoundError, PromotionArchivedError, VersionMismatchError, PromotionLimitBelowUsedError; InvalidRequestError when it
   * would end before it begins.
   */
  update(id: string, change: UpdatePromotionDto, expectedVersion?: number): Promise<Promotion> {
    return this.transactions.run(async () => {
      const promotion = await this.lock(id, expectedVersion);
      if (promotion.status === 'archived') throw new PromotionArchivedError();
      const before = audited(promotion);
      Object.assign(promotion, plain(change));
      assertPeriod(promotion);
      if (isDeepStrictEqual(audited(promotion), before)) return promotion;
      const changed = await this.promotions.save(promotion);
      await this.outbox.add(new PromotionEvent('promotion.changed', changed));
      await this.audit.record({ action: 'promotion.changed', target: targetOf(id), before, after: audited(changed) });
      return changed;
    });
  }

  /**
   * Archives a promotion for good, because orders name it: it applies to nothing any more, and its codes are free again. Doing it again changes
   * nothing.
   *
   * @throws PromotionNotFoundError, VersionMismatchError
   */
  async archive(id: string, expectedVersion?: number): Promise<void> {
    await this.transactions.run(async () => {
      const promotion = await this.lock(id, expectedVersion);
      if (promotion.status === 'archived') return;
      const archived = await this.promotions.save(Object.assign(promotion, { status: 'archived' }));
      await this.outbox.add(new PromotionEvent('promotion.archived', archived));
      const codes = await this.promotions.deleteCodes({ promotionId: id });
      await this.audit.record({ action: 'promotion.archived', target: targetOf(id), before: { codes } });
    });
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<Promotion> {
    const promotion = (await this.promotions.lock(id)) ?? raise(new PromotionNotFoundError());
    assertVersion(promotion, expectedVersion);
    return promotion;
  }
}

export const targetOf = (id: string): { type: string; id: string } => ({ type: 'promotion', id });

/** Null where nothing is given says the same as nothing: the column has a value of its own. */
const withDefaults = (dto: CreatePromotionDto): CreatePromotionDto =>
  Object.fromEntries(Object.entries(dto).filter(([, value]) => value !== null)) as unknown as CreatePromotionDto;

/** Conditions and effects as the database keeps them, so that what is the same is seen to be. */
function plain<Dto extends UpdatePromotionDto>(dto: Dto): Dto {
  const { conditions, effects } = dto;
  return {
    ...dto,
    ...(conditions && { conditions: JSON.parse(JSON.stringify(conditions)) as Dto['conditions'] }),
    ...(effects && { effects: JSON.parse(JSON.stringify(effects)) as Dto['effects'] }),
  };
}

const audited = (promotion: Promotion): Record<string, unknown> =>
  Object.fromEntries(AUDITED.map((member) => [member, promotion[member]]));

function assertPeriod({ startsAt, endsAt }: { startsAt?: Date | null; endsAt?: Date | null }): void {
  if (startsAt && endsAt && startsAt >= endsAt)
    throw InvalidRequestError.of('/endsAt', 'range', 'must be later than startsAt');
}

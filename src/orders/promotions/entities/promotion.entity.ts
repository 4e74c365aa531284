import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { Resource } from '../../../database/resource.entity.js';
import type { PromotionCondition, PromotionEffect } from '../promotion-part.js';

export const PROMOTION_STATUSES = ['active', 'disabled', 'archived'] as const;
export type PromotionStatus = (typeof PROMOTION_STATUSES)[number];

const STATUSES = PROMOTION_STATUSES.map((status) => `'${status}'`).join(', ');
const WITHIN_LIMIT = 'used >= 0 AND (usage_limit IS NULL OR used <= usage_limit)';

/** What the shop takes off under which conditions. Every column but `used` is a rule of pricing, and changing it raises the version of the rules. */
@Entity('promotions')
@Check('promotions_status_check', `status IN (${STATUSES})`)
@Check('promotions_period_check', 'starts_at < ends_at')
@Check('promotions_limit_check', 'usage_limit > 0 AND usage_limit_per_customer > 0')
@Check('promotions_used_check', WITHIN_LIMIT)
export class Promotion extends Resource {
  /** What customers read beside the discount. @example "Ten percent off in spring" */
  @Column({ type: 'text' })
  name: string;

  /** Only an active one applies; an archived one never changes again. @example "active" */
  @Column({ type: 'text', default: 'active' })
  status: PromotionStatus;

  /** Whether it applies by itself; else to whoever enters one of its codes. @example false */
  @Column({ type: 'boolean', default: false })
  isAutomatic: boolean;

  /** Those of a higher priority apply first; of two of the same, the older. @example 10 */
  @Column({ type: 'int', default: 0 })
  priority: number;

  /** Whether it applies alone: not after another one, and none after it. @example false */
  @Column({ type: 'boolean', default: false })
  isExclusive: boolean;

  /** From when on it applies; null for at once. @example "2025-11-28T00:00:00.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  startsAt: Date | null;

  /** Until when; null for good. @example "2025-12-02T00:00:00.000Z" */
  @Column({ type: 'timestamptz', nullable: true })
  endsAt: Date | null;

  /** How many orders it may apply to; null for any number. @example 1000 */
  @Column({ type: 'int', nullable: true })
  usageLimit: number | null;

  /** How many orders of one customer, or of one e-mail address of a guest; null for any number. @example 1 */
  @Column({ type: 'int', nullable: true })
  usageLimitPerCustomer: number | null;

  /** How many orders it applies to, counted while there is a limit of any kind; cancelled and expired ones are not. @example 12 */
  @Column({ type: 'int', default: 0 })
  used: number;

  /** All of which must be met. */
  @Column({ type: 'jsonb', default: [] })
  conditions: PromotionCondition[];

  /** What it takes off, one after the other. */
  @Column({ type: 'jsonb' })
  effects: PromotionEffect[];
}

/** What a customer enters for a promotion to apply. */
@Entity('promotion_codes')
@Index('promotion_codes_promotion_id_code_idx', { synchronize: false })
@Index('promotion_codes_operation_id_id_idx', ['operationId', 'id'], { where: 'operation_id IS NOT NULL' })
@Check('promotion_codes_code_check', 'code = upper(code)')
@Check('promotion_codes_limit_check', 'usage_limit > 0')
@Check('promotion_codes_used_check', WITHIN_LIMIT)
export class PromotionCode {
  /** @example "01970c1e-5a6b-7c8d-9e0f-1a2b3c4d5e6f" */
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** @example "01970c1e-2d3e-7f4a-8b5c-6d7e8f9a0b1c" */
  @Column({ type: 'uuid' })
  @ForeignKey(() => Promotion, { onDelete: 'CASCADE' })
  promotionId: string;

  /** In upper case; entered in any case. @example "SPRING10" */
  @Column({ type: 'text', unique: true })
  code: string;

  /** How many orders it may be used for; null for any number. @example 1 */
  @Column({ type: 'int', nullable: true })
  usageLimit: number | null;

  /** How many orders it is used for, counted while there is a limit of any kind. @example 0 */
  @Column({ type: 'int', default: 0 })
  used: number;

  /** Whether it is refused. @example false */
  @Column({ type: 'boolean', default: false })
  isDisabled: boolean;

  /** The operation that has made it; null for one that somebody thought of. */
  @Column({ type: 'uuid', nullable: true })
  operationId: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}

/** One order that a limited promotion applies to. The rows that are `used` add up to the counters of promotion, code and customer. */
@Entity('promotion_uses')
@Check('promotion_uses_status_check', `status IN ('used', 'returned')`)
@Index('promotion_uses_promotion_id_idx', ['promotionId'])
@Index('promotion_uses_code_id_idx', ['codeId'], { where: 'code_id IS NOT NULL' })
@Index('promotion_uses_customer_key_idx', ['customerKey'])
export class PromotionUse {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('Order', { deferrable: 'INITIALLY DEFERRED' })
  orderId: string;

  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => Promotion)
  promotionId: string;

  /** Null for a promotion that applies by itself, and for a code that has been deleted. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey(() => PromotionCode, { onDelete: 'SET NULL' })
  codeId: string | null;

  /** Id of the customer, or canonical e-mail address of a guest. */
  @Column({ type: 'text' })
  customerKey: string;

  /** `returned` once the order has been cancelled or has expired. */
  @Column({ type: 'text', default: 'used' })
  status: 'used' | 'returned';

  @Column({ type: 'timestamptz', default: () => 'now()' })
  usedAt: Date;
}

/** How often one customer uses one promotion. */
@Entity('promotion_customers')
@Check('promotion_customers_used_check', WITHIN_LIMIT)
@Index('promotion_customers_customer_key_idx', ['customerKey'])
export class PromotionCustomer {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => Promotion, { onDelete: 'CASCADE' })
  promotionId: string;

  /** Id of the customer, or canonical e-mail address of a guest. */
  @PrimaryColumn({ type: 'text' })
  customerKey: string;

  @Column({ type: 'int' })
  used: number;

  /** The limit of the promotion when it was last used; null without one. */
  @Column({ type: 'int', nullable: true })
  usageLimit: number | null;
}

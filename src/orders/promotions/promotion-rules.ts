import type { PurchaseLine } from '../pricing/purchase.js';
import type { FactSection, RuleSection } from '../pricing/rule-section.js';
import { CONDITIONS } from './condition-list.js';
import { EFFECTS } from './effect-list.js';
import type { ItemsDto } from './items.dto.js';
import { type PartList, type PromotionCondition, type PromotionEffect, readPart } from './promotion-part.js';

/** One promotion that may apply now or later. */
export interface PromotionRule {
  readonly id: string;
  readonly name: string;
  readonly isAutomatic: boolean;
  readonly isExclusive: boolean;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly usageLimit: number | null;
  readonly usageLimitPerCustomer: number | null;
  readonly conditions: readonly PromotionCondition[];
  readonly effects: readonly PromotionEffect[];
}

/** The promotions of the shop that may apply now or later, in the order in which they apply: by priority, then the oldest first. */
export interface PromotionRules {
  readonly promotions: readonly PromotionRule[];
  /** Whether one that applies by itself asks about the buyer. */
  readonly areAboutBuyer: boolean;
  /** Whether a line is of these goods. */
  readonly holds: (items: ItemsDto, line: PurchaseLine) => boolean;
}

/** A code that exists, and how often it may still be used. */
export interface KnownCode {
  readonly id: string;
  readonly promotionId: string;
  readonly isDisabled: boolean;
  readonly usageLimit: number | null;
  readonly used: number;
}

/** What promotions ask about a buyer. */
export interface PromotionFacts {
  readonly groupIds: readonly string[];
  readonly isFirstOrder: boolean;
  /** Codes that were entered and exist, as `canonicalCode` writes them. */
  readonly codes: Readonly<Record<string, KnownCode>>;
  /** Uses by promotion, in total and of this customer; only of those with a limit. */
  readonly uses: Readonly<Record<string, readonly [total: number, ofCustomer: number]>>;
}

/** The one spelling of a code: codes are the same whatever their case. */
export const canonicalCode = (code: string): string => code.trim().toUpperCase();

type Row = Omit<PromotionRule, 'startsAt' | 'endsAt' | 'conditions' | 'effects'> &
  Record<'startsAt' | 'endsAt', string | null> &
  Record<'conditions' | 'effects', readonly unknown[]>;

export const PROMOTION_RULES: RuleSection<PromotionRules> = {
  sql: `SELECT json_build_object(
      'promotions', (SELECT coalesce(json_agg(json_build_object('id', p.id, 'name', p.name, 'isAutomatic', p.is_automatic,
          'isExclusive', p.is_exclusive, 'startsAt', p.starts_at, 'endsAt', p.ends_at, 'usageLimit', p.usage_limit,
          'usageLimitPerCustomer', p.usage_limit_per_customer, 'conditions', p.conditions, 'effects', p.effects)
          ORDER BY p.priority DESC, p.id), '[]')
        FROM promotions p WHERE p.status = 'active' AND (p.ends_at IS NULL OR p.ends_at > now())),
      'below', (WITH RECURSIVE below AS (
          SELECT DISTINCT category ->> 0 AS top, (category ->> 0)::uuid AS id
          FROM promotions p, jsonb_path_query(jsonb_build_array(p.conditions, p.effects), '$.**.categoryIds[*]') category
          WHERE p.status = 'active'
          UNION
          SELECT b.top, c.id FROM below b JOIN categories c ON c.parent_id = b.id)
        SELECT coalesce(json_object_agg(top, ids), '{}')
        FROM (SELECT top, json_agg(id) AS ids FROM below GROUP BY top) tree))`,
  read: (value) => readRules(value as { promotions: Row[]; below: Record<string, string[]> }),
};

function readRules({
  promotions: rows,
  below,
}: {
  promotions: Row[];
  below: Record<string, string[]>;
}): PromotionRules {
  const promotions = rows.map(({ startsAt, endsAt, conditions, effects, ...row }): PromotionRule => {
    const read = { conditions: readParts(CONDITIONS, conditions), effects: readParts(EFFECTS, effects) };
    // A part that this process does not know may be what narrows the promotion: it must not apply without it.
    const isWhole = read.conditions.length === conditions.length && read.effects.length === effects.length;
    return {
      ...row,
      startsAt: startsAt === null ? null : new Date(startsAt),
      endsAt: endsAt === null ? null : new Date(endsAt),
      ...(isWhole ? read : { conditions: [], effects: [] }),
    };
  });
  return {
    promotions,
    areAboutBuyer: promotions.some((promotion) => promotion.isAutomatic && (isLimited(promotion) || asks(promotion))),
    holds: holding(below),
  };
}

const readParts = <Part>(list: PartList<Part>, values: readonly unknown[]): Part[] =>
  values.flatMap((value) => readPart(list, value) ?? []);

export const isLimited = ({ usageLimit, usageLimitPerCustomer }: PromotionRule): boolean =>
  usageLimit !== null || usageLimitPerCustomer !== null;

const asks = ({ conditions }: PromotionRule): boolean =>
  conditions.some((condition) => (condition.constructor as typeof PromotionCondition).asksAboutBuyer);

/** @param below By the id of a category, itself and everything below it. */
export function holding(below: Readonly<Record<string, readonly string[]>>): PromotionRules['holds'] {
  const known = new WeakMap<ItemsDto, Readonly<Record<'products' | 'variants' | 'categories', ReadonlySet<string>>>>();
  const setsOf = ({ productIds, variantIds, categoryIds = [] }: ItemsDto) => ({
    products: new Set(productIds),
    variants: new Set(variantIds),
    categories: new Set(categoryIds.flatMap((id) => below[id] ?? [id])),
  });
  return (items, { productId, variantId, categoryIds }) => {
    let sets = known.get(items);
    if (!sets) known.set(items, (sets = setsOf(items)));
    return (
      (variantId !== null && sets.variants.has(variantId)) ||
      (productId !== null && sets.products.has(productId)) ||
      categoryIds.some((id) => sets.categories.has(id))
    );
  };
}

export const PROMOTION_FACTS: FactSection<PromotionRules, PromotionFacts | null> = {
  sql: `SELECT json_build_object(
      'groupIds', (SELECT coalesce(json_agg(group_id), '[]') FROM customer_group_members WHERE user_id = $1::uuid),
      'isFirstOrder', NOT EXISTS (SELECT FROM orders WHERE customer_id = $1::uuid AND status NOT IN ('draft', 'cancelled', 'expired'))
        AND NOT EXISTS (SELECT FROM orders WHERE lower(email) = $2::text AND status NOT IN ('draft', 'cancelled', 'expired')),
      'codes', (SELECT coalesce(json_object_agg(code, json_build_object('id', id, 'promotionId', promotion_id, 'isDisabled', is_disabled,
          'usageLimit', usage_limit, 'used', used)), '{}')
        FROM promotion_codes WHERE code = ANY (SELECT upper(btrim(entered)) FROM unnest($3::text[]) entered)),
      'uses', (SELECT coalesce(json_object_agg(p.id, json_build_array(p.used, coalesce(c.used, 0))), '{}')
        FROM promotions p
        LEFT JOIN promotion_customers c ON c.promotion_id = p.id AND c.customer_key = coalesce($1::uuid::text, $2::text)
        WHERE p.status = 'active' AND (p.usage_limit IS NOT NULL OR p.usage_limit_per_customer IS NOT NULL)))`,
  isNeeded: ({ areAboutBuyer }, { codes }) => areAboutBuyer || codes.length > 0,
  read: (value) => value as PromotionFacts | null,
};

import {
  PROMOTION_FACTS,
  PROMOTION_RULES,
  type PromotionFacts,
  type PromotionRules,
} from '../promotions/promotion-rules.js';
import { SHIPPING_RULES, type ShippingRules } from '../shipping/shipping-rules.js';
import { TAX_FACTS, TAX_RULES, type TaxFacts, type TaxRules } from '../tax/tax-rules.js';

/** The rules of the shop by which something costs what it does, beside the prices of the catalogue. */
export interface PricingRules {
  readonly version: number;
  readonly promotions: PromotionRules;
  readonly shipping: ShippingRules;
  readonly taxes: TaxRules;
}

/** What the rules ask about a buyer. */
export interface PricingFacts {
  readonly promotions: PromotionFacts | null;
  /** Null for who is not exempt. */
  readonly taxes: TaxFacts | null;
}

export const RULE_SECTIONS = { promotions: PROMOTION_RULES, shipping: SHIPPING_RULES, taxes: TAX_RULES } as const;
export const FACT_SECTIONS = { promotions: PROMOTION_FACTS, taxes: TAX_FACTS } as const;

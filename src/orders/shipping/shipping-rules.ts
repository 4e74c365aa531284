import type { RuleSection } from '../pricing/rule-section.js';

/** The shipping methods of the shop. */
export type ShippingRules = readonly never[];

export const SHIPPING_RULES: RuleSection<ShippingRules> = {
  sql: `SELECT '[]'::json`,
  read: () => [],
};

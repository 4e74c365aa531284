import type { FactSection, RuleSection } from '../pricing/rule-section.js';

/** The tax rates of the shop, and how its prices relate to them. */
export type TaxRules = readonly never[];

/** What taxes ask about a buyer. */
export type TaxFacts = null;

export const TAX_RULES: RuleSection<TaxRules> = {
  sql: `SELECT '[]'::json`,
  read: () => [],
};

export const TAX_FACTS: FactSection<TaxRules, TaxFacts> = {
  sql: `SELECT NULL::json`,
  isNeeded: () => false,
  read: () => null,
};

import type { AppliedTax } from '../order-totals.js';
import type { Purchase, Reason } from '../pricing/purchase.js';
import type { TaxFacts, TaxRules } from './tax-rules.js';

/** An amount that may be taxed. */
export interface Taxable {
  /** Key of the line; null for shipping. */
  readonly key: string | null;
  /** Minor units, discounts taken off: without its tax, or with it where prices include tax. */
  readonly amount: number;
  readonly taxCategory: string;
}

/** Taxes of a purchase. */
export interface TaxResult {
  readonly pricesIncludeTax: boolean;
  /** What each taxable bears, in their order. */
  readonly taxes: readonly (readonly AppliedTax[])[];
  readonly reasons: readonly Reason[];
}

/** Calculates the taxes on what a purchase comes to. Pure. */
export function calculateTaxes(
  _purchase: Purchase,
  taxables: readonly Taxable[],
  _rules: TaxRules,
  _facts: TaxFacts,
): TaxResult {
  return {
    pricesIncludeTax: false,
    taxes: taxables.map(() => []),
    reasons: [{ code: 'no_tax_added', message: 'No tax is added to the prices.' }],
  };
}

import { money, multiply, sumOf } from '../../common/money/money.js';
import {
  type AppliedPromotion,
  type LineAdjustment,
  type OrderShipping,
  type OrderTotals,
  type PricedLine,
  priceLine,
  totalsOf,
} from '../order-totals.js';
import { applyPromotions, type LimitedUse, type PromotionOutcome } from '../promotions/apply-promotions.js';
import {
  quoteShipping,
  type ShippingOption,
  shippingProblemOf,
  type ShippingRefusal,
} from '../shipping/quote-shipping.js';
import { calculateTaxes, type Taxable, type TaxedAmount } from '../tax/calculate-taxes.js';
import type { PricingFacts, PricingRules } from './pricing-rules.js';
import type { Purchase, Reason } from './purchase.js';

/** What a purchase comes to, and why. */
export interface Pricing {
  /** In the order of the purchase. */
  readonly lines: readonly PricedLine[];
  /** Null when no method has been chosen, or the chosen one cannot be had. */
  readonly shipping: OrderShipping | null;
  readonly totals: OrderTotals;
  readonly promotions: readonly AppliedPromotion[];
  /** Those of them that are counted. */
  readonly promotionUses: readonly LimitedUse[];
  /** Every way to ship it. */
  readonly shippingOptions: readonly ShippingOption[];
  /** Methods that go there and are not offered. */
  readonly shippingRefusals: readonly ShippingRefusal[];
  /** What became of every code and of every promotion. */
  readonly outcomes: readonly PromotionOutcome[];
  readonly taxReasons: readonly Reason[];
  /** What keeps it from being ordered as far as shipping goes, by the code of the refusal; null when nothing does. */
  readonly shippingProblem: Reason | null;
}

/**
 * Prices a purchase, in this order: lines; promotions off lines; shipping for what then remains; promotions off shipping; taxes on what
 * remains of lines and shipping. Pure and exact: every total is the sum of its parts (domain.md M3 to M5, M7).
 *
 * @throws RangeError when an amount is beyond the exact integers.
 */
export function pricePurchase(
  purchase: Purchase,
  rules: PricingRules,
  facts: PricingFacts,
  taxesOf = calculateTaxes,
): Pricing {
  const { currency, lines } = purchase;
  const promotions = applyPromotions(purchase, rules.promotions, facts.promotions);
  const discounted = lines.map(({ key, quantity, unitPrice, taxCategory, adjustments: kept = [] }) => {
    const adjustments = [...kept, ...(promotions.lines.get(key) ?? [])];
    const gross = multiply(money(unitPrice, currency), quantity).amount;
    return { key, taxCategory, adjustments, amount: gross - sumOf(adjustments) };
  });
  const subtotal = money(sumOf(discounted), currency).amount;
  const shippingQuote = quoteShipping(purchase, subtotal, rules.shipping);
  const chosen = chosenOf(purchase, shippingQuote.options);
  const offShipping = chosen ? promotions.offShipping(chosen.price) : [];
  const shippingAmount = chosen ? chosen.price - sumOf(offShipping) : 0;

  const taxables: Taxable[] = discounted.map(({ key, amount, taxCategory }) => ({ key, amount, taxCategory }));
  if (chosen) taxables.push({ key: null, amount: shippingAmount, taxCategory: chosen.taxCategory });
  const { pricesIncludeTax, amounts, reasons } = taxesOf(purchase, taxables, rules.taxes, facts.taxes);
  const shippingTax = (chosen && amounts.at(-1)) ?? { taxes: [], relief: 0 };

  const priced = lines.map(({ unitPrice, quantity }, index): PricedLine => {
    const { taxes, relief } = amounts[index]!;
    const adjustments = [...discounted[index]!.adjustments, ...reliefOf(relief)];
    return {
      ...priceLine(money(unitPrice, currency), quantity, sumOf(adjustments), sumOf(taxes), pricesIncludeTax),
      adjustments,
      taxes,
    };
  });
  const applied = appliedOf([...discounted.flatMap(({ adjustments }) => adjustments), ...offShipping]);
  return {
    lines: priced,
    shipping: chosen ? shippingOf(chosen, sumOf(offShipping), shippingTax) : null,
    totals: totalsOf(priced, currency, shippingAmount - shippingTax.relief, sumOf(shippingTax.taxes), pricesIncludeTax),
    promotions: applied,
    promotionUses: promotions.uses.filter(({ promotionId }) => applied.some((one) => one.promotionId === promotionId)),
    shippingOptions: shippingQuote.options,
    shippingRefusals: shippingQuote.refusals,
    outcomes: promotions.outcomes.map((outcome) => withAmount(outcome, applied)),
    taxReasons: reasons,
    shippingProblem:
      purchase.shippingPrice === null ? shippingProblemOf(purchase, shippingQuote, rules.shipping, chosen) : null,
  };
}

/** What a purchase comes to, as an order keeps it. */
export function amountsOf({ totals, shipping, promotions }: Pricing) {
  return {
    subtotalAmount: totals.subtotal.amount,
    discountTotalAmount: totals.discountTotal.amount,
    shippingTotalAmount: totals.shippingTotal.amount,
    taxTotalAmount: totals.taxTotal.amount,
    shippingTaxAmount: totals.shippingTax.amount,
    totalAmount: totals.total.amount,
    pricesIncludeTax: totals.pricesIncludeTax,
    shipping,
    shippingMethodId: shipping?.methodId ?? null,
    promotions,
  };
}

function chosenOf(
  { shippingMethod, shippingPrice }: Purchase,
  options: readonly ShippingOption[],
): ShippingOption | undefined {
  if (shippingPrice === null)
    return options.find(({ methodId, code }) => shippingMethod === methodId || shippingMethod === code);
  if (shippingPrice === 0) return undefined;
  const reason = { code: 'set_by_staff', message: 'Set by the staff of the shop.' };
  return {
    methodId: null,
    code: 'staff',
    name: 'Shipping',
    description: null,
    taxCategory: 'standard',
    price: shippingPrice,
    carrier: null,
    reference: null,
    zoneId: null,
    pickupLocationId: null,
    estimatedDays: { min: null, max: null },
    reason,
  };
}

/** Who is exempt is charged the price without the tax it contains. */
function shippingOf(option: ShippingOption, discount: number, { taxes, relief }: TaxedAmount): OrderShipping {
  const { methodId, code, name, price, carrier, reference, zoneId, pickupLocationId } = option;
  return {
    methodId,
    code,
    name,
    price: price - relief,
    discount,
    taxes,
    carrier,
    reference,
    zoneId,
    isPickup: pickupLocationId !== null,
    pickupLocationId,
  };
}

/** What comes off a line because the customer does not pay the tax that its price contains. */
function reliefOf(amount: number): LineAdjustment[] {
  return amount === 0 ? [] : [{ promotionId: null, code: null, name: 'Tax not charged', amount, cause: 'tax_exempt' }];
}

/** Adds up what each promotion takes off, in the order in which they first do. */
function appliedOf(adjustments: readonly LineAdjustment[]): AppliedPromotion[] {
  const byPromotion = new Map<string, AppliedPromotion>();
  for (const { promotionId, code, name, amount } of adjustments) {
    if (promotionId === null) continue;
    const before = byPromotion.get(promotionId)?.amount ?? 0;
    byPromotion.set(promotionId, { promotionId, code, name, amount: before + amount });
  }
  return [...byPromotion.values()];
}

function withAmount(outcome: PromotionOutcome, applied: readonly AppliedPromotion[]): PromotionOutcome {
  const amount = applied.find(({ promotionId }) => promotionId === outcome.promotionId)?.amount;
  return outcome.isApplied && amount !== undefined ? { ...outcome, reason: { ...outcome.reason, amount } } : outcome;
}

import { add, money, type Money, multiply } from '../common/money/money.js';
import { OrderTotalTooLargeError } from './orders.errors.js';

/** A line as a shopper asks for it. */
export interface RequestedLine {
  readonly variantId: string;
  /** Whole units, at least 1. */
  readonly quantity: number;
}

/** Requested lines of one variant, put together. */
export interface MergedLine extends RequestedLine {
  /** Places of the lines in the request, for errors that point at them. */
  readonly requestedAt: readonly number[];
}

/** What a promotion, or staff, take off a line. */
export interface LineAdjustment {
  /** Null for what staff have taken off. */
  readonly promotionId: string | null;
  /** As the customer entered it; null for what applies by itself. */
  readonly code: string | null;
  readonly name: string;
  /** Minor units, above 0. */
  readonly amount: number;
  /** Set where neither a promotion nor staff did it: the customer does not pay the tax that the price contains. */
  readonly cause?: 'tax_exempt';
}

/** What one tax comes to on a line, or on shipping. */
export interface AppliedTax {
  /** Null for a rate that a provider of taxes has told. */
  readonly rateId: string | null;
  readonly name: string;
  /** A decimal fraction: "0.19" is 19 percent. */
  readonly rate: string;
  /** Minor units. */
  readonly amount: number;
  /** Country, or country and region, it is due in: "CA-QC". */
  readonly place?: string;
}

export interface PricedLine {
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly discount: Money;
  /** Contained in the price where prices include tax, else added to it. */
  readonly tax: Money;
  /** `quantity × unitPrice − discount`, and `+ tax` where prices exclude it (domain.md M3). */
  readonly total: Money;
  /** False unless given. */
  readonly pricesIncludeTax?: boolean;
  readonly adjustments?: readonly LineAdjustment[];
  readonly taxes?: readonly AppliedTax[];
}

/** How an order is shipped, as on the day it was placed. */
export interface OrderShipping {
  /** The customer fetches it, so no address is needed. */
  readonly isPickup?: boolean;
  /** Null for what staff wrote. */
  readonly methodId: string | null;
  readonly code: string;
  readonly name: string;
  /** Minor units, before `discount`. */
  readonly price: number;
  readonly discount: number;
  readonly taxes: readonly AppliedTax[];
  /** What a carrier knows the choice by; null for a price of the shop's own. */
  readonly carrier: string | null;
  readonly reference: string | null;
  /** The zone that it was priced for; null where the price is the same everywhere. */
  readonly zoneId?: string | null;
  /** Where the goods are fetched; null when they are sent. */
  readonly pickupLocationId?: string | null;
}

/** A promotion that applies to an order, and what it takes off lines and shipping together. */
export interface AppliedPromotion {
  readonly promotionId: string;
  readonly code: string | null;
  readonly name: string;
  /** Minor units. */
  readonly amount: number;
}

export interface OrderTotals {
  readonly subtotal: Money;
  /** Off the lines. */
  readonly discountTotal: Money;
  /** Less what is taken off it. */
  readonly shippingTotal: Money;
  /** On lines and shipping. */
  readonly taxTotal: Money;
  /** That part of `taxTotal` which is on shipping. */
  readonly shippingTax: Money;
  readonly pricesIncludeTax: boolean;
  /** `subtotal − discountTotal + shippingTotal`, and `+ taxTotal` where prices exclude tax. */
  readonly total: Money;
}

/** Those of the lines that hold stock: what staff write freely is of no variant. */
export function stockedLines(lines: readonly { variantId: string | null; quantity: number }[]): RequestedLine[] {
  return lines.flatMap(({ variantId, quantity }) => (variantId === null ? [] : [{ variantId, quantity }]));
}

/** Sums the lines that share a variant, in the order in which the variants first appear; ids are compared in lower case. */
export function mergeLines(lines: readonly RequestedLine[]): MergedLine[] {
  const merged = new Map<string, { variantId: string; quantity: number; requestedAt: number[] }>();
  lines.forEach((line, index) => {
    const variantId = line.variantId.toLowerCase();
    const known = merged.get(variantId);
    if (known) {
      known.quantity += line.quantity;
      known.requestedAt.push(index);
    } else {
      merged.set(variantId, { variantId, quantity: line.quantity, requestedAt: [index] });
    }
  });
  return [...merged.values()];
}

/**
 * Prices one line.
 *
 * @param quantity Whole units. @param discount,tax Minor units on the whole line. @param pricesIncludeTax Whether the tax is contained in the
 * price; it is added to it otherwise.
 * @throws RangeError when an amount is beyond the exact integers, or the discount exceeds the line, or a contained tax what is left of it.
 */
export function priceLine(
  unitPrice: Money,
  quantity: number,
  discount = 0,
  tax = 0,
  pricesIncludeTax = false,
): PricedLine {
  const gross = multiply(unitPrice, quantity);
  if (discount < 0 || discount > gross.amount || tax < 0) throw new RangeError('a discount or tax is out of range');
  const left = gross.amount - discount;
  if (pricesIncludeTax && tax > left) throw new RangeError('a line cannot contain more tax than it comes to');
  const { currency } = unitPrice;
  return {
    quantity,
    unitPrice,
    discount: money(discount, currency),
    tax: money(tax, currency),
    total: money(pricesIncludeTax ? left : left + tax, currency),
    pricesIncludeTax,
  };
}

/**
 * Sums up an order.
 *
 * @param shipping,shippingTax Minor units; the tax is contained in the price of shipping, or added to it, as it is on the lines.
 * @throws RangeError when a sum is beyond the exact integers; CurrencyMismatchError when a line is in another currency.
 */
export function totalsOf(
  lines: readonly PricedLine[],
  currency: string,
  shipping = 0,
  shippingTax = 0,
  pricesIncludeTax = false,
): OrderTotals {
  const zero = money(0, currency);
  const sum = (amounts: Money[]): Money => amounts.reduce(add, zero);
  const subtotal = sum(lines.map(({ unitPrice, quantity }) => multiply(unitPrice, quantity)));
  const shippingTotal = money(shipping, currency);
  const taxOnShipping = money(shippingTax, currency);
  const withShipping = add(sum(lines.map(({ total }) => total)), shippingTotal);
  return {
    subtotal,
    discountTotal: sum(lines.map(({ discount }) => discount)),
    shippingTotal,
    shippingTax: taxOnShipping,
    taxTotal: add(sum(lines.map(({ tax }) => tax)), taxOnShipping),
    pricesIncludeTax,
    total: pricesIncludeTax ? withShipping : add(withShipping, taxOnShipping),
  };
}

/**
 * Calculates with amounts of a request. Those beyond the exact integers are the doing of who sent it, not a fault of the calculation.
 *
 * @throws OrderTotalTooLargeError
 */
export function withinRange<Result>(calculate: () => Result): Result {
  try {
    return calculate();
  } catch (error) {
    if (error instanceof RangeError) throw new OrderTotalTooLargeError();
    throw error;
  }
}

import type { Order } from '../entities/order.entity.js';
import { type NewOrderLine, OrderLine } from '../entities/order-line.entity.js';
import type { AppliedPromotion, LineAdjustment, OrderShipping } from '../order-totals.js';

/** What an edit writes to an order, beside its lines. */
export type EditedAmounts = Pick<
  Order,
  | 'subtotalAmount'
  | 'discountTotalAmount'
  | 'shippingTotalAmount'
  | 'taxTotalAmount'
  | 'shippingTaxAmount'
  | 'totalAmount'
  | 'shipping'
  | 'promotions'
>;

/** A line before or after an edit; minor units. */
export type EditedLine = Pick<
  OrderLine,
  | 'id'
  | 'position'
  | 'variantId'
  | 'sku'
  | 'name'
  | 'quantity'
  | 'unitPriceAmount'
  | 'discountAmount'
  | 'taxAmount'
  | 'totalAmount'
  | 'pricesIncludeTax'
  | 'adjustments'
  | 'taxes'
  | 'priceReason'
>;

/** Pieces of a variant that are missing for an edit. */
export interface EditShortage {
  readonly variantId: string;
  /** Pieces more than the order holds. */
  readonly requested: number;
  readonly available: number;
}

/** What an order is to become, priced: confirming the edit writes exactly this. */
export interface EditPlan {
  readonly currency: string;
  /** The lines that change: `before` is null for one that is added, `after` for one that is removed. */
  readonly lines: readonly { readonly before: EditedLine | null; readonly after: EditedLine | null }[];
  readonly before: EditedAmounts;
  readonly after: EditedAmounts;
  /** Minor units that will be due, and that will go back. */
  readonly due: number;
  readonly refund: number;
  readonly shortages: readonly EditShortage[];
}

export const editedLine = (line: OrderLine): EditedLine => {
  const { id, position, variantId, sku, name, quantity, unitPriceAmount, discountAmount, taxAmount } = line;
  const { totalAmount, pricesIncludeTax, adjustments, taxes, priceReason } = line;
  return {
    ...{ id, position, variantId, sku, name, quantity, unitPriceAmount, discountAmount, taxAmount },
    ...{ totalAmount, pricesIncludeTax, adjustments, taxes, priceReason },
  };
};

/** A line as it is to be written; `id` and what has become of its pieces are those of the line that it replaces, if any. */
export function lineAfter(before: OrderLine | null, orderId: string, position: number, line: NewOrderLine): EditedLine {
  const after = OrderLine.of(orderId, before?.position ?? position, line);
  return editedLine(before ? Object.assign(after, { id: before.id }) : after);
}

/**
 * What is taken off a line whose pieces are more or fewer: the same off each piece, rounded down. Tax that is not charged is none of it: pricing
 * takes that off anew.
 */
export function scaled(adjustments: readonly LineAdjustment[], quantity: number, ordered: number): LineAdjustment[] {
  return adjustments
    .filter(({ cause }) => cause !== 'tax_exempt')
    .map((adjustment) => ({
      ...adjustment,
      amount: Number((BigInt(adjustment.amount) * BigInt(quantity)) / BigInt(ordered)),
    }))
    .filter(({ amount }) => amount > 0);
}

export const amountsBefore = (order: Order): EditedAmounts => {
  const { subtotalAmount, discountTotalAmount, shippingTotalAmount, taxTotalAmount } = order;
  const { shippingTaxAmount, totalAmount, shipping, promotions } = order;
  return {
    ...{ subtotalAmount, discountTotalAmount, shippingTotalAmount, taxTotalAmount },
    ...{ shippingTaxAmount, totalAmount, shipping, promotions },
  };
};

/** What shipping comes to after an edit. */
export interface EditedShipping {
  readonly shipping: OrderShipping | null;
  readonly amount: number;
  readonly taxAmount: number;
}

/** What the order comes to with these lines and this shipping. Every total is the sum of its parts (domain.md M3). */
export function amountsAfter(
  order: Order,
  linesBefore: readonly EditedLine[],
  lines: readonly EditedLine[],
  { shipping, amount, taxAmount }: EditedShipping,
): EditedAmounts {
  const sum = (of: (line: EditedLine) => number): number => lines.reduce((total, line) => total + of(line), 0);
  const subtotalAmount = sum(({ quantity, unitPriceAmount }) => quantity * unitPriceAmount);
  return {
    subtotalAmount,
    discountTotalAmount: sum(({ discountAmount }) => discountAmount),
    shippingTotalAmount: amount,
    shippingTaxAmount: taxAmount,
    taxTotalAmount: sum((line) => line.taxAmount) + taxAmount,
    totalAmount: sum(({ totalAmount }) => totalAmount) + amount + (order.pricesIncludeTax ? 0 : taxAmount),
    shipping,
    promotions: promotionsAfter(order, linesBefore, lines, shipping),
  };
}

/** What each promotion takes off by now: off the lines, and off shipping where that is as it was. */
function promotionsAfter(
  order: Order,
  linesBefore: readonly EditedLine[],
  lines: readonly EditedLine[],
  shipping: OrderShipping | null,
): AppliedPromotion[] {
  const offLines = (all: readonly EditedLine[], id: string): number =>
    all
      .flatMap(({ adjustments }) => adjustments)
      .reduce((sum, { promotionId, amount }) => (promotionId === id ? sum + amount : sum), 0);
  return order.promotions
    .map((promotion) => {
      const { promotionId, amount } = promotion;
      const offShipping = shipping === order.shipping ? amount - offLines(linesBefore, promotionId) : 0;
      return { ...promotion, amount: offShipping + offLines(lines, promotionId) };
    })
    .filter(({ amount }) => amount > 0);
}

/** Pieces of each variant that the order holds more, or less when negative, after an edit. */
export function heldMore(plan: Pick<EditPlan, 'lines'>): Map<string, number> {
  const more = new Map<string, number>();
  const add = (line: EditedLine | null, sign: 1 | -1): void => {
    if (line?.variantId) more.set(line.variantId, (more.get(line.variantId) ?? 0) + sign * line.quantity);
  };
  for (const { before, after } of plan.lines) {
    add(after, 1);
    add(before, -1);
  }
  return more;
}

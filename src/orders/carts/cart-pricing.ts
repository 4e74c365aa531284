import { add, money, type Money } from '../../common/money/money.js';
import type { AvailableStock } from '../../products/inventory/inventory.repository.js';
import type { Availability } from '../../products/dto/variant-response.dto.js';
import { isSellable, type PriceReason, type Quote } from '../../products/price-resolver.service.js';
import { type OrderTotals, type PricedLine, priceLine, totalsOf } from '../order-totals.js';
import type { CartWithLines, FoundCart } from './carts.repository.js';

/** What would keep a cart from becoming an order now. */
export interface CartProblem {
  /** As `POST /orders` would refuse it. */
  readonly code: string;
  readonly message: string;
  /** Null when it is about the cart as a whole. */
  readonly lineId: string | null;
}

export interface PricedCartLine {
  readonly id: string;
  readonly variantId: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  /** Null when it has no price in the cart's currency now, and is left out of the totals. */
  readonly unitPrice: Money | null;
  readonly total: Money | null;
  readonly availability: Availability;
  readonly reason: PriceReason;
  readonly problems: readonly CartProblem[];
}

/** A cart with the prices and the stock of this moment. */
export interface PricedCart {
  readonly cart: CartWithLines;
  readonly lines: readonly PricedCartLine[];
  readonly totals: OrderTotals;
  readonly problems: readonly CartProblem[];
  /** The order that was made of it. */
  readonly orderId: string | null;
}

/**
 * Prices a cart as an order of it would be priced, and says what would keep it from becoming one.
 *
 * A line that cannot be bought stays in the cart and counts nothing. What the order asks for besides (an e-mail address) is no problem of
 * the cart: the call that places the order may bring it.
 *
 * @param quotes,stock By variant id; one that is absent does not exist, or has no stock.
 */
export function priceCart(
  cart: CartWithLines | FoundCart,
  quotes: ReadonlyMap<string, Quote>,
  stock: ReadonlyMap<string, AvailableStock>,
): PricedCart {
  const { currency } = cart;
  const priced: PricedLine[] = [];
  let sum = money(0, currency);
  // A variant that has just been deleted for good takes its line with it; the cart is read without it.
  const lines = cart.lines.flatMap((line): PricedCartLine[] => {
    const quote = quotes.get(line.variantId);
    if (!quote) return [];
    const { available, availability } = stock.get(line.variantId) ?? { available: 0, availability: 'out' as const };
    const problems: CartProblem[] = [];
    const refuse = (code: string, message: string): unknown => problems.push({ code, message, lineId: line.id });
    let total: Money | null = null;
    if (!isSellable(quote)) {
      const why = quote.isPublished ? `has no price in ${currency}` : 'is not for sale any more';
      refuse('order.variant_not_sellable', `${quote.name} ${why}.`);
    } else {
      const own = withinRange(() => priceLine(quote.unitPrice, line.quantity));
      const next = own && withinRange(() => add(sum, own.total));
      if (own && next) {
        priced.push(own);
        [sum, total] = [next, own.total];
      } else {
        refuse('order.total_too_large', 'The total would be too large to be counted exactly.');
      }
      if (available < line.quantity)
        refuse('product.insufficient_stock', `${line.quantity} of ${quote.sku} requested, ${available} available.`);
    }
    const { sku, name, unitPrice, reason } = quote;
    const { id, variantId, quantity } = line;
    return [{ id, variantId, sku, name, quantity, unitPrice, total, availability, reason, problems }];
  });
  return {
    cart,
    lines,
    totals: totalsOf(priced, currency),
    problems: [...problemsOf(cart), ...lines.flatMap((line) => line.problems)],
    orderId: 'orderId' in cart ? cart.orderId : null,
  };
}

function problemsOf({ status, lines }: CartWithLines): CartProblem[] {
  const refuse = (code: string, message: string): CartProblem[] => [{ code, message, lineId: null }];
  if (status === 'ordered') return refuse('cart.already_ordered', 'This cart has been ordered already.');
  if (status !== 'active') return refuse('cart.not_active', `This cart is ${status}.`);
  return lines.length === 0 ? refuse('cart.empty', 'There is nothing in this cart.') : [];
}

/** Null for what is beyond the exact integers. */
function withinRange<Result>(calculate: () => Result): Result | null {
  try {
    return calculate();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

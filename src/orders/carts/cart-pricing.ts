import { add, money, type Money, multiply } from '../../common/money/money.js';
import type { AvailableStock } from '../../products/inventory/inventory.repository.js';
import type { Availability } from '../../products/dto/variant-response.dto.js';
import { isSellable, type PriceReason } from '../../products/price-resolver.service.js';
import type { PricedLine } from '../order-totals.js';
import type { Pricing } from '../pricing/price-purchase.js';
import type { LineToPrice, OpenedPricing } from '../pricing/pricing.service.js';
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
  /** Null when it is left out of the totals. */
  readonly priced: PricedLine | null;
  readonly availability: Availability;
  readonly reason: PriceReason;
  readonly problems: readonly CartProblem[];
}

/** A cart with the prices and the stock of this moment. */
export interface PricedCart {
  readonly cart: CartWithLines;
  readonly lines: readonly PricedCartLine[];
  readonly pricing: Pricing;
  /** What it would come to with another shipping method, by its id. */
  readonly shippedBy: (methodId: string) => Pricing;
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
 * @param stock By variant id; one that is absent has none.
 */
export function priceCart(
  cart: CartWithLines | FoundCart,
  opened: OpenedPricing,
  stock: ReadonlyMap<string, AvailableStock>,
): PricedCart {
  const { currency } = cart;
  const counted: LineToPrice[] = [];
  let sum = money(0, currency);
  // A variant that has just been deleted for good takes its line with it; the cart is read without it.
  const found = cart.lines.flatMap(({ id, variantId, quantity }): Omit<PricedCartLine, 'priced'>[] => {
    const quote = opened.quotes.get(variantId);
    if (!quote) return [];
    const { available, availability } = stock.get(variantId) ?? { available: 0, availability: 'out' as const };
    const problems: CartProblem[] = [];
    const refuse = (code: string, message: string): unknown => problems.push({ code, message, lineId: id });
    if (!isSellable(quote)) {
      const why = quote.isPublished ? `has no price in ${currency}` : 'is not for sale any more';
      refuse('order.variant_not_sellable', `${quote.name} ${why}.`);
    } else {
      const next = withinRange(() => add(sum, multiply(quote.unitPrice, quantity)));
      if (next) {
        counted.push({ key: id, variantId, quantity });
        sum = next;
      } else {
        refuse(TOO_LARGE.code, TOO_LARGE.message);
      }
      if (available < quantity)
        refuse('product.insufficient_stock', `${quantity} of ${quote.sku} requested, ${available} available.`);
    }
    const { sku, name, unitPrice, reason } = quote;
    return [{ id, variantId, sku, name, quantity, unitPrice, availability, reason, problems }];
  });
  const terms = { destination: cart.shippingAddress, shippingMethod: cart.shippingMethodId };
  const whole = withinRange(() => opened.price(counted, terms));
  const pricing = whole ?? opened.price([], terms);
  const pricedLines = new Map(whole?.lines.map((line, index) => [counted[index]!.key, line]));
  return {
    cart,
    lines: found.map((line) => ({ ...line, priced: pricedLines.get(line.id) ?? null })),
    pricing,
    shippedBy: (shippingMethod) => opened.price(whole ? counted : [], { ...terms, shippingMethod }),
    problems: [
      ...problemsOf(cart),
      ...(whole ? [] : [{ ...TOO_LARGE, lineId: null }]),
      ...(pricing.shippingProblem ? [{ ...pricing.shippingProblem, lineId: null }] : []),
      ...found.flatMap((line) => line.problems),
    ],
    orderId: 'orderId' in cart ? cart.orderId : null,
  };
}

const TOO_LARGE = {
  code: 'order.total_too_large',
  message: 'The total would be too large to be counted exactly.',
};

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

import type { Order } from '../entities/order.entity.js';
import type { OrderLine } from '../entities/order-line.entity.js';
import { shareOf } from '../payments/refund-shares.js';

type Priced = Pick<Order, 'totalAmount' | 'shippingTotalAmount' | 'shippingTaxAmount' | 'pricesIncludeTax'>;
type Shipped = Pick<OrderLine, 'quantity' | 'cancelledQuantity' | 'fulfilledQuantity' | 'totalAmount'>;

/**
 * What all that has been shipped of an order comes to, in minor units: its pieces' share of what their lines come to, and shipping with the
 * first of them. Once nothing is left to be shipped it is the total, so that any parcels come to exactly that.
 */
export function shippedValue(order: Priced, lines: readonly Shipped[]): number {
  if (lines.every(({ fulfilledQuantity }) => fulfilledQuantity === 0)) return 0;
  const isLeft = lines.some((line) => line.fulfilledQuantity + line.cancelledQuantity < line.quantity);
  if (!isLeft) return order.totalAmount;
  const shipping = order.shippingTotalAmount + (order.pricesIncludeTax ? 0 : order.shippingTaxAmount);
  const pieces = lines.reduce(
    (sum, { totalAmount, quantity, fulfilledQuantity }) => sum + shareOf(totalAmount, quantity, fulfilledQuantity),
    0,
  );
  return Math.min(pieces + shipping, order.totalAmount);
}

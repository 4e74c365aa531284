import type { Money } from '../common/money/money.js';
import { toSafeInteger } from '../database/columns.js';
import type { OrderAddress } from './entities/order.entity.js';
import type { FulfilmentStatus, OrderStatus } from './order-status.js';
import type { OrderPaymentStatus } from './payments/payment-status.js';

/** A line of an order as it is read: the SKU, name and price of the day it was placed. */
export interface OrderLineView {
  readonly id: string;
  readonly variantId: string;
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly discount: Money;
  readonly tax: Money;
  readonly total: Money;
}

/** An order with its lines, as it is read; nothing of it can be saved. */
export interface OrderView {
  readonly id: string;
  readonly number: string;
  readonly customerId: string | null;
  readonly email: string;
  readonly status: OrderStatus;
  readonly paymentStatus: OrderPaymentStatus;
  readonly fulfilmentStatus: FulfilmentStatus;
  readonly currency: string;
  readonly lines: readonly OrderLineView[];
  readonly subtotal: Money;
  readonly discountTotal: Money;
  readonly shippingTotal: Money;
  readonly taxTotal: Money;
  readonly total: Money;
  readonly shippingAddress: OrderAddress | null;
  readonly billingAddress: OrderAddress | null;
  readonly cancelReason: string | null;
  readonly placedAt: Date;
  readonly expiresAt: Date | null;
  readonly confirmedAt: Date | null;
  readonly closedAt: Date | null;
  readonly version: number;
  readonly updatedAt: Date;
}

/** Columns of `orders` as pg delivers them under the names of `ORDER_COLUMNS`. */
export interface OrderRow {
  id: string;
  number: string;
  customerId: string | null;
  email: string;
  status: OrderStatus;
  paymentStatus: OrderPaymentStatus;
  fulfilmentStatus: FulfilmentStatus;
  currency: string;
  subtotal: string;
  discountTotal: string;
  shippingTotal: string;
  taxTotal: string;
  total: string;
  shippingAddress: OrderAddress | null;
  billingAddress: OrderAddress | null;
  cancelReason: string | null;
  placedAt: Date;
  expiresAt: Date | null;
  confirmedAt: Date | null;
  closedAt: Date | null;
  version: number;
  updatedAt: Date;
}

export interface OrderLineRow {
  id: string;
  orderId: string;
  variantId: string;
  sku: string;
  name: string;
  quantity: number;
  unitPrice: string;
  discount: string;
  tax: string;
  total: string;
}

export const ORDER_COLUMNS = `o.id, o.number, o.customer_id AS "customerId", o.email, o.status,
  o.payment_status AS "paymentStatus", o.fulfilment_status AS "fulfilmentStatus", o.currency,
  o.subtotal_amount AS subtotal, o.discount_total_amount AS "discountTotal", o.shipping_total_amount AS "shippingTotal",
  o.tax_total_amount AS "taxTotal", o.total_amount AS total, o.shipping_address AS "shippingAddress",
  o.billing_address AS "billingAddress", o.cancel_reason AS "cancelReason", o.placed_at AS "placedAt",
  o.expires_at AS "expiresAt", o.confirmed_at AS "confirmedAt", o.closed_at AS "closedAt", o.version, o.updated_at AS "updatedAt"`;

export const ORDER_LINE_COLUMNS = `l.id, l.order_id AS "orderId", l.variant_id AS "variantId", l.sku, l.name, l.quantity,
  l.unit_price_amount AS "unitPrice", l.discount_amount AS discount, l.tax_amount AS tax, l.total_amount AS total`;

/** Puts orders and their lines together; lines keep their order. */
export function toOrderViews(orders: readonly OrderRow[], lines: readonly OrderLineRow[]): OrderView[] {
  const byOrder = new Map<string, OrderLineRow[]>(orders.map(({ id }) => [id, []]));
  for (const line of lines) byOrder.get(line.orderId)?.push(line);
  return orders.map((order) => {
    const { currency } = order;
    const money = (amount: string): Money => ({ amount: toSafeInteger(amount), currency });
    return {
      ...order,
      lines: byOrder.get(order.id)!.map(({ id, variantId, sku, name, quantity, unitPrice, discount, tax, total }) => ({
        id,
        variantId,
        sku,
        name,
        quantity,
        unitPrice: money(unitPrice),
        discount: money(discount),
        tax: money(tax),
        total: money(total),
      })),
      subtotal: money(order.subtotal),
      discountTotal: money(order.discountTotal),
      shippingTotal: money(order.shippingTotal),
      taxTotal: money(order.taxTotal),
      total: money(order.total),
    };
  });
}

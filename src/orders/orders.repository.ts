import { Injectable } from '@nestjs/common';
import { newId } from '../common/ids.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Order, type OrderAddress } from './entities/order.entity.js';
import type { OrderChange, OrderHistoryEntry } from './entities/order-history-entry.entity.js';
import type { OrderReach } from './order-access.js';
import type { OrderTotals, PricedLine } from './order-totals.js';
import type { OrderStatus } from './order-status.js';
import {
  ORDER_COLUMNS,
  ORDER_LINE_COLUMNS,
  type OrderLineRow,
  type OrderLineView,
  type OrderRow,
  type OrderView,
  toOrderViews,
} from './order.view.js';
import type { OrderPaymentStatus } from './payments/payment-status.js';

/** A line of an order that is about to be placed. */
export interface NewOrderLine extends PricedLine {
  readonly variantId: string;
  readonly sku: string;
  readonly name: string;
}

/** An order that is about to be placed. */
export interface NewOrder {
  readonly id: string;
  readonly customerId: string | null;
  readonly email: string;
  readonly status: OrderStatus;
  readonly paymentStatus: OrderPaymentStatus;
  readonly currency: string;
  readonly lines: readonly NewOrderLine[];
  readonly totals: OrderTotals;
  readonly shippingAddress: OrderAddress | null;
  readonly billingAddress: OrderAddress | null;
  readonly requestKey: string | null;
  readonly placedAt: Date;
  readonly expiresAt: Date | null;
  readonly confirmedAt: Date | null;
  /** One entry a version, the first one `order.placed`. */
  readonly history: readonly OrderChange[];
}

/** The condition of `OrderReach`; parameters 2 to 4. */
const WITHIN_REACH = `($2 OR o.customer_id = $3 OR ($4 AND o.customer_id IS NULL))`;
const reachValues = ({ isStaff, customerId, holdsToken }: OrderReach): unknown[] => [isStaff, customerId, holdsToken];

/** Writes and single reads of orders, their lines and their history. */
@Injectable()
export class OrdersRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Writes the order, its lines and its history in one statement. @returns the order as it is read. */
  async insert(order: NewOrder): Promise<OrderView> {
    const { totals, lines, history } = order;
    const lineIds = lines.map(() => newId());
    const [row] = await this.transactions.query<{ number: string }>(
      `WITH placed AS (
         INSERT INTO orders (id, customer_id, email, status, payment_status, currency, subtotal_amount, discount_total_amount,
           shipping_total_amount, tax_total_amount, total_amount, shipping_address, billing_address, request_key, placed_at,
           expires_at, confirmed_at, version, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $15)
         RETURNING number
       ), lines AS (
         INSERT INTO order_lines (id, order_id, position, variant_id, sku, name, quantity, unit_price_amount, discount_amount,
           tax_amount, total_amount)
         SELECT line.id, $1, line.position, line.variant_id, line.sku, line.name, line.quantity, line.unit_price, line.discount,
           line.tax, line.total
         FROM unnest($19::uuid[], $20::uuid[], $21::text[], $22::text[], $23::int[], $24::bigint[], $25::bigint[], $26::bigint[],
           $27::bigint[]) WITH ORDINALITY
           AS line (id, variant_id, sku, name, quantity, unit_price, discount, tax, total, position)
       ), history AS (
         INSERT INTO order_history (order_id, version, type, from_status, to_status, actor_kind, actor_id, occurred_at)
         SELECT $1, entry.version, entry.type, entry.from_status, entry.to_status, entry.actor_kind, entry.actor_id, $15
         FROM unnest($28::int[], $29::text[], $30::text[], $31::text[], $32::text[], $33::uuid[])
           AS entry (version, type, from_status, to_status, actor_kind, actor_id)
       )
       SELECT number FROM placed`,
      [
        order.id,
        order.customerId,
        order.email,
        order.status,
        order.paymentStatus,
        order.currency,
        totals.subtotal.amount,
        totals.discountTotal.amount,
        totals.shippingTotal.amount,
        totals.taxTotal.amount,
        totals.total.amount,
        order.shippingAddress,
        order.billingAddress,
        order.requestKey,
        order.placedAt,
        order.expiresAt,
        order.confirmedAt,
        history.length,
        lineIds,
        lines.map(({ variantId }) => variantId),
        lines.map(({ sku }) => sku),
        lines.map(({ name }) => name),
        lines.map(({ quantity }) => quantity),
        lines.map(({ unitPrice }) => unitPrice.amount),
        lines.map(({ discount }) => discount.amount),
        lines.map(({ tax }) => tax.amount),
        lines.map(({ total }) => total.amount),
        history.map(({ version }) => version),
        history.map(({ type }) => type),
        history.map(({ fromStatus }) => fromStatus),
        history.map(({ toStatus }) => toStatus),
        history.map(({ actorKind }) => actorKind),
        history.map(({ actorId }) => actorId),
      ],
    );
    const { requestKey: _, history: __, totals: ___, ...rest } = order;
    return {
      ...rest,
      ...totals,
      number: row!.number,
      lines: lines.map((line, index): OrderLineView => ({ ...line, id: lineIds[index]! })),
      fulfilmentStatus: 'unfulfilled',
      cancelReason: null,
      closedAt: null,
      version: history.length,
      updatedAt: order.placedAt,
    };
  }

  /** Reads an order with its lines; null when there is none within reach. */
  async findView(id: string, reach: OrderReach): Promise<OrderView | null> {
    const orders = await this.transactions.query<OrderRow>(
      `SELECT ${ORDER_COLUMNS} FROM orders o WHERE o.id = $1 AND ${WITHIN_REACH}`,
      [id, ...reachValues(reach)],
    );
    if (orders.length === 0) return null;
    return toOrderViews(orders, await this.findLines([id]))[0]!;
  }

  /** The lines of many orders in one statement, in the order of each. */
  findLines(orderIds: readonly string[]): Promise<OrderLineRow[]> {
    return this.transactions.query<OrderLineRow>(
      `SELECT ${ORDER_LINE_COLUMNS} FROM order_lines l WHERE l.order_id = ANY($1) ORDER BY l.order_id, l.position`,
      [orderIds],
    );
  }

  /** The changes of an order, oldest first; null when there is none within reach. */
  async findHistory(id: string, reach: OrderReach): Promise<OrderHistoryEntry[] | null> {
    const rows = await this.transactions.query<OrderHistoryEntry>(
      `SELECT h.order_id AS "orderId", h.version, h.type, h.from_status AS "fromStatus", h.to_status AS "toStatus",
         h.actor_kind AS "actorKind", h.actor_id AS "actorId", h.reason, h.occurred_at AS "occurredAt"
       FROM orders o JOIN order_history h ON h.order_id = o.id
       WHERE o.id = $1 AND ${WITHIN_REACH}
       ORDER BY h.version`,
      [id, ...reachValues(reach)],
    );
    // Placing an order writes its first entry, so no entries means no order.
    return rows.length > 0 ? rows : null;
  }

  /** The order that this request has placed already, if any. */
  async findByRequestKey(requestKey: string): Promise<{ id: string; placedAt: Date } | null> {
    const [row] = await this.transactions.query<{ id: string; placedAt: Date }>(
      `SELECT id, placed_at AS "placedAt" FROM orders WHERE request_key = $1`,
      [requestKey],
    );
    return row ?? null;
  }

  /** Lets a request key be used again, once its answer is past its lifetime. */
  async forgetRequestKey(orderId: string): Promise<void> {
    await this.transactions.execute(`UPDATE orders SET request_key = NULL WHERE id = $1`, [orderId]);
  }

  /** Locks an order within reach until the transaction ends; null when there is none. Always the first lock of a transaction. */
  lock(id: string, reach: OrderReach): Promise<Order | null> {
    return this.transactions.manager
      .createQueryBuilder(Order, 'o')
      .where('o.id = :id AND (:isStaff OR o.customer_id = :customerId OR (:holdsToken AND o.customer_id IS NULL))', {
        id,
        isStaff: reach.isStaff,
        customerId: reach.customerId,
        holdsToken: reach.holdsToken,
      })
      .setLock('pessimistic_write')
      .getOne();
  }

  /** Locks an order that is known to exist, whoever's it is. */
  async lockById(id: string): Promise<Order> {
    const order = await this.transactions.manager.findOne(Order, {
      where: { id },
      lock: { mode: 'pessimistic_write' },
    });
    if (!order) throw new Error(`order ${id} is gone`);
    return order;
  }

  /** Locks an order that is due to expire, unless another worker holds it or it is no longer due. */
  lockDue(id: string, now: Date): Promise<Order | null> {
    return this.transactions.manager
      .createQueryBuilder(Order, 'o')
      .where(`o.id = :id AND o.status = 'pending_payment' AND o.expires_at <= :now`, { id, now })
      .setLock('pessimistic_write')
      .setOnLocked('skip_locked')
      .getOne();
  }

  /** Ids of orders that are due to expire, longest overdue first. */
  async findDue(now: Date, limit: number): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `SELECT id FROM orders WHERE status = 'pending_payment' AND expires_at <= $1 ORDER BY expires_at LIMIT $2`,
      [now, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Saves a locked order together with the entry of what changed, in one statement. */
  async save(order: Order, change: OrderChange): Promise<void> {
    await this.transactions.execute(
      `WITH saved AS (
         UPDATE orders SET email = $2, status = $3, payment_status = $4, shipping_address = $5, billing_address = $6,
           cancel_reason = $7, expires_at = $8, confirmed_at = $9, closed_at = $10, version = $11, updated_at = $12
         WHERE id = $1
       )
       INSERT INTO order_history (order_id, version, type, from_status, to_status, actor_kind, actor_id, reason, occurred_at)
       VALUES ($1, $11, $13, $14, $3, $15, $16, $17, $12)`,
      [
        order.id,
        order.email,
        order.status,
        order.paymentStatus,
        order.shippingAddress,
        order.billingAddress,
        order.cancelReason,
        order.expiresAt,
        order.confirmedAt,
        order.closedAt,
        order.version,
        order.updatedAt,
        change.type,
        change.fromStatus,
        change.actorKind,
        change.actorId,
        change.reason,
      ],
    );
  }

  /** Saves what follows from the payments of a locked order; no change of the order itself, so neither version nor history. */
  async savePaymentStatus(order: Order): Promise<void> {
    await this.transactions.execute(`UPDATE orders SET payment_status = $2 WHERE id = $1`, [
      order.id,
      order.paymentStatus,
    ]);
  }

  /** Holds the stock of a locked order longer. */
  async extend(order: Order, expiresAt: Date): Promise<void> {
    await this.transactions.execute(`UPDATE orders SET expires_at = $2 WHERE id = $1`, [order.id, expiresAt]);
  }
}

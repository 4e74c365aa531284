import { Injectable } from '@nestjs/common';
import type { EntityRows } from '../database/entity-rows.js';
import { onViolation } from '../database/postgres-errors.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Order } from './entities/order.entity.js';
import { type OrderChange, OrderHistoryEntry } from './entities/order-history-entry.entity.js';
import { OrderLine } from './entities/order-line.entity.js';
import { OrderNumbersRepository } from './numbers/order-numbers.repository.js';
import type { OrderReach } from './order-access.js';
import { Payment } from './payments/entities/payment.entity.js';
import { ShippingMethodUnavailableError } from './shipping/shipping.errors.js';

/** An order with its lines, in their order. */
export type OrderWithLines = Order & { readonly lines: readonly OrderLine[] };

/**
 * The condition of `OrderReach`; parameters 2 to 4. What staff are still writing is theirs alone; once sent, it is opened by the token of
 * the mail also where it is of an account.
 */
const WITHIN_REACH = `($2 OR (o.status <> 'draft' AND (o.customer_id = $3 OR ($4 AND (o.customer_id IS NULL OR o.origin = 'staff')))))`;
const reachValues = ({ isStaff, customerId, holdsToken }: OrderReach): unknown[] => [isStaff, customerId, holdsToken];

/** The statement that inserts an order, with a number of a series instead of the one that the database gives by itself. */
const numberedBy = (insert: string, prefix: string, sequence: string): string =>
  insert
    .replace(') VALUES (', ', number) VALUES (')
    .replace(/\)$/, `, ${prefix}::text || nextval(${sequence}::text::regclass))`);

/** Writes and single reads of orders, their lines and their history: every order passes here, so the statements are SQL. */
@Injectable()
export class OrdersRepository {
  readonly rows: EntityRows<Order>;
  private readonly lineRows: EntityRows<OrderLine>;
  private readonly paymentRows: EntityRows<Payment>;

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly numbers: OrderNumbersRepository,
  ) {
    this.rows = transactions.rowsOf(Order);
    this.lineRows = transactions.rowsOf(OrderLine);
    this.paymentRows = transactions.rowsOf(Payment);
  }

  /**
   * Writes the order, its lines and its history (one entry a version) in one statement, which gives the order its number, and the intent
   * to pay it in another.
   *
   * @param numberPrefix Series of the number, if not that of the shop; it must exist.
   */
  async insert(
    order: Order,
    lines: readonly OrderLine[],
    history: readonly OrderChange[],
    intent: Payment | null,
    numberPrefix?: string,
  ): Promise<OrderWithLines> {
    const [insertOrder, values] = this.rows.insert(order, 'number');
    const series = numberPrefix === undefined ? this.numbers.current : await this.numbers.find(numberPrefix);
    const at = (place: number): string => `$${values.length + place}`;
    // The arrays come out of sub-selects so that PostgreSQL keeps one plan for all lengths instead of planning each order anew.
    const insert = this.transactions.queryOne<{ number: string }>(
      `WITH placed AS (
         ${series ? numberedBy(insertOrder, at(22), at(23)) : insertOrder} RETURNING number
       ), lines AS (
         INSERT INTO order_lines (id, order_id, position, variant_id, sku, name, quantity, unit_price_amount, discount_amount,
           tax_amount, total_amount, price_reason, prices_include_tax, adjustments, taxes)
         SELECT line.id, ${at(1)}, line.position, line.variant_id, line.sku, line.name, line.quantity, line.unit_price, line.discount,
           line.tax, line.total, line.price_reason, ${at(19)}, line.adjustments::jsonb, line.taxes::jsonb
         FROM unnest((SELECT ${at(3)}::uuid[]), (SELECT ${at(4)}::uuid[]), (SELECT ${at(5)}::text[]), (SELECT ${at(6)}::text[]),
           (SELECT ${at(7)}::int[]), (SELECT ${at(8)}::bigint[]), (SELECT ${at(9)}::bigint[]), (SELECT ${at(10)}::bigint[]),
           (SELECT ${at(11)}::bigint[]), (SELECT ${at(12)}::text[]), (SELECT ${at(20)}::text[]), (SELECT ${at(21)}::text[]))
           WITH ORDINALITY AS line (id, variant_id, sku, name, quantity, unit_price, discount, tax, total, price_reason, adjustments,
             taxes, position)
       ), history AS (
         INSERT INTO order_history (order_id, version, type, from_status, to_status, actor_kind, actor_id, occurred_at)
         SELECT ${at(1)}, entry.version, entry.type, entry.from_status, entry.to_status, entry.actor_kind, entry.actor_id, ${at(2)}
         FROM unnest((SELECT ${at(13)}::int[]), (SELECT ${at(14)}::text[]), (SELECT ${at(15)}::text[]), (SELECT ${at(16)}::text[]),
           (SELECT ${at(17)}::text[]), (SELECT ${at(18)}::uuid[])) AS entry (version, type, from_status, to_status, actor_kind, actor_id)
       )
       SELECT number FROM placed`,
      [
        ...values,
        order.id,
        order.placedAt,
        lines.map(({ id }) => id),
        lines.map(({ variantId }) => variantId),
        lines.map(({ sku }) => sku),
        lines.map(({ name }) => name),
        lines.map(({ quantity }) => quantity),
        lines.map(({ unitPriceAmount }) => unitPriceAmount),
        lines.map(({ discountAmount }) => discountAmount),
        lines.map(({ taxAmount }) => taxAmount),
        lines.map(({ totalAmount }) => totalAmount),
        lines.map(({ priceReason }) => priceReason),
        history.map(({ version }) => version),
        history.map(({ type }) => type),
        history.map(({ fromStatus }) => fromStatus),
        history.map(({ toStatus }) => toStatus),
        history.map(({ actorKind }) => actorKind),
        history.map(({ actorId }) => actorId),
        order.pricesIncludeTax,
        lines.map(({ adjustments }) => JSON.stringify(adjustments)),
        lines.map(({ taxes }) => JSON.stringify(taxes)),
        ...(series ? [series.prefix, series.sequenceName] : []),
      ],
    );
    // The method may have been deleted since it was priced.
    const row = await onViolation(insert, {
      orders_shipping_method_id_fkey: () => new ShippingMethodUnavailableError(),
    });
    if (intent) this.transactions.write(...this.paymentRows.insert(intent));
    return Object.assign(order, { number: row!.number, lines });
  }

  /** Reads an order with its lines; null when there is none within reach. */
  async find(id: string, reach: OrderReach): Promise<OrderWithLines | null> {
    const [order] = await this.read(`o.id = $1 AND ${WITHIN_REACH}`, [id, ...reachValues(reach)]);
    return order ?? null;
  }

  /** Whether there is an order of this id within reach. */
  async isReached(id: string, reach: OrderReach): Promise<boolean> {
    const row = await this.transactions.queryOne(`SELECT 1 FROM orders o WHERE o.id = $1 AND ${WITHIN_REACH}`, [
      id,
      ...reachValues(reach),
    ]);
    return row !== null;
  }

  /**
   * The guest's order of this number and canonical address; null when there is none, whichever of the two is wrong. Found by number and
   * never by address (so the concatenation), and so in the same time whoever has how many orders.
   */
  async findGuestOrder(number: string, email: string): Promise<string | null> {
    const row = await this.transactions.queryOne<{ id: string }>(
      `SELECT id FROM orders WHERE number = $1 AND lower(email) || '' = $2 AND customer_id IS NULL AND status <> 'draft'`,
      [number, email],
    );
    return row?.id ?? null;
  }

  /** Reads orders with their lines, whoever's they are; null for one that does not exist. */
  async findAll(ids: readonly string[]): Promise<(OrderWithLines | null)[]> {
    const orders = await this.read(`o.id = ANY ((SELECT $1::uuid[])::uuid[])`, [ids]);
    return ids.map((id) => orders.find((order) => order.id === id) ?? null);
  }

  private async read(condition: string, values: readonly unknown[]): Promise<OrderWithLines[]> {
    const rows = await this.transactions.query<Record<string, unknown> & { lines: Record<string, unknown>[] }>(
      `SELECT ${this.rows.columns('o')},
         (SELECT json_agg(${this.lineRows.json('l')} ORDER BY l.position) FROM order_lines l WHERE l.order_id = o.id) AS lines
       FROM orders o WHERE ${condition}`,
      values,
    );
    return rows.map((row) =>
      Object.assign(this.rows.read(row), { lines: row.lines.map((line) => this.lineRows.read(line)) }),
    );
  }

  /** The lines of many orders in one statement, in the order of each. */
  async findLines(orderIds: readonly string[]): Promise<OrderLine[]> {
    const rows = await this.transactions.query<Record<string, unknown>>(
      `SELECT ${this.lineRows.columns('l')} FROM order_lines l WHERE l.order_id = ANY($1) ORDER BY l.order_id, l.position`,
      [orderIds],
    );
    return rows.map((row) => this.lineRows.read(row));
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
  async forgetRequestKey(id: string): Promise<void> {
    await this.transactions.manager.update(Order, id, { requestKey: null });
  }

  /** Locks an order within reach until the transaction ends; null when there is none. Always the first lock of a transaction. */
  async lock(id: string, reach: OrderReach): Promise<Order | null> {
    const [row] = await this.transactions.query<Record<string, unknown>>(
      `SELECT ${this.rows.columns('o')} FROM orders o WHERE o.id = $1 AND ${WITHIN_REACH} FOR UPDATE`,
      [id, ...reachValues(reach)],
    );
    return row ? this.rows.read(row) : null;
  }

  /** Locks an order that is known to exist, whoever's it is. */
  async lockById(id: string): Promise<Order> {
    const [row] = await this.transactions.query<Record<string, unknown>>(
      `SELECT ${this.rows.columns('o')} FROM orders o WHERE o.id = $1 FOR UPDATE`,
      [id],
    );
    if (!row) throw new Error(`order ${id} is gone`);
    return this.rows.read(row);
  }

  /** Ids of orders that may be closed, in the order of their ids: all has arrived, and all is paid. */
  async findCompletable(after: string | null, limit: number): Promise<string[]> {
    const rows = await this.transactions.query<{ id: string }>(
      `SELECT id FROM orders
       WHERE status = 'confirmed' AND delivered_at IS NOT NULL AND ($1::uuid IS NULL OR id > $1)
         AND payment_status IN ('paid', 'partially_refunded', 'refunded')
       ORDER BY id LIMIT $2`,
      [after, limit],
    );
    return rows.map(({ id }) => id);
  }

  /** Saves a locked order together with the entry of what changed, in one statement. */
  save(order: Order, change: OrderChange): void {
    this.transactions.write(
      `WITH saved AS (
         UPDATE orders SET email = $2, status = $3, payment_status = $4, shipping_address = $5, billing_address = $6,
           cancel_reason = $7, expires_at = $8, confirmed_at = $9, closed_at = $10, version = $11, updated_at = $12, tags = $18
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
        order.tags,
      ],
    );
  }

  /** Saves all of a locked draft together with the entry of what changed. @param lines Replace those there are; null leaves them. */
  async saveDraft(order: Order, change: OrderChange, lines: readonly OrderLine[] | null): Promise<void> {
    const { manager } = this.transactions;
    this.transactions.write(...this.rows.update(order));
    await manager.insert(OrderHistoryEntry, { ...change, orderId: order.id });
    if (lines === null) return;
    await manager.delete(OrderLine, { orderId: order.id });
    await manager.insert(OrderLine, [...lines]);
  }

  /** Deletes a locked draft and all that is of it. */
  async deleteDraft(id: string): Promise<void> {
    const { manager } = this.transactions;
    await manager.delete(OrderHistoryEntry, { orderId: id });
    await manager.delete(OrderLine, { orderId: id });
    await manager.delete(Order, { id });
  }

  /** Saves what follows from the payments of a locked order; no change of the order itself, so neither version nor history. */
  async savePaymentStatus({ id, paymentStatus }: Order): Promise<void> {
    await this.transactions.manager.update(Order, id, { paymentStatus });
  }

  /** The same for what follows from the pieces of its lines. */
  async saveFulfilment({ id, fulfilmentStatus, deliveredAt }: Order): Promise<void> {
    await this.transactions.manager.update(Order, id, { fulfilmentStatus, deliveredAt });
  }

  /** Saves what follows from the returns of a locked order, which is no change of the order itself either. */
  async saveReturnStatus({ id, returnStatus }: Order): Promise<void> {
    await this.transactions.manager.update(Order, id, { returnStatus });
  }

  /** Counts pieces of lines of a locked order that have come back. */
  async addReturned(lineId: string, pieces: number): Promise<void> {
    await this.transactions.manager.increment(OrderLine, { id: lineId }, 'returnedQuantity', pieces);
  }
}

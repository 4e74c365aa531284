import { isDeepStrictEqual } from 'node:util';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import type { PostalAddress } from '../../common/address/postal-address.js';
import { raise } from '../../common/errors/domain.error.js';
import { safeInteger } from '../../database/columns.js';
import {
  type Actor,
  allowedMoves,
  FULFILMENT_STATUSES,
  type FulfilmentStatus,
  fulfilmentStatusOf,
  isLineDone,
  isTerminal,
  type LineProgress,
  ORDER_ORIGINS,
  ORDER_STATUSES,
  type OrderCommand,
  type OrderOrigin,
  type OrderStatus,
  type OrderTransition,
  RETURN_STATUSES,
  type ReturnStatus,
  transitionOf,
} from '../order-status.js';
import type { AppliedPromotion, OrderShipping } from '../order-totals.js';
import { OrderNotCompletableError, OrderNotEditableError, OrderTransitionError } from '../orders.errors.js';
import {
  isPaidInFull,
  ORDER_PAYMENT_STATUSES,
  type OrderPaymentStatus,
  orderPaymentStatus,
  type PaymentAmounts,
} from '../payments/payment-status.js';
import type { OrderEventType } from '../events/order.event.js';
import type { OrderChange } from './order-history-entry.entity.js';

/** A postal address as it was written on the order; kept with it whatever the customer's address book says later. */
export type OrderAddress = PostalAddress;

/** What an order is after each command, for sentences. */
const DONE: Readonly<Record<OrderCommand, string>> = {
  send: 'sent',
  confirm: 'confirmed',
  expire: 'expired',
  cancel: 'cancelled',
  hold: 'held',
  release: 'released',
  complete: 'completed',
};

/** What of an order can be edited. */
export interface OrderEdit {
  readonly email?: string;
  readonly shippingAddress?: OrderAddress | null;
  readonly billingAddress?: OrderAddress | null;
  readonly tags?: string[];
}

const list = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(', ');

/** One order. Only the methods here change its status; each leaves one version, one history row and one event. */
@Entity('orders')
@Unique('orders_id_currency_key', ['id', 'currency'])
@Index('orders_placed_at_id_idx', ['placedAt', 'id'])
@Index('orders_customer_id_placed_at_id_idx', ['customerId', 'placedAt', 'id'])
@Index('orders_status_placed_at_id_idx', ['status', 'placedAt', 'id'])
@Index('orders_total_amount_id_idx', ['totalAmount', 'id'])
@Index('orders_expiring_idx', ['expiresAt'], { where: "status = 'pending_payment'" })
@Index('orders_completable_idx', ['id'], { where: "status = 'confirmed' AND delivered_at IS NOT NULL" })
@Index('orders_email_idx', { synchronize: false })
@Index('orders_unerased_idx', { synchronize: false })
@Index('orders_tags_idx', { synchronize: false })
@Index('orders_people_idx', { synchronize: false })
@Index('orders_other_currency_idx', ['currency', 'placedAt', 'id'], { where: "currency <> 'EUR'" })
@Index('orders_other_origin_idx', ['origin', 'placedAt', 'id'], { where: "origin <> 'shop'" })
@Check('orders_status_check', `status IN (${list(ORDER_STATUSES)})`)
@Check('orders_payment_status_check', `payment_status IN (${list(ORDER_PAYMENT_STATUSES)})`)
@Check('orders_origin_check', `origin IN (${list(ORDER_ORIGINS)})`)
@Check('orders_fulfilment_status_check', `fulfilment_status IN (${list(FULFILMENT_STATUSES)})`)
@Check(
  'orders_total_check',
  `total_amount = subtotal_amount - discount_total_amount + shipping_total_amount
   + CASE WHEN prices_include_tax THEN 0 ELSE tax_total_amount END`,
)
@Check('orders_return_status_check', `return_status IN (${list(RETURN_STATUSES)})`)
@Check('orders_shipping_tax_check', 'shipping_tax_amount BETWEEN 0 AND tax_total_amount')
@Check(
  'orders_amounts_check',
  `subtotal_amount >= 0 AND discount_total_amount BETWEEN 0 AND subtotal_amount
   AND shipping_total_amount >= 0 AND tax_total_amount >= 0`,
)
export class Order {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** For people; never a capability. */
  @Column({ type: 'text', unique: true, default: () => "(nextval('order_number_seq'))" })
  number: string;

  /** Null for a guest. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('User')
  customerId: string | null;

  @Column({ type: 'text' })
  email: string;

  @Column({ type: 'text' })
  status: OrderStatus;

  /** Function of the payments; see `settlePayments`. */
  @Column({ type: 'text', default: 'unpaid' })
  paymentStatus: OrderPaymentStatus;

  @Column({ type: 'text', default: 'unfulfilled' })
  fulfilmentStatus: FulfilmentStatus;

  @Column({ type: 'text', default: 'none' })
  returnStatus: ReturnStatus;

  @Column({ type: 'char', length: 3 })
  currency: string;

  @Column({ type: 'bigint', transformer: safeInteger })
  subtotalAmount: number;

  /** Off the lines; what is taken off shipping is in `shipping`. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  discountTotalAmount: number;

  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  shippingTotalAmount: number;

  /** On lines and shipping; contained in their prices where those include tax, else added to them. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  taxTotalAmount: number;

  /** That part of `taxTotalAmount` which is on shipping. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  shippingTaxAmount: number;

  @Column({ type: 'boolean', default: false })
  pricesIncludeTax: boolean;

  @Column({ type: 'bigint', transformer: safeInteger })
  totalAmount: number;

  /** How it is shipped; null until somebody has said so. */
  @Column({ type: 'jsonb', nullable: true })
  shipping: OrderShipping | null;

  /** The method of `shipping`, so that one that orders refer to is kept. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('ShippingMethod')
  @Index('orders_shipping_method_id_idx', { where: 'shipping_method_id IS NOT NULL' })
  shippingMethodId: string | null;

  @Column({ type: 'jsonb', default: [] })
  promotions: readonly AppliedPromotion[];

  @Column({ type: 'jsonb', nullable: true })
  shippingAddress: OrderAddress | null;

  @Column({ type: 'jsonb', nullable: true })
  billingAddress: OrderAddress | null;

  /** The request that placed and paid it in one call, so that a repeat after a crash finds it; null otherwise. */
  @Column({ type: 'text', nullable: true, unique: true })
  requestKey: string | null;

  /** The cart it was made of; a cart makes one order. */
  @Column({ type: 'uuid', nullable: true, unique: true })
  @ForeignKey('Cart', { onDelete: 'SET NULL' })
  cartId: string | null;

  /** Who wrote it: a shopper, staff, or an import of past orders. */
  @Column({ type: 'text', default: 'shop' })
  origin: OrderOrigin;

  /** BCP 47 tag of the language in which the customer is written to; null for that of the shop. */
  @Column({ type: 'text', nullable: true })
  language: string | null;

  /** Words of the staff by which they find it again. */
  @Column({ type: 'text', array: true, default: '{}' })
  tags: string[];

  /** What the customer had to say when placing it. */
  @Column({ type: 'text', nullable: true })
  customerNote: string | null;

  @Column({ type: 'text', nullable: true })
  cancelReason: string | null;

  @Column({ type: 'timestamptz' })
  placedAt: Date;

  /** Until when the stock is held without payment; null once it is held for good, or given back. */
  @Column({ type: 'timestamptz', nullable: true })
  expiresAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  confirmedAt: Date | null;

  /** When the last piece arrived; null until all have. Function of the lines; see `settleFulfilment`. */
  @Column({ type: 'timestamptz', nullable: true })
  deliveredAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  closedAt: Date | null;

  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;

  /** O2: the order waits for its payment. */
  begin(by: Actor, now: Date): OrderChange {
    return this.record('order.placed', null, by, now, null);
  }

  /** O1: staff write it for a customer. */
  draft(by: Actor, now: Date): OrderChange {
    return this.record('order.drafted', null, by, now, null);
  }

  /** O1: staff have changed what they are writing. */
  redraft(by: Actor, now: Date): OrderChange {
    return this.record('order.updated', this.status, by, now, null);
  }

  /** O2: staff have sent their draft to the customer; from now on it counts as placed, and its totals stand. */
  send(by: Actor, now: Date, expiresAt: Date): OrderChange {
    const change = this.move('send', by, now);
    this.placedAt = now;
    this.expiresAt = expiresAt;
    return change;
  }

  /** O3, O6: the money is there (or nothing is due), so the stock is held for good. */
  confirm(by: Actor, now: Date): OrderChange {
    const change = this.move('confirm', by, now);
    this.confirmedAt = now;
    this.expiresAt = null;
    this.closedAt = null;
    return change;
  }

  /** O4: not paid in time. */
  expire(by: Actor, now: Date): OrderChange {
    const change = this.move('expire', by, now);
    this.expiresAt = null;
    this.closedAt = now;
    return change;
  }

  /** O5, O9. @throws OrderTransitionError also when something has been shipped. */
  cancel(by: Actor, now: Date, reason: string | null): OrderChange {
    if (this.fulfilmentStatus !== 'unfulfilled') throw new OrderTransitionError(this.status, 'cancelled', []);
    const change = this.move('cancel', by, now, reason);
    this.cancelReason = reason;
    this.expiresAt = null;
    this.closedAt = now;
    return change;
  }

  /** O8: nothing is captured or shipped until it is released. */
  hold(by: Actor, now: Date, reason: string | null): OrderChange {
    return this.move('hold', by, now, reason);
  }

  /** O8: goes on where it was held; that it was paid stands already, so nothing is confirmed anew. */
  release(by: Actor, now: Date): OrderChange {
    return this.move('release', by, now);
  }

  /**
   * O10: every piece has been delivered, cancelled or returned, and nobody owes anybody anything.
   *
   * @throws OrderTransitionError; OrderNotCompletableError naming what is still open.
   */
  complete(by: Actor, now: Date, lines: readonly LineProgress[], payments: readonly PaymentAmounts[]): OrderChange {
    this.transition('complete', by);
    const open = lines.filter((line) => !isLineDone(line)).length;
    const isSettled = isPaidInFull(this.totalAmount, payments);
    if (open > 0 || !isSettled) throw new OrderNotCompletableError(open, isSettled, this.paymentStatus);
    this.closedAt = now;
    return this.move('complete', by, now);
  }

  /**
   * Changes where to and whom to, before anything is shipped, and the words by which staff find it, at any time.
   *
   * @param changes Members that are undefined stay as they are.
   * @returns null when everything is like that already.
   * @throws OrderNotEditableError once goods are on their way or the order is over, unless only tags change.
   */
  edit(changes: OrderEdit, by: Actor, now: Date): OrderChange | null {
    const isOver = isTerminal(this.status) || this.fulfilmentStatus !== 'unfulfilled';
    const { tags = this.tags, ...particulars } = changes;
    const isOfTags = changes.tags !== undefined && Object.values(particulars).every((value) => value === undefined);
    if (isOver && !isOfTags) throw new OrderNotEditableError(this.status);
    const {
      email = this.email,
      shippingAddress = this.shippingAddress,
      billingAddress = this.billingAddress,
    } = particulars;
    const before = [this.email, this.shippingAddress, this.billingAddress, this.tags];
    if (isDeepStrictEqual([email, shippingAddress, billingAddress, tags], before)) return null;
    Object.assign(this, { email, shippingAddress, billingAddress, tags });
    return this.record('order.updated', this.status, by, now, null);
  }

  /**
   * Staff have changed what was ordered, in agreement with the customer; what it comes to is another now (domain.md T4).
   *
   * @throws OrderNotEditableError unless it is confirmed, or held.
   */
  revise(by: Actor, now: Date, reason: string | null): OrderChange {
    this.assertRevisable();
    return this.record('order.edited', this.status, by, now, reason);
  }

  /** @throws OrderNotEditableError unless the order is confirmed, or held. */
  assertRevisable(): void {
    if (this.status !== 'confirmed' && this.status !== 'on_hold') throw new OrderNotEditableError(this.status);
  }

  /** Recomputes what is paid from the payments (domain.md T2). @returns whether it changed. */
  settlePayments(payments: readonly PaymentAmounts[]): boolean {
    const before = this.paymentStatus;
    this.paymentStatus = orderPaymentStatus(this.totalAmount, payments);
    return this.paymentStatus !== before;
  }

  /**
   * Recomputes from the lines what is shipped (domain.md T2), and since when all has arrived.
   *
   * @returns whether anything of it changed.
   */
  settleFulfilment(lines: readonly LineProgress[], now: Date): boolean {
    const { fulfilmentStatus, deliveredAt } = this;
    this.fulfilmentStatus = fulfilmentStatusOf(lines);
    const isDelivered = this.fulfilmentStatus === 'fulfilled' && lines.every(isLineDone);
    this.deliveredAt = isDelivered ? (deliveredAt ?? now) : null;
    return this.fulfilmentStatus !== fulfilmentStatus || this.deliveredAt !== deliveredAt;
  }

  /** @throws OrderTransitionError unless the order may be shipped: it is confirmed, and not held. */
  assertShippable(by: Actor): void {
    if (this.status !== 'confirmed')
      throw new OrderTransitionError(this.status, 'shipped', allowedMoves(this.status, by.kind));
  }

  /** @throws OrderTransitionError unless the order waits for its payment. */
  assertPayable(by: Actor): void {
    if (this.status !== 'pending_payment')
      throw new OrderTransitionError(this.status, 'paid', allowedMoves(this.status, by.kind));
  }

  private move(command: OrderCommand, by: Actor, now: Date, reason: string | null = null): OrderChange {
    const { from, to, event } = this.transition(command, by);
    this.status = to;
    return this.record(event, from, by, now, reason);
  }

  private transition(command: OrderCommand, by: Actor): OrderTransition {
    const { status } = this;
    return (
      transitionOf(status, command, by.kind) ??
      raise(new OrderTransitionError(status, DONE[command], allowedMoves(status, by.kind)))
    );
  }

  private record(
    type: OrderEventType,
    fromStatus: OrderStatus | null,
    by: Actor,
    now: Date,
    reason: string | null,
  ): OrderChange {
    this.version += 1;
    this.updatedAt = now;
    return {
      version: this.version,
      type,
      fromStatus,
      toStatus: this.status,
      actorKind: by.kind,
      actorId: by.id,
      reason,
      occurredAt: now,
    };
  }
}

import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { safeInteger } from '../../../database/columns.js';
import { REFUND_STATUSES } from '../payment-status.js';
import { ProviderRequest } from './provider-request.entity.js';

/** Why staff give money back. */
export const REFUND_REASONS = ['requested_by_customer', 'duplicate', 'fraudulent', 'damaged', 'other'] as const;
/** Why money goes back: one of the reasons of staff, goods that came back, or what has become of the order. */
export const ALL_REFUND_REASONS = [
  ...REFUND_REASONS,
  'returned',
  'order_cancelled',
  'late_payment',
  'paid_twice',
  'order_edited',
] as const;
/** Why money goes back that was more than the order came to, or came to nothing. */
export const EXCESS_REASONS: ReadonlySet<RefundReason> = new Set([
  'order_cancelled',
  'late_payment',
  'paid_twice',
  'order_edited',
]);
export type RefundReason = (typeof ALL_REFUND_REASONS)[number];

/** Whereto money goes back: the way it came, or onto the store credit of the customer. */
export const REFUND_DESTINATIONS = ['payment', 'store_credit'] as const;
export type RefundDestination = (typeof REFUND_DESTINATIONS)[number];

/** Money that goes back: promised in the transaction that decides it, made by a job afterwards. Its id is the provider's key. */
@Entity('refunds')
@ForeignKey('Payment', ['paymentId', 'currency'], ['id', 'currency'])
@ForeignKey('Order', ['orderId', 'currency'], ['id', 'currency'])
@Unique('refunds_payment_id_request_key_key', ['paymentId', 'requestKey'])
@Index('refunds_pending_idx', ['createdAt'], { where: "status = 'pending'" })
@Index('refunds_failed_idx', ['settledAt'], { where: "status = 'failed'" })
@Check('refunds_amount_check', 'amount > 0')
@Check(
  'refunds_shipping_check',
  'shipping_amount BETWEEN 0 AND amount AND shipping_tax_amount BETWEEN 0 AND shipping_amount',
)
@Check('refunds_destination_check', `destination IN (${REFUND_DESTINATIONS.map((name) => `'${name}'`).join(', ')})`)
@Check('refunds_status_check', `status IN (${REFUND_STATUSES.map((status) => `'${status}'`).join(', ')})`)
export class Refund extends ProviderRequest {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @Index('refunds_payment_id_idx')
  paymentId: string;

  @Column({ type: 'uuid' })
  orderId: string;

  @Column({ type: 'char', length: 3 })
  currency: string;

  /** Minor units. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  /** How much of it is for shipping, tax included. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  shippingAmount: number;

  /** The tax in that. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  shippingTaxAmount: number;

  /** The return it is made for. */
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey('Return')
  @Index('refunds_return_id_idx', { where: 'return_id IS NOT NULL' })
  returnId: string | null;

  @Column({ type: 'text' })
  reason: RefundReason;

  @Column({ type: 'text', default: 'payment' })
  destination: RefundDestination;

  /** Words of the staff about it. */
  @Column({ type: 'text', nullable: true })
  note: string | null;
}

/** How much of a line of the order a refund is for. */
@Entity('refund_lines')
@Check('refund_lines_quantity_check', 'quantity >= 0')
@Check('refund_lines_amount_check', 'amount >= 0 AND tax_amount BETWEEN 0 AND amount AND withheld_amount >= 0')
export class RefundLine {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('Refund')
  refundId: string;

  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('OrderLine')
  @Index('refund_lines_order_line_id_idx')
  orderLineId: string;

  /** Pieces; 0 where another refund of the same pieces comes first, because one payment could not give all of it. */
  @Column({ type: 'int' })
  quantity: number;

  /** Minor units, tax included. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  /** The tax in it. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  taxAmount: number;

  /** What staff kept of what the pieces came to. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  withheldAmount: number;
}

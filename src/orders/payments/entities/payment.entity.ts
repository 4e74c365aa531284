import { createHash } from 'node:crypto';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { newId } from '../../../common/ids.js';
import { safeInteger } from '../../../database/columns.js';
import type { ProviderOutcome } from '../payment-provider.js';
import { isDead, PAYMENT_STATUSES, PAYMENT_TRANSITIONS, type PaymentStatus, returnable } from '../payment-status.js';
import { PaymentTransitionError } from '../payments.errors.js';
import type { PaymentProviderName } from '../provider-list.js';
import { Refund } from './refund.entity.js';

/** Why money goes back. */
export type RefundReason = 'order_cancelled' | 'late_payment' | 'paid_twice';

/** Through whom an order is to be paid, and the key of the request, under which a repeat finds the attempt. */
export interface PaymentIntent {
  readonly provider: PaymentProviderName;
  readonly requestKey: string;
}

/** One attempt per request and order. */
export function providerKeyOf(orderId: string, requestKey: string): string {
  return createHash('sha256').update(`${orderId}\n${requestKey}`).digest('hex');
}

/** One attempt to pay an order through one provider. Every change raises the version and is told by an event. */
@Entity('payments')
@Unique('payments_id_currency_key', ['id', 'currency'])
@Unique('payments_provider_provider_key_key', ['provider', 'providerKey'])
@ForeignKey('Order', ['orderId', 'currency'], ['id', 'currency'])
@Index('payments_in_flight_key', ['orderId'], {
  unique: true,
  where: "status IN ('created', 'requires_action', 'processing')",
})
@Index('payments_unsettled_idx', ['createdAt'], { where: "status IN ('created', 'processing')" })
@Check('payments_status_check', `status IN (${PAYMENT_STATUSES.map((status) => `'${status}'`).join(', ')})`)
@Check(
  'payments_amounts_check',
  `amount >= authorised_amount AND authorised_amount >= captured_amount
   AND captured_amount >= refunded_amount + refund_pending_amount
   AND refund_pending_amount >= 0 AND refunded_amount >= 0`,
)
export class Payment {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  @Index('payments_order_id_idx')
  orderId: string;

  @Column({ type: 'text' })
  provider: PaymentProviderName;

  @Column({ type: 'text' })
  status: PaymentStatus;

  @Column({ type: 'char', length: 3 })
  currency: string;

  /** Minor units asked for. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  authorisedAmount: number;

  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  capturedAmount: number;

  /** Promised back and not yet made. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  refundPendingAmount: number;

  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  refundedAmount: number;

  /** Under which the provider knows this attempt; derived from the request, so that a repeat is the same attempt. */
  @Column({ type: 'text' })
  providerKey: string;

  /** The provider's own id, once it has answered. */
  @Column({ type: 'text', nullable: true })
  providerReference: string | null;

  @Column({ type: 'text', nullable: true })
  failureCode: string | null;

  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz' })
  createdAt: Date;

  @Column({ type: 'timestamptz' })
  updatedAt: Date;

  /** The intent to take `amount` minor units for an order, written before the provider is called. */
  static intend(
    order: { id: string; currency: string },
    amount: number,
    { provider, requestKey }: PaymentIntent,
    now: Date,
  ): Payment {
    return Object.assign(new Payment(), {
      id: newId(),
      orderId: order.id,
      provider,
      status: 'created' as const,
      currency: order.currency,
      amount,
      authorisedAmount: 0,
      capturedAmount: 0,
      refundPendingAmount: 0,
      refundedAmount: 0,
      providerKey: providerKeyOf(order.id, requestKey),
      providerReference: null,
      failureCode: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
  }

  /**
   * Takes over what the provider says.
   *
   * @returns false when it is no news: the same state again, or one that the payment has passed already.
   */
  apply(outcome: ProviderOutcome, now: Date): boolean {
    if (!PAYMENT_TRANSITIONS[this.status].includes(outcome.status)) return false;
    this.status = outcome.status;
    this.providerReference = outcome.reference ?? this.providerReference;
    this.failureCode = outcome.failureCode;
    if (outcome.status === 'authorised' || outcome.status === 'captured') this.authorisedAmount = this.amount;
    if (outcome.status === 'captured') this.capturedAmount = this.amount;
    this.touch(now);
    return true;
  }

  /** Books the whole authorised amount. @throws PaymentTransitionError unless something authorised is not captured yet. */
  capture(now: Date): void {
    this.assertMay('captured');
    this.status = 'captured';
    this.capturedAmount = this.authorisedAmount;
    this.touch(now);
  }

  /** Gives an authorisation up. @throws PaymentTransitionError when money has been captured, or there is no authorisation. */
  void(now: Date): void {
    this.assertMay('voided');
    this.status = 'voided';
    this.touch(now);
  }

  /**
   * Promises `amount` minor units back.
   *
   * @throws RangeError beyond what is captured and not yet promised back; the caller asks for `returnable` at most.
   */
  promiseRefund(amount: number, reason: RefundReason, now: Date): Refund {
    if (amount <= 0 || amount > returnable(this)) throw new RangeError(`${amount} cannot be refunded`);
    this.refundPendingAmount += amount;
    this.touch(now);
    return Object.assign(new Refund(), {
      id: newId(),
      paymentId: this.id,
      orderId: this.orderId,
      currency: this.currency,
      amount,
      status: 'pending' as const,
      reason,
      providerReference: null,
      attempts: 0,
      createdAt: now,
      settledAt: null,
    });
  }

  /** Books the end of a refund: made, or refused, which frees its amount. */
  settleRefund(refund: Refund, status: 'succeeded' | 'failed', reference: string | null, now: Date): void {
    this.refundPendingAmount -= refund.amount;
    if (status === 'succeeded') this.refundedAmount += refund.amount;
    refund.status = status;
    refund.providerReference = reference;
    refund.settledAt = now;
    this.touch(now);
  }

  /** True while nothing is captured of a living authorisation. */
  get isVoidable(): boolean {
    return this.status === 'authorised' && this.capturedAmount === 0;
  }

  get isDead(): boolean {
    return isDead(this.status);
  }

  private assertMay(next: PaymentStatus): void {
    if (!PAYMENT_TRANSITIONS[this.status].includes(next)) throw new PaymentTransitionError(this.status, next);
  }

  private touch(now: Date): void {
    this.version += 1;
    this.updatedAt = now;
  }
}

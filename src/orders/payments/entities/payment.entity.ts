import { createHash } from 'node:crypto';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { newId } from '../../../common/ids.js';
import { safeInteger } from '../../../database/columns.js';
import type { CaptureMode, NextAction, ProviderOutcome } from '../payment-provider.js';
import { isDead, PAYMENT_STATUSES, PAYMENT_TRANSITIONS, type PaymentStatus, returnable } from '../payment-status.js';
import { CaptureExceedsError, PaymentTransitionError } from '../payments.errors.js';
import type { PaymentProviderName } from '../provider-list.js';
import { type OperationAsked, PaymentOperation } from './payment-operation.entity.js';
import { type SettledOutcome, unasked } from './provider-request.entity.js';
import { EXCESS_REASONS, Refund, type RefundReason } from './refund.entity.js';

/** Through whom an order is to be paid, and the key of the request, under which a repeat finds the attempt. */
export interface PaymentIntent {
  readonly provider: PaymentProviderName;
  readonly requestKey: string;
  /** `now`, unless said. */
  readonly capture?: CaptureMode;
}

/** Who asked for a refund and in which words, and what it is for. */
export type RefundAsked = Partial<
  Pick<Refund, 'note' | 'requestKey' | 'returnId' | 'destination' | 'shippingAmount' | 'shippingTaxAmount'>
>;

const HELD: ReadonlySet<PaymentStatus> = new Set(['authorised', 'partially_captured', 'captured']);

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
@Index('payments_unsettled_idx', ['createdAt'], { where: "status IN ('created', 'requires_action', 'processing')" })
@Index('payments_held_idx', ['createdAt'], { where: "status IN ('authorised', 'partially_captured')" })
@Check('payments_status_check', `status IN (${PAYMENT_STATUSES.map((status) => `'${status}'`).join(', ')})`)
@Check(
  'payments_amounts_check',
  `amount >= authorised_amount AND authorised_amount >= captured_amount + claimed_amount
   AND captured_amount >= refunded_amount + refund_pending_amount
   AND claimed_amount >= 0 AND refund_pending_amount >= 0 AND refunded_amount >= 0
   AND excess_returned_amount BETWEEN 0 AND refunded_amount + refund_pending_amount`,
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

  /** Of what is authorised and not captured, what captures and voids under way speak for. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  claimedAmount: number;

  /** Promised back and not yet made. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  refundPendingAmount: number;

  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  refundedAmount: number;

  /** Of what is refunded or promised back, what was more than the order came to. */
  @Column({ type: 'bigint', default: 0, transformer: safeInteger })
  excessReturnedAmount: number;

  /** Under which the provider knows this attempt; derived from the request, so that a repeat is the same attempt. */
  @Column({ type: 'text' })
  providerKey: string;

  /** The provider's own id, once it has answered. */
  @Column({ type: 'text', nullable: true })
  providerReference: string | null;

  /** How the provider counts the last news that was taken over; null where it does not count. */
  @Column({ type: 'bigint', nullable: true, transformer: safeInteger })
  providerVersion: number | null;

  /** Whether the money is held until it is captured, instead of taken at once. */
  @Column({ type: 'boolean', default: false })
  capturesLater: boolean;

  /** What the shopper has to do first. */
  @Column({ type: 'jsonb', nullable: true })
  nextAction: NextAction | null;

  @Column({ type: 'text', nullable: true })
  failureCode: string | null;

  /** When the sweep last asked the provider about it; null while it has not. */
  @Column({ type: 'timestamptz', nullable: true })
  askedAt: Date | null;

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
    { provider, requestKey, capture = 'now' }: PaymentIntent,
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
      claimedAmount: 0,
      refundPendingAmount: 0,
      refundedAmount: 0,
      excessReturnedAmount: 0,
      providerKey: providerKeyOf(order.id, requestKey),
      providerReference: null,
      providerVersion: null,
      capturesLater: capture === 'later',
      nextAction: null,
      failureCode: null,
      askedAt: null,
      version: 1,
      createdAt: now,
      updatedAt: now,
    });
  }

  /**
   * Takes over what the provider says of the charge as a whole. What captures and voids of ours are about to change is theirs to tell, so the
   * rest waits until they have.
   *
   * @returns false when it is no news: the same state again, or one that the payment has passed already.
   */
  apply(outcome: ProviderOutcome, now: Date): boolean {
    if (!this.isNews(outcome)) return false;
    const { status, reference, failureCode, nextAction = null, version = this.providerVersion } = outcome;
    this.status = status;
    this.providerReference = reference ?? this.providerReference;
    this.failureCode = failureCode;
    this.nextAction = nextAction;
    this.providerVersion = version;
    if (HELD.has(status)) this.authorisedAmount = outcome.authorisedAmount ?? this.amount;
    if (status === 'captured') this.capturedAmount = outcome.capturedAmount ?? this.authorisedAmount;
    if (status === 'partially_captured') this.capturedAmount = outcome.capturedAmount ?? 0;
    this.touch(now);
    return true;
  }

  private isNews({ status, version, capturedAmount = 0 }: ProviderOutcome): boolean {
    if (this.claimedAmount > 0) return false;
    if (version !== undefined && this.providerVersion !== null && version < this.providerVersion) return false;
    const isMore = status === 'partially_captured' && status === this.status && capturedAmount > this.capturedAmount;
    return isMore || PAYMENT_TRANSITIONS[this.status].includes(status);
  }

  /** Minor units that can still be captured, or given up. */
  get capturable(): number {
    return this.status === 'authorised' || this.status === 'partially_captured'
      ? this.authorisedAmount - this.capturedAmount - this.claimedAmount
      : 0;
  }

  /** Gives up by hand what is not captured of an authorisation. @throws PaymentTransitionError when there is nothing of it. */
  void(now: Date): void {
    this.assertVoidable();
    this.book('void', this.capturable, 0);
    this.touch(now);
  }

  /** Claims what a void is about to give up that nobody asked for. @throws PaymentTransitionError */
  claimVoid(now: Date): PaymentOperation {
    return this.begin('void', { amount: this.capturable, releasedAmount: 0, requestKey: null, isByHand: false }, now);
  }

  /**
   * Begins a capture or a void: claims what it is about to take or to give up, before the provider is asked for it. Where the money moves
   * outside the system it is booked at once.
   *
   * @throws PaymentTransitionError unless something authorised is not captured yet, and for a void while a capture is under way;
   *   CaptureExceedsError for more than can be captured.
   */
  begin(
    kind: PaymentOperation['kind'],
    { isByHand, ...asked }: Omit<OperationAsked, 'kind'> & { readonly isByHand: boolean },
    now: Date,
  ): PaymentOperation {
    const { amount, releasedAmount } = asked;
    if (kind === 'void') this.assertVoidable();
    else this.assertCapturable(amount + releasedAmount);
    const operation = PaymentOperation.of(this, { kind, ...asked }, now);
    if (isByHand) {
      this.book(kind, amount, releasedAmount);
      operation.settle({ status: 'succeeded', reference: operation.id, failureCode: null }, now);
    } else {
      this.claimedAmount += amount + releasedAmount;
    }
    this.touch(now);
    return operation;
  }

  /** Books the end of a capture or a void: done, or refused, which frees what it has claimed. */
  settleOperation(operation: PaymentOperation, outcome: SettledOutcome, now: Date): void {
    const { kind, amount, releasedAmount } = operation;
    this.claimedAmount -= amount + releasedAmount;
    if (outcome.status === 'succeeded') this.book(kind, amount, releasedAmount);
    operation.settle(outcome, now);
    this.touch(now);
  }

  /**
   * Promises `amount` minor units back.
   *
   * @throws RangeError beyond what is captured and not yet promised back; the caller asks for `returnable` at most.
   */
  promiseRefund(amount: number, reason: RefundReason, now: Date, asked?: RefundAsked): Refund {
    if (amount <= 0 || amount > returnable(this)) throw new RangeError(`${amount} cannot be refunded`);
    this.refundPendingAmount += amount;
    if (EXCESS_REASONS.has(reason)) this.excessReturnedAmount += amount;
    this.touch(now);
    return Object.assign(new Refund(), {
      id: newId(),
      paymentId: this.id,
      orderId: this.orderId,
      currency: this.currency,
      amount,
      reason,
      note: asked?.note ?? null,
      requestKey: asked?.requestKey ?? null,
      returnId: asked?.returnId ?? null,
      destination: asked?.destination ?? 'payment',
      shippingAmount: asked?.shippingAmount ?? 0,
      shippingTaxAmount: asked?.shippingTaxAmount ?? 0,
      ...unasked(now),
    });
  }

  /** Books the end of a refund: made, or refused, which frees its amount. */
  settleRefund(refund: Refund, outcome: SettledOutcome, now: Date): void {
    this.refundPendingAmount -= refund.amount;
    if (outcome.status === 'succeeded') this.refundedAmount += refund.amount;
    else if (EXCESS_REASONS.has(refund.reason)) this.excessReturnedAmount -= refund.amount;
    refund.settle(outcome, now);
    this.touch(now);
  }

  /** True while something is held that could be given up. */
  get isVoidable(): boolean {
    return this.capturable > 0 && this.claimedAmount === 0;
  }

  get isDead(): boolean {
    return isDead(this.status);
  }

  /** What is given up of a part that is captured is no longer authorised; an authorisation that is given up whole is dead. */
  private book(kind: PaymentOperation['kind'], amount: number, released: number): void {
    if (kind === 'capture') this.capturedAmount += amount;
    else if (this.capturedAmount === 0) return void (this.status = 'voided');
    this.authorisedAmount -= kind === 'capture' ? released : amount;
    this.status = this.capturedAmount === this.authorisedAmount ? 'captured' : 'partially_captured';
  }

  private assertCapturable(amount: number): void {
    if (!['authorised', 'partially_captured'].includes(this.status))
      throw new PaymentTransitionError(this.status, 'captured');
    if (amount <= 0 || amount > this.capturable) throw new CaptureExceedsError(this.capturable, this.currency);
  }

  private assertVoidable(): void {
    if (!this.isVoidable) throw new PaymentTransitionError(this.status, 'voided');
  }

  private touch(now: Date): void {
    this.version += 1;
    this.updatedAt = now;
  }
}

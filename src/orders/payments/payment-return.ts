import type { Payment } from './entities/payment.entity.js';
import type { PaymentOperation } from './entities/payment-operation.entity.js';
import type { Refund, RefundReason } from './entities/refund.entity.js';
import { PaymentEvent } from './events/payment.event.js';
import { returnable } from './payment-status.js';

/** What is to be saved and told after payments have been given back. */
export interface PaymentReturn {
  readonly changed: Payment[];
  readonly refunds: Refund[];
  readonly operations: PaymentOperation[];
  readonly events: PaymentEvent[];
}

export const nothingReturned = (): PaymentReturn => ({ changed: [], refunds: [], operations: [], events: [] });

/**
 * Gives back everything that an order has been paid: authorisations are given up, captured money is promised back (domain.md O4, O5, O9).
 *
 * What is still under way stays as it is: should money come of it, its settlement gives it back.
 *
 * @param isByHand Whether giving up is an entry in our books alone; otherwise the provider is asked for it once this is committed.
 */
export function giveBack(
  payments: readonly Payment[],
  reason: RefundReason,
  now: Date,
  isByHand: (payment: Payment) => boolean = () => true,
): PaymentReturn {
  const returned = nothingReturned();
  for (const payment of payments) {
    if (payment.isVoidable) giveUp(returned, payment, isByHand(payment), now);
    if (returnable(payment) > 0) promiseBack(returned, payment, returnable(payment), reason, now);
  }
  return returned;
}

/** Gives up what is authorised and not captured of one payment, or claims that it will be. */
export function giveUp(returned: PaymentReturn, payment: Payment, isByHand: boolean, now: Date): void {
  returned.changed.push(payment);
  if (isByHand) {
    payment.void(now);
    returned.events.push(new PaymentEvent(payment.isDead ? 'payment.voided' : 'payment.released', payment));
  } else {
    const operation = payment.claimVoid(now);
    returned.operations.push(operation);
    returned.events.push(new PaymentEvent('payment.void_requested', payment, { operationId: operation.id }));
  }
}

/** Promises `amount` minor units of one payment back. The promise is kept by a job, once it is committed. */
export function promiseBack(
  returned: PaymentReturn,
  payment: Payment,
  amount: number,
  reason: RefundReason,
  now: Date,
): void {
  const refund = payment.promiseRefund(amount, reason, now);
  const about = { refundId: refund.id };
  returned.changed.push(payment);
  returned.refunds.push(refund);
  returned.events.push(new PaymentEvent('payment.refund_requested', payment, about));
  if (reason !== 'order_cancelled') returned.events.push(new PaymentEvent('payment.late_refunded', payment, about));
}

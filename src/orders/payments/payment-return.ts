import type { Payment } from './entities/payment.entity.js';
import type { Refund, RefundReason } from './entities/refund.entity.js';
import { PaymentEvent } from './events/payment.event.js';
import { returnable } from './payment-status.js';

/** What is to be saved and told after payments have been given back. */
export interface PaymentReturn {
  readonly changed: Payment[];
  readonly refunds: Refund[];
  readonly events: PaymentEvent[];
}

/**
 * Gives back everything that an order has been paid: authorisations are given up, captured money is promised back (domain.md O4, O5, O9).
 *
 * What is still under way stays as it is: should money come of it, its settlement gives it back.
 */
export function giveBack(payments: readonly Payment[], reason: RefundReason, now: Date): PaymentReturn {
  const returned: PaymentReturn = { changed: [], refunds: [], events: [] };
  for (const payment of payments) {
    if (payment.isVoidable) {
      payment.void(now);
      returned.changed.push(payment);
      returned.events.push(new PaymentEvent('payment.voided', payment));
    } else if (returnable(payment) > 0) {
      promiseBack(returned, payment, returnable(payment), reason, now);
    }
  }
  return returned;
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
  returned.changed.push(payment);
  returned.refunds.push(refund);
  returned.events.push(new PaymentEvent('payment.refund_requested', payment, { refundId: refund.id }));
  if (reason !== 'order_cancelled')
    returned.events.push(new PaymentEvent('payment.late_refunded', payment, { refundId: refund.id }));
}

import { conflict, notFound, rejected } from '../../common/errors/domain.error.js';
import { PAYMENT_TRANSITIONS, type PaymentStatus } from './payment-status.js';

/** There is no such payment, or its order is not the caller's. */
export class PaymentNotFoundError extends notFound(
  'payment.not_found',
  'No such payment',
  'There is no such payment.',
) {}

/** Another payment of the order has not ended yet. */
export class PaymentAlreadyOpenError extends conflict('payment.already_open', 'A payment is under way') {
  override readonly extensions: Record<string, unknown>;

  constructor(paymentId: string) {
    super('Another payment of this order has not ended yet; wait for its outcome.');
    this.extensions = { paymentId };
  }
}

/** The payment cannot do that from where it is. */
export class PaymentTransitionError extends conflict('payment.invalid_transition', 'The payment cannot do that now') {
  override readonly extensions: Record<string, unknown>;

  constructor(
    readonly status: PaymentStatus,
    wanted: string,
  ) {
    super(`A payment that is ${status} cannot be ${wanted}.`);
    this.extensions = { paymentStatus: status, allowed: PAYMENT_TRANSITIONS[status] };
  }
}

/** More than is held, or nothing. */
export class CaptureExceedsError extends conflict('payment.capture_exceeds', 'More than can be captured') {
  override readonly extensions: Record<string, unknown>;

  constructor(capturable: number, currency: string) {
    super('That is more than is authorised and neither captured nor about to be.');
    this.extensions = { capturable: { amount: capturable, currency } };
  }
}

/** No money is taken while an order is held (domain.md O8). */
export class OrderOnHoldError extends conflict(
  'payment.order_on_hold',
  'The order is on hold',
  'The order is on hold; release it before capturing its payment.',
) {}

/** The provider is not offered on this installation. */
export class PaymentProviderNotOfferedError extends rejected(
  'payment.provider_not_offered',
  'Payment method not offered',
) {
  constructor(provider: string) {
    super(`Payments with ${provider} are not offered here.`);
  }
}

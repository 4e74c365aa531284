import { ConflictError, NotFoundError, RejectedError } from '../../common/errors/domain.error.js';
import { PAYMENT_TRANSITIONS, type PaymentStatus } from './payment-status.js';

/** There is no such payment, or its order is not the caller's. */
export class PaymentNotFoundError extends NotFoundError {
  static override readonly code = 'payment.not_found';
  static override readonly title = 'No such payment';

  constructor() {
    super('There is no such payment.');
  }
}

/** Another payment of the order has not ended yet. */
export class PaymentAlreadyOpenError extends ConflictError {
  static override readonly code = 'payment.already_open';
  static override readonly title = 'A payment is under way';
  override readonly extensions: Record<string, unknown>;

  constructor(paymentId: string) {
    super('Another payment of this order has not ended yet; wait for its outcome.');
    this.extensions = { paymentId };
  }
}

/** The payment cannot do that from where it is. */
export class PaymentTransitionError extends ConflictError {
  static override readonly code = 'payment.invalid_transition';
  static override readonly title = 'The payment cannot do that now';
  override readonly extensions: Record<string, unknown>;

  constructor(
    readonly status: PaymentStatus,
    wanted: string,
  ) {
    super(`A payment that is ${status} cannot be ${wanted}.`);
    this.extensions = { paymentStatus: status, allowed: PAYMENT_TRANSITIONS[status] };
  }
}

/** No money is taken while an order is held (domain.md O8). */
export class OrderOnHoldError extends ConflictError {
  static override readonly code = 'payment.order_on_hold';
  static override readonly title = 'The order is on hold';

  constructor() {
    super('The order is on hold; release it before capturing its payment.');
  }
}

/** The provider is not offered on this installation. */
export class PaymentProviderNotOfferedError extends RejectedError {
  static override readonly code = 'payment.provider_not_offered';
  static override readonly title = 'Payment method not offered';

  constructor(provider: string) {
    super(`Payments with ${provider} are not offered here.`);
  }
}

import { conflict, type FieldError, malformed, notFound, rejected } from '../../common/errors/domain.error.js';
import { formatMoney } from '../../common/money/currencies.js';
import type { Money } from '../../common/money/money.js';
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

/** Less than nothing, more than is due, or in another currency. */
export class PaymentAmountError extends rejected('payment.invalid_amount', 'The amount does not fit') {
  override readonly extensions: Record<string, unknown>;

  /** @param limit What it may be at most. */
  constructor(limit: Money) {
    super(`The amount must be more than nothing and at most ${formatMoney(limit)}.`);
    this.extensions = { limit };
  }
}

/** The provider has refused to capture or to give up. */
export class PaymentRefusedError extends rejected('payment.provider_refused', 'The payment provider refuses') {
  override readonly extensions: Record<string, unknown>;

  constructor(failureCode: string | null) {
    super('The payment provider refuses to do that; nothing was changed.');
    this.extensions = { failureCode };
  }
}

/** There is no such refund, or its order is not the caller's. */
export class RefundNotFoundError extends notFound('refund.not_found', 'No such refund', 'There is no such refund.') {}

/** More than is captured and neither refunded nor about to be. */
export class RefundExceedsError extends conflict('payment.refund_exceeds', 'More than can be refunded') {
  override readonly extensions: Record<string, unknown>;

  /** @param refundable What the payment can still give back. */
  constructor(refundable: Money) {
    super(`That is more than can be given back of this payment, which is ${formatMoney(refundable)}.`);
    this.extensions = { refundable };
  }
}

/** A line is not of this order, or fewer pieces of it are left to be refunded. */
export class RefundLineError extends rejected('payment.refund_line', 'The line cannot be refunded') {
  override readonly errors: readonly FieldError[];

  /** @param index Place in the request. @param left Pieces that are left; null when the order has no such line. */
  constructor(index: number, left: number | null) {
    super(left === null ? 'The order has no such line.' : `Of this line ${left} can still be refunded.`);
    this.errors = [
      left === null
        ? { pointer: `/lines/${index}/lineId`, code: 'unknown', message: 'is no line of the order' }
        : { pointer: `/lines/${index}/quantity`, code: 'max', message: `must not be greater than ${left}` },
    ];
  }
}

/** No webhooks are taken from a provider of that name. */
export class WebhookProviderUnknownError extends notFound(
  'payment_webhook.provider_unknown',
  'No such payment provider',
  'No webhooks are taken from a payment provider of that name.',
) {}

/** Not from the provider, changed on the way, or sent too long ago. */
export class PaymentWebhookForgedError extends malformed(
  'payment_webhook.forged',
  'The webhook is not believed',
  'The signature or the time of the webhook is not right; nothing of it was kept.',
) {}

/** There is no such webhook (any more). */
export class PaymentWebhookNotFoundError extends notFound(
  'payment_webhook.not_found',
  'No such webhook',
  'There is no such webhook.',
) {}

/** What it said is not kept any more. */
export class PaymentWebhookPastError extends conflict(
  'payment_webhook.past',
  'The webhook is past its time',
  'What the webhook said is not kept any more.',
) {}

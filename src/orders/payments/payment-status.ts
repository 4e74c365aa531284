/** Where a payment is (domain.md section 4). */
export const PAYMENT_STATUSES = [
  'created',
  'requires_action',
  'processing',
  'authorised',
  'partially_captured',
  'captured',
  'failed',
  'voided',
  'expired',
] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export const REFUND_STATUSES = ['pending', 'succeeded', 'failed'] as const;
export type RefundStatus = (typeof REFUND_STATUSES)[number];

/** How much of an order is paid; computed from its payments, never set. */
export const ORDER_PAYMENT_STATUSES = [
  'unpaid',
  'processing',
  'authorised',
  'partially_paid',
  'paid',
  'partially_refunded',
  'refunded',
] as const;
export type OrderPaymentStatus = (typeof ORDER_PAYMENT_STATUSES)[number];

const SETTLED = ['authorised', 'partially_captured', 'captured', 'failed', 'voided', 'expired'] as const;

/**
 * Every move a payment can make; what is not listed is ignored when a provider reports it, and refused when a person asks for it. News that
 * overtakes other news skips the states of those.
 */
export const PAYMENT_TRANSITIONS: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  created: ['requires_action', 'processing', ...SETTLED],
  requires_action: ['processing', ...SETTLED],
  processing: ['requires_action', ...SETTLED],
  authorised: ['partially_captured', 'captured', 'voided', 'expired'],
  partially_captured: ['captured'],
  captured: [],
  failed: [],
  voided: [],
  expired: [],
};

const IN_FLIGHT: ReadonlySet<PaymentStatus> = new Set(['created', 'requires_action', 'processing']);
const DEAD: ReadonlySet<PaymentStatus> = new Set(['failed', 'voided', 'expired']);

/** The outcome is still open: money may or may not come. */
export function isInFlight(status: PaymentStatus): boolean {
  return IN_FLIGHT.has(status);
}

/** No money came of it, and none will. */
export function isDead(status: PaymentStatus): boolean {
  return DEAD.has(status);
}

/** The amounts of a payment, in minor units. */
export interface PaymentAmounts {
  readonly status: PaymentStatus;
  readonly authorisedAmount: number;
  readonly capturedAmount: number;
  readonly refundPendingAmount: number;
  readonly refundedAmount: number;
  /** Of what is refunded or about to be, what was more than the order came to: it never counted as paid. None unless given. */
  readonly excessReturnedAmount?: number;
}

/**
 * Minor units authorised and not given up; captured money counts as authorised (domain.md O3), also when it has been refunded, unless it was more
 * than the order came to.
 */
export function authorisedBy(payments: readonly PaymentAmounts[]): number {
  return sum(payments, ({ status, authorisedAmount, excessReturnedAmount = 0 }) =>
    isDead(status) ? 0 : authorisedAmount - excessReturnedAmount,
  );
}

/** Minor units that are still to be paid of an order. */
export function dueOf(total: number, payments: readonly PaymentAmounts[]): number {
  return Math.max(total - authorisedBy(payments), 0);
}

/** Minor units captured beyond the total that could still go back; money that was refunded for goods counts as paid. */
export function excessOf(total: number, payments: readonly PaymentAmounts[]): number {
  const paid = sum(payments, ({ capturedAmount, excessReturnedAmount = 0 }) => capturedAmount - excessReturnedAmount);
  return Math.max(Math.min(paid - total, netPaidBy(payments)), 0);
}

/** Minor units captured that are neither refunded nor about to be (domain.md M2). */
export function netPaidBy(payments: readonly PaymentAmounts[]): number {
  return sum(payments, returnable);
}

/** Minor units of one payment that could still be refunded. */
export function returnable(payment: PaymentAmounts): number {
  return payment.capturedAmount - payment.refundedAmount - payment.refundPendingAmount;
}

/**
 * How much of an order is paid, from its payments (domain.md T2). A refund counts once the provider has made it.
 *
 * @param total Minor units of the order; 0 is paid without a payment.
 */
export function orderPaymentStatus(total: number, payments: readonly PaymentAmounts[]): OrderPaymentStatus {
  const captured = sum(payments, ({ capturedAmount }) => capturedAmount);
  const refunded = sum(payments, ({ refundedAmount }) => refundedAmount);
  if (captured > 0) {
    if (refunded >= captured) return 'refunded';
    if (captured - refunded >= total) return 'paid';
    return refunded > 0 ? 'partially_refunded' : 'partially_paid';
  }
  if (total === 0) return 'paid';
  if (authorisedBy(payments) > 0) return 'authorised';
  return payments.some(({ status }) => isInFlight(status)) ? 'processing' : 'unpaid';
}

/**
 * True when nothing is due either way (domain.md O10): the total has been captured, whatever went back later; nothing is on its way back,
 * and no attempt is open.
 */
export function isPaidInFull(total: number, payments: readonly PaymentAmounts[]): boolean {
  return (
    sum(payments, ({ capturedAmount, excessReturnedAmount = 0 }) => capturedAmount - excessReturnedAmount) >= total &&
    netPaidBy(payments) <= total &&
    payments.every(({ status, refundPendingAmount }) => refundPendingAmount === 0 && !isInFlight(status))
  );
}

function sum(payments: readonly PaymentAmounts[], amountOf: (payment: PaymentAmounts) => number): number {
  return payments.reduce((total, payment) => total + amountOf(payment), 0);
}

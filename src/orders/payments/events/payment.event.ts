import type { DomainEvent } from '../../../jobs/domain-event.js';

export type PaymentEventType =
  | 'payment.created'
  | 'payment.requires_action'
  | 'payment.processing'
  | 'payment.authorised'
  | 'payment.capture_requested'
  | 'payment.capture_failed'
  | 'payment.partially_captured'
  | 'payment.captured'
  | 'payment.failed'
  | 'payment.void_requested'
  | 'payment.void_failed'
  | 'payment.released'
  | 'payment.voided'
  | 'payment.expired'
  | 'payment.refund_requested'
  | 'payment.late_refunded'
  | 'payment.refunded'
  | 'payment.refund_failed';

/** Something that happened to a payment, at the version it has now. */
export class PaymentEvent implements DomainEvent {
  readonly aggregateType = 'payment';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: PaymentEventType,
    payment: { readonly id: string; readonly orderId: string; readonly version: number },
    /** What else it is about: `refundId`, `operationId`. */
    data: Readonly<Record<string, string>> = {},
  ) {
    this.aggregateId = payment.id;
    this.aggregateVersion = payment.version;
    this.data = { paymentId: payment.id, orderId: payment.orderId, ...data };
  }
}

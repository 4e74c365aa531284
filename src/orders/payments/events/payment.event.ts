import type { DomainEvent } from '../../../jobs/domain-event.js';

export type PaymentEventType =
  | 'payment.created'
  | 'payment.requires_action'
  | 'payment.processing'
  | 'payment.authorised'
  | 'payment.captured'
  | 'payment.failed'
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
    refundId?: string,
  ) {
    this.aggregateId = payment.id;
    this.aggregateVersion = payment.version;
    this.data = { paymentId: payment.id, orderId: payment.orderId, ...(refundId === undefined ? {} : { refundId }) };
  }
}

import type { DomainEvent } from '../../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../../jobs/event-type.js';

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

const OPERATION = { operationId: 'uuid' } as const;
const REFUND = { refundId: 'uuid' } as const;
/** What moves by a capture or a void of ours names it; what the provider did by itself does not. */
const MAYBE_OPERATION = { operationId: 'uuid?' } as const;

/** The events of payments. */
export const PAYMENT_EVENTS = describeEvents(
  'payment',
  { paymentId: 'uuid', orderId: 'uuid' },
  {
    'payment.created': 'An attempt to pay an order began.',
    'payment.requires_action': 'The shopper has to do something at the provider, such as confirm the payment.',
    'payment.processing': 'The provider has a payment, and has not said yet what comes of it.',
    'payment.authorised': 'Money is held for an order.',
    'payment.capture_requested': 'Money that is held is being taken.',
    'payment.capture_failed': 'Money that is held could not be taken.',
    'payment.partially_captured': 'A part of the money that is held was taken.',
    'payment.captured': 'The money was taken.',
    'payment.failed': 'An attempt to pay was declined, or given up.',
    'payment.void_requested': 'Money that is held is being given up.',
    'payment.void_failed': 'Money that is held could not be given up.',
    'payment.released': 'What was still held of a payment that was captured in part was given up.',
    'payment.voided': 'Money that was held was given up.',
    'payment.expired': 'Money was held for too long, and is free again.',
    'payment.refund_requested': 'Money is promised back, and the provider is being asked to return it.',
    'payment.late_refunded': 'Money that an order could not take, as it came late or twice, is promised back.',
    'payment.refunded': 'Money is back with the customer.',
    'payment.refund_failed': 'The provider refused to give money back.',
  },
  {
    'payment.capture_requested': OPERATION,
    'payment.capture_failed': OPERATION,
    'payment.partially_captured': MAYBE_OPERATION,
    'payment.captured': MAYBE_OPERATION,
    'payment.void_requested': OPERATION,
    'payment.void_failed': OPERATION,
    'payment.released': MAYBE_OPERATION,
    'payment.voided': MAYBE_OPERATION,
    'payment.refund_requested': REFUND,
    'payment.late_refunded': REFUND,
    'payment.refunded': REFUND,
    'payment.refund_failed': REFUND,
  },
);

export type PaymentEventType = NameIn<typeof PAYMENT_EVENTS>;

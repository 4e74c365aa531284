/** Every queue there is. Only this folder and `*.processor.ts` files know Bull. */
export const QUEUES = {
  mail: 'mail',
  orderMail: 'order-mail',
  orderExport: 'order-export',
  invoice: 'invoice',
  promotionCodes: 'promotion-codes',
  refund: 'refund',
  orderExpiry: 'order-expiry',
  paymentSweep: 'payment-sweep',
  userExport: 'user-export',
  retention: 'retention',
  verification: 'verification',
} as const;

export type QueueName = (typeof QUEUES)[keyof typeof QUEUES];

/** Which queues an event goes to. An event without a reader is only kept in the log. */
export const EVENT_QUEUES: Readonly<Record<string, readonly QueueName[]>> = {
  'mail.requested': [QUEUES.mail],
  'order.confirmed': [QUEUES.orderMail],
  'order.cancelled': [QUEUES.orderMail, QUEUES.invoice],
  'order.completed': [QUEUES.invoice],
  'order.edited': [QUEUES.invoice],
  'invoice.issued': [QUEUES.invoice],
  'credit_note.issued': [QUEUES.invoice],
  'order.expired': [QUEUES.orderMail],
  'order.export_requested': [QUEUES.orderExport],
  'fulfilment.shipped': [QUEUES.orderMail, QUEUES.invoice],
  'fulfilment.capture_requested': [QUEUES.refund],
  'payment.refunded': [QUEUES.orderMail, QUEUES.invoice],
  'promotion.codes_requested': [QUEUES.promotionCodes],
  'payment.refund_requested': [QUEUES.refund],
  'payment.void_requested': [QUEUES.refund],
  'user.export_requested': [QUEUES.userExport],
};

/** Lets a queue read an event that only some shops need read; to be called by every process, when its modules start. */
export function readAlso(type: string, queue: QueueName): void {
  const routes: Record<string, readonly QueueName[]> = EVENT_QUEUES;
  routes[type] = [...new Set([...(routes[type] ?? []), queue])];
}

/** Queues that a clock feeds instead of an event, and how often, in milliseconds. How often the books are verified is a setting. */
export const SCHEDULES: Readonly<Partial<Record<QueueName, number>>> = {
  [QUEUES.orderExpiry]: 5_000,
  [QUEUES.paymentSweep]: 15_000,
  [QUEUES.retention]: 600_000,
};

/** Payload of a job made from an event. */
export interface EventJob {
  eventId: string;
  type: string;
  aggregateId: string;
  aggregateVersion: number;
  data: Record<string, unknown>;
  requestId: string | null;
  /** Handed over once more because nobody had acknowledged it; somebody may have since. */
  isRepeat?: true;
}

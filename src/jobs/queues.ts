/** Every queue there is. Only this folder and `*.processor.ts` files know Bull. */
export const QUEUES = {
  mail: 'mail',
  orderMail: 'order-mail',
  orderExport: 'order-export',
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
  'order.cancelled': [QUEUES.orderMail],
  'order.expired': [QUEUES.orderMail],
  'order.export_requested': [QUEUES.orderExport],
  'fulfilment.shipped': [QUEUES.orderMail],
  'fulfilment.capture_requested': [QUEUES.refund],
  'payment.refunded': [QUEUES.orderMail],
  'payment.refund_requested': [QUEUES.refund],
  'payment.void_requested': [QUEUES.refund],
  'user.export_requested': [QUEUES.userExport],
};

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

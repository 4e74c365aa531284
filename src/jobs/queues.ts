/** One queue, and all that is decided about it. */
export interface QueueDeclaration {
  readonly name: string;
  /** What its jobs do: one sentence, for the staff who watch them. */
  readonly does: string;
  /** The types of events that it gets a job for each of. */
  readonly reads?: readonly string[];
  /** How often the clock gives it a job, in seconds, or the setting that says so; 0 for never. */
  readonly everySeconds?: number | 'VERIFY_INTERVAL';
  /** How many of its jobs one process runs at once; one, unless they wait for somebody else's computer. */
  readonly concurrency?: number;
  /** How often a job of an event is tried, and the longest pause in between; pauses double from a second on. */
  readonly attempts?: number;
  readonly longestPauseSeconds?: number;
}

/** With pauses that double up to an hour, sixteen attempts are spread over about three hours. */
const DEFAULTS = { concurrency: 1, attempts: 16, longestPauseSeconds: 3_600 } as const;

/** Every queue there is; all the rest follows from here. Only this folder and `*.processor.ts` files know Bull. */
const DECLARED = {
  mail: {
    name: 'mail',
    does: 'Sends the mails that were queued.',
    reads: ['mail.requested'],
    concurrency: 8,
  },
  orderMail: {
    name: 'order-mail',
    does: 'Writes to customers about what happened to their orders.',
    reads: [
      'order.confirmed',
      'order.edited',
      'order.cancelled',
      'order.expired',
      'fulfilment.shipped',
      'payment.refunded',
    ],
    concurrency: 8,
  },
  orderExport: {
    name: 'order-export',
    does: 'Writes orders into a file for the member of staff who asked.',
    reads: ['order.export_requested'],
  },
  invoice: {
    name: 'invoice',
    does: 'Issues invoices and credit notes when they are due, and makes their files.',
    reads: [
      'order.cancelled',
      'order.completed',
      'order.edited',
      'fulfilment.shipped',
      'payment.refunded',
      'invoice.issued',
      'credit_note.issued',
    ],
  },
  promotionCodes: {
    name: 'promotion-codes',
    does: 'Makes many codes of a promotion, and a file of them.',
    reads: ['promotion.codes_requested'],
  },
  refund: {
    name: 'refund',
    does: 'Asks payment providers for refunds, for captures on shipping, and to give authorisations up.',
    reads: ['payment.refund_requested', 'payment.void_requested', 'fulfilment.capture_requested'],
  },
  orderExpiry: {
    name: 'order-expiry',
    does: 'Ends orders that nobody paid, completes those that are done, and reminds customers of what they owe.',
    everySeconds: 5,
  },
  paymentSweep: {
    name: 'payment-sweep',
    does: 'Asks payment providers how payments stand whose answer has not come, and works off their webhooks.',
    everySeconds: 15,
  },
  userExport: {
    name: 'user-export',
    does: 'Puts together what is kept of a person who asked for it.',
    reads: ['user.export_requested'],
  },
  retention: {
    name: 'retention',
    does: 'Deletes what is past its time.',
    everySeconds: 600,
  },
  verification: {
    name: 'verification',
    does: 'Recomputes the books and reports what does not add up.',
    everySeconds: 'VERIFY_INTERVAL',
  },
} as const satisfies Readonly<Record<string, QueueDeclaration>>;

type QueueKey = keyof typeof DECLARED;
export type QueueName = (typeof DECLARED)[QueueKey]['name'];

/** A queue with what it leaves to the rule filled in. */
export type QueuePolicy = QueueDeclaration & typeof DEFAULTS & { readonly name: QueueName };

/** Every queue by its name. */
export const QUEUE_POLICIES: ReadonlyMap<QueueName, QueuePolicy> = new Map(
  Object.values(DECLARED).map((queue) => [queue.name, { ...DEFAULTS, ...queue } as QueuePolicy]),
);

/** The names of the queues. */
export const QUEUES = Object.fromEntries(Object.entries(DECLARED).map(([key, { name }]) => [key, name])) as {
  readonly [Key in QueueKey]: (typeof DECLARED)[Key]['name'];
};

export function policyOf(queue: QueueName): QueuePolicy {
  return QUEUE_POLICIES.get(queue)!;
}

const routes: Record<string, readonly QueueName[]> = {};
/** Which queues an event goes to. An event without a reader is only kept in the log. */
export const EVENT_QUEUES: Readonly<Record<string, readonly QueueName[]>> = routes;

/** Lets a queue read an event that only some shops need read; to be called by every process, when its modules start. */
export function readAlso(type: string, queue: QueueName): void {
  routes[type] = [...new Set([...(routes[type] ?? []), queue])];
}

for (const { name, reads = [] } of QUEUE_POLICIES.values()) for (const type of reads) readAlso(type, name);

/** How often, in milliseconds, the clock gives a queue a job; 0 for one that only events feed. */
export function periodMsOf(queue: QueueName, settings: Readonly<Record<'VERIFY_INTERVAL', number>>): number {
  const { everySeconds = 0 } = policyOf(queue);
  return (typeof everySeconds === 'number' ? everySeconds : settings[everySeconds]) * 1_000;
}

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

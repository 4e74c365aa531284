import type { DomainEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** Something that happened to an order; one per version of it. */
export class OrderEvent implements DomainEvent {
  readonly aggregateType = 'order';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  /** @param type As the order's history names it. */
  constructor(
    readonly type: OrderEventType,
    order: { readonly id: string; readonly customerId: string | null },
    version: number,
  ) {
    this.aggregateId = order.id;
    this.aggregateVersion = version;
    this.data = { orderId: order.id, customerId: order.customerId };
  }
}

/** The events of orders. */
export const ORDER_EVENTS = describeEvents(
  'order',
  { orderId: 'uuid', customerId: 'uuid?' },
  {
    'order.drafted': 'Staff began an order that is not placed yet.',
    'order.draft_deleted': 'Staff deleted a draft.',
    'order.sent': 'A draft was sent to its customer as a link to pay.',
    'order.placed': 'An order was placed, and its stock is held.',
    'order.confirmed': 'An order was paid for, or nothing was due.',
    'order.held': 'Staff put an order on hold.',
    'order.released': 'An order on hold goes on.',
    'order.updated': 'The address, the e-mail address, the tags or something else of an order changed.',
    'order.edited': 'An edit of the lines of an order was confirmed.',
    'order.completed': 'Everything of an order was delivered and paid.',
    'order.cancelled': 'An order was cancelled, and its stock is free again.',
    'order.expired': 'An order was not paid in time, and its stock is free again.',
  },
);

export type OrderEventType = NameIn<typeof ORDER_EVENTS>;

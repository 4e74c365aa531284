import type { DomainEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** Something that happened to a fulfilment, at the version it has now. */
export class FulfilmentEvent implements DomainEvent {
  readonly aggregateType = 'fulfilment';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: FulfilmentEventType,
    fulfilment: { readonly id: string; readonly orderId: string; readonly version: number },
    data: Readonly<Record<string, unknown>> = {},
  ) {
    this.aggregateId = fulfilment.id;
    this.aggregateVersion = fulfilment.version;
    this.data = { fulfilmentId: fulfilment.id, orderId: fulfilment.orderId, ...data };
  }
}

/** The events of fulfilments. */
export const FULFILMENT_EVENTS = describeEvents(
  'fulfilment',
  { fulfilmentId: 'uuid', orderId: 'uuid' },
  {
    'fulfilment.created': 'Goods of an order are to be packed.',
    'fulfilment.updated': 'The carrier, the tracking number or something else of a fulfilment changed.',
    'fulfilment.shipped': 'Goods have left, and are out of stock.',
    'fulfilment.capture_requested': 'The money for goods that have left is being captured.',
    'fulfilment.uncovered': 'Goods have left for which no money is held; staff should look.',
    'fulfilment.delivered': 'Goods have arrived.',
    'fulfilment.cancelled': 'Goods will not be packed; what they are of can be fulfilled anew.',
  },
  { 'fulfilment.capture_requested': { operationIds: 'uuid[]' }, 'fulfilment.uncovered': { lacking: 'money' } },
);

export type FulfilmentEventType = NameIn<typeof FULFILMENT_EVENTS>;

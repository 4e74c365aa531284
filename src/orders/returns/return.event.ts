import type { DomainEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';
import type { ReturnState } from './return.entity.js';

/** Something that happened to a return, at the version it has now. */
export class ReturnEvent implements DomainEvent {
  readonly type: NameIn<typeof RETURN_EVENTS>;
  readonly aggregateType = 'return';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    { id, orderId, status, version }: { id: string; orderId: string; status: ReturnState; version: number },
    order: { readonly customerId: string | null },
    happened: ReturnState | 'exchanged' = status,
  ) {
    this.type = `return.${happened}`;
    this.aggregateId = id;
    this.aggregateVersion = version;
    this.data = { returnId: id, orderId, customerId: order.customerId };
  }
}

/** The events of returns. */
export const RETURN_EVENTS = describeEvents(
  'return',
  { returnId: 'uuid', orderId: 'uuid', customerId: 'uuid?' },
  {
    'return.requested': 'A customer or staff asked to send goods back.',
    'return.approved': 'Staff agreed to a return.',
    'return.rejected': 'Staff refused a return.',
    'return.cancelled': 'A return was called off.',
    'return.received': 'The goods of a return are here, and what can be sold of them is in stock.',
    'return.refunded': 'The money for a return is promised back.',
    'return.exchanged': 'An order for other goods was placed in exchange for a return.',
  },
);

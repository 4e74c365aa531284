import { ResourceEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';
import type { OrderNote } from './order-note.entity.js';

/** The events of notes on orders: for staff, as most notes are. */
export const ORDER_NOTE_EVENTS = describeEvents(
  'order_note',
  { noteId: 'uuid', orderId: 'uuid', isForCustomer: 'boolean' },
  {
    'order_note.added': 'Staff wrote a note on an order.',
    'order_note.changed': 'A note on an order has another text, or is for somebody else.',
    'order_note.removed': 'A note on an order was removed.',
  },
);

/** Something that happened to a note, at the version it has now. What it says is not told. */
export class OrderNoteEvent extends ResourceEvent<NameIn<typeof ORDER_NOTE_EVENTS>> {
  constructor(
    type: NameIn<typeof ORDER_NOTE_EVENTS>,
    note: Pick<OrderNote, 'id' | 'version' | 'orderId' | 'isForCustomer'>,
  ) {
    super(type, 'order_note', 'noteId', note, { orderId: note.orderId, isForCustomer: note.isForCustomer });
  }
}

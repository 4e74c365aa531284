import type { DomainEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** An invoice or a credit note was issued, which is all that ever happens to one. */
export class InvoiceEvent implements DomainEvent {
  readonly type: NameIn<typeof INVOICE_EVENTS>;
  readonly aggregateType = 'invoice';
  readonly aggregateId: string;
  readonly aggregateVersion = 1;
  readonly data: Readonly<Record<string, unknown>>;

  constructor({ id, kind, orderId, number }: { id: string; kind: string; orderId: string; number: string }) {
    this.type = kind === 'invoice' ? 'invoice.issued' : 'credit_note.issued';
    this.aggregateId = id;
    this.data = { invoiceId: id, orderId, number };
  }
}

/** The events of invoices and credit notes. */
export const INVOICE_EVENTS = describeEvents(
  'invoice',
  { invoiceId: 'uuid', orderId: 'uuid', number: 'string' },
  {
    'invoice.issued': 'An invoice was issued for an order.',
    'credit_note.issued': 'A credit note was issued for what has gone back of an invoice.',
  },
);

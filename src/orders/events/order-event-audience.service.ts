import { Injectable } from '@nestjs/common';
import { INVOICE_EVENTS } from '../invoices/invoice.event.js';
import { FULFILMENT_EVENTS } from '../fulfilments/fulfilment.event.js';
import { PAYMENT_EVENTS } from '../payments/events/payment.event.js';
import { RETURN_EVENTS } from '../returns/return.event.js';
import { ORDER_EVENTS } from './order.event.js';
import { OrderEventAudienceRepository } from './order-event-audience.repository.js';

/** What is of concern to the shop alone. */
const FOR_STAFF: readonly string[] = ['fulfilment.uncovered'];

/** The types of events that tell customers of their orders, and of what hangs on them. */
export const CUSTOMER_EVENTS: readonly string[] = [
  ...ORDER_EVENTS,
  ...PAYMENT_EVENTS,
  ...FULFILMENT_EVENTS,
  ...RETURN_EVENTS,
  ...INVOICE_EVENTS,
]
  .map(({ type }) => type)
  .filter((type) => !FOR_STAFF.includes(type));

/** Whose orders events are about, for who reads them from outside. Guests have no account to read them with. */
@Injectable()
export class OrderEventAudience {
  constructor(private readonly audience: OrderEventAudienceRepository) {}

  /** Everything that events of `CUSTOMER_EVENTS` for this customer are about: orders, payments, fulfilments, returns, invoices. */
  aggregatesOf(customerId: string): Promise<string[]> {
    return this.audience.findAggregatesOf(customerId);
  }

  /** The same for one order, whoever's it is. */
  aggregatesOfOrder(orderId: string): Promise<string[]> {
    return this.audience.findAggregatesOfOrder(orderId);
  }

  /** The customer of each event that is for one, by the id of the event; in one statement, however many there are. */
  async ownersOf(
    events: readonly { readonly id: string; readonly type: string; readonly data: Readonly<Record<string, unknown>> }[],
  ): Promise<Map<string, string>> {
    const told = events.filter(({ type, data }) => CUSTOMER_EVENTS.includes(type) && typeof data.orderId === 'string');
    if (told.length === 0) return new Map();
    const customers = await this.audience.findCustomersOf([...new Set(told.map(({ data }) => data.orderId as string))]);
    return new Map(
      told.flatMap(({ id, data }) => {
        const customerId = customers.get(data.orderId as string);
        return customerId === undefined ? [] : [[id, customerId] as const];
      }),
    );
  }
}

import { Injectable } from '@nestjs/common';
import { CUSTOMER_EVENTS, OrderEventAudience } from '../../orders/events/order-event-audience.service.js';
import { EventLogRepository, type LogEvent } from '../event-log.repository.js';
import { EVENT_TYPES } from '../event-types.js';
import { EventPrunedError } from '../events.errors.js';

/** Who sees events: staff all of them, a customer those of their orders, the holder of an order's token those of that order, all those of stock. */
export type Room = 'events' | `user:${string}` | `order:${string}` | `stock:${string}`;

/** The only type of event that everybody may read. */
export const AVAILABILITY_CHANGED = 'variant.availability_changed';

const FOR_CUSTOMERS: ReadonlySet<string> = new Set(CUSTOMER_EVENTS);
const NAMES = EVENT_TYPES.map(({ type }) => type);

/** Says in which rooms an event is heard, and reads what was said in one. */
@Injectable()
export class EventAudience {
  constructor(
    private readonly log: EventLogRepository,
    private readonly orders: OrderEventAudience,
  ) {}

  /**
   * The rooms in which each of the events is heard, in their order.
   *
   * @param hasCustomers Whether anybody is in the room of a customer: whose orders these are is asked only then, in one statement.
   */
  async roomsOf(events: readonly LogEvent[], hasCustomers: boolean): Promise<readonly (readonly Room[])[]> {
    const owners = hasCustomers ? await this.orders.ownersOf(events) : undefined;
    return events.map(({ id, type, data }) => {
      const rooms: Room[] = ['events'];
      const { orderId, variantId } = data as Record<string, unknown>;
      if (typeof orderId === 'string' && FOR_CUSTOMERS.has(type)) rooms.push(`order:${orderId}`);
      const owner = owners?.get(id);
      if (owner !== undefined) rooms.push(`user:${owner}`);
      if (type === AVAILABILITY_CHANGED && typeof variantId === 'string') rooms.push(`stock:${variantId}`);
      return rooms;
    });
  }

  /** @throws EventPrunedError when events after this one are no longer kept. */
  async refusePruned(after: number): Promise<void> {
    const pruned = await this.log.prunedSequence();
    if (after < pruned) throw new EventPrunedError(pruned);
  }

  /** The next events of the whole log, in its order. */
  readAll(after: number, limit: number): Promise<LogEvent[]> {
    return this.log.find({ after, types: NAMES }, limit);
  }

  /** Up to `limit` events of these types that were said in a room; fewer only where the log ends. */
  async read(room: Room, after: number, types: readonly string[], limit: number): Promise<LogEvent[]> {
    if (room === 'events') return this.log.find({ after, types }, limit);
    const [kind, id] = room.split(':') as ['user' | 'order' | 'stock', string];
    if (kind === 'stock') return (await this.log.findPage({ after, types, aggregateIds: [id] }, limit)).events;
    const aggregateIds = await (kind === 'user' ? this.orders.aggregatesOf(id) : this.orders.aggregatesOfOrder(id));
    const shown = types.filter((type) => FOR_CUSTOMERS.has(type));
    return (await this.log.findPage({ after, types: shown, aggregateIds }, limit)).events;
  }
}

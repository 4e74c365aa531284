import { Injectable } from '@nestjs/common';
import { EventLogRepository, type LogEvent } from '../event-log.repository.js';
import { EVENT_TYPES } from '../event-types.js';
import { EventPrunedError } from '../events.errors.js';

/** Who sees events: staff all of them, a customer those of their orders, the holder of an order's token those of that order, all those of stock. */
export type Room = 'events' | `user:${string}` | `order:${string}` | `stock:${string}`;

/** The only type of event that everybody may read. */
export const AVAILABILITY_CHANGED = 'variant.availability_changed';

const NAMES = EVENT_TYPES.map(({ type }) => type);
const PAGE = 500;

/** Says in which rooms an event is heard, and reads what was said in one. */
@Injectable()
export class EventAudience {
  constructor(private readonly log: EventLogRepository) {}

  /** The rooms in which each of the events is heard, in their order. */
  roomsOf(events: readonly LogEvent[]): Promise<readonly (readonly Room[])[]> {
    return Promise.resolve(
      events.map(({ type, data }) => {
        const rooms: Room[] = ['events'];
        const { customerId, orderId, variantId } = data as Record<string, unknown>;
        if (typeof orderId === 'string') rooms.push(`order:${orderId}`);
        if (typeof customerId === 'string') rooms.push(`user:${customerId}`);
        if (type === AVAILABILITY_CHANGED && typeof variantId === 'string') rooms.push(`stock:${variantId}`);
        return rooms;
      }),
    );
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
    const found: LogEvent[] = [];
    for (let from = after; ;) {
      const page = await this.log.find({ after: from, types }, PAGE);
      const rooms = await this.roomsOf(page);
      for (const [index, event] of page.entries()) {
        if (rooms[index]!.includes(room)) found.push(event);
        if (found.length === limit) return found;
      }
      if (page.length < PAGE) return found;
      from = page.at(-1)!.sequence;
    }
  }
}

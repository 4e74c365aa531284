import type { EventType } from '../jobs/event-type.js';
import { ORDER_EVENTS } from '../orders/events/order.event.js';

/** The catalogue: every type of event that outsiders can read. What is not listed is told to our own jobs only. */
export const EVENT_TYPES: readonly EventType[] = [...ORDER_EVENTS];

const NAMES = EVENT_TYPES.map(({ type }) => type);

/** The types that a list of filters means: `order.placed`, `order.*` for all of one aggregate, `*` for all; none of them when unknown. */
export function typesOf(filters: readonly string[]): string[] {
  return NAMES.filter((name) => filters.some((filter) => matches(filter, name)));
}

/** The filters that mean no type there is. */
export function unknownFilters(filters: readonly string[]): string[] {
  return filters.filter((filter) => !NAMES.some((name) => matches(filter, name)));
}

const matches = (filter: string, name: string): boolean =>
  filter === '*' || filter === name || (filter.endsWith('.*') && name.startsWith(filter.slice(0, -1)));

import type { OrderEventType } from './events/order.event.js';

/** Where an order is in its life. Payment and fulfilment are axes of their own, computed from their rows. */
export const ORDER_STATUSES = [
  'draft',
  'pending_payment',
  'confirmed',
  'on_hold',
  'completed',
  'cancelled',
  'expired',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

export const FULFILMENT_STATUSES = ['unfulfilled', 'partially_fulfilled', 'fulfilled'] as const;
export type FulfilmentStatus = (typeof FULFILMENT_STATUSES)[number];

/** How far the pieces of a line have come. */
export interface LineProgress {
  readonly quantity: number;
  readonly cancelledQuantity: number;
  /** Shipped; of those, `deliveredQuantity` have arrived and `returnedQuantity` have come back. */
  readonly fulfilledQuantity: number;
  readonly deliveredQuantity: number;
  readonly returnedQuantity: number;
}

/** How much of an order is shipped (domain.md T2): what was cancelled is not missing. */
export function fulfilmentStatusOf(lines: readonly LineProgress[]): FulfilmentStatus {
  if (lines.every(({ fulfilledQuantity }) => fulfilledQuantity === 0)) return 'unfulfilled';
  const isLeft = lines.some((line) => line.fulfilledQuantity + line.cancelledQuantity < line.quantity);
  return isLeft ? 'partially_fulfilled' : 'fulfilled';
}

/**
 * True when every piece has been delivered, cancelled or returned (domain.md O10). What comes back has mostly been delivered before: so the
 * greater of both figures counts, and a piece that came back never stands in for one that is still on its way.
 */
export function isLineDone(line: LineProgress): boolean {
  return (
    line.fulfilledQuantity + line.cancelledQuantity >= line.quantity &&
    Math.max(line.deliveredQuantity, line.returnedQuantity) >= line.fulfilledQuantity
  );
}

export const RETURN_STATUSES = ['none', 'requested', 'partially_returned', 'returned'] as const;
export type ReturnStatus = (typeof RETURN_STATUSES)[number];

/** Who wrote an order: a shopper, staff, or an import of past orders. */
export const ORDER_ORIGINS = ['shop', 'staff', 'import'] as const;
export type OrderOrigin = (typeof ORDER_ORIGINS)[number];

/** Who moves an order: its owner (or the holder of its token), staff, a payment provider, or a job. */
export type ActorKind = 'customer' | 'staff' | 'provider' | 'system';

/** The one behind a change, as the order's history keeps it. */
export interface Actor {
  readonly kind: ActorKind;
  /** User id; null for guests, providers and jobs. */
  readonly id: string | null;
}

export const SYSTEM: Actor = { kind: 'system', id: null };
export const PROVIDER: Actor = { kind: 'provider', id: null };

/** What moves an order from one status to another. */
export type OrderCommand = 'send' | 'confirm' | 'expire' | 'cancel' | 'hold' | 'release' | 'complete';

/** One row of the table in domain.md section 3. */
export interface OrderTransition {
  /** Number of the rule. */
  readonly rule: string;
  readonly command: OrderCommand;
  readonly from: OrderStatus;
  readonly to: OrderStatus;
  readonly by: readonly ActorKind[];
  /** What history and events call it. */
  readonly event: OrderEventType;
}

/** Every move an order can make; what is not listed is refused. The guards beyond who and where from are in the services. */
export const ORDER_TRANSITIONS: readonly OrderTransition[] = (
  [
    ['O2', 'send', 'draft', 'pending_payment', ['staff'], 'order.sent'],
    ['O3', 'confirm', 'pending_payment', 'confirmed', ['provider', 'system', 'staff'], 'order.confirmed'],
    ['O4', 'expire', 'pending_payment', 'expired', ['system'], 'order.expired'],
    ['O5', 'cancel', 'pending_payment', 'cancelled', ['customer', 'staff'], 'order.cancelled'],
    ['O6', 'confirm', 'expired', 'confirmed', ['provider'], 'order.confirmed'],
    ['O8', 'hold', 'confirmed', 'on_hold', ['staff', 'system'], 'order.held'],
    ['O8', 'release', 'on_hold', 'confirmed', ['staff', 'system'], 'order.released'],
    ['O9', 'cancel', 'confirmed', 'cancelled', ['customer', 'staff'], 'order.cancelled'],
    ['O9', 'cancel', 'on_hold', 'cancelled', ['customer', 'staff'], 'order.cancelled'],
    ['O10', 'complete', 'confirmed', 'completed', ['system', 'staff'], 'order.completed'],
  ] as const
).map(([rule, command, from, to, by, event]) => ({ rule, command, from, to, by, event }));

/** The row of the table for this command to an order in `from`, by this kind of actor; undefined when there is none. */
export function transitionOf(from: OrderStatus, command: OrderCommand, by: ActorKind): OrderTransition | undefined {
  return ORDER_TRANSITIONS.find((row) => row.from === from && row.command === command && row.by.includes(by));
}

/** True when the table has a row for this move by this kind of actor. */
export function canMove(from: OrderStatus, to: OrderStatus, by: ActorKind): boolean {
  return ORDER_TRANSITIONS.some((row) => row.from === from && row.to === to && row.by.includes(by));
}

/** Where an actor of this kind may move an order that is in `from`; empty when nowhere. */
export function allowedMoves(from: OrderStatus, by: ActorKind): OrderStatus[] {
  return ORDER_TRANSITIONS.filter((row) => row.from === from && row.by.includes(by)).map(({ to }) => to);
}

/** Orders that hold no stock any more and take no further money (domain.md S5). */
export function isTerminal(status: OrderStatus): boolean {
  return status === 'cancelled' || status === 'expired' || status === 'completed';
}

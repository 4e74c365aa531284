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

/** One row of the table in domain.md section 3. */
export interface OrderTransition {
  /** Number of the rule. */
  readonly rule: string;
  readonly from: OrderStatus;
  readonly to: OrderStatus;
  readonly by: readonly ActorKind[];
}

/** Every move an order can make; what is not listed is refused. The guards beyond who and where from are in the services. */
export const ORDER_TRANSITIONS: readonly OrderTransition[] = [
  { rule: 'O2', from: 'draft', to: 'pending_payment', by: ['customer', 'staff'] },
  { rule: 'O3', from: 'pending_payment', to: 'confirmed', by: ['provider', 'system', 'staff'] },
  { rule: 'O4', from: 'pending_payment', to: 'expired', by: ['system'] },
  { rule: 'O5', from: 'pending_payment', to: 'cancelled', by: ['customer', 'staff'] },
  { rule: 'O6', from: 'expired', to: 'confirmed', by: ['provider'] },
  { rule: 'O8', from: 'confirmed', to: 'on_hold', by: ['staff', 'system'] },
  { rule: 'O8', from: 'on_hold', to: 'confirmed', by: ['staff', 'system'] },
  { rule: 'O9', from: 'confirmed', to: 'cancelled', by: ['customer', 'staff'] },
  { rule: 'O9', from: 'on_hold', to: 'cancelled', by: ['customer', 'staff'] },
  { rule: 'O10', from: 'confirmed', to: 'completed', by: ['system', 'staff'] },
];

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

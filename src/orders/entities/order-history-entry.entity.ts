import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { OrderEventType } from '../events/order.event.js';
import type { ActorKind, OrderStatus } from '../order-status.js';

/** One change of an order; append-only, also by a trigger of the database. */
@Entity('order_history')
@Check('order_history_actor_kind_check', `actor_kind IN ('customer', 'staff', 'provider', 'system')`)
export class OrderHistoryEntry {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('Order')
  orderId: string;

  /** The order's version after the change. */
  @PrimaryColumn({ type: 'int' })
  version: number;

  /** What happened: the type of the event that tells of it. */
  @Column({ type: 'text' })
  type: OrderEventType;

  @Column({ type: 'text', nullable: true })
  fromStatus: OrderStatus | null;

  @Column({ type: 'text' })
  toStatus: OrderStatus;

  @Column({ type: 'text' })
  actorKind: ActorKind;

  @Column({ type: 'uuid', nullable: true })
  actorId: string | null;

  @Column({ type: 'text', nullable: true })
  reason: string | null;

  @Column({ type: 'timestamptz' })
  occurredAt: Date;
}

/** A change before it belongs to a stored order. */
export type OrderChange = Omit<OrderHistoryEntry, 'orderId'>;

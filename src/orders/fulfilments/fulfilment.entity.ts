import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, VirtualColumn } from 'typeorm';
import { Resource } from '../../database/resource.entity.js';
import { FulfilmentTransitionError } from './fulfilments.errors.js';

export const FULFILMENT_STATES = ['pending', 'shipped', 'delivered', 'cancelled'] as const;
export type FulfilmentState = (typeof FULFILMENT_STATES)[number];

/** Every move a fulfilment can make (domain.md section 5); what is not listed is refused. */
export const FULFILMENT_TRANSITIONS: Readonly<Record<FulfilmentState, readonly FulfilmentState[]>> = {
  pending: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

/** By whom it goes and how it is followed; null for what is not known. */
export interface Tracking {
  readonly carrier?: string | null;
  readonly trackingNumber?: string | null;
  readonly trackingUrl?: string | null;
}

/** Pieces of an order that leave one location together. */
@Entity('fulfilments')
@Index('fulfilments_order_id_idx', ['orderId'])
@Index('fulfilments_status_id_idx', ['status', 'id'])
@Index('fulfilments_location_id_status_id_idx', ['locationId', 'status', 'id'])
@Index('fulfilments_shipped_idx', ['shippedAt'], { where: "status = 'shipped'" })
@Check('fulfilments_status_check', `status IN (${FULFILMENT_STATES.map((state) => `'${state}'`).join(', ')})`)
@Check(
  'fulfilments_times_check',
  `(shipped_at IS NOT NULL) = (status IN ('shipped', 'delivered')) AND (delivered_at IS NOT NULL) = (status = 'delivered')`,
)
export class Fulfilment extends Resource {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a" */
  @Column({ type: 'uuid' })
  @ForeignKey('Order')
  orderId: string;

  /** Where it leaves from. @example "01970000-0000-7000-8000-000000000001" */
  @Column({ type: 'uuid' })
  @ForeignKey('Location')
  locationId: string;

  @Column({ type: 'text', default: 'pending' })
  status: FulfilmentState;

  @Column({ type: 'text', nullable: true })
  carrier: string | null;

  @Column({ type: 'text', nullable: true })
  trackingNumber: string | null;

  @Column({ type: 'text', nullable: true })
  trackingUrl: string | null;

  @Column({ type: 'timestamptz', nullable: true })
  shippedAt: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  deliveredAt: Date | null;

  /** Number of its order. @example "1001" */
  @VirtualColumn({ query: (fulfilment) => `SELECT number FROM orders WHERE id = ${fulfilment}.order_id` })
  orderNumber: string;

  /** @throws FulfilmentTransitionError unless it is pending. */
  ship(tracking: Tracking, now: Date): void {
    this.move('shipped');
    this.track(tracking);
    this.shippedAt = now;
  }

  /** @throws FulfilmentTransitionError unless it is on its way. */
  deliver(now: Date): void {
    this.move('delivered');
    this.deliveredAt = now;
  }

  /** @throws FulfilmentTransitionError once it has been shipped. */
  cancel(): void {
    this.move('cancelled');
  }

  /** Members that are undefined stay as they are. @throws FulfilmentTransitionError when it was cancelled. */
  track(tracking: Tracking): void {
    if (this.status === 'cancelled') throw new FulfilmentTransitionError(this.status, 'tracked', []);
    const { carrier = this.carrier, trackingNumber = this.trackingNumber, trackingUrl = this.trackingUrl } = tracking;
    Object.assign(this, { carrier, trackingNumber, trackingUrl });
  }

  private move(to: FulfilmentState): void {
    const allowed = FULFILMENT_TRANSITIONS[this.status];
    if (!allowed.includes(to)) throw new FulfilmentTransitionError(this.status, to, allowed);
    this.status = to;
  }
}

/** Pieces of one line of the order. */
@Entity('fulfilment_lines')
@Check('fulfilment_lines_quantity_check', 'quantity > 0')
export class FulfilmentLine {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => Fulfilment, { onDelete: 'CASCADE' })
  fulfilmentId: string;

  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('OrderLine')
  @Index('fulfilment_lines_order_line_id_idx')
  orderLineId: string;

  @Column({ type: 'int' })
  quantity: number;
}

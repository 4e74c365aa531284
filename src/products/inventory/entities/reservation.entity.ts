import { Check, Column, Entity, ForeignKey, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Stock } from './stock.entity.js';

export type ReservationStatus = 'open' | 'released' | 'shipped';

/** Pieces of a stock held for an order. The open ones of a stock add up to its `reserved`. */
@Entity('reservations')
@Check('reservations_quantity_check', 'quantity > 0')
@Check('reservations_status_check', `status IN ('open', 'released', 'shipped')`)
@Index('reservations_open_idx', ['variantId', 'locationId'], { where: `status = 'open'` })
export class Reservation {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('Order', { deferrable: 'INITIALLY DEFERRED' })
  orderId: string;

  @PrimaryColumn({ type: 'uuid' })
  variantId: string;

  @PrimaryColumn({ type: 'uuid' })
  locationId: string;

  @ManyToOne(() => Stock, { nullable: false })
  @JoinColumn([
    {
      name: 'variant_id',
      referencedColumnName: 'variantId',
      foreignKeyConstraintName: 'reservations_variant_id_location_id_fkey',
    },
    {
      name: 'location_id',
      referencedColumnName: 'locationId',
      foreignKeyConstraintName: 'reservations_variant_id_location_id_fkey',
    },
  ])
  stock: Relation<Stock>;

  @Column({ type: 'int' })
  quantity: number;

  @Column({ type: 'text', default: 'open' })
  status: ReservationStatus;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  closedAt: Date | null;
}

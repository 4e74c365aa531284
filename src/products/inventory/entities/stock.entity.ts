import { Check, Column, Entity, Generated, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Variant } from '../../entities/variant.entity.js';
import { Location } from './location.entity.js';

/** What one location holds of one variant; `onHand - reserved` can still be sold. */
@Entity('stock')
@Check('stock_on_hand_check', 'on_hand >= 0')
@Check('stock_reserved_check', 'reserved >= 0')
@Check('stock_reserved_on_hand_check', 'reserved <= on_hand')
export class Stock {
  @PrimaryColumn({ type: 'uuid' })
  variantId: string;

  @ManyToOne(() => Variant, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'variant_id', foreignKeyConstraintName: 'stock_variant_id_fkey' })
  variant: Relation<Variant>;

  @PrimaryColumn({ type: 'uuid' })
  locationId: string;

  @ManyToOne(() => Location, { nullable: false })
  @JoinColumn({ name: 'location_id', foreignKeyConstraintName: 'stock_location_id_fkey' })
  location: Relation<Location>;

  /** Names this pair of variant and location in events, whose order is counted per id. */
  @Column({ type: 'uuid' })
  @Generated('uuid')
  id: string;

  @Column({ type: 'int', default: 0 })
  onHand: number;

  @Column({ type: 'int', default: 0 })
  reserved: number;

  /** Counts adjustments of `onHand`; reservations do not move it. */
  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}

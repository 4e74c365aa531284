import { Check, Column, Entity, ForeignKey, Generated, Index, PrimaryColumn } from 'typeorm';
import { Variant } from '../../entities/variant.entity.js';

/** The location every shop starts with; adjustments that name none mean this one. */
export const MAIN_LOCATION_ID = '01970000-0000-7000-8000-000000000001';

/** A place that holds stock. */
@Entity('locations')
export class Location {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'text', unique: true })
  code: string;

  @Column({ type: 'text' })
  name: string;
}

/** What one location holds of one variant; `onHand - reserved` can still be sold. */
@Entity('stock')
@Check('stock_on_hand_check', 'on_hand >= 0')
@Check('stock_reserved_check', 'reserved >= 0')
@Check('stock_reserved_on_hand_check', 'reserved <= on_hand')
export class Stock {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => Variant, { onDelete: 'CASCADE' })
  variantId: string;

  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => Location)
  locationId: string;

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

/** Reasons staff may give for an adjustment. */
export const ADJUSTMENT_REASONS = ['received', 'count', 'damage', 'correction', 'other'] as const;
export type AdjustmentReason = (typeof ADJUSTMENT_REASONS)[number];

/** Every reason a stock count moved for. */
export const MOVEMENT_REASONS = [...ADJUSTMENT_REASONS, 'import', 'sale', 'return', 'write_off'] as const;
export type MovementReason = (typeof MOVEMENT_REASONS)[number];

/** One change of a stock count; never changed afterwards, so that the counts can be recomputed from the movements. */
@Entity('inventory_movements')
@Index(['variantId', 'id'])
@Check(
  'inventory_movements_reason_check',
  `reason IN ('received', 'count', 'damage', 'correction', 'other', 'import', 'sale', 'return', 'write_off')`,
)
@ForeignKey(() => Stock, ['variantId', 'locationId'], ['variantId', 'locationId'], { onDelete: 'CASCADE' })
export class InventoryMovement {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  variantId: string;

  @Column({ type: 'uuid' })
  locationId: string;

  @Column({ type: 'int' })
  onHandDelta: number;

  @Column({ type: 'text' })
  reason: MovementReason;

  @Column({ type: 'text', nullable: true })
  note: string | null;

  /** Who adjusted; null when an order, an import or a job did. */
  @Column({ type: 'uuid', nullable: true })
  actorId: string | null;

  @Column({ type: 'uuid', nullable: true })
  orderId: string | null;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;
}

/** Pieces of a stock held for an order. The open ones of a stock add up to its `reserved`. */
@Entity('reservations')
@Check(
  'reservations_quantity_check',
  `shipped_quantity >= 0 AND (quantity > 0 OR (quantity = 0 AND status = 'shipped'))`,
)
@Check('reservations_status_check', `status IN ('open', 'released', 'shipped')`)
@Index('reservations_open_idx', ['variantId', 'locationId'], { where: `status = 'open'` })
@ForeignKey(() => Stock, ['variantId', 'locationId'], ['variantId', 'locationId'])
export class Reservation {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey('Order', { deferrable: 'INITIALLY DEFERRED' })
  orderId: string;

  @PrimaryColumn({ type: 'uuid' })
  variantId: string;

  @PrimaryColumn({ type: 'uuid' })
  locationId: string;

  /** Pieces that are held, or were until it was closed; what has been shipped is not counted any more. */
  @Column({ type: 'int' })
  quantity: number;

  @Column({ type: 'int', default: 0 })
  shippedQuantity: number;

  /** `shipped` once nothing is left to be. */
  @Column({ type: 'text', default: 'open' })
  status: 'open' | 'released' | 'shipped';

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  closedAt: Date | null;
}

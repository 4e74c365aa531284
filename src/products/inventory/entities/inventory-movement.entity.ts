import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Stock } from './stock.entity.js';

/** Reasons staff may give for an adjustment. */
export const ADJUSTMENT_REASONS = ['received', 'count', 'damage', 'correction', 'other'] as const;
export type AdjustmentReason = (typeof ADJUSTMENT_REASONS)[number];

/** Every reason a stock count moved for. */
export const MOVEMENT_REASONS = [...ADJUSTMENT_REASONS, 'import', 'sale', 'return', 'write_off'] as const;
export type MovementReason = (typeof MOVEMENT_REASONS)[number];

/** One change of a stock count; never changed afterwards, so that the counts can be recomputed from the movements. */
@Entity('inventory_movements')
@Index('inventory_movements_variant_id_id_idx', ['variantId', 'id'])
@Check(
  'inventory_movements_reason_check',
  `reason IN ('received', 'count', 'damage', 'correction', 'other', 'import', 'sale', 'return', 'write_off')`,
)
export class InventoryMovement {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  variantId: string;

  @Column({ type: 'uuid' })
  locationId: string;

  @ManyToOne(() => Stock, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn([
    {
      name: 'variant_id',
      referencedColumnName: 'variantId',
      foreignKeyConstraintName: 'inventory_movements_variant_id_location_id_fkey',
    },
    {
      name: 'location_id',
      referencedColumnName: 'locationId',
      foreignKeyConstraintName: 'inventory_movements_variant_id_location_id_fkey',
    },
  ])
  stock: Relation<Stock>;

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

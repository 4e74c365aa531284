import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { safeInteger } from '../../database/columns.js';
import { Variant } from './variant.entity.js';

/** What a variant costs in one currency. */
@Entity('variant_prices')
@Check('variant_prices_amount_check', 'amount >= 0')
@Check('variant_prices_compare_at_amount_check', 'compare_at_amount > amount')
@Index('variant_prices_currency_amount_variant_id_idx', ['currency', 'amount', 'variantId'])
export class VariantPrice {
  @PrimaryColumn({ type: 'uuid' })
  variantId: string;

  @ManyToOne(() => Variant, (variant) => variant.prices, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'variant_id', foreignKeyConstraintName: 'variant_prices_variant_id_fkey' })
  variant: Relation<Variant>;

  @PrimaryColumn({ type: 'char', length: 3 })
  currency: string;

  /** Minor units. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  /** The price before a reduction, in minor units; always above `amount`. */
  @Column({ type: 'bigint', nullable: true, transformer: safeInteger })
  compareAtAmount: number | null;
}

import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { safeInteger } from '../../database/columns.js';
import { Resource } from '../../database/resource.entity.js';
import { Product } from './product.entity.js';

/** One sellable form of a product: what has a SKU, prices and stock. */
@Entity('variants')
@Unique(['productId', 'options'])
@Check('variants_weight_grams_check', 'weight_grams >= 0')
export class Variant extends Resource {
  @Column({ type: 'uuid' })
  @ForeignKey(() => Product, { onDelete: 'CASCADE' })
  productId: string;

  @Column({ type: 'text', unique: true })
  sku: string;

  /** Which value of each option of the product this variant has. */
  @Column({ type: 'jsonb', default: {} })
  options: Record<string, string>;

  @Column({ type: 'text', nullable: true })
  barcode: string | null;

  @Column({ type: 'int', nullable: true })
  weightGrams: number | null;

  /** Whether it is sent or fetched; false for what is downloaded or done. */
  @Column({ type: 'boolean', default: true })
  requiresShipping: boolean;

  /** Place among the variants of the product, lowest first. */
  @Column({ type: 'int', default: 0 })
  position: number;

  /** No longer sold; kept because orders refer to it. */
  @Column({ type: 'boolean', default: false })
  isArchived: boolean;
}

/** What a variant costs in one currency. */
@Entity('variant_prices')
@Check('variant_prices_amount_check', 'amount >= 0')
@Check('variant_prices_compare_at_amount_check', 'compare_at_amount > amount')
@Index(['currency', 'amount', 'variantId'])
export class VariantPrice {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => Variant, { onDelete: 'CASCADE' })
  variantId: string;

  @PrimaryColumn({ type: 'char', length: 3 })
  currency: string;

  /** Minor units. */
  @Column({ type: 'bigint', transformer: safeInteger })
  amount: number;

  /** The price before a reduction, in minor units; always above `amount`. */
  @Column({ type: 'bigint', nullable: true, transformer: safeInteger })
  compareAtAmount: number | null;
}

import { Check, Column, Entity, JoinColumn, ManyToOne, OneToMany, PrimaryColumn, type Relation, Unique } from 'typeorm';
import { Product } from './product.entity.js';
import { VariantPrice } from './variant-price.entity.js';

/** One sellable form of a product: what has a SKU, prices and stock. */
@Entity('variants')
@Unique('variants_sku_key', ['sku'])
@Unique('variants_product_id_options_key', ['productId', 'options'])
@Check('variants_weight_grams_check', 'weight_grams >= 0')
export class Variant {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid' })
  productId: string;

  @ManyToOne(() => Product, (product) => product.variants, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'variants_product_id_fkey' })
  product: Relation<Product>;

  @Column({ type: 'text' })
  sku: string;

  /** Which value of each option of the product this variant has. */
  @Column({ type: 'jsonb', default: {} })
  options: Record<string, string>;

  @Column({ type: 'text', nullable: true })
  barcode: string | null;

  @Column({ type: 'int', nullable: true })
  weightGrams: number | null;

  /** Place among the variants of the product, lowest first. */
  @Column({ type: 'int', default: 0 })
  position: number;

  /** No longer sold; kept because orders refer to it. */
  @Column({ type: 'boolean', default: false })
  isArchived: boolean;

  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;

  @OneToMany(() => VariantPrice, (price) => price.variant)
  prices: Relation<VariantPrice[]>;
}

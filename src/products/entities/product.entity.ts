import { Check, Column, Entity, Generated, Index, OneToMany, PrimaryColumn, type Relation, Unique } from 'typeorm';
import { ProductAlreadyArchivedError, ProductNotSellableError } from '../products.errors.js';
import { Variant } from './variant.entity.js';

export const PRODUCT_STATUSES = ['draft', 'published', 'archived'] as const;
export type ProductStatus = (typeof PRODUCT_STATUSES)[number];

/** Something variants of a product differ in, with the values offered, in the order a shopper sees them. */
export interface ProductOption {
  name: string;
  values: string[];
}

/** What a product is made of; a list only of plain values, so that a filter can compare it. */
export type AttributeValue = string | number | boolean | (string | number | boolean)[];

/** A thing the shop describes. What is sold is its variants. */
@Entity('products')
@Unique('products_slug_key', ['slug'])
@Unique('products_ordinal_key', ['ordinal'])
@Unique('products_import_key_key', ['importKey'])
@Check('products_status_check', `status IN ('draft', 'published', 'archived')`)
@Index('products_status_created_at_id_idx', ['status', 'createdAt', 'id'])
@Index('products_status_name_id_idx', ['status', 'name', 'id'])
@Index('products_created_at_id_idx', ['createdAt', 'id'])
@Index('products_name_id_idx', ['name', 'id'])
@Index('products_brand_idx', ['brand', 'createdAt', 'id'])
@Index('products_search_idx', { synchronize: false })
@Index('products_attributes_idx', { synchronize: false })
@Index('products_tags_idx', { synchronize: false })
export class Product {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  /** Place in the order of creation, by which searches look at newer products first. */
  @Column({ type: 'bigint', insert: false, update: false, select: false })
  @Generated('increment')
  ordinal: string;

  @Column({ type: 'text' })
  slug: string;

  @Column({ type: 'text' })
  name: string;

  @Column({ type: 'text', default: '' })
  description: string;

  @Column({ type: 'text', nullable: true })
  brand: string | null;

  @Column({ type: 'text', default: 'draft' })
  status: ProductStatus;

  @Column({ type: 'text', array: true, default: '{}' })
  tags: string[];

  @Column({ type: 'jsonb', default: {} })
  attributes: Record<string, AttributeValue>;

  @Column({ type: 'jsonb', default: [] })
  options: ProductOption[];

  /** Which row of an imported source this product stands for; null when it was made here. */
  @Column({ type: 'text', nullable: true })
  importKey: string | null;

  /** Words of name, brand and description; kept by a trigger. */
  @Column({ type: 'tsvector', select: false, insert: false, update: false })
  search: string;

  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;

  @Column({ type: 'timestamptz', nullable: true })
  publishedAt: Date | null;

  @OneToMany(() => Variant, (variant) => variant.product)
  variants: Relation<Variant[]>;

  /** Counts a change; whoever changes the product, its variants or its prices calls it once for the whole change. */
  touch(now: Date): void {
    this.version += 1;
    this.updatedAt = now;
  }

  /**
   * Puts the product on sale. An archived product may come back.
   *
   * @returns false when it is on sale already.
   * @throws ProductNotSellableError without a variant that has a price.
   */
  publish(hasPricedVariant: boolean, now: Date): boolean {
    if (this.status === 'published') return false;
    if (!hasPricedVariant) throw new ProductNotSellableError();
    this.status = 'published';
    this.publishedAt = now;
    this.touch(now);
    return true;
  }

  /**
   * Takes the product off sale for good; orders keep referring to it.
   *
   * @returns false when it is archived already.
   */
  archive(now: Date): boolean {
    if (this.status === 'archived') return false;
    this.status = 'archived';
    this.touch(now);
    return true;
  }

  /** @throws ProductAlreadyArchivedError for changes that an archived product does not take. */
  refuseWhenArchived(): void {
    if (this.status === 'archived') throw new ProductAlreadyArchivedError();
  }
}

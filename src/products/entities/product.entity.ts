import { Check, Column, Entity, ForeignKey, Generated, Index, PrimaryColumn } from 'typeorm';
import { Resource } from '../../database/resource.entity.js';
import { Category } from '../categories/category.entity.js';
import { ProductAlreadyArchivedError } from '../products.errors.js';

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
@Check('products_status_check', `status IN ('draft', 'published', 'archived')`)
@Index(['status', 'createdAt', 'id'])
@Index(['status', 'name', 'id'])
@Index(['createdAt', 'id'])
@Index(['name', 'id'])
@Index('products_brand_idx', ['brand', 'createdAt', 'id'])
@Index('products_search_idx', { synchronize: false })
@Index('products_attributes_idx', { synchronize: false })
@Index('products_tags_idx', { synchronize: false })
export class Product extends Resource {
  /** Place in the order of creation, by which searches look at newer products first. */
  @Column({ type: 'bigint', unique: true, insert: false, update: false, select: false })
  @Generated('increment')
  ordinal: string;

  @Column({ type: 'text', unique: true })
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

  /** Which of the shop's tax rates apply to it. */
  @Column({ type: 'text', default: 'standard' })
  taxCategory: string;

  /** Which row of an imported source this product stands for; null when it was made here. */
  @Column({ type: 'text', nullable: true, unique: true })
  importKey: string | null;

  /** Words of name, brand and description; kept by a trigger. */
  @Column({ type: 'tsvector', select: false, insert: false, update: false })
  search: string;

  @Column({ type: 'timestamptz', nullable: true })
  publishedAt: Date | null;

  /** @throws ProductAlreadyArchivedError for changes that an archived product does not take. */
  refuseWhenArchived(): void {
    if (this.status === 'archived') throw new ProductAlreadyArchivedError();
  }
}

/** A product stands in a category. */
@Entity('product_categories')
@Index(['categoryId', 'productId'])
export class ProductCategory {
  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => Product, { onDelete: 'CASCADE' })
  productId: string;

  @PrimaryColumn({ type: 'uuid' })
  @ForeignKey(() => Category)
  categoryId: string;
}

import { Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation } from 'typeorm';
import { Category } from '../categories/entities/category.entity.js';
import { Product } from './product.entity.js';

/** A product stands in a category. */
@Entity('product_categories')
@Index('product_categories_category_id_product_id_idx', ['categoryId', 'productId'])
export class ProductCategory {
  @PrimaryColumn({ type: 'uuid' })
  productId: string;

  @ManyToOne(() => Product, { onDelete: 'CASCADE', nullable: false })
  @JoinColumn({ name: 'product_id', foreignKeyConstraintName: 'product_categories_product_id_fkey' })
  product: Relation<Product>;

  @PrimaryColumn({ type: 'uuid' })
  categoryId: string;

  @ManyToOne(() => Category, { nullable: false })
  @JoinColumn({ name: 'category_id', foreignKeyConstraintName: 'product_categories_category_id_fkey' })
  category: Relation<Category>;
}

import { Check, Column, Entity, ForeignKey, Index } from 'typeorm';
import { Resource } from '../../database/resource.entity.js';

/** A shelf of the shop; shelves form a tree. */
@Entity('categories')
@Check('categories_parent_check', 'parent_id <> id')
export class Category extends Resource {
  @Column({ type: 'uuid', nullable: true })
  @ForeignKey(() => Category)
  @Index()
  parentId: string | null;

  @Column({ type: 'text', unique: true })
  slug: string;

  @Column({ type: 'text' })
  name: string;

  /** Which row of an imported source this category stands for; null when it was made here. */
  @Column({ type: 'text', nullable: true, unique: true, select: false })
  importKey: string | null;
}

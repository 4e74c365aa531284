import { Check, Column, Entity, Index, JoinColumn, ManyToOne, PrimaryColumn, type Relation, Unique } from 'typeorm';

/** A shelf of the shop; shelves form a tree. */
@Entity('categories')
@Unique('categories_slug_key', ['slug'])
@Unique('categories_import_key_key', ['importKey'])
@Check('categories_parent_check', 'parent_id <> id')
@Index('categories_parent_id_idx', ['parentId'])
export class Category {
  @PrimaryColumn({ type: 'uuid' })
  id: string;

  @Column({ type: 'uuid', nullable: true })
  parentId: string | null;

  @ManyToOne(() => Category, { nullable: true })
  @JoinColumn({ name: 'parent_id', foreignKeyConstraintName: 'categories_parent_id_fkey' })
  parent: Relation<Category> | null;

  @Column({ type: 'text' })
  slug: string;

  @Column({ type: 'text' })
  name: string;

  /** Which row of an imported source this category stands for; null when it was made here. */
  @Column({ type: 'text', nullable: true })
  importKey: string | null;

  @Column({ type: 'int', default: 1 })
  version: number;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', default: () => 'now()' })
  updatedAt: Date;
}

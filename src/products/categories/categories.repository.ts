import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { FindOptionsWhere, Repository } from 'typeorm';
import { isUuid } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { Pages } from '../../database/pages.js';
import { onViolation } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CategoryInUseError, CategorySlugTakenError, UnknownCategoryError } from './categories.errors.js';
import { Category } from './category.entity.js';

/** Every query of categories; those that walk the tree are SQL text, because they recur. */
@Injectable()
export class CategoriesRepository {
  constructor(
    @InjectRepository(Category) private readonly categories: Repository<Category>,
    private readonly pages: Pages,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Finds categories by id, slug, or path of names from the top down, in one statement.
   *
   * @returns ids in the order of `references`, null where there is none; of two siblings with one name, the older.
   */
  async resolve(references: readonly (string | readonly string[])[]): Promise<(string | null)[]> {
    if (references.length === 0) return [];
    const rows = await this.transactions.query<{ id: string | null }>(
      `WITH RECURSIVE wanted AS (
         SELECT place::int, reference FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS item (reference, place)
       ), path AS (
         SELECT w.place, c.id, 1 AS depth, w.reference
         FROM wanted w JOIN categories c ON c.parent_id IS NULL AND c.name = w.reference ->> 0
         WHERE jsonb_typeof(w.reference) = 'array'
         UNION ALL
         SELECT p.place, c.id, p.depth + 1, p.reference
         FROM path p JOIN categories c ON c.parent_id = p.id AND c.name = p.reference ->> p.depth
       )
       SELECT CASE jsonb_typeof(w.reference)
         WHEN 'array' THEN (
           SELECT id FROM path p WHERE p.place = w.place AND p.depth = jsonb_array_length(w.reference) ORDER BY id LIMIT 1
         )
         ELSE (SELECT id FROM categories WHERE slug = w.reference #>> '{}'
           OR id = CASE WHEN w.reference #>> '{}' ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (w.reference #>> '{}')::uuid END)
       END AS id
       FROM wanted w ORDER BY w.place`,
      [JSON.stringify(references)],
    );
    return rows.map(({ id }) => id);
  }

  /** A category, at depth 1, and everything below it; empty when there is no such category. */
  findSubtree(idOrSlug: string): Promise<{ id: string; depth: number }[]> {
    return this.transactions.query<{ id: string; depth: number }>(
      `WITH RECURSIVE below AS (
         SELECT id, 1 AS depth FROM categories WHERE ${isUuid(idOrSlug) ? 'id = $1' : 'slug = $1'}
         UNION ALL
         SELECT c.id, below.depth + 1 FROM categories c JOIN below ON c.parent_id = below.id
       )
       SELECT id, depth FROM below`,
      [idOrSlug],
    );
  }

  /** How deep a category stands: 1 at the top, 0 when there is no such category. */
  async findDepth(id: string): Promise<number> {
    const [row] = await this.transactions.query<{ depth: number }>(
      `WITH RECURSIVE above AS (
         SELECT parent_id FROM categories WHERE id = $1
         UNION ALL
         SELECT c.parent_id FROM categories c JOIN above ON c.id = above.parent_id
       )
       SELECT count(*)::int AS depth FROM above`,
      [id],
    );
    return row!.depth;
  }

  /** By name. */
  findPage(request: PageRequest): Promise<Page<Category>> {
    const query = this.categories.createQueryBuilder('c');
    return this.pages.of(query, request, { by: ['c.name', 'c.id'], context: 'categories' });
  }

  /** Lets one move of the tree follow another, until the transaction ends. */
  async lockTree(): Promise<void> {
    await this.transactions.query(`SELECT pg_advisory_xact_lock('categories'::regclass::bigint)`);
  }

  /**
   * @returns false when the slug is taken and `mayRefuse` asks to be told instead of failing.
   * @throws CategorySlugTakenError; UnknownCategoryError when the parent has gone meanwhile.
   */
  async insert(category: Pick<Category, 'id' | 'slug' | 'name' | 'parentId'>, mayRefuse: boolean): Promise<boolean> {
    const insert = this.categories.createQueryBuilder().insert().values(category).orIgnore(mayRefuse);
    const inserted = await onViolation(insert.execute(), meanings(category.slug));
    return (inserted.raw as unknown[]).length > 0;
  }

  /** Saves name, slug and parent as a new version. @throws CategorySlugTakenError */
  async update({ id, slug, name, parentId }: Category): Promise<void> {
    await onViolation(this.categories.update({ id }, { slug, name, parentId }), meanings(slug));
  }

  /** @throws CategoryInUseError when products or other categories stand in it. */
  async delete(id: string): Promise<void> {
    await onViolation(this.categories.delete({ id }), {
      categories_parent_id_fkey: () => new CategoryInUseError(),
      product_categories_category_id_fkey: () => new CategoryInUseError(),
    });
  }

  find(idOrSlug: string): Promise<Category | null> {
    return this.categories.findOneBy(named(idOrSlug));
  }

  lock(idOrSlug: string): Promise<Category | null> {
    return this.categories.findOne({ where: named(idOrSlug), lock: { mode: 'pessimistic_write' } });
  }
}

const named = (idOrSlug: string): FindOptionsWhere<Category> =>
  isUuid(idOrSlug) ? { id: idOrSlug } : { slug: idOrSlug };

const meanings = (slug: string): Record<string, () => Error> => ({
  categories_slug_key: () => new CategorySlugTakenError(slug),
  categories_parent_id_fkey: () => new UnknownCategoryError(['/parentId']),
});

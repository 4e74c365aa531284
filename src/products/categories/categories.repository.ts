import { Injectable } from '@nestjs/common';
import { isUuid } from '../../common/ids.js';
import { FOREIGN_KEY_VIOLATION, violatedConstraint } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CategoryInUseError, CategorySlugTakenError, UnknownCategoryError } from './categories.errors.js';
import { Category } from './entities/category.entity.js';

/** The id of a category for each reference, or null where there is none. */
export type ResolvedCategories = (string | null)[];

/** Every query of categories. */
@Injectable()
export class CategoriesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Finds categories by id, slug, or path of names from the top down, in one statement.
   *
   * @returns ids in the order of `references`; of two siblings with one name, the older.
   */
  async resolve(references: readonly (string | readonly string[])[]): Promise<ResolvedCategories> {
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

  /** One page by name. */
  findPage(after: readonly [name: string, id: string] | undefined, limit: number): Promise<Category[]> {
    return this.transactions.query<Category>(
      `SELECT id, slug, name, parent_id AS "parentId", version, created_at AS "createdAt", updated_at AS "updatedAt"
       FROM categories ${after ? 'WHERE (name, id) > ($2, $3::uuid)' : ''}
       ORDER BY name, id LIMIT $1`,
      [limit, ...(after ?? [])],
    );
  }

  async count(): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(`SELECT count(*)::int AS total FROM categories`);
    return row!.total;
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
    const changed = await translating(
      this.transactions.execute(
        `INSERT INTO categories (id, parent_id, slug, name) VALUES ($1, $2, $3, $4)
         ${mayRefuse ? 'ON CONFLICT (slug) DO NOTHING' : ''}`,
        [category.id, category.parentId, category.slug, category.name],
      ),
      category.slug,
    );
    return changed === 1;
  }

  /** Saves name, slug and parent as a new version. @throws CategorySlugTakenError */
  async update({ id, slug, name, parentId }: Category): Promise<void> {
    await translating(
      this.transactions.execute(
        `UPDATE categories SET slug = $2, name = $3, parent_id = $4, version = version + 1, updated_at = now() WHERE id = $1`,
        [id, slug, name, parentId],
      ),
      slug,
    );
  }

  /** @throws CategoryInUseError when products or other categories stand in it. */
  async delete(id: string): Promise<void> {
    try {
      await this.transactions.execute(`DELETE FROM categories WHERE id = $1`, [id]);
    } catch (error) {
      if (violatedConstraint(error, FOREIGN_KEY_VIOLATION)) throw new CategoryInUseError();
      throw error;
    }
  }

  findOne(idOrSlug: string): Promise<Category | null> {
    return this.transactions.manager.findOneBy(Category, isUuid(idOrSlug) ? { id: idOrSlug } : { slug: idOrSlug });
  }

  lockOne(idOrSlug: string): Promise<Category | null> {
    return this.transactions.manager.findOne(Category, {
      where: isUuid(idOrSlug) ? { id: idOrSlug } : { slug: idOrSlug },
      lock: { mode: 'pessimistic_write' },
    });
  }
}

async function translating<T>(write: Promise<T>, slug: string): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (violatedConstraint(error) === 'categories_slug_key') throw new CategorySlugTakenError(slug);
    if (violatedConstraint(error, FOREIGN_KEY_VIOLATION) === 'categories_parent_id_fkey')
      throw new UnknownCategoryError(['/parentId']);
    throw error;
  }
}

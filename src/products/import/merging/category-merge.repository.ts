import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { newId } from '../../../common/ids.js';
import { TransactionRunner } from '../../../database/transaction-runner.js';
import { freeSlugs } from './free-slugs.js';

export interface StoredCategory {
  readonly id: string;
  readonly importKey: string;
}

/** A category to write. */
export interface CategoryToStore {
  readonly id: string;
  readonly importKey: string;
  readonly name: string;
  readonly parentId: string | null;
}

/** Reads and writes many categories at a time; used in the transaction of one chunk of an import. */
@Injectable()
export class CategoryMergeRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Finds or makes the categories that lie at the end of the paths, and those above them.
   *
   * A category is found by the path under which an import made it, and otherwise by its parent and name, whoever made it.
   *
   * @param known Ids by path from earlier calls; what is found is added.
   * @returns how many were made.
   */
  async ensurePaths(paths: readonly (readonly string[])[], known: Map<string, string>): Promise<number> {
    let created = 0;
    const deepest = Math.max(0, ...paths.map((path) => path.length));
    for (let depth = 1; depth <= deepest; depth++) {
      const wanted = new Map<string, { key: string; name: string; parent: string | null }>();
      for (const path of paths) {
        const key = pathKey(path.slice(0, depth));
        if (path.length < depth || known.has(key)) continue;
        wanted.set(key, {
          key,
          name: path[depth - 1]!,
          parent: depth === 1 ? null : known.get(pathKey(path.slice(0, depth - 1)))!,
        });
      }
      if (wanted.size > 0) created += await this.ensureLevel([...wanted.values()], known);
    }
    return created;
  }

  async findByImportKey(keys: readonly string[]): Promise<StoredCategory[]> {
    return this.transactions.query<StoredCategory>(
      'SELECT id, import_key AS "importKey" FROM categories WHERE import_key = ANY ($1) ORDER BY id FOR NO KEY UPDATE',
      [keys],
    );
  }

  /** Makes categories under free slugs; parents may be among them. */
  async insert(categories: readonly CategoryToStore[]): Promise<void> {
    const slugs = await freeSlugs(
      categories.map(({ importKey, name }) => ({ key: importKey, name })),
      (candidates) => this.takenSlugs(candidates),
    );
    await this.transactions.execute(
      `INSERT INTO categories (id, parent_id, slug, name, import_key)
       SELECT id, "parentId", slug, name, "importKey"
       FROM jsonb_to_recordset($1::jsonb) AS row (id uuid, "parentId" uuid, slug text, name text, "importKey" text)`,
      [JSON.stringify(categories.map((category, index) => ({ ...category, slug: slugs[index] })))],
    );
  }

  /** @returns how many changed; their slugs stay, because they are addresses. */
  async update(categories: readonly CategoryToStore[]): Promise<number> {
    return this.transactions.execute(
      `UPDATE categories c SET name = row.name, parent_id = row."parentId", version = c.version + 1, updated_at = now()
       FROM jsonb_to_recordset($1::jsonb) AS row (id uuid, "parentId" uuid, name text)
       WHERE c.id = row.id AND (c.name, c.parent_id) IS DISTINCT FROM (row.name, row."parentId")`,
      [JSON.stringify(categories)],
    );
  }

  private async ensureLevel(
    wanted: readonly { key: string; name: string; parent: string | null }[],
    known: Map<string, string>,
  ): Promise<number> {
    const found = await this.transactions.query<{ key: string; id: string }>(
      `SELECT row.key, found.id
       FROM jsonb_to_recordset($1::jsonb) AS row (key text, name text, parent uuid)
       CROSS JOIN LATERAL (
         SELECT id FROM categories c
         WHERE c.import_key = row.key OR (c.name = row.name AND c.parent_id IS NOT DISTINCT FROM row.parent)
         ORDER BY c.import_key IS NOT DISTINCT FROM row.key DESC, c.created_at, c.id LIMIT 1
       ) AS found`,
      [JSON.stringify(wanted)],
    );
    for (const { key, id } of found) known.set(key, id);
    const missing = wanted.filter(({ key }) => !known.has(key));
    if (missing.length === 0) return 0;
    const made = missing.map(({ key, name, parent }) => ({ id: newId(), importKey: key, name, parentId: parent }));
    await this.insert(made);
    for (const { importKey, id } of made) known.set(importKey, id);
    return made.length;
  }

  private async takenSlugs(slugs: readonly string[]): Promise<Set<string>> {
    const rows = await this.transactions.query<{ slug: string }>('SELECT slug FROM categories WHERE slug = ANY ($1)', [
      slugs,
    ]);
    return new Set(rows.map((row) => row.slug));
  }
}

/** Names a path for good; a long one by its digest, because PostgreSQL refuses long index entries. */
export function pathKey(path: readonly string[]): string {
  const text = JSON.stringify(path);
  return `path:${text.length <= 400 ? text : createHash('sha256').update(text).digest('hex')}`;
}

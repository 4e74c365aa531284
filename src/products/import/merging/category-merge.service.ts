import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { newId } from '../../../common/ids.js';
import type { Changes } from '../import-counts.js';
import type { ReadRow } from '../rows/import-format.js';
import { type CategoryRow, idOf, type MappedCategories } from '../rows/mapped-categories.js';
import { MergeRepository } from './merge.repository.js';

/** Brings the category tree to what a file says about some categories; runs in the caller's transaction, under the import lock. */
@Injectable()
export class CategoryMerge {
  constructor(private readonly catalogue: MergeRepository) {}

  /**
   * Creates and updates categories, parents before their children.
   *
   * A category hangs under its nearest ancestor that is in the file. Ancestors lie less deep than the category itself, so that no circle
   * can come about whatever the rows say.
   *
   * @param rows In the order of their merge keys.
   * @param isStaged Tells which merge keys are in the file.
   * @returns what changed, and how many hang under another ancestor than their parent.
   */
  async merge(
    rows: readonly ReadRow<CategoryRow>[],
    format: MappedCategories,
    isStaged: ReadonlySet<string>,
  ): Promise<{ changes: Changes; raised: number }> {
    const wanted = rows.map(({ fragment: { id, name, ancestors } }) => {
      const parent = ancestors.find((ancestor) => isStaged.has(ancestor));
      const parentKey = parent && format.importKeyOf(idOf(parent));
      return { importKey: format.importKeyOf(id), name, parentKey, isRaised: parent !== ancestors[0] };
    });
    const keys = new Set(wanted.flatMap(({ importKey, parentKey }) => [importKey, ...(parentKey ? [parentKey] : [])]));
    const stored = await this.catalogue.lockCategories([...keys]);
    const known = new Set(stored.map(({ importKey }) => importKey));
    const ids = new Map(stored.map(({ importKey, id }) => [importKey, id]));
    for (const { importKey } of wanted) if (!ids.has(importKey)) ids.set(importKey, newId());
    const categories = wanted.map(({ importKey, name, parentKey }) => {
      return { id: ids.get(importKey)!, importKey, name, parentId: parentKey ? ids.get(parentKey)! : null };
    });
    const fresh = categories.filter(({ importKey }) => !known.has(importKey));
    const others = categories.filter(({ importKey }) => known.has(importKey));
    await this.catalogue.insertCategories(fresh);
    const updated = (await this.catalogue.updateCategories(others)).length;
    return {
      changes: { created: fresh.length, updated, unchanged: others.length - updated },
      raised: wanted.filter(({ isRaised }) => isRaised).length,
    };
  }

  /**
   * Finds or makes the categories that lie at the end of the paths, and those above them.
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
        const parent = depth === 1 ? null : known.get(pathKey(path.slice(0, depth - 1)))!;
        wanted.set(key, { key, name: path[depth - 1]!, parent });
      }
      if (wanted.size > 0) created += await this.ensureLevel([...wanted.values()], known);
    }
    return created;
  }

  private async ensureLevel(
    wanted: readonly { key: string; name: string; parent: string | null }[],
    known: Map<string, string>,
  ): Promise<number> {
    for (const { key, id } of await this.catalogue.findCategories(wanted)) known.set(key, id);
    const missing = wanted.filter(({ key }) => !known.has(key));
    const made = missing.map(({ key, name, parent }) => ({ id: newId(), importKey: key, name, parentId: parent }));
    await this.catalogue.insertCategories(made);
    for (const { importKey, id } of made) known.set(importKey, id);
    return made.length;
  }
}

/** Names a path for good; a long one by its digest, because PostgreSQL refuses long index entries. */
export function pathKey(path: readonly string[]): string {
  const text = JSON.stringify(path);
  return `path:${text.length <= 400 ? text : createHash('sha256').update(text).digest('hex')}`;
}

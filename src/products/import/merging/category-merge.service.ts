import { Injectable } from '@nestjs/common';
import { newId } from '../../../common/ids.js';
import { type CategoryToStore, CategoryMergeRepository } from './category-merge.repository.js';
import type { Changes } from '../import-counts.js';
import type { KeyedRow } from '../import.repository.js';
import { type CategoryRow, idOf, type MappedCategories } from '../rows/mapped-categories.js';

/** Brings the category tree to what a file says about some categories. */
@Injectable()
export class CategoryMerge {
  constructor(private readonly categories: CategoryMergeRepository) {}

  /**
   * Creates and updates categories, parents before their children; runs in the caller's transaction, under the import lock.
   *
   * A category hangs under its nearest ancestor that is in the file. Ancestors lie less deep than the category itself, so that no circle
   * can come about whatever the rows say.
   *
   * @param rows In the order of their merge keys.
   * @param isStaged Tells which merge keys are in the file.
   */
  async merge(
    rows: readonly KeyedRow<CategoryRow>[],
    format: MappedCategories,
    isStaged: ReadonlySet<string>,
  ): Promise<{ changes: Changes; raised: number }> {
    const wanted = rows.map(({ fragment }) => {
      const { importKey, name } = format.assemble(fragment);
      const parent = fragment.ancestors.find((ancestor) => isStaged.has(ancestor));
      return {
        importKey,
        name,
        parentKey: parent && format.importKeyOf(idOf(parent)),
        isRaised: parent !== fragment.ancestors[0],
      };
    });
    const keys = wanted.flatMap(({ importKey, parentKey }) => [importKey, ...(parentKey ? [parentKey] : [])]);
    const stored = await this.categories.findByImportKey([...new Set(keys)]);
    const ids = new Map(stored.map(({ importKey, id }) => [importKey, id]));
    const known = new Set(ids.keys());
    for (const { importKey } of wanted) if (!ids.has(importKey)) ids.set(importKey, newId());
    const categories = wanted.map(({ importKey, name, parentKey }): CategoryToStore => ({
      id: ids.get(importKey)!,
      importKey,
      name,
      parentId: parentKey ? ids.get(parentKey)! : null,
    }));
    const fresh = categories.filter(({ importKey }) => !known.has(importKey));
    const others = categories.filter(({ importKey }) => known.has(importKey));
    if (fresh.length > 0) await this.categories.insert(fresh);
    const updated = others.length > 0 ? await this.categories.update(others) : 0;
    return {
      changes: { created: fresh.length, updated, unchanged: others.length - updated },
      raised: wanted.filter(({ isRaised }) => isRaised).length,
    };
  }
}

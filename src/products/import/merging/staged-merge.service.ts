import { Injectable } from '@nestjs/common';
import { groupBy } from '../../../common/group-by.js';
import { violatedConstraint } from '../../../database/postgres-errors.js';
import { countChanges, countRefusal, type ImportCounts, type ImportPace } from '../import-counts.js';
import type { ImportRun } from '../import-run.entity.js';
import { type Refusal, RowRefusedError } from '../import.errors.js';
import { ImportRepository } from '../import.repository.js';
import type { CatalogueProduct } from '../rows/catalogue-product.js';
import type { ProductFormat, ReadRow } from '../rows/import-format.js';
import type { CategoryRow, MappedCategories } from '../rows/mapped-categories.js';
import { CategoryMerge } from './category-merge.service.js';
import { ProductMerge } from './product-merge.service.js';

const ATTEMPTS = 3;

/** The second half of an import: puts staged rows of one key together, and brings the catalogue to what they say. */
@Injectable()
export class StagedMerge {
  constructor(
    private readonly imports: ImportRepository,
    private readonly products: ProductMerge,
    private readonly categories: CategoryMerge,
  ) {}

  /** Merges products from where the run stopped. @returns what has been counted so far. */
  async mergeProducts(
    run: ImportRun,
    before: ImportCounts,
    format: ProductFormat,
    options: ImportPace,
  ): Promise<ImportCounts> {
    const knownCategories = new Map<string, string>();
    return this.mergePages<unknown>(run, before, options, async (page, counts) => {
      const rows = groupBy(page, ({ mergeKey }) => mergeKey);
      const { products, refusals } = assembled(rows, format);
      const outcome = await this.products.merge([...products.keys()], knownCategories).catch((error: unknown) => {
        knownCategories.clear();
        throw error;
      });
      for (const [product, refusal] of outcome.refused) refusals.set(products.get(product)!, refusal);
      for (const [key, refusal] of refusals) {
        counts.accepted -= rows.get(key)!.length;
        countRefusal(counts, [refusal], rows.get(key)!.length);
      }
      if (refusals.size > 0) {
        const listed = [...refusals].map(([key, { code, message }]) => ({ key, code, message }));
        await this.imports.rejectStaged(run.id, listed);
      }
      countChanges(counts.products, outcome.products);
      countChanges(counts.variants, outcome.variants);
      counts.categories.created += outcome.categoriesCreated;
      counts.prices.set += outcome.prices.set;
      counts.prices.removed += outcome.prices.removed;
      counts.stock.changed += outcome.stockChanged;
    });
  }

  /** Merges categories from where the run stopped, and lists the children that are not in the file. */
  async mergeCategories(
    run: ImportRun,
    before: ImportCounts,
    format: MappedCategories,
    options: ImportPace,
  ): Promise<ImportCounts> {
    const merged = await this.mergePages<CategoryRow>(run, before, options, async (page, counts) => {
      const ancestors = [...new Set(page.flatMap(({ fragment }) => fragment.ancestors))];
      const { changes, raised } = await this.categories.merge(
        page,
        format,
        await this.imports.stagedKeys(run.id, ancestors),
      );
      countChanges(counts.categories, changes);
      if (raised > 0) counts.references.unknown_parent = (counts.references.unknown_parent ?? 0) + raised;
    });
    if (merged.references.unknown_child !== undefined) return merged;
    return this.imports.chunk(run.id, {}, merged, async (counts) => {
      const unknown = await this.imports.rejectUnknownChildren(run.id, format.sortPrefix);
      counts.references.unknown_child = unknown;
      counts.listed += unknown;
    });
  }

  /** Merges staged rows chunk by chunk, each in a transaction with its checkpoint; `merge` adds to the counts it is given. */
  private async mergePages<Fragment>(
    run: ImportRun,
    before: ImportCounts,
    { batch, onProgress }: ImportPace,
    merge: (page: readonly ReadRow<Fragment>[], counts: ImportCounts) => Promise<void>,
  ): Promise<ImportCounts> {
    let counts = before;
    let after = run.mergedKey;
    for (let done = 0; ;) {
      const page = await this.imports.page<Fragment>(run.id, after, batch);
      if (page.length === 0) return counts;
      const mergedKey = page.at(-1)!.mergeKey;
      counts = await againOnConflict(() =>
        this.imports.chunk(run.id, { mergedKey }, counts, (next) => merge(page, next)),
      );
      after = mergedKey;
      done += page.length;
      onProgress?.({ phase: 'merging', done, total: before.accepted, counts });
    }
  }
}

/** The shop goes on while an import runs: somebody may take a slug or a SKU after the import has looked, and a second look sees it. */
async function againOnConflict<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt >= ATTEMPTS || violatedConstraint(error) === undefined) throw error;
    }
  }
}

function assembled(
  rows: ReadonlyMap<string, readonly ReadRow<unknown>[]>,
  format: ProductFormat,
): { products: Map<CatalogueProduct, string>; refusals: Map<string, Refusal> } {
  const products = new Map<CatalogueProduct, string>();
  const refusals = new Map<string, Refusal>();
  for (const [key, rowsOfKey] of rows) {
    try {
      const fragments = rowsOfKey.map(({ fragment }) => fragment);
      products.set(format.assemble(key, fragments), key);
    } catch (error) {
      if (!(error instanceof RowRefusedError)) throw error;
      refusals.set(key, error.refusals[0]);
    }
  }
  return { products, refusals };
}

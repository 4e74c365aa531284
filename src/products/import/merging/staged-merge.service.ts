import { Injectable } from '@nestjs/common';
import { groupBy } from '../../../common/group-by.js';
import { violatedConstraint } from '../../../database/postgres-errors.js';
import { countChanges, countRefusal, type ImportCounts, type ImportPace } from '../import-counts.js';
import type { ImportRun } from '../import-run.entity.js';
import { type Refusal, RowRefusedError } from '../import.errors.js';
import { ImportRepository } from '../import.repository.js';
import type { ProductFormat, ReadRow } from '../rows/import-format.js';
import type { CategoryRow, MappedCategories } from '../rows/mapped-categories.js';
import type { MappedOrders, PastOrder, PastOrderRow } from '../rows/mapped-orders.js';
import { CategoryMerge } from './category-merge.service.js';
import { ProductMerge } from './product-merge.service.js';

/** Where orders of the past are kept; the feature that has orders is that place. */
export interface PastOrderBooks {
  /**
   * Writes orders that are not there yet, in the caller's transaction and under the import lock.
   *
   * @returns which were left out whole and why, how many were there already, and how many lines the others have.
   */
  record(
    orders: readonly PastOrder[],
    source: string,
  ): Promise<{ refused: ReadonlyMap<PastOrder, Refusal>; unchanged: number; lines: number }>;

  /** What is there under numbers that begin like this. */
  figures(prefix: string): Promise<PastOrderFigures>;
}

/** Figures of past orders, for comparing with the source; sums in minor units by currency, as text. */
export interface PastOrderFigures {
  readonly orders: number;
  readonly lines: number;
  readonly customers: number;
  readonly totals: Readonly<Record<string, string>>;
}

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
      const { things: products, refusals } = assembled(rows, (key, fragments) => format.assemble(key, fragments));
      const outcome = await this.products.merge([...products.keys()], knownCategories).catch((error: unknown) => {
        knownCategories.clear();
        throw error;
      });
      for (const [product, refusal] of outcome.refused) refusals.set(products.get(product)!, refusal);
      await this.refuseAfterAll(run, counts, rows, refusals);
      countChanges(counts.products, outcome.products);
      countChanges(counts.variants, outcome.variants);
      counts.categories.created += outcome.categoriesCreated;
      counts.prices.set += outcome.prices.set;
      counts.prices.removed += outcome.prices.removed;
      counts.stock.changed += outcome.stockChanged;
    });
  }

  /** Records orders of the past from where the run stopped. @returns what has been counted so far. */
  async mergeOrders(
    run: ImportRun,
    before: ImportCounts,
    format: MappedOrders,
    books: PastOrderBooks,
    options: ImportPace,
  ): Promise<ImportCounts> {
    return this.mergePages<PastOrderRow>(run, before, options, async (page, counts) => {
      const rows = groupBy(page, ({ mergeKey }) => mergeKey);
      const { things: orders, refusals } = assembled(rows, (key, fragments) => format.assemble(key, fragments));
      const { refused, unchanged, lines } = await books.record([...orders.keys()], format.name);
      for (const [order, refusal] of refused) refusals.set(orders.get(order)!, refusal);
      await this.refuseAfterAll(run, counts, rows, refusals);
      const created = orders.size - refused.size - unchanged;
      countChanges(counts.orders, { created, updated: 0, unchanged });
      counts.orderLines.created += lines;
    });
  }

  /** Refuses all rows of keys that make nothing, or contradict what is stored. */
  private async refuseAfterAll(
    run: ImportRun,
    counts: ImportCounts,
    rows: ReadonlyMap<string, readonly unknown[]>,
    refusals: ReadonlyMap<string, Refusal>,
  ): Promise<void> {
    for (const [key, refusal] of refusals) {
      counts.accepted -= rows.get(key)!.length;
      countRefusal(counts, [refusal], rows.get(key)!.length);
    }
    if (refusals.size === 0) return;
    const listed = [...refusals].map(([key, { code, message }]) => ({ key, code, message }));
    await this.imports.rejectStaged(run.id, listed);
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

function assembled<Fragment, Thing>(
  rows: ReadonlyMap<string, readonly ReadRow<Fragment>[]>,
  assemble: (key: string, fragments: readonly Fragment[]) => Thing,
): { things: Map<Thing, string>; refusals: Map<string, Refusal> } {
  const things = new Map<Thing, string>();
  const refusals = new Map<string, Refusal>();
  for (const [key, rowsOfKey] of rows) {
    try {
      const fragments = rowsOfKey.map(({ fragment }) => fragment);
      things.set(assemble(key, fragments), key);
    } catch (error) {
      if (!(error instanceof RowRefusedError)) throw error;
      refusals.set(key, error.refusals[0]);
    }
  }
  return { things, refusals };
}

import { Injectable } from '@nestjs/common';
import { newId } from '../../../common/ids.js';
import type { ProductOption } from '../../entities/product.entity.js';
import type { CatalogueProduct } from '../rows/catalogue-product.js';
import { ProductMergeRepository, type ProductRow, type VariantRow } from './product-merge.repository.js';
import { CategoryMergeRepository, pathKey } from './category-merge.repository.js';
import { freeSlugs } from './free-slugs.js';
import type { Changes } from '../import-counts.js';
import { optionsKey, type ProductPair, ProductPairing, type VariantPair } from './product-pairing.service.js';
import type { Refusal } from '../rows/refusal.js';

/** What merging some products did. */
export interface MergeOutcome {
  /** Products that were left out whole, and why. */
  readonly refused: ReadonlyMap<CatalogueProduct, Refusal>;
  readonly products: Changes;
  readonly variants: Changes;
  readonly categoriesCreated: number;
  readonly prices: { readonly set: number; readonly removed: number };
  readonly stockChanged: number;
}

/** Brings the catalogue to what a file says about some products, each statement for all of them. */
@Injectable()
export class ProductMerge {
  constructor(
    private readonly pairing: ProductPairing,
    private readonly catalogue: ProductMergeRepository,
    private readonly categories: CategoryMergeRepository,
  ) {}

  /**
   * Creates and updates products with their categories, variants, prices and stock; runs in the caller's transaction, under the import lock.
   *
   * A product that contradicts the catalogue is left out whole. What is stored and not in the file stays: nothing is removed but prices
   * that the file takes back, and categories in which a product no longer is. No events are emitted.
   *
   * @param knownCategories Ids by path; grows from call to call, and is worthless after a rollback.
   */
  async merge(products: readonly CatalogueProduct[], knownCategories: Map<string, string>): Promise<MergeOutcome> {
    const { pairs, refused } = await this.pairing.pair(products);
    const categoriesCreated = await this.categories.ensurePaths(
      pairs.flatMap(({ product }) => product.categories ?? []),
      knownCategories,
    );
    const variants = pairs.flatMap((pair) => pair.variants);
    const rewritten = await this.writeProducts(pairs);
    const moved = await this.writeCategories(pairs, knownCategories);
    const changed = await this.writeVariants(variants);
    const prices = await this.writePrices(variants);
    const stockChanged = await this.writeStock(variants);

    const repriced = variants
      .filter(({ id, stored }) => stored && prices.of.has(id) && !changed.has(id))
      .map(({ id }) => id);
    if (repriced.length > 0) await this.catalogue.touchVariants(repriced);
    const productsOfVariants = variants
      .filter(({ id, stored }) => !stored || changed.has(id) || prices.of.has(id))
      .map(({ productId }) => productId);
    const countProducts = await this.touch(pairs, rewritten, [...moved, ...productsOfVariants]);
    const created = variants.filter(({ stored }) => !stored).length;
    const updated = changed.size + repriced.length;
    return {
      refused,
      products: countProducts,
      variants: { created, updated, unchanged: variants.length - created - updated },
      categoriesCreated,
      prices: { set: prices.set, removed: prices.removed },
      stockChanged,
    };
  }

  /** @returns the ids of stored products that changed. */
  private async writeProducts(pairs: readonly ProductPair[]): Promise<Set<string>> {
    const fresh = pairs.filter(({ isNew }) => isNew);
    const slugs = await this.slugsFor(fresh.map(({ product }) => product));
    if (fresh.length > 0) {
      await this.catalogue.insertProducts(
        fresh.map((pair, index) => productRow(pair, slugs[index]!, pair.product.status)),
      );
    }
    const known = pairs.filter(({ isNew }) => !isNew);
    if (known.length === 0) return new Set();
    const rows = known.map((pair) => productRow(pair, '', pair.product.isStatusStated ? pair.product.status : null));
    return new Set(await this.catalogue.updateProducts(rows));
  }

  private async slugsFor(products: readonly CatalogueProduct[]): Promise<string[]> {
    const unnamed = products.filter(({ slug }) => slug === null);
    const stated = products.flatMap(({ slug }) => slug ?? []);
    const made = await freeSlugs(
      unnamed.map(({ importKey, name }) => ({ key: importKey, name })),
      async (candidates) =>
        candidates.length === 0 ? new Set() : new Set([...(await this.catalogue.takenSlugs(candidates)), ...stated]),
    );
    let next = 0;
    return products.map(({ slug }) => slug ?? made[next++]!);
  }

  /** @returns the ids of products that moved. */
  private async writeCategories(pairs: readonly ProductPair[], known: ReadonlyMap<string, string>): Promise<string[]> {
    const stating = pairs.filter(({ product }) => product.categories !== null);
    if (stating.length === 0) return [];
    const wanted = stating.flatMap(({ id, product }) =>
      product.categories!.map((path) => ({ product_id: id, category_id: known.get(pathKey(path))! })),
    );
    return this.catalogue.setCategories(
      stating.map(({ id }) => id),
      wanted,
    );
  }

  /** @returns the ids of stored variants that changed. */
  private async writeVariants(variants: readonly VariantPair[]): Promise<Set<string>> {
    const known = variants.filter(({ stored }) => stored);
    const exchanging = exchangingOptions(known);
    if (exchanging.length > 0) await this.catalogue.parkOptions(exchanging);
    const changed = known.length === 0 ? [] : await this.catalogue.updateVariants(known.map(variantRow));
    const fresh = variants.filter(({ stored }) => !stored);
    if (fresh.length > 0) await this.catalogue.insertVariants(fresh.map(variantRow));
    return new Set(changed);
  }

  private async writePrices(
    variants: readonly VariantPair[],
  ): Promise<{ of: Set<string>; set: number; removed: number }> {
    const prices = variants.flatMap(({ id, stored, variant }) =>
      variant.prices.map((price) => ({ ...price, variantId: id, stored })),
    );
    const given = prices.filter(({ amount }) => amount !== null).map(({ stored: _, ...price }) => price);
    const taken = prices
      .filter(({ amount, stored }) => amount === null && stored)
      .map(({ variantId, currency }) => ({ variantId, currency }));
    const set = given.length === 0 ? [] : await this.catalogue.setPrices(given);
    const removed = taken.length === 0 ? [] : await this.catalogue.removePrices(taken);
    return { of: new Set([...set, ...removed]), set: set.length, removed: removed.length };
  }

  private async writeStock(variants: readonly VariantPair[]): Promise<number> {
    const fresh = variants.filter(({ stored }) => !stored).map(({ id }) => id);
    if (fresh.length > 0) await this.catalogue.openStock(fresh);
    const changes = variants
      .filter(({ stockDelta }) => stockDelta !== 0)
      .map(({ id, stockDelta }) => ({ id: newId(), variantId: id, delta: stockDelta }));
    if (changes.length > 0) await this.catalogue.moveStock(changes);
    return changes.length;
  }

  /** Counts one change on each stored product of which anything changed; a new one starts at its first version. */
  private async touch(
    pairs: readonly ProductPair[],
    rewritten: ReadonlySet<string>,
    touched: readonly string[],
  ): Promise<Changes> {
    const known = new Set(pairs.filter(({ isNew }) => !isNew).map(({ id }) => id));
    const others = [...new Set(touched)].filter((id) => known.has(id) && !rewritten.has(id));
    if (others.length > 0) await this.catalogue.touchProducts(others);
    const updated = rewritten.size + others.length;
    return { created: pairs.length - known.size, updated, unchanged: known.size - updated };
  }
}

function productRow({ id, product, kept }: ProductPair, slug: string, status: string | null): ProductRow {
  const { importKey, name, description, brand, tags, attributes } = product;
  return {
    id,
    slug,
    import_key: importKey,
    name,
    description,
    brand,
    status,
    tags,
    attributes,
    options: optionsWith(product.options, kept),
  };
}

/** The options of the file, and the values that only variants outside of the file have. */
function optionsWith(options: readonly ProductOption[], kept: ProductPair['kept']): ProductOption[] {
  const values = new Map(options.map((option) => [option.name, new Set(option.values)]));
  for (const variant of kept) {
    for (const [name, value] of Object.entries(variant.options))
      values.set(name, (values.get(name) ?? new Set()).add(value));
  }
  return [...values].map(([name, offered]) => ({ name, values: [...offered] }));
}

function variantRow({ id, productId, position, variant }: VariantPair): VariantRow {
  const { sku, options, barcode, weightGrams } = variant;
  return { id, product_id: productId, sku, options, barcode, weight_grams: weightGrams, position };
}

/** Stored variants that take over options from one another; their unique index would refuse the first of them. */
function exchangingOptions(known: readonly VariantPair[]): string[] {
  const changing = known.filter(({ variant, stored }) => optionsKey(variant.options) !== optionsKey(stored!.options));
  const given = new Set(changing.map(({ productId, stored }) => `${productId} ${optionsKey(stored!.options)}`));
  const isExchange = changing.some(({ productId, variant }) =>
    given.has(`${productId} ${optionsKey(variant.options)}`),
  );
  return isExchange ? changing.map(({ id }) => id) : [];
}

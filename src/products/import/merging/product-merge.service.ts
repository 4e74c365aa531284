import { Injectable } from '@nestjs/common';
import { newId } from '../../../common/ids.js';
import { optionsOf } from '../../product-options.js';
import type { Changes } from '../import-counts.js';
import type { Refusal } from '../import.errors.js';
import { type CatalogueProduct, optionsKey } from '../rows/catalogue-product.js';
import { CategoryMerge, pathKey } from './category-merge.service.js';
import { MergeRepository } from './merge.repository.js';
import type { ProductToStore, VariantToStore } from './rows-to-store.js';
import { type ProductPair, ProductPairing, type VariantPair } from './product-pairing.service.js';

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
    private readonly catalogue: MergeRepository,
    private readonly categories: CategoryMerge,
  ) {}

  /**
   * Creates and updates products with their categories, variants, prices and stock; runs in the caller's transaction, under the import lock.
   *
   * A product that contradicts the catalogue is left out whole. What is stored and not in the file stays: nothing is removed but prices
   * that the file takes back, and categories in which a product no longer is. Each product and each stock
   * that changed is told once a chunk.
   *
   * @param knownCategories Ids by path; grows from call to call, and is worthless after a rollback.
   */
  async merge(products: readonly CatalogueProduct[], knownCategories: Map<string, string>): Promise<MergeOutcome> {
    const { pairs, refused } = await this.pairing.pair(products);
    const paths = pairs.flatMap(({ product }) => product.categories ?? []);
    const categoriesCreated = await this.categories.ensurePaths(paths, knownCategories);
    const variants = pairs.flatMap((pair) => pair.variants);
    const rewritten = await this.writeProducts(pairs);
    const moved = await this.writeCategories(pairs, knownCategories);
    const changed = await this.writeVariants(variants);
    const prices = await this.writePrices(variants);
    const stockChanged = await this.writeStock(variants);

    const isRepriced = new Set([...prices.set, ...prices.removed]);
    const repriced = idsOf(variants.filter(({ id, stored }) => stored && isRepriced.has(id) && !changed.has(id)));
    await this.catalogue.touch('variants', repriced);
    const productsOfVariants = variants
      .filter(({ id, stored }) => !stored || changed.has(id) || isRepriced.has(id))
      .map(({ productId }) => productId);
    const countProducts = await this.touch(pairs, rewritten, [...moved, ...productsOfVariants]);
    const created = variants.filter(({ stored }) => !stored).length;
    const updated = changed.size + repriced.length;
    return {
      refused,
      products: countProducts,
      variants: { created, updated, unchanged: variants.length - created - updated },
      categoriesCreated,
      prices: { set: prices.set.length, removed: prices.removed.length },
      stockChanged,
    };
  }

  /** @returns the ids of stored products that changed. */
  private async writeProducts(pairs: readonly ProductPair[]): Promise<Set<string>> {
    const fresh = pairs.filter(({ isNew }) => isNew);
    const stated = fresh.flatMap(({ product }) => product.slug ?? []);
    const unnamed = fresh.flatMap(({ product }) => (product.slug === null ? [product] : []));
    const made = await this.catalogue.freeSlugs('products', unnamed, stated);
    await this.catalogue.insertProducts(
      fresh.map((pair) => toStore(pair, pair.product.slug ?? made.shift()!, pair.product.status)),
    );
    const known = pairs.filter(({ isNew }) => !isNew);
    const rows = known.map((pair) => toStore(pair, '', pair.product.isStatusStated ? pair.product.status : null));
    return new Set(await this.catalogue.updateProducts(rows));
  }

  /** @returns the ids of products that moved. */
  private writeCategories(pairs: readonly ProductPair[], known: ReadonlyMap<string, string>): Promise<string[]> {
    return this.catalogue.setCategories(
      pairs.flatMap(({ id, product: { categories } }) =>
        categories ? [{ productId: id, categoryIds: categories.map((path) => known.get(pathKey(path))!) }] : [],
      ),
    );
  }

  /** @returns the ids of stored variants that changed. */
  private async writeVariants(variants: readonly VariantPair[]): Promise<Set<string>> {
    const known = variants.filter(({ stored }) => stored);
    await this.catalogue.parkOptions(exchangingOptions(known));
    const changed = await this.catalogue.updateVariants(known.map(variantToStore));
    await this.catalogue.insertVariants(variants.filter(({ stored }) => !stored).map(variantToStore));
    return new Set(changed);
  }

  /** @returns the ids of variants by price. */
  private async writePrices(variants: readonly VariantPair[]): Promise<{ set: string[]; removed: string[] }> {
    const prices = variants.flatMap(({ id, stored, variant }) =>
      variant.prices.map((price) => ({ isNew: !stored, price: { ...price, variantId: id } })),
    );
    const given = prices.filter(({ price }) => price.amount !== null);
    const taken = prices.filter(({ price, isNew }) => price.amount === null && !isNew);
    const set = await this.catalogue.setPrices(given.map(({ price }) => price));
    const removed = await this.catalogue.removePrices(taken.map(({ price }) => price));
    return { set, removed };
  }

  private async writeStock(variants: readonly VariantPair[]): Promise<number> {
    await this.catalogue.openStock(idsOf(variants.filter(({ stored }) => !stored)));
    const changes = variants
      .filter(({ stockDelta }) => stockDelta !== 0)
      .map(({ id, stockDelta }) => ({ id: newId(), variantId: id, delta: stockDelta }));
    await this.catalogue.moveStock(changes);
    return changes.length;
  }

  /** Counts one change on each stored product of which anything changed; a new one starts at its first version. */
  private async touch(
    pairs: readonly ProductPair[],
    rewritten: ReadonlySet<string>,
    touched: readonly string[],
  ): Promise<Changes> {
    const known = new Set(idsOf(pairs.filter(({ isNew }) => !isNew)));
    const others = [...new Set(touched)].filter((id) => known.has(id) && !rewritten.has(id));
    await this.catalogue.touch('products', others);
    const updated = rewritten.size + others.length;
    return { created: pairs.length - known.size, updated, unchanged: known.size - updated };
  }
}

const idsOf = (things: readonly { readonly id: string }[]): string[] => things.map(({ id }) => id);

/** The options are those of the file, and the values that only variants outside of the file have. */
function toStore({ id, product, kept }: ProductPair, slug: string, status: string | null): ProductToStore {
  const { importKey, name, description, brand, tags, attributes, taxCategory } = product;
  const options = optionsOf(kept, product.options);
  return { id, slug, importKey, name, description, brand, status, tags, attributes, options, taxCategory };
}

function variantToStore({ id, productId, position, variant }: VariantPair): VariantToStore {
  const { sku, options, barcode, weightGrams } = variant;
  return { id, productId, sku, options, barcode, weightGrams, position };
}

/** Stored variants that take over options from one another; their unique index would refuse the first of them. */
function exchangingOptions(known: readonly VariantPair[]): string[] {
  const changing = known.filter(({ variant, stored }) => optionsKey(variant.options) !== optionsKey(stored!.options));
  const given = new Set(changing.map(({ productId, stored }) => `${productId} ${optionsKey(stored!.options)}`));
  const isExchange = changing.some(({ productId, variant }) =>
    given.has(`${productId} ${optionsKey(variant.options)}`),
  );
  return isExchange ? idsOf(changing) : [];
}

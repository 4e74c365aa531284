import { Injectable } from '@nestjs/common';
import { groupBy } from '../../../common/group-by.js';
import { newId } from '../../../common/ids.js';
import type { Refusal } from '../import.errors.js';
import { type CatalogueProduct, type CatalogueVariant, optionsKey } from '../rows/catalogue-product.js';
import { MergeRepository, type StoredProduct, type StoredStock, type StoredVariant } from './merge.repository.js';

/** A variant of the file beside what is stored of it. */
export interface VariantPair {
  readonly id: string;
  readonly productId: string;
  readonly position: number;
  readonly variant: CatalogueVariant;
  readonly stored: StoredVariant | undefined;
  /** Pieces to add to stock so that imports have added in all what the file says. */
  readonly stockDelta: number;
}

/** A product of the file beside what is stored of it. */
export interface ProductPair {
  readonly id: string;
  readonly isNew: boolean;
  readonly product: CatalogueProduct;
  readonly variants: readonly VariantPair[];
  /** Stored variants that the file does not have. */
  readonly kept: readonly StoredVariant[];
}

/** Finds what is stored of the products of a file, locks it, and finds out what cannot be brought together. */
@Injectable()
export class ProductPairing {
  constructor(private readonly catalogue: MergeRepository) {}

  /** @returns the products that can be merged; those that cannot are in `refused`, and nothing of them is written. */
  async pair(
    products: readonly CatalogueProduct[],
  ): Promise<{ pairs: ProductPair[]; refused: Map<CatalogueProduct, Refusal> }> {
    const slugs = products.flatMap(({ slug }) => slug ?? []);
    const stored = await this.catalogue.lockProducts(
      products.map(({ importKey }) => importKey),
      slugs,
    );
    const bySlug = new Map(stored.map((product) => [product.slug, product]));
    const byImportKey = new Map(stored.map((product) => [product.importKey, product]));
    // A product that states its slug is the one at that address, whoever made it.
    const targets = products.map(
      ({ slug, importKey }) => (slug === null ? undefined : bySlug.get(slug)) ?? byImportKey.get(importKey),
    );
    const variants = products.flatMap((product) => product.variants);
    const storedVariants = await this.catalogue.variantsOf(
      targets.flatMap((target) => target?.id ?? []),
      variants.map(({ sku }) => sku),
    );
    const bySku = new Map(storedVariants.map((variant) => [variant.sku, variant]));
    const stockOf = await this.lockStock(
      variants.flatMap(({ sku, onHand }) => (onHand === null ? [] : (bySku.get(sku)?.id ?? []))),
    );
    const chunk = new Chunk(
      bySku,
      groupBy(storedVariants, ({ productId }) => productId),
      stockOf,
    );

    const refused = new Map<CatalogueProduct, Refusal>();
    const pairs = products.flatMap((product, index) => {
      const pair = chunk.pair(product, targets[index]);
      if ('isNew' in pair) return [pair];
      refused.set(product, pair);
      return [];
    });
    return { pairs, refused };
  }

  private async lockStock(variantIds: readonly string[]): Promise<Map<string, StoredStock>> {
    if (variantIds.length === 0) return new Map();
    await this.catalogue.openStock(variantIds);
    return new Map((await this.catalogue.lockStock(variantIds)).map((row) => [row.variantId, row]));
  }
}

/** What is stored for the products of one chunk, and what those before have claimed. */
class Chunk {
  private readonly claimedSkus = new Map<string, string>();
  private readonly claimedTargets = new Set<string>();

  constructor(
    private readonly bySku: ReadonlyMap<string, StoredVariant>,
    private readonly byProduct: ReadonlyMap<string, readonly StoredVariant[]>,
    private readonly stockOf: ReadonlyMap<string, StoredStock>,
  ) {}

  /** Brings a product together with what is stored of it, if nothing stands against that, and claims it. */
  pair(product: CatalogueProduct, target: StoredProduct | undefined): ProductPair | Refusal {
    const skus = new Set(product.variants.map(({ sku }) => sku));
    const kept = target ? (this.byProduct.get(target.id) ?? []).filter(({ sku }) => !skus.has(sku)) : [];
    const refusal = this.refusalOf(product, target, kept);
    if (refusal) return refusal;
    const id = target?.id ?? newId();
    this.claimedTargets.add(id);
    for (const sku of skus) this.claimedSkus.set(sku, product.name);
    const variants = product.variants.map((variant, position): VariantPair => {
      const stored = this.bySku.get(variant.sku);
      const stockDelta = stored ? deltaOf(variant, this.stockOf.get(stored.id)) : (variant.onHand ?? 0);
      return { id: stored?.id ?? newId(), productId: id, position, variant, stored, stockDelta };
    });
    return { id, isNew: !target, product, variants, kept };
  }

  private refusalOf(
    { variants }: CatalogueProduct,
    target: StoredProduct | undefined,
    kept: readonly StoredVariant[],
  ): Refusal | undefined {
    if (target && this.claimedTargets.has(target.id))
      return { code: 'product_repeated', message: `another row of the file is the product "${target.slug}" as well` };
    for (const { sku } of variants) {
      const claimer = this.claimedSkus.get(sku);
      if (claimer !== undefined)
        return { code: 'sku_taken', message: `the SKU ${sku} belongs to the product "${claimer}" of the file` };
    }
    for (const { sku } of variants) {
      const stored = this.bySku.get(sku);
      if (stored && stored.productId !== target?.id)
        return { code: 'sku_taken', message: `the SKU ${sku} belongs to the product "${stored.productSlug}"` };
    }
    const keptByOptions = new Map(kept.map((variant) => [optionsKey(variant.options), variant]));
    for (const { sku, options } of variants) {
      const other = keptByOptions.get(optionsKey(options));
      if (other)
        return {
          code: 'options_taken',
          message: `the variant ${sku} has the same options as ${other.sku}, which the file does not have`,
        };
    }
    for (const variant of variants) {
      const row = this.stockOf.get(this.bySku.get(variant.sku)?.id ?? '');
      if (row && row.onHand + deltaOf(variant, row) < row.reserved)
        return {
          code: 'below_reserved',
          message: `the stock of ${variant.sku} would fall below the ${row.reserved} pieces that orders hold`,
        };
    }
    return undefined;
  }
}

/** Sales and counts since the last import stay: only what the file says differently from then is added or taken. */
function deltaOf({ onHand }: CatalogueVariant, row: StoredStock | undefined): number {
  return onHand === null || !row ? 0 : onHand - row.imported;
}

import { Injectable } from '@nestjs/common';
import { newId } from '../../../common/ids.js';
import type { CatalogueProduct, CatalogueVariant } from '../rows/catalogue-product.js';
import {
  ProductMergeRepository,
  type StoredProduct,
  type StoredStock,
  type StoredVariant,
} from './product-merge.repository.js';
import type { Refusal } from '../rows/refusal.js';

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
  constructor(private readonly catalogue: ProductMergeRepository) {}

  /** @returns the products that can be merged; those that cannot are in `refused`, and nothing of them is written. */
  async pair(
    products: readonly CatalogueProduct[],
  ): Promise<{ pairs: ProductPair[]; refused: Map<CatalogueProduct, Refusal> }> {
    const stored = new StoredCatalogue(
      await this.catalogue.lockProducts(
        products.map((product) => product.importKey),
        products.flatMap((product) => product.slug ?? []),
      ),
    );
    const targets = products.map((product) => stored.find(product));
    stored.add(
      await this.catalogue.variantsOf(
        targets.flatMap((target) => target?.id ?? []),
        products.flatMap((product) => product.variants.map(({ sku }) => sku)),
      ),
    );
    const stock = await this.stockOf(products, stored);

    const refused = new Map<CatalogueProduct, Refusal>();
    const claimed = new Claims();
    const pairs = products.flatMap((product, index) => {
      const target = targets[index];
      const id = target?.id ?? newId();
      const refusal =
        claimed.refusalOf(product, target) ?? stored.refusalOf(product, target) ?? stockRefusal(product, stored, stock);
      if (refusal) {
        refused.set(product, refusal);
        return [];
      }
      claimed.claim(product, target);
      const skus = new Set(product.variants.map(({ sku }) => sku));
      const variants = product.variants.map((variant, position): VariantPair => {
        const known = stored.variant(variant.sku);
        const stockDelta = known ? deltaOf(variant, stock.get(known.id)) : (variant.onHand ?? 0);
        return { id: known?.id ?? newId(), productId: id, position, variant, stored: known, stockDelta };
      });
      const kept = target ? stored.variantsIn(target.id).filter(({ sku }) => !skus.has(sku)) : [];
      return [{ id, isNew: !target, product, variants, kept }];
    });
    return { pairs, refused };
  }

  private async stockOf(
    products: readonly CatalogueProduct[],
    stored: StoredCatalogue,
  ): Promise<Map<string, StoredStock>> {
    const stated = products.flatMap((product) => product.variants).filter(({ onHand }) => onHand !== null);
    const ids = stated.flatMap(({ sku }) => stored.variant(sku)?.id ?? []);
    if (ids.length === 0) return new Map();
    await this.catalogue.openStock(ids);
    return new Map((await this.catalogue.lockStock(ids)).map((row) => [row.variantId, row]));
  }
}

/** What of the catalogue is stored already, by what finds it. */
class StoredCatalogue {
  private readonly bySlug: ReadonlyMap<string, StoredProduct>;
  private readonly byImportKey: ReadonlyMap<string | null, StoredProduct>;
  private readonly bySku = new Map<string, StoredVariant>();
  private readonly byProduct = new Map<string, StoredVariant[]>();

  constructor(products: readonly StoredProduct[]) {
    this.bySlug = new Map(products.map((product) => [product.slug, product]));
    this.byImportKey = new Map(products.map((product) => [product.importKey, product]));
  }

  add(variants: readonly StoredVariant[]): void {
    for (const variant of variants) {
      this.bySku.set(variant.sku, variant);
      const others = this.byProduct.get(variant.productId);
      if (others) others.push(variant);
      else this.byProduct.set(variant.productId, [variant]);
    }
  }

  /** A product that states its slug is the one at that address, whoever made it. */
  find({ slug, importKey }: CatalogueProduct): StoredProduct | undefined {
    return (slug === null ? undefined : this.bySlug.get(slug)) ?? this.byImportKey.get(importKey);
  }

  variant(sku: string): StoredVariant | undefined {
    return this.bySku.get(sku);
  }

  variantsIn(productId: string): readonly StoredVariant[] {
    return this.byProduct.get(productId) ?? [];
  }

  refusalOf(product: CatalogueProduct, target: StoredProduct | undefined): Refusal | undefined {
    const foreign = product.variants
      .map(({ sku }) => this.bySku.get(sku))
      .find((variant) => variant && variant.productId !== target?.id);
    if (foreign)
      return { code: 'sku_taken', message: `the SKU ${foreign.sku} belongs to the product "${foreign.productSlug}"` };
    if (!target) return undefined;
    const skus = new Set(product.variants.map(({ sku }) => sku));
    const kept = new Map(
      this.variantsIn(target.id).flatMap((variant) =>
        skus.has(variant.sku) ? [] : [[optionsKey(variant.options), variant]],
      ),
    );
    const clash = product.variants.find(({ options }) => kept.has(optionsKey(options)));
    if (!clash) return undefined;
    const other = kept.get(optionsKey(clash.options))!;
    return {
      code: 'options_taken',
      message: `the variant ${clash.sku} has the same options as ${other.sku}, which the file does not have`,
    };
  }
}

/** What products before have claimed in the same chunk. */
class Claims {
  private readonly skus = new Map<string, string>();
  private readonly targets = new Set<string>();

  refusalOf(product: CatalogueProduct, target: StoredProduct | undefined): Refusal | undefined {
    if (target && this.targets.has(target.id)) {
      return { code: 'product_repeated', message: `another row of the file is the product "${target.slug}" as well` };
    }
    const taken = product.variants.find(({ sku }) => this.skus.has(sku));
    return (
      taken && {
        code: 'sku_taken',
        message: `the SKU ${taken.sku} belongs to the product "${this.skus.get(taken.sku)}" of the file`,
      }
    );
  }

  claim(product: CatalogueProduct, target: StoredProduct | undefined): void {
    if (target) this.targets.add(target.id);
    for (const { sku } of product.variants) this.skus.set(sku, product.name);
  }
}

function stockRefusal(
  product: CatalogueProduct,
  stored: StoredCatalogue,
  stock: ReadonlyMap<string, StoredStock>,
): Refusal | undefined {
  for (const variant of product.variants) {
    const row = stock.get(stored.variant(variant.sku)?.id ?? '');
    if (!row || row.onHand + deltaOf(variant, row) >= row.reserved) continue;
    return {
      code: 'below_reserved',
      message: `the stock of ${variant.sku} would fall below the ${row.reserved} pieces that orders hold`,
    };
  }
  return undefined;
}

/** Sales and counts since the last import stay: only what the file says differently from then is added or taken. */
function deltaOf({ onHand }: CatalogueVariant, row: StoredStock | undefined): number {
  return onHand === null || !row ? 0 : onHand - row.imported;
}

export function optionsKey(options: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(options).sort(([left], [right]) => (left < right ? -1 : 1)));
}

import type { AttributeValue, ProductOption, ProductStatus } from '../../entities/product.entity.js';

/** A price as the file states it; `amount` null says that the variant has no price in this currency. Minor units. */
export interface CataloguePrice {
  readonly currency: string;
  readonly amount: number | null;
  readonly compareAtAmount: number | null;
}

/** A variant as the file states it; `null` is not stated and leaves what is stored. */
export interface CatalogueVariant {
  readonly sku: string;
  readonly options: Readonly<Record<string, string>>;
  readonly barcode: string | null;
  readonly weightGrams: number | null;
  readonly prices: readonly CataloguePrice[];
  /** Pieces that the file says have arrived in all; null leaves stock alone. */
  readonly onHand: number | null;
}

/** A whole product as the file states it, put together from all of its rows; `null` is not stated and leaves what is stored. */
export interface CatalogueProduct {
  /** Names the product in its source, for good. */
  readonly importKey: string;
  /** The address that the file asks for; null makes one from the name when the product is new. */
  readonly slug: string | null;
  readonly name: string;
  readonly description: string | null;
  /** Empty text states that there is no brand. */
  readonly brand: string | null;
  readonly status: ProductStatus;
  /** False: the status is only that of a new product, and a later decision of the staff stays. */
  readonly isStatusStated: boolean;
  /** Names from the top of the tree down, one list a category. */
  readonly categories: readonly (readonly string[])[] | null;
  readonly tags: readonly string[] | null;
  readonly attributes: Readonly<Record<string, AttributeValue>> | null;
  readonly options: readonly ProductOption[];
  readonly variants: readonly CatalogueVariant[];
}

/** A category as the file states it. */
export interface CatalogueCategory {
  readonly importKey: string;
  readonly name: string;
  /** Merge keys of its ancestors, nearest first. */
  readonly ancestors: readonly string[];
}

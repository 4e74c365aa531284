import type { Category } from '../../categories/category.entity.js';
import type { CatalogueProduct, CatalogueVariant } from '../rows/catalogue-product.js';

/** A category to write. */
export type CategoryToStore = Pick<Category, 'id' | 'name' | 'parentId'> & { readonly importKey: string };

/** A product to write; `null` leaves what is stored, and empty text as `brand` takes the brand away. */
export interface ProductToStore extends Pick<
  CatalogueProduct,
  'importKey' | 'name' | 'description' | 'brand' | 'tags' | 'attributes' | 'options' | 'taxCategory'
> {
  readonly id: string;
  readonly slug: string;
  readonly status: string | null;
}

export interface VariantToStore extends Pick<CatalogueVariant, 'sku' | 'options' | 'barcode' | 'weightGrams'> {
  readonly id: string;
  readonly productId: string;
  readonly position: number;
}

/** Rows of $1, as statements read them. */
export const CATEGORIES = `jsonb_to_recordset($1::jsonb) AS row (id uuid, "parentId" uuid, slug text, name text, "importKey" text)`;
export const PRODUCTS = `jsonb_to_recordset($1::jsonb) AS row (id uuid, slug text, "importKey" text, name text, description text,
  brand text, status text, tags text[], attributes jsonb, options jsonb, "taxCategory" text)`;
export const VARIANTS = `jsonb_to_recordset($1::jsonb) AS row (id uuid, "productId" uuid, sku text, options jsonb, barcode text,
  "weightGrams" integer, position integer)`;
export const PRICES = `jsonb_to_recordset($1::jsonb) AS row ("variantId" uuid, currency char(3), amount bigint, "compareAtAmount" bigint)`;

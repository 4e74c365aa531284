import type { Availability } from '../dto/variant-response.dto.js';
import type { AttributeValue, ProductOption, ProductStatus } from '../entities/product.entity.js';

/** A variant as the statements of `catalogue-sql.ts` deliver it. */
export type VariantTuple = [...PublicPlaces, ...StaffPlaces];

type PublicPlaces = [
  id: string,
  sku: string,
  options: Record<string, string>,
  barcode: string | null,
  weightGrams: number | null,
  position: number,
  amount: number | null,
  compareAtAmount: number | null,
  availability: Availability,
];

/** The places of a tuple that only staff are given. */
export type StaffPlaces = [
  productId: string,
  isArchived: boolean,
  version: number,
  createdAt: string,
  updatedAt: string,
  onHand: number,
  reserved: number,
  prices: [currency: string, amount: number, compareAtAmount: number | null][] | null,
];

/** A product as the statements of `catalogue-sql.ts` deliver it; instants in ISO 8601. */
export type ProductTuple = [
  id: string,
  slug: string,
  name: string,
  description: string,
  brand: string | null,
  status: ProductStatus,
  tags: string[],
  attributes: Record<string, AttributeValue>,
  options: ProductOption[],
  version: number,
  createdAt: string,
  updatedAt: string,
  publishedAt: string | null,
  categories: [id: string, slug: string, name: string, parentId: string | null][] | null,
  variants: VariantTuple[] | null,
];

/** A row with one product. */
export interface ProductRow {
  product: ProductTuple;
}

/** A variant with what its name is made of. */
export interface VariantRow {
  product_name: string;
  product_options: ProductOption[];
  variant: VariantTuple;
}

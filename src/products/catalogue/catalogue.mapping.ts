import type { Page } from '../../common/pagination/page.dto.js';
import type {
  ProductCategoryResponse,
  ProductPageResponse,
  ProductResponse,
  ProductStaffPageResponse,
  ProductStaffResponse,
} from '../dto/product-response.dto.js';
import type {
  VariantListResponse,
  VariantResponse,
  VariantStaffListResponse,
  VariantStaffResponse,
} from '../dto/variant-response.dto.js';
import type { ProductOption } from '../entities/product.entity.js';
import { variantName } from '../product-options.js';
import type { Audience, ProductRow, ProductTuple, StaffPlaces, VariantRow, VariantTuple } from './catalogue-sql.js';

const DOT = 0x2e;
/** Place of the variants in a `ProductTuple`. */
const VARIANTS = 14;
const TAX_CATEGORY = 15;

/** The public shape of a product; nothing of the staff's is read for it. */
export function toProductResponse({ product }: ProductRow, currency: string): ProductResponse {
  const [, , name, , , , , , options] = product;
  const variants = product[VARIANTS] ?? [];
  return { ...common(product), variants: variants.map((variant) => publicVariant(variant, name, options, currency)) };
}

export function toProductStaffResponse({ product }: ProductRow, currency: string): ProductStaffResponse {
  const [, , name, , , , , , options, , , , publishedAt] = product;
  const variants = product[VARIANTS] ?? [];
  return {
    ...common(product),
    taxCategory: product[TAX_CATEGORY],
    publishedAt: publishedAt === null ? null : instant(publishedAt),
    variants: variants.map((variant) => staffVariant(variant, name, options, currency)),
  };
}

export function toVariantResponse(row: VariantRow, currency: string): VariantResponse {
  return publicVariant(row.variant, row.product_name, row.product_options, currency);
}

export function toVariantStaffResponse(row: VariantRow, currency: string): VariantStaffResponse {
  return staffVariant(row.variant, row.product_name, row.product_options, currency);
}

export function toProductPage(
  { data, nextCursor, total }: Page<ProductRow>,
  audience: Audience,
  currency: string,
): ProductPageResponse | ProductStaffPageResponse {
  const page = { nextCursor, ...(total === undefined ? {} : { total }) };
  return audience === 'staff'
    ? { data: data.map((row) => toProductStaffResponse(row, currency)), ...page }
    : { data: data.map((row) => toProductResponse(row, currency)), ...page };
}

export function toVariantList(
  rows: readonly VariantRow[],
  audience: Audience,
  currency: string,
): VariantListResponse | VariantStaffListResponse {
  return audience === 'staff'
    ? { data: rows.map((row) => toVariantStaffResponse(row, currency)), nextCursor: null }
    : { data: rows.map((row) => toVariantResponse(row, currency)), nextCursor: null };
}

function common(product: ProductTuple): Omit<ProductResponse, 'variants'> {
  const [
    id,
    slug,
    name,
    description,
    brand,
    status,
    tags,
    attributes,
    options,
    version,
    createdAt,
    updatedAt,
    ,
    categories,
  ] = product;
  return {
    id,
    slug,
    name,
    description,
    brand,
    status,
    categories: (categories ?? []).map(toCategory),
    tags,
    attributes,
    media: [],
    options,
    createdAt: instant(createdAt),
    updatedAt: instant(updatedAt),
    version,
  };
}

function toCategory([id, slug, name, parentId]: [string, string, string, string | null]): ProductCategoryResponse {
  return { id, slug, name, parentId };
}

/** Brings an instant of PostgreSQL to the one form of the API: UTC, to the millisecond. */
function instant(text: string): string {
  // "2026-01-01T12:00:00.1234+00:00" is the usual form; cutting it spares parsing dozens of dates a page.
  if (!text.endsWith('+00:00')) return new Date(text).toISOString();
  const fraction = text.charCodeAt(19) === DOT ? text.slice(20, -6).padEnd(3, '0').slice(0, 3) : '000';
  return `${text.slice(0, 19)}.${fraction}Z`;
}

function publicVariant(
  tuple: VariantTuple,
  productName: string,
  productOptions: readonly ProductOption[],
  currency: string,
): VariantResponse {
  const [id, sku, options, barcode, weightGrams, position, amount, compareAtAmount, availability] = tuple;
  const variant: VariantResponse = {
    id,
    sku,
    name: variantName(productName, productOptions, options),
    options,
    price: amount === null ? null : { amount, currency },
    availability,
    position,
  };
  if (compareAtAmount !== null) variant.compareAtPrice = { amount: compareAtAmount, currency };
  if (barcode !== null) variant.barcode = barcode;
  if (weightGrams !== null) variant.weightGrams = weightGrams;
  return variant;
}

function staffVariant(
  tuple: VariantTuple,
  productName: string,
  productOptions: readonly ProductOption[],
  currency: string,
): VariantStaffResponse {
  const [productId, requiresShipping, isArchived, version, createdAt, updatedAt, onHand, reserved, prices] =
    tuple.slice(9) as StaffPlaces;
  return {
    ...publicVariant(tuple, productName, productOptions, currency),
    productId,
    requiresShipping,
    prices: (prices ?? []).map(([code, amount, compareAtAmount]) => ({ amount, currency: code, compareAtAmount })),
    onHand,
    reserved,
    available: onHand - reserved,
    isArchived,
    createdAt: instant(createdAt),
    updatedAt: instant(updatedAt),
    version,
  };
}

import type { CreateProductDto } from '../../src/products/dto/product.dto.js';
import { InventoryService } from '../../src/products/inventory/inventory.service.js';
import { ProductsService } from '../../src/products/products.service.js';
import type { TestApp } from '../support/test-app.js';
import { unique } from './user.factory.js';

export interface TestProductOptions extends Partial<CreateProductDto> {
  /** Pieces on hand of each variant; 100 when left out. */
  stock?: number;
  /** Published when left out. */
  status?: 'draft' | 'published' | 'archived';
}

export interface TestVariant {
  id: string;
  sku: string;
  /** Minor units in the first currency of the variant; null without a price. */
  amount: number | null;
  currency: string | null;
}

export interface TestProduct {
  id: string;
  slug: string;
  name: string;
  variants: TestVariant[];
}

/** The smallest product that can be ordered: one variant at 19.99 EUR. */
export function buildProduct({ stock: _, status: __, ...overrides }: TestProductOptions = {}): CreateProductDto {
  const sku = `SKU-${unique()}`;
  return {
    name: `Product ${sku}`,
    slug: `product-${sku.toLowerCase()}`,
    variants: [{ sku, prices: [{ amount: 1999, currency: 'EUR' }] }],
    ...overrides,
  };
}

/** Saves a product through the services: published and with stock, unless told otherwise. */
export async function createProduct(app: TestApp, options: TestProductOptions = {}): Promise<TestProduct> {
  const dto = buildProduct(options);
  const products = app.app.get(ProductsService);
  const adjustments = app.app.get(InventoryService);
  const { id, slug, name, variants } = await products.create(dto);
  const stock = options.stock ?? 100;
  for (const { id: variantId } of variants) {
    if (stock > 0) await adjustments.adjust({ variantId, delta: stock, reason: 'received' }, null);
  }
  if (options.status !== 'draft') await products.publish(id, undefined);
  if (options.status === 'archived') await products.archive(id, undefined);
  return {
    id,
    slug,
    name,
    variants: variants.map(({ id: variantId, sku }) => {
      const price = dto.variants?.find((variant) => variant.sku === sku)?.prices?.[0];
      return { id: variantId, sku, amount: price?.amount ?? null, currency: price?.currency ?? null };
    }),
  };
}

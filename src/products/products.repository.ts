import { Injectable } from '@nestjs/common';
import { toSafeInteger } from '../database/columns.js';
import { FOREIGN_KEY_VIOLATION, violatedConstraint } from '../database/postgres-errors.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Product, type ProductOption } from './entities/product.entity.js';
import { OptionsTakenError, ProductInUseError, SkuTakenError, SlugTakenError } from './products.errors.js';

/** What a new product row holds; the rest has defaults. */
export type NewProduct = Pick<
  Product,
  'id' | 'slug' | 'name' | 'description' | 'brand' | 'tags' | 'attributes' | 'options'
>;

export interface NewPrice {
  currency: string;
  amount: number;
  compareAtAmount: number | null;
}

export interface NewVariant {
  id: string;
  sku: string;
  options: Record<string, string>;
  barcode: string | null;
  weightGrams: number | null;
  position: number;
  prices: NewPrice[];
}

/** A variant that can be sold in a currency, as `quote` reads it. */
export interface QuotedRow {
  variantId: string;
  sku: string;
  productName: string;
  productOptions: ProductOption[];
  options: Record<string, string>;
  amount: number;
}

/** Writes to products, their variants and prices, and the reads that orders need. */
@Injectable()
export class ProductsRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /**
   * Inserts a draft.
   *
   * @returns false when the slug is taken and `mayRefuse` asks to be told instead of failing.
   * @throws SlugTakenError
   */
  async insert(product: NewProduct, mayRefuse: boolean): Promise<boolean> {
    const changed = await translating(
      this.transactions.execute(
        `INSERT INTO products (id, slug, name, description, brand, tags, attributes, options)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ${mayRefuse ? 'ON CONFLICT (slug) DO NOTHING' : ''}`,
        [
          product.id,
          product.slug,
          product.name,
          product.description,
          product.brand,
          product.tags,
          JSON.stringify(product.attributes),
          JSON.stringify(product.options),
        ],
      ),
      product.slug,
    );
    return changed === 1;
  }

  /**
   * Inserts variants of one product with their prices, in two statements whatever their number.
   *
   * @throws SkuTakenError, OptionsTakenError
   */
  async insertVariants(productId: string, variants: readonly NewVariant[]): Promise<void> {
    if (variants.length === 0) return;
    await translating(
      this.transactions.execute(
        `INSERT INTO variants (id, product_id, sku, options, barcode, weight_grams, position)
         SELECT id, $1, sku, options, barcode, weight_grams, position
         FROM unnest($2::uuid[], $3::text[], $4::jsonb[], $5::text[], $6::int[], $7::int[])
           AS variant (id, sku, options, barcode, weight_grams, position)`,
        [
          productId,
          variants.map(({ id }) => id),
          variants.map(({ sku }) => sku),
          variants.map(({ options }) => JSON.stringify(options)),
          variants.map(({ barcode }) => barcode),
          variants.map(({ weightGrams }) => weightGrams),
          variants.map(({ position }) => position),
        ],
      ),
    );
    await this.insertPrices(variants.flatMap(({ id, prices }) => prices.map((price) => ({ ...price, variantId: id }))));
  }

  private async insertPrices(prices: readonly (NewPrice & { variantId: string })[]): Promise<void> {
    if (prices.length === 0) return;
    await this.transactions.execute(
      `INSERT INTO variant_prices (variant_id, currency, amount, compare_at_amount)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[])`,
      [
        prices.map(({ variantId }) => variantId),
        prices.map(({ currency }) => currency),
        prices.map(({ amount }) => amount),
        prices.map(({ compareAtAmount }) => compareAtAmount),
      ],
    );
  }

  /** Puts the prices of a variant in place of those it had. */
  async replacePrices(variantId: string, prices: readonly NewPrice[]): Promise<void> {
    await this.transactions.execute(`DELETE FROM variant_prices WHERE variant_id = $1 AND currency <> ALL ($2)`, [
      variantId,
      prices.map(({ currency }) => currency),
    ]);
    await this.transactions.execute(
      `INSERT INTO variant_prices (variant_id, currency, amount, compare_at_amount)
       SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::bigint[])
       ON CONFLICT (variant_id, currency) DO UPDATE SET
         amount = excluded.amount, compare_at_amount = excluded.compare_at_amount`,
      [
        variantId,
        prices.map(({ currency }) => currency),
        prices.map(({ amount }) => amount),
        prices.map(({ compareAtAmount }) => compareAtAmount),
      ],
    );
  }

  /** Puts the product into these categories and no others. */
  async setCategories(productId: string, categoryIds: readonly string[]): Promise<void> {
    await this.transactions.execute(
      `WITH gone AS (
         DELETE FROM product_categories WHERE product_id = $1 AND category_id <> ALL ($2::uuid[])
       )
       INSERT INTO product_categories (product_id, category_id)
       SELECT $1, category_id FROM unnest($2::uuid[]) AS wanted (category_id)
       ON CONFLICT DO NOTHING`,
      [productId, categoryIds],
    );
  }

  /** The product, locked until the transaction ends: whoever changes it, a variant or a price of it holds this lock first. */
  lockById(id: string): Promise<Product | null> {
    return this.transactions.manager.findOne(Product, { where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** @throws SlugTakenError */
  async save(product: Product): Promise<void> {
    const { id, slug, name, description, brand, status, tags, attributes, options, version, updatedAt, publishedAt } =
      product;
    await translating(
      this.transactions.manager.update(
        Product,
        { id },
        { slug, name, description, brand, status, tags, attributes, options, version, updatedAt, publishedAt },
      ),
      slug,
    );
  }

  /** Saves that the product has changed, and nothing else. */
  async saveVersion({ id, version, updatedAt }: Product): Promise<void> {
    await this.transactions.execute(`UPDATE products SET version = $2, updated_at = $3 WHERE id = $1`, [
      id,
      version,
      updatedAt,
    ]);
  }

  /** @throws ProductInUseError when an order or a reservation refers to one of its variants. */
  async delete(id: string): Promise<void> {
    await translating(this.transactions.execute(`DELETE FROM products WHERE id = $1`, [id]));
  }

  async hasPricedVariant(productId: string): Promise<boolean> {
    const rows = await this.transactions.query(
      `SELECT FROM variants v JOIN variant_prices p ON p.variant_id = v.id
       WHERE v.product_id = $1 AND NOT v.is_archived LIMIT 1`,
      [productId],
    );
    return rows.length > 0;
  }

  /** The option values of each variant that is not archived. */
  async findOptionValues(productId: string): Promise<Record<string, string>[]> {
    const rows = await this.transactions.query<{ options: Record<string, string> }>(
      `SELECT options FROM variants WHERE product_id = $1 AND NOT is_archived`,
      [productId],
    );
    return rows.map(({ options }) => options);
  }

  /** Those of the variants that are on sale in the currency; the others are left out. */
  async findSellable(variantIds: readonly string[], currency: string): Promise<QuotedRow[]> {
    const rows = await this.transactions.query<Omit<QuotedRow, 'amount'> & { amount: string }>(
      `SELECT v.id AS "variantId", v.sku, p.name AS "productName", p.options AS "productOptions", v.options, price.amount
       FROM variants v
       JOIN products p ON p.id = v.product_id AND p.status = 'published'
       JOIN variant_prices price ON price.variant_id = v.id AND price.currency = $2
       WHERE v.id = ANY ($1::uuid[]) AND NOT v.is_archived`,
      [variantIds, currency],
    );
    return rows.map((row) => ({ ...row, amount: toSafeInteger(row.amount) }));
  }
}

/** Gives the constraints of the catalogue their names in the trade; whatever else fails stays as it is. */
export async function translating<T>(write: Promise<T>, slug = ''): Promise<T> {
  try {
    return await write;
  } catch (error) {
    const constraint = violatedConstraint(error);
    if (constraint === 'products_slug_key') throw new SlugTakenError(slug);
    if (constraint === 'variants_sku_key') throw new SkuTakenError();
    if (constraint === 'variants_product_id_options_key') throw new OptionsTakenError();
    if (violatedConstraint(error, FOREIGN_KEY_VIOLATION)) throw new ProductInUseError();
    throw error;
  }
}

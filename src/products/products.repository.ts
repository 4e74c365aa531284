import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, Not, type Repository } from 'typeorm';
import { toSafeInteger } from '../database/columns.js';
import { onViolation } from '../database/postgres-errors.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { Product, ProductCategory, type ProductOption } from './entities/product.entity.js';
import { Variant, VariantPrice } from './entities/variant.entity.js';
import { OptionsTakenError, ProductInUseError, SkuTakenError, SlugTakenError } from './products.errors.js';

/** What a new product row holds; the rest has defaults. */
export type NewProduct = Pick<
  Product,
  'id' | 'slug' | 'name' | 'description' | 'brand' | 'tags' | 'attributes' | 'options' | 'taxCategory'
>;

export type NewPrice = Omit<VariantPrice, 'variantId'>;

export type NewVariant = Pick<
  Variant,
  'id' | 'sku' | 'options' | 'barcode' | 'weightGrams' | 'requiresShipping' | 'position'
> & {
  prices: NewPrice[];
};

/** A variant with its price in one currency, as `PriceResolver` reads it. */
export interface QuotedRow {
  variantId: string;
  sku: string;
  productName: string;
  productOptions: ProductOption[];
  options: Record<string, string>;
  isPublished: boolean;
  /** Null without a price in the currency. */
  amount: number | null;
  productId: string;
  categoryIds: string[];
  taxCategory: string;
  weightGrams: number | null;
  requiresShipping: boolean;
  /** Version of the rules by which something costs what it does; the same in every row. */
  rulesVersion: number;
}

/** What the constraints of the catalogue mean. */
const MEANINGS = {
  variants_sku_key: () => new SkuTakenError(),
  variants_product_id_options_key: () => new OptionsTakenError(),
  reservations_variant_id_location_id_fkey: () => new ProductInUseError(),
  order_lines_variant_id_fkey: () => new ProductInUseError(),
};

/** Writes to products, their variants and prices, and the reads that orders need. */
@Injectable()
export class ProductsRepository {
  constructor(
    @InjectRepository(Product) private readonly products: Repository<Product>,
    @InjectRepository(ProductCategory) private readonly placements: Repository<ProductCategory>,
    @InjectRepository(Variant) private readonly variants: Repository<Variant>,
    @InjectRepository(VariantPrice) private readonly prices: Repository<VariantPrice>,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Inserts a draft.
   *
   * @returns false when the slug is taken and `mayRefuse` asks to be told instead of failing.
   * @throws SlugTakenError
   */
  async insert(product: NewProduct, mayRefuse: boolean): Promise<boolean> {
    const insert = this.products.createQueryBuilder().insert().values(product).orIgnore(mayRefuse);
    const inserted = await onViolation(insert.execute(), slugMeaning(product.slug));
    return (inserted.raw as unknown[]).length > 0;
  }

  /** The product, locked until the transaction ends: whoever changes it, a variant or a price of it holds this lock first. */
  lock(id: string): Promise<Product | null> {
    return this.products.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /** Counts a change of the product, its variants or its prices, and saves what of its own row changes. @throws SlugTakenError */
  async change(id: string, change: Partial<Product> = {}): Promise<void> {
    const update = this.products.update({ id }, { ...change, version: () => 'version + 1' });
    await onViolation(update, slugMeaning(change.slug ?? ''));
  }

  /** Puts the product into these categories and no others. */
  async setCategories(productId: string, categoryIds: readonly string[]): Promise<void> {
    await this.placements.delete({ productId, categoryId: Not(In(categoryIds)) });
    if (categoryIds.length === 0) return;
    const wanted = categoryIds.map((categoryId) => ({ productId, categoryId }));
    await this.placements.createQueryBuilder().insert().values(wanted).orIgnore().execute();
  }

  /** @throws ProductInUseError when an order or a reservation refers to one of its variants. */
  async delete(id: string): Promise<void> {
    await onViolation(this.products.delete({ id }), MEANINGS);
  }

  hasPricedVariant(productId: string): Promise<boolean> {
    return this.prices
      .createQueryBuilder('p')
      .innerJoin(Variant, 'v', 'v.id = p.variantId AND NOT v.isArchived')
      .where('v.productId = :productId', { productId })
      .getExists();
  }

  /** The variants of a product that are not archived. */
  findVariantsOf(productId: string): Promise<Variant[]> {
    return this.variants.findBy({ productId, isArchived: false });
  }

  /** How many variants a product has, and the position after the last of them. */
  async countVariants(productId: string): Promise<{ count: number; nextPosition: number }> {
    const query = this.variants
      .createQueryBuilder('v')
      .where({ productId })
      .select('count(*)::int', 'count')
      .addSelect('coalesce(max(v.position), -1) + 1', 'nextPosition');
    return (await query.getRawOne<{ count: number; nextPosition: number }>())!;
  }

  findVariant(id: string): Promise<Variant | null> {
    return this.variants.findOneBy({ id });
  }

  lockVariant(id: string): Promise<Variant | null> {
    return this.variants.findOne({ where: { id }, lock: { mode: 'pessimistic_write' } });
  }

  /**
   * Inserts variants of one product with their prices, in two statements whatever their number.
   *
   * @throws SkuTakenError, OptionsTakenError
   */
  async insertVariants(productId: string, variants: readonly NewVariant[]): Promise<void> {
    if (variants.length === 0) return;
    const rows = variants.map(({ prices: _, ...variant }) => ({ ...variant, productId }));
    await onViolation(this.variants.insert(rows), MEANINGS);
    const prices = variants.flatMap(({ id, prices }) => prices.map((price) => ({ ...price, variantId: id })));
    if (prices.length > 0) await this.prices.insert(prices);
  }

  /** Counts a change of the variant or its prices, and saves what of its own row changes. @throws SkuTakenError, OptionsTakenError */
  async changeVariant(id: string, change: Partial<Variant> = {}): Promise<void> {
    await onViolation(this.variants.update({ id }, { ...change, version: () => 'version + 1' }), MEANINGS);
  }

  /** Puts the prices of a variant in place of those it had. */
  async replacePrices(variantId: string, prices: readonly NewPrice[]): Promise<void> {
    await this.prices.delete({ variantId, currency: Not(In(prices.map(({ currency }) => currency))) });
    const rows = prices.map((price) => ({ ...price, variantId }));
    if (rows.length > 0) await this.prices.upsert(rows, ['variantId', 'currency']);
  }

  /** @throws ProductInUseError when an order or a reservation refers to it. */
  async deleteVariant(id: string): Promise<void> {
    await onViolation(this.variants.delete({ id }), MEANINGS);
  }

  /**
   * The variants with their prices in the currency.
   *
   * The array comes out of a sub-select, behind which the planner cannot see its length: with it, it would plan anew at every call.
   */
  async findQuotable(variantIds: readonly string[], currency: string): Promise<QuotedRow[]> {
    const rows = await this.transactions.query<
      Omit<QuotedRow, 'amount' | 'rulesVersion'> & { amount: string | null; rulesVersion: string }
    >(
      `SELECT v.id AS "variantId", v.sku, p.name AS "productName", p.options AS "productOptions", v.options, price.amount,
         p.status = 'published' AND NOT v.is_archived AS "isPublished", p.id AS "productId", p.tax_category AS "taxCategory",
         v.weight_grams AS "weightGrams", v.requires_shipping AS "requiresShipping",
         ARRAY(SELECT category_id FROM product_categories WHERE product_id = p.id) AS "categoryIds",
         (SELECT version FROM pricing_version) AS "rulesVersion"
       FROM variants v
       JOIN products p ON p.id = v.product_id
       LEFT JOIN variant_prices price ON price.variant_id = v.id AND price.currency = $2
       WHERE v.id = ANY ((SELECT $1::uuid[])::uuid[])`,
      [variantIds, currency],
    );
    return rows.map((row) => ({
      ...row,
      amount: row.amount === null ? null : toSafeInteger(row.amount),
      rulesVersion: Number(row.rulesVersion),
    }));
  }
}

const slugMeaning = (slug: string): Record<string, () => Error> => ({
  products_slug_key: () => new SlugTakenError(slug),
});

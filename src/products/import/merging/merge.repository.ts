import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../../database/transaction-runner.js';
import type { Product } from '../../entities/product.entity.js';
import type { Variant } from '../../entities/variant.entity.js';
import { MAIN_LOCATION_ID } from '../../inventory/entities/stock.entity.js';
import { freeSlugs } from '../../product-slug.js';
import { tellOf } from './told-changes.js';
import type { CataloguePrice } from '../rows/catalogue-product.js';
import {
  CATEGORIES,
  type CategoryToStore,
  PRICES,
  PRODUCTS,
  type ProductToStore,
  VARIANTS,
  type VariantToStore,
} from './rows-to-store.js';

export type StoredProduct = Pick<Product, 'id' | 'slug' | 'importKey'>;

export type StoredVariant = Pick<Variant, 'id' | 'productId' | 'sku' | 'options'> & { readonly productSlug: string };

/** Stock of a variant at the main location, with what imports have added to it so far. */
export interface StoredStock {
  readonly variantId: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly imported: number;
}

/**
 * Reads and writes a chunk of an import in the transaction of that chunk: SQL text, so that each statement is for all rows of the chunk.
 *
 * Rows that say what is stored already are not touched, so that a repeated import changes no version.
 */
@Injectable()
export class MergeRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  lockCategories(importKeys: readonly string[]): Promise<{ id: string; importKey: string }[]> {
    return this.transactions.query(
      'SELECT id, import_key AS "importKey" FROM categories WHERE import_key = ANY ($1) ORDER BY id FOR NO KEY UPDATE',
      [importKeys],
    );
  }

  /** Finds categories by the key under which an import made them, and otherwise by parent and name, whoever made them. */
  findCategories(
    wanted: readonly { key: string; name: string; parent: string | null }[],
  ): Promise<{ key: string; id: string }[]> {
    return this.transactions.query(
      `SELECT row.key, found.id
       FROM jsonb_to_recordset($1::jsonb) AS row (key text, name text, parent uuid)
       CROSS JOIN LATERAL (
         SELECT id FROM categories c
         WHERE c.import_key = row.key OR (c.name = row.name AND c.parent_id IS NOT DISTINCT FROM row.parent)
         ORDER BY c.import_key IS NOT DISTINCT FROM row.key DESC, c.created_at, c.id LIMIT 1
       ) AS found`,
      [JSON.stringify(wanted)],
    );
  }

  /** Makes categories under free slugs; parents may be among them. */
  async insertCategories(categories: readonly CategoryToStore[]): Promise<void> {
    const slugs = await this.freeSlugs('categories', categories);
    await this.forAll(
      categories.map((category, index) => ({ ...category, slug: slugs[index] })),
      `WITH changed AS (
       INSERT INTO categories (id, parent_id, slug, name, import_key)
       SELECT id, "parentId", slug, name, "importKey" FROM ${CATEGORIES} RETURNING id, version
       ) ${tellOf('category.created')}`,
    );
  }

  /** @returns the ids of those that changed; their slugs stay, because they are addresses. */
  updateCategories(categories: readonly CategoryToStore[]): Promise<string[]> {
    return this.forAll(
      categories,
      `WITH changed AS (
       UPDATE categories c SET name = row.name, parent_id = row."parentId", version = c.version + 1, updated_at = now()
       FROM ${CATEGORIES}
       WHERE c.id = row.id AND (c.name, c.parent_id) IS DISTINCT FROM (row.name, row."parentId") RETURNING c.id, c.version
       ) ${tellOf('category.updated')} RETURNING aggregate_id AS id`,
    );
  }

  /** Slugs that nothing in the table has, for things by their names. @param stated Slugs that are given away already. */
  freeSlugs(
    table: 'categories' | 'products',
    items: readonly { importKey: string; name: string }[],
    stated: readonly string[] = [],
  ): Promise<string[]> {
    return freeSlugs(items, async (candidates) => {
      if (candidates.length === 0) return new Set();
      const sql = `SELECT slug FROM ${table} WHERE slug = ANY ($1)`;
      const rows = await this.transactions.query<{ slug: string }>(sql, [candidates]);
      return new Set([...rows.map(({ slug }) => slug), ...stated]);
    });
  }

  /** Locks the products that have one of the keys or slugs, in the order of their ids. */
  lockProducts(importKeys: readonly string[], slugs: readonly string[]): Promise<StoredProduct[]> {
    return this.transactions.query(
      `SELECT id, slug, import_key AS "importKey" FROM products
       WHERE import_key = ANY ($1) OR slug = ANY ($2) ORDER BY id FOR NO KEY UPDATE`,
      [importKeys, slugs],
    );
  }

  /** The variants of the products, and those of others that have one of the SKUs. */
  variantsOf(productIds: readonly string[], skus: readonly string[]): Promise<StoredVariant[]> {
    return this.transactions.query(
      `SELECT v.id, v.product_id AS "productId", p.slug AS "productSlug", v.sku, v.options
       FROM variants v JOIN products p ON p.id = v.product_id
       WHERE v.product_id = ANY ($1) OR v.sku = ANY ($2)`,
      [productIds, skus],
    );
  }

  /** Locks the stock of the variants at the main location, in the order in which orders lock it. */
  lockStock(variantIds: readonly string[]): Promise<StoredStock[]> {
    return this.transactions.query(
      `WITH locked AS (
         SELECT variant_id, location_id, on_hand, reserved FROM stock
         WHERE variant_id = ANY ($1) AND location_id = $2 ORDER BY variant_id FOR UPDATE
       )
       SELECT variant_id AS "variantId", on_hand AS "onHand", reserved,
         (SELECT coalesce(sum(on_hand_delta), 0)::int FROM inventory_movements m
          WHERE m.variant_id = locked.variant_id AND m.location_id = locked.location_id AND m.reason = 'import') AS imported
       FROM locked`,
      [variantIds, MAIN_LOCATION_ID],
    );
  }

  async insertProducts(rows: readonly ProductToStore[]): Promise<void> {
    await this.forAll(
      rows,
      `WITH changed AS (
       INSERT INTO products (id, slug, import_key, name, description, brand, status, tags, attributes, options, tax_category,
         published_at)
       SELECT id, slug, "importKey", name, coalesce(description, ''), nullif(brand, ''), status, coalesce(tags, '{}'),
         coalesce(attributes, '{}'), options, coalesce("taxCategory", 'standard'), CASE WHEN status = 'published' THEN now() END
       FROM ${PRODUCTS} RETURNING id, version
       ) ${tellOf('product.created')}`,
    );
  }

  /** @returns the ids of the products that changed. */
  updateProducts(rows: readonly ProductToStore[]): Promise<string[]> {
    return this.forAll(
      rows,
      `WITH changed AS (
       UPDATE products p SET name = n.name, description = n.description, brand = n.brand, status = n.status, tags = n.tags,
         attributes = n.attributes, options = n.options, import_key = n.import_key, tax_category = n.tax_category,
         published_at = CASE WHEN n.status = 'published' AND p.status <> 'published' THEN now() ELSE p.published_at END,
         version = p.version + 1, updated_at = now()
       FROM (
         SELECT row.id, row.name, row.options,
           coalesce(row.description, was.description) AS description,
           CASE WHEN row.brand IS NULL THEN was.brand ELSE nullif(row.brand, '') END AS brand,
           coalesce(row.status, was.status) AS status,
           coalesce(row.tags, was.tags) AS tags,
           coalesce(row.attributes, was.attributes) AS attributes,
           coalesce(row."taxCategory", was.tax_category) AS tax_category,
           coalesce(was.import_key, row."importKey") AS import_key
         FROM ${PRODUCTS} JOIN products was USING (id)
       ) AS n
       WHERE p.id = n.id
         AND (p.name, p.description, p.brand, p.status, p.tags, p.attributes, p.options, p.import_key, p.tax_category)
           IS DISTINCT FROM (n.name, n.description, n.brand, n.status, n.tags, n.attributes, n.options, n.import_key, n.tax_category)
       RETURNING p.id, p.version
       ) ${tellOf('product.updated')} RETURNING aggregate_id AS id`,
    );
  }

  /** Puts the products into exactly these categories. @returns the ids of the products that moved. */
  setCategories(products: readonly { productId: string; categoryIds: readonly string[] }[]): Promise<string[]> {
    return this.forAll(
      products,
      `WITH stated AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS row ("productId" uuid, "categoryIds" uuid[])
       ), wanted AS (
         SELECT DISTINCT "productId" AS product_id, unnest("categoryIds") AS category_id FROM stated
       ), removed AS (
         DELETE FROM product_categories pc
         WHERE product_id IN (SELECT "productId" FROM stated)
           AND NOT EXISTS (SELECT FROM wanted w WHERE w.product_id = pc.product_id AND w.category_id = pc.category_id)
         RETURNING product_id
       ), added AS (
         INSERT INTO product_categories (product_id, category_id) SELECT product_id, category_id FROM wanted
         ON CONFLICT DO NOTHING RETURNING product_id
       )
       SELECT product_id AS id FROM removed UNION SELECT product_id FROM added`,
    );
  }

  async insertVariants(rows: readonly VariantToStore[]): Promise<void> {
    await this.forAll(
      rows,
      `INSERT INTO variants (id, product_id, sku, options, barcode, weight_grams, position)
       SELECT id, "productId", sku, options, barcode, "weightGrams", position FROM ${VARIANTS}`,
    );
  }

  /** @returns the ids of the variants that changed. */
  updateVariants(rows: readonly VariantToStore[]): Promise<string[]> {
    return this.forAll(
      rows,
      `UPDATE variants v SET options = row.options, barcode = coalesce(row.barcode, v.barcode),
         weight_grams = coalesce(row."weightGrams", v.weight_grams), position = row.position,
         version = v.version + 1, updated_at = now()
       FROM ${VARIANTS}
       WHERE v.id = row.id
         AND (v.options, v.barcode, v.weight_grams, v.position) IS DISTINCT FROM
           (row.options, coalesce(row.barcode, v.barcode), coalesce(row."weightGrams", v.weight_grams), row.position)
       RETURNING v.id`,
    );
  }

  /** Gives variants options that nothing else has, so that they can then exchange theirs without meeting on the way. */
  async parkOptions(variantIds: readonly string[]): Promise<void> {
    const sql = `UPDATE variants SET options = jsonb_build_object('moving', id::text) WHERE id = ANY ($1)`;
    if (variantIds.length > 0) await this.transactions.execute(sql, [variantIds]);
  }

  /** @returns the ids of the variants that got another price. */
  setPrices(prices: readonly (CataloguePrice & { variantId: string })[]): Promise<string[]> {
    return this.forAll(
      prices,
      `INSERT INTO variant_prices AS stored (variant_id, currency, amount, compare_at_amount)
       SELECT "variantId", currency, amount, "compareAtAmount" FROM ${PRICES}
       ON CONFLICT (variant_id, currency) DO UPDATE SET amount = excluded.amount, compare_at_amount = excluded.compare_at_amount
       WHERE (stored.amount, stored.compare_at_amount) IS DISTINCT FROM (excluded.amount, excluded.compare_at_amount)
       RETURNING variant_id AS id`,
    );
  }

  /** @returns the ids of the variants that lost a price. */
  removePrices(prices: readonly { variantId: string; currency: string }[]): Promise<string[]> {
    return this.forAll(
      prices,
      `DELETE FROM variant_prices stored USING ${PRICES}
       WHERE stored.variant_id = row."variantId" AND stored.currency = row.currency RETURNING stored.variant_id AS id`,
    );
  }

  /** Counts a change on things whose own row said the same, but of which something else changed. */
  async touch(table: 'products' | 'variants', ids: readonly string[]): Promise<void> {
    const sql = `UPDATE ${table} SET version = version + 1, updated_at = now() WHERE id = ANY ($1)`;
    const told = `WITH changed AS (${sql} RETURNING id, version) ${tellOf('product.updated')}`;
    if (ids.length > 0) await this.transactions.execute(table === 'products' ? told : sql, [ids]);
  }

  /** Gives variants a stock row at the main location; one that is there already stays as it is. */
  async openStock(variantIds: readonly string[]): Promise<void> {
    const sql = `INSERT INTO stock (variant_id, location_id, version) SELECT id, $2, 0 FROM unnest($1::uuid[]) AS variant (id)
       ON CONFLICT DO NOTHING`;
    if (variantIds.length > 0) await this.transactions.execute(sql, [variantIds, MAIN_LOCATION_ID]);
  }

  /** Adds to stock at the main location, or takes from it, with a movement for each change. */
  async moveStock(changes: readonly { id: string; variantId: string; delta: number }[]): Promise<void> {
    await this.forAll(
      changes,
      `WITH change AS (
         SELECT id, "variantId" AS variant_id, delta FROM jsonb_to_recordset($1::jsonb) AS row (id uuid, "variantId" uuid, delta integer)
       ), moved AS (
         UPDATE stock SET on_hand = on_hand + change.delta, version = version + 1, updated_at = now()
         FROM change WHERE stock.variant_id = change.variant_id AND stock.location_id = '${MAIN_LOCATION_ID}'
         RETURNING change.id, stock.variant_id, stock.location_id, change.delta, stock.id AS stock_id, stock.version
       ), told AS (
         INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
         SELECT event_id(), 'inventory.adjusted', 'stock', stock_id, version,
           jsonb_build_object('movementId', id, 'variantId', variant_id, 'locationId', location_id), now() FROM moved
       )
       INSERT INTO inventory_movements (id, variant_id, location_id, on_hand_delta, reason)
       SELECT id, variant_id, location_id, delta, 'import' FROM moved`,
    );
  }

  /** Runs a statement for the rows, unless there are none. @returns the ids that it returns. */
  private async forAll(rows: readonly unknown[], sql: string): Promise<string[]> {
    if (rows.length === 0) return [];
    const changed = await this.transactions.query<{ id: string }>(sql, [JSON.stringify(rows)]);
    return changed.map(({ id }) => id);
  }
}

import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../../database/transaction-runner.js';
import { MAIN_LOCATION_ID } from '../../inventory/entities/location.entity.js';
import type { CataloguePrice } from '../rows/catalogue-product.js';

export interface StoredProduct {
  readonly id: string;
  readonly slug: string;
  readonly importKey: string | null;
}

export interface StoredVariant {
  readonly id: string;
  readonly productId: string;
  readonly productSlug: string;
  readonly sku: string;
  readonly options: Readonly<Record<string, string>>;
  readonly isArchived: boolean;
}

/** Stock of a variant at the main location, with what imports have added to it so far. */
export interface StoredStock {
  readonly variantId: string;
  readonly onHand: number;
  readonly reserved: number;
  readonly imported: number;
}

/** A product to write; `null` leaves what is stored, and empty text as `brand` takes the brand away. */
export interface ProductRow {
  readonly id: string;
  readonly slug: string;
  readonly import_key: string;
  readonly name: string;
  readonly description: string | null;
  readonly brand: string | null;
  readonly status: string | null;
  readonly tags: readonly string[] | null;
  readonly attributes: Readonly<Record<string, unknown>> | null;
  readonly options: readonly unknown[];
}

export interface VariantRow {
  readonly id: string;
  readonly product_id: string;
  readonly sku: string;
  readonly options: Readonly<Record<string, string>>;
  readonly barcode: string | null;
  readonly weight_grams: number | null;
  readonly position: number;
}

const PRODUCT_COLUMNS = `id uuid, slug text, import_key text, name text, description text, brand text, status text,
  tags text[], attributes jsonb, options jsonb`;
const VARIANT_COLUMNS = `id uuid, product_id uuid, sku text, options jsonb, barcode text, weight_grams integer, position integer`;

/**
 * Reads and writes many products at a time, each statement for all of them; used in the transaction of one chunk of an import.
 *
 * Rows that say what is stored already are not touched, so that a repeated import changes no version.
 */
@Injectable()
export class ProductMergeRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Locks the products that have one of the keys or slugs, in the order of their ids. */
  async lockProducts(importKeys: readonly string[], slugs: readonly string[]): Promise<StoredProduct[]> {
    return this.transactions.query<StoredProduct>(
      `SELECT id, slug, import_key AS "importKey" FROM products
       WHERE import_key = ANY ($1) OR slug = ANY ($2) ORDER BY id FOR NO KEY UPDATE`,
      [importKeys, slugs],
    );
  }

  async takenSlugs(slugs: readonly string[]): Promise<Set<string>> {
    const rows = await this.transactions.query<{ slug: string }>('SELECT slug FROM products WHERE slug = ANY ($1)', [
      slugs,
    ]);
    return new Set(rows.map((row) => row.slug));
  }

  /** The variants of the products, and those of others that have one of the SKUs. */
  async variantsOf(productIds: readonly string[], skus: readonly string[]): Promise<StoredVariant[]> {
    return this.transactions.query<StoredVariant>(
      `SELECT v.id, v.product_id AS "productId", p.slug AS "productSlug", v.sku, v.options, v.is_archived AS "isArchived"
       FROM variants v JOIN products p ON p.id = v.product_id
       WHERE v.product_id = ANY ($1) OR v.sku = ANY ($2)`,
      [productIds, skus],
    );
  }

  /** Locks the stock of the variants at the main location, in the order in which orders lock it. */
  async lockStock(variantIds: readonly string[]): Promise<StoredStock[]> {
    return this.transactions.query<StoredStock>(
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

  async insertProducts(rows: readonly ProductRow[]): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO products (id, slug, import_key, name, description, brand, status, tags, attributes, options, published_at)
       SELECT id, slug, import_key, name, coalesce(description, ''), nullif(brand, ''), status, coalesce(tags, '{}'),
         coalesce(attributes, '{}'), options, CASE WHEN status = 'published' THEN now() END
       FROM jsonb_to_recordset($1::jsonb) AS row (${PRODUCT_COLUMNS})`,
      [JSON.stringify(rows)],
    );
  }

  /** @returns the ids of the products that changed. */
  async updateProducts(rows: readonly ProductRow[]): Promise<string[]> {
    const changed = await this.transactions.query<{ id: string }>(
      `UPDATE products p SET name = n.name, description = n.description, brand = n.brand, status = n.status, tags = n.tags,
         attributes = n.attributes, options = n.options, import_key = n.import_key,
         published_at = CASE WHEN n.status = 'published' AND p.status <> 'published' THEN now() ELSE p.published_at END,
         version = p.version + 1, updated_at = now()
       FROM (
         SELECT row.id, row.name, row.options,
           coalesce(row.description, was.description) AS description,
           CASE WHEN row.brand IS NULL THEN was.brand ELSE nullif(row.brand, '') END AS brand,
           coalesce(row.status, was.status) AS status,
           coalesce(row.tags, was.tags) AS tags,
           coalesce(row.attributes, was.attributes) AS attributes,
           coalesce(was.import_key, row.import_key) AS import_key
         FROM jsonb_to_recordset($1::jsonb) AS row (${PRODUCT_COLUMNS}) JOIN products was USING (id)
       ) AS n
       WHERE p.id = n.id
         AND (p.name, p.description, p.brand, p.status, p.tags, p.attributes, p.options, p.import_key)
           IS DISTINCT FROM (n.name, n.description, n.brand, n.status, n.tags, n.attributes, n.options, n.import_key)
       RETURNING p.id`,
      [JSON.stringify(rows)],
    );
    return changed.map((row) => row.id);
  }

  /** Puts the products into exactly these categories. @returns the ids of the products that moved. */
  async setCategories(
    productIds: readonly string[],
    pairs: readonly { product_id: string; category_id: string }[],
  ): Promise<string[]> {
    const moved = await this.transactions.query<{ product_id: string }>(
      `WITH wanted AS (
         SELECT DISTINCT product_id, category_id FROM jsonb_to_recordset($2::jsonb) AS row (product_id uuid, category_id uuid)
       ), removed AS (
         DELETE FROM product_categories pc
         WHERE product_id = ANY ($1)
           AND NOT EXISTS (SELECT FROM wanted w WHERE w.product_id = pc.product_id AND w.category_id = pc.category_id)
         RETURNING product_id
       ), added AS (
         INSERT INTO product_categories (product_id, category_id) SELECT product_id, category_id FROM wanted
         ON CONFLICT DO NOTHING RETURNING product_id
       )
       SELECT product_id FROM removed UNION SELECT product_id FROM added`,
      [productIds, JSON.stringify(pairs)],
    );
    return moved.map((row) => row.product_id);
  }

  async insertVariants(rows: readonly VariantRow[]): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO variants (id, product_id, sku, options, barcode, weight_grams, position)
       SELECT id, product_id, sku, options, barcode, weight_grams, position
       FROM jsonb_to_recordset($1::jsonb) AS row (${VARIANT_COLUMNS})`,
      [JSON.stringify(rows)],
    );
  }

  /** @returns the ids of the variants that changed. */
  async updateVariants(rows: readonly VariantRow[]): Promise<string[]> {
    const changed = await this.transactions.query<{ id: string }>(
      `UPDATE variants v SET options = row.options, barcode = coalesce(row.barcode, v.barcode),
         weight_grams = coalesce(row.weight_grams, v.weight_grams), position = row.position,
         version = v.version + 1, updated_at = now()
       FROM jsonb_to_recordset($1::jsonb) AS row (${VARIANT_COLUMNS})
       WHERE v.id = row.id
         AND (v.options, v.barcode, v.weight_grams, v.position) IS DISTINCT FROM
           (row.options, coalesce(row.barcode, v.barcode), coalesce(row.weight_grams, v.weight_grams), row.position)
       RETURNING v.id`,
      [JSON.stringify(rows)],
    );
    return changed.map((row) => row.id);
  }

  /** Gives variants options that nothing else has, so that they can then exchange theirs without meeting on the way. */
  async parkOptions(variantIds: readonly string[]): Promise<void> {
    await this.transactions.execute(
      `UPDATE variants SET options = jsonb_build_object('moving', id::text) WHERE id = ANY ($1)`,
      [variantIds],
    );
  }

  /** @returns the ids of the variants that got another price. */
  async setPrices(prices: readonly (CataloguePrice & { variantId: string })[]): Promise<string[]> {
    const changed = await this.transactions.query<{ variant_id: string }>(
      `INSERT INTO variant_prices AS stored (variant_id, currency, amount, compare_at_amount)
       SELECT "variantId", currency, amount, "compareAtAmount"
       FROM jsonb_to_recordset($1::jsonb) AS row ("variantId" uuid, currency char(3), amount bigint, "compareAtAmount" bigint)
       ON CONFLICT (variant_id, currency) DO UPDATE SET amount = excluded.amount, compare_at_amount = excluded.compare_at_amount
       WHERE (stored.amount, stored.compare_at_amount) IS DISTINCT FROM (excluded.amount, excluded.compare_at_amount)
       RETURNING variant_id`,
      [JSON.stringify(prices)],
    );
    return changed.map((row) => row.variant_id);
  }

  /** @returns the ids of the variants that lost a price. */
  async removePrices(prices: readonly { variantId: string; currency: string }[]): Promise<string[]> {
    const changed = await this.transactions.query<{ variant_id: string }>(
      `DELETE FROM variant_prices stored
       USING jsonb_to_recordset($1::jsonb) AS row ("variantId" uuid, currency char(3))
       WHERE stored.variant_id = row."variantId" AND stored.currency = row.currency
       RETURNING stored.variant_id`,
      [JSON.stringify(prices)],
    );
    return changed.map((row) => row.variant_id);
  }

  /** Counts a change on products whose own row said the same, but whose variants, prices or categories changed. */
  async touchProducts(ids: readonly string[]): Promise<void> {
    await this.transactions.execute(
      'UPDATE products SET version = version + 1, updated_at = now() WHERE id = ANY ($1)',
      [ids],
    );
  }

  /** Counts a change on variants whose prices changed. */
  async touchVariants(ids: readonly string[]): Promise<void> {
    await this.transactions.execute(
      'UPDATE variants SET version = version + 1, updated_at = now() WHERE id = ANY ($1)',
      [ids],
    );
  }

  /** Gives variants a stock row at the main location; one that is there already stays as it is. */
  async openStock(variantIds: readonly string[]): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO stock (variant_id, location_id, version) SELECT id, $2, 0 FROM unnest($1::uuid[]) AS variant (id)
       ON CONFLICT DO NOTHING`,
      [variantIds, MAIN_LOCATION_ID],
    );
  }

  /** Adds to stock at the main location, or takes from it, with a movement for each change. */
  async moveStock(changes: readonly { id: string; variantId: string; delta: number }[]): Promise<void> {
    await this.transactions.execute(
      `WITH change AS (
         SELECT id, "variantId" AS variant_id, delta FROM jsonb_to_recordset($1::jsonb) AS row (id uuid, "variantId" uuid, delta integer)
       ), moved AS (
         UPDATE stock SET on_hand = on_hand + change.delta, version = version + 1, updated_at = now()
         FROM change WHERE stock.variant_id = change.variant_id AND stock.location_id = $2
         RETURNING change.id, stock.variant_id, stock.location_id, change.delta
       )
       INSERT INTO inventory_movements (id, variant_id, location_id, on_hand_delta, reason)
       SELECT id, variant_id, location_id, delta, 'import' FROM moved`,
      [JSON.stringify(changes), MAIN_LOCATION_ID],
    );
  }
}

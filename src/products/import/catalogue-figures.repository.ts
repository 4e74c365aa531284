import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** What is in the catalogue from one mapping; categories with those above them, sums in minor units by currency, as text. */
export interface CatalogueFigures {
  readonly products: number;
  readonly productNames: number;
  readonly brands: number;
  readonly categoryNames: number;
  readonly variants: number;
  readonly prices: number;
  readonly priceSums: Readonly<Record<string, string>>;
}

/** Counts what is in the catalogue. */
@Injectable()
export class CatalogueFiguresRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Figures of all that one mapping has ever imported, for comparing with the source. */
  async ofMapping(prefix: string): Promise<CatalogueFigures> {
    const [row] = await this.transactions.query<CatalogueFigures>(
      `WITH RECURSIVE product AS (SELECT id, name, brand FROM products WHERE starts_with(import_key, $1)),
         variant AS (SELECT id FROM variants WHERE product_id IN (SELECT id FROM product)),
         price AS (SELECT currency, amount FROM variant_prices WHERE variant_id IN (SELECT id FROM variant)),
         shelf AS (
           SELECT id, parent_id, name FROM categories
           WHERE id IN (SELECT category_id FROM product_categories WHERE product_id IN (SELECT id FROM product))
           UNION
           SELECT above.id, above.parent_id, above.name FROM categories above JOIN shelf ON above.id = shelf.parent_id
         )
       SELECT (SELECT count(*)::int FROM product) AS products,
         (SELECT count(DISTINCT name)::int FROM product) AS "productNames",
         (SELECT count(DISTINCT brand)::int FROM product) AS brands,
         (SELECT count(DISTINCT name)::int FROM shelf) AS "categoryNames",
         (SELECT count(*)::int FROM variant) AS variants,
         (SELECT count(*)::int FROM price) AS prices,
         (SELECT coalesce(jsonb_object_agg(currency, total), '{}') FROM
           (SELECT currency, sum(amount)::text AS total FROM price GROUP BY currency) AS sums) AS "priceSums"`,
      [prefix],
    );
    return row!;
  }

  async hasProducts(): Promise<boolean> {
    const [row] = await this.transactions.query<{ found: boolean }>('SELECT EXISTS (SELECT FROM products) AS found');
    return row!.found;
  }
}

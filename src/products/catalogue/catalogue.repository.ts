import { Injectable } from '@nestjs/common';
import { isUuid } from '../../common/ids.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import {
  type SearchPosition,
  searchPageSql,
  type SearchTerms,
  type Suggestion,
  SUGGESTIONS,
  tsquery,
} from './catalogue-search.js';
import {
  type Audience,
  conditions,
  conjunction,
  type KeysetPosition,
  pageSql,
  Parameters,
  priceCondition,
  type ProductRow,
  productTuple,
  type ProductFilters,
  variantJoins,
  type VariantRow,
  variantTuple,
} from './catalogue-sql.js';
import type { ProductSort } from './dto/list-products.dto.js';

/** A row of a page, with what the next page starts after. */
export interface PagedProductRow extends ProductRow {
  key: string | null;
  /** What breaks ties of the key: the product's id, or what its order has instead. */
  tie: string;
}

/** A row of a page of matches, with the window it is from. */
export interface FoundProductRow extends PagedProductRow {
  window_from: string;
  window_to: string;
  window_size: string;
}

export interface PageRequest {
  filters: ProductFilters;
  search: SearchTerms | null;
  limit: number;
}

/** The largest page, and one row more to know whether another follows. */
const MOST_ROWS = 101;

/** The reads of the catalogue: raw rows, one statement a page. */
@Injectable()
export class CatalogueRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** One page in the order of a sort key and its tie-breaker. */
  findPage(
    { filters, search, limit }: PageRequest,
    sort: Exclude<ProductSort, 'relevance'>,
    after: KeysetPosition | undefined,
  ): Promise<PagedProductRow[]> {
    const parameters = new Parameters();
    const currency = parameters.add(filters.currency);
    const where = conditions(filters, parameters);
    const isPlain = search === null && isUnfiltered(filters);
    if (search) where.push(`p.search @@ ${tsquery(search, parameters)}`);
    const page = pageSql(sort, {
      filters,
      where,
      after,
      limit: isPlain ? { wanted: parameters.add(limit), most: MOST_ROWS } : { wanted: `${limit}`, most: limit },
      parameters,
    });
    return this.read(isPlain, this.withProducts(page, filters.audience, currency), parameters);
  }

  /** One page of matches, best first. */
  findMatches({ filters, search, limit }: PageRequest, position: SearchPosition): Promise<FoundProductRow[]> {
    const parameters = new Parameters();
    const currency = parameters.add(filters.currency);
    const where = conditions(filters, parameters);
    if (filters.price) where.push(priceCondition(filters.price, filters.currency, parameters));
    const page = searchPageSql(search!, position, where, parameters.add(limit), parameters);
    const columns = 'page.window_from, page.window_to, page.window_size,';
    return this.read(isUnfiltered(filters), this.withProducts(page, filters.audience, currency, columns), parameters);
  }

  async count({ filters, search }: Omit<PageRequest, 'limit'>): Promise<number> {
    const parameters = new Parameters();
    const where = conditions(filters, parameters);
    if (filters.price) where.push(priceCondition(filters.price, filters.currency, parameters));
    if (search) where.push(`p.search @@ ${tsquery(search, parameters)}`);
    const [row] = await this.read<{ total: number }>(
      false,
      `SELECT count(*)::int AS total FROM products p WHERE ${conjunction(where)}`,
      parameters,
    );
    return row!.total;
  }

  /** One product with everything that its page shows. */
  findOne(idOrSlug: string, audience: Audience, currency: string): Promise<ProductRow | null> {
    return this.transactions.queryOne<ProductRow>(
      `SELECT ${productTuple(audience, '$2')} AS product FROM products p
       WHERE p.${isUuid(idOrSlug) ? 'id' : 'slug'} = $1 ${audience === 'staff' ? '' : `AND p.status = 'published'`}`,
      [idOrSlug, currency],
    );
  }

  findVariants(
    by: 'id' | 'sku' | 'product_id',
    value: string,
    audience: Audience,
    currency: string,
  ): Promise<VariantRow[]> {
    const isVisible = audience === 'staff' ? '' : `AND p.status = 'published' AND NOT v.is_archived`;
    return this.transactions.query<VariantRow>(
      `SELECT p.name AS product_name, p.options AS product_options, ${variantTuple(audience)} AS variant
       FROM variants v JOIN products p ON p.id = v.product_id ${variantJoins('$2')}
       WHERE v.${by} = $1 ${isVisible}
       ORDER BY v.position, v.id`,
      [value, currency],
    );
  }

  /** What the words of a query that found nothing may have meant. */
  suggest(words: readonly string[]): Promise<Suggestion[]> {
    return this.transactions.query<Suggestion>(SUGGESTIONS, [words]);
  }

  private withProducts(page: string, audience: Audience, currency: string, columns = ''): string {
    return `SELECT page.key, page.tie, ${columns} ${productTuple(audience, currency)} AS product
      FROM (${page}) AS page JOIN products p ON p.id = page.id ORDER BY page.place`;
  }

  /**
   * Prepared where one plan suits every value; with filters, PostgreSQL plans for the values at hand, because a brand of three products
   * and one of a hundred thousand want different indexes.
   */
  private read<Row>(isPlain: boolean, sql: string, { values }: Parameters): Promise<Row[]> {
    return isPlain ? this.transactions.query<Row>(sql, values) : this.transactions.queryUnprepared<Row>(sql, values);
  }
}

/** True when the list is the whole catalogue of its audience, so that one plan suits every request. */
function isUnfiltered({ brand, tag, categoryIds, attributes, price, inStock, status }: ProductFilters): boolean {
  return [brand, tag, categoryIds, attributes, price, inStock, status].every((filter) => filter === undefined);
}

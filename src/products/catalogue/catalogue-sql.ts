import type { Availability } from '../dto/variant-response.dto.js';
import {
  type AttributeValue,
  PRODUCT_STATUSES,
  type ProductOption,
  type ProductStatus,
} from '../entities/product.entity.js';
import type { ListProductsDto, ProductSort } from './dto/list-products.dto.js';

/** Collects the values of a statement and names their places. */
export class Parameters {
  readonly values: unknown[] = [];

  /** @returns the placeholder, `$1` for the first value. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Who reads: the public sees what is on sale, staff see everything. */
export type Audience = 'public' | 'staff';

/** A variant as the statements deliver it. */
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
  requiresShipping: boolean,
  isArchived: boolean,
  version: number,
  createdAt: string,
  updatedAt: string,
  onHand: number,
  reserved: number,
  prices: [currency: string, amount: number, compareAtAmount: number | null][] | null,
];

/** A product as the statements deliver it; instants in ISO 8601. */
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
  taxCategory: string,
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

const PUBLIC_VARIANT = `v.id, v.sku, v.options, v.barcode, v.weight_grams, v.position, price.amount, price.compare_at_amount,
  availability(stock.on_hand - stock.reserved)`;
const STAFF_VARIANT = `${PUBLIC_VARIANT}, v.product_id, v.requires_shipping, v.is_archived, v.version, v.created_at, v.updated_at,
  coalesce(stock.on_hand, 0), coalesce(stock.reserved, 0),
  (SELECT json_agg(json_build_array(currency, amount, compare_at_amount) ORDER BY currency)
   FROM variant_prices WHERE variant_id = v.id)`;

/** A variant as one JSON array, whose places `VariantTuple` names; an array costs PostgreSQL and the wire less than an object. */
export function variantTuple(audience: Audience): string {
  return `json_build_array(${audience === 'staff' ? STAFF_VARIANT : PUBLIC_VARIANT})`;
}

/** What a variant `v` is joined with for its tuple. */
export function variantJoins(currency: string): string {
  return `LEFT JOIN variant_prices price ON price.variant_id = v.id AND price.currency = ${currency}
    LEFT JOIN LATERAL (
      SELECT sum(on_hand) AS on_hand, sum(reserved) AS reserved FROM stock WHERE variant_id = v.id
    ) AS stock ON true`;
}

/** A product `p` as one JSON array, whose places `ProductTuple` names. */
export function productTuple(audience: Audience, currency: string): string {
  return `json_build_array(p.id, p.slug, p.name, p.description, p.brand, p.status, p.tags, p.attributes, p.options, p.version,
    p.created_at, p.updated_at, p.published_at,
    (SELECT json_agg(json_build_array(c.id, c.slug, c.name, c.parent_id) ORDER BY c.name, c.id)
     FROM product_categories pc JOIN categories c ON c.id = pc.category_id WHERE pc.product_id = p.id),
    (SELECT json_agg(${variantTuple(audience)} ORDER BY v.position, v.id)
     FROM variants v ${variantJoins(currency)}
     WHERE v.product_id = p.id ${audience === 'staff' ? '' : 'AND NOT v.is_archived'}),
    p.tax_category)`;
}

/** A list to read: the filters of the request, with the categories resolved. */
export interface ProductFilters extends Pick<
  ListProductsDto,
  'tag' | 'brand' | 'attributes' | 'price' | 'inStock' | 'status'
> {
  audience: Audience;
  currency: string;
  /** Products must stand in one of these; undefined asks for nothing, an empty list matches nothing. */
  categoryIds?: string[];
}

type PriceRange = NonNullable<ListProductsDto['price']>;

const RANGE = { gte: '>=', gt: '>', lte: '<=', lt: '<' } as const;

/** The conditions on a product `p`, to be joined by AND; that on the price is `priceCondition`. */
export function conditions(filters: ProductFilters, parameters: Parameters): string[] {
  const { audience, status, brand, tag, categoryIds, attributes, inStock } = filters;
  const found: string[] = [];
  // Literals, not parameters: a prepared statement is then planned for how many rows have just this status.
  if (audience === 'public') found.push(`p.status = 'published'`);
  else if (status?.length === 1) found.push(`p.status = '${PRODUCT_STATUSES.find((one) => one === status[0])}'`);
  else if (status) found.push(`p.status = ANY (${parameters.add(status)})`);
  if (brand !== undefined) found.push(`p.brand = ${parameters.add(brand)}`);
  if (tag !== undefined) found.push(`p.tags @> ${parameters.add([tag])}::text[]`);
  if (categoryIds) {
    found.push(
      `p.id IN (SELECT product_id FROM product_categories WHERE category_id = ANY (${parameters.add(categoryIds)}))`,
    );
  }
  for (const [name, value] of Object.entries(attributes ?? {})) found.push(attributeCondition(name, value, parameters));
  if (inStock !== undefined) {
    found.push(`${inStock ? '' : 'NOT '}EXISTS (
      SELECT FROM variants sv JOIN stock s ON s.variant_id = sv.id
      WHERE sv.product_id = p.id AND NOT sv.is_archived AND s.on_hand > s.reserved)`);
  }
  return found;
}

/** The product has a variant at such a price. */
export function priceCondition(price: PriceRange, currency: string, parameters: Parameters): string {
  return `p.id IN (
    SELECT fv.product_id FROM variant_prices fp JOIN variants fv ON fv.id = fp.variant_id AND NOT fv.is_archived
    WHERE fp.currency = ${parameters.add(currency)} AND ${bounds(price, 'fp.amount', parameters)})`;
}

function bounds(price: PriceRange, column: string, parameters: Parameters): string {
  const names = Object.keys(RANGE) as (keyof typeof RANGE)[];
  return conjunction(
    names.flatMap((name) =>
      price[name] === undefined ? [] : [`${column} ${RANGE[name]} ${parameters.add(price[name])}`],
    ),
  );
}

/** An attribute may be a text, a number or a truth value, or a list of these; a query parameter is only text. */
function attributeCondition(name: string, value: string, parameters: Parameters): string {
  const values: unknown[] = [value];
  if (/^-?\d{1,15}(\.\d{1,10})?$/.test(value)) values.push(Number(value));
  if (value === 'true' || value === 'false') values.push(value === 'true');
  const wanted = values.flatMap((one) => [{ [name]: one }, { [name]: [one] }]);
  return `(${wanted.map((one) => `p.attributes @> ${parameters.add(JSON.stringify(one))}::jsonb`).join(' OR ')})`;
}

/** The last row of the page before, for keyset paging. */
export interface KeysetPosition {
  key: string | null;
  id: string;
}

/** How many rows a statement reads. */
export interface RowLimit {
  /** Placeholder or number of the rows wanted. */
  wanted: string;
  /** A bound on them that the planner can read; it knows no placeholder, and would plan for a tenth of the table. */
  most: number;
}

const COLUMNS = {
  createdAt: { column: 'p.created_at', type: 'timestamptz' },
  name: { column: 'p.name', type: 'text' },
} as const;

/** What to read a page of. */
export interface PageQuery {
  filters: ProductFilters;
  /** Conditions on a product `p` beside the price. */
  where: readonly string[];
  after: KeysetPosition | undefined;
  limit: RowLimit;
  parameters: Parameters;
}

/** A statement giving `id`, `key`, `tie` and `place` of the products of one page, in the order of `place`. */
export function pageSql(sort: Exclude<ProductSort, 'relevance'>, query: PageQuery): string {
  const descending = sort.startsWith('-');
  const field = sort.replace('-', '') as 'createdAt' | 'name' | 'price';
  if (field === 'price') return pricePageSql(descending, query);
  const { filters, after, limit, parameters } = query;
  const direction = descending ? 'DESC' : 'ASC';
  const { column, type } = COLUMNS[field];
  const where = [...query.where];
  if (filters.price) where.push(priceCondition(filters.price, filters.currency, parameters));
  if (after) {
    where.push(
      `(${column}, p.id) ${descending ? '<' : '>'} (${parameters.add(after.key)}::${type}, ${parameters.add(after.id)}::uuid)`,
    );
  }
  return `SELECT id, key::text, id AS tie, row_number() OVER () AS place FROM (
      SELECT p.id, ${column} AS key FROM products p WHERE ${conjunction(where)}
      ORDER BY ${column} ${direction}, p.id ${direction} LIMIT ${limit.most}
    ) AS sorted LIMIT ${limit.wanted}`;
}

/**
 * By the lowest price of each product in one currency, walking the index of prices; products without such a price come last, by id.
 *
 * A product is met once for each variant, and counts where its cheapest one stands. Under a price filter that is the cheapest of those
 * that match.
 */
function pricePageSql(descending: boolean, { filters, where, after, limit, parameters }: PageQuery): string {
  const [comparison, direction] = descending ? ['<', 'DESC'] : ['>', 'ASC'];
  const currency = `${parameters.add(filters.currency)}::char(3)`;
  const range = (column: string): string =>
    filters.price === undefined ? '' : `AND ${bounds(filters.price, column, parameters)}`;
  const branches: string[] = [];
  if (after?.key !== null) {
    const position = after && `(${parameters.add(after.key)}::bigint, ${parameters.add(after.id)}::uuid)`;
    branches.push(`SELECT p.id, sp.amount AS key, sp.variant_id
      FROM variant_prices sp
      JOIN variants sv ON sv.id = sp.variant_id AND NOT sv.is_archived
      JOIN products p ON p.id = sv.product_id
      WHERE sp.currency = ${currency} ${range('sp.amount')} AND ${conjunction(where)}
        ${position ? `AND (sp.amount, sp.variant_id) ${comparison} ${position}` : ''}
        AND NOT EXISTS (
          SELECT FROM variants cv JOIN variant_prices cp ON cp.variant_id = cv.id AND cp.currency = sp.currency
          WHERE cv.product_id = sv.product_id AND NOT cv.is_archived AND (cp.amount, cp.variant_id) < (sp.amount, sp.variant_id)
            ${range('cp.amount')})
      ORDER BY sp.amount ${direction}, sp.variant_id ${direction} LIMIT ${limit.most}`);
  }
  if (filters.price === undefined) {
    const position = after?.key === null ? `AND p.id > ${parameters.add(after.id)}::uuid` : '';
    branches.push(`SELECT p.id, NULL::bigint AS key, p.id AS variant_id FROM products p
      WHERE ${conjunction(where)} ${position}
        AND NOT EXISTS (
          SELECT FROM variants uv JOIN variant_prices up ON up.variant_id = uv.id AND up.currency = ${currency}
          WHERE uv.product_id = p.id AND NOT uv.is_archived)
      ORDER BY p.id LIMIT ${limit.most}`);
  }
  return `SELECT id, key::text, variant_id AS tie, row_number() OVER () AS place
    FROM (${branches.map((branch) => `(${branch})`).join(' UNION ALL ')}) AS sorted LIMIT ${limit.wanted}`;
}

export function conjunction(where: readonly string[]): string {
  return where.length === 0 ? 'true' : where.join(' AND ');
}

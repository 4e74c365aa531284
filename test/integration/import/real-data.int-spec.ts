import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OrderMapping } from '../../../src/products/import/mappings/mapping.js';
import { knownMappings } from '../../../src/products/import/mappings/parse-mapping.js';
import { ImportBench } from './import-bench.js';

/** Public data sets beside the repository; where they are absent only that is reported. */
const DATA = join(process.cwd(), '..', 'shared', 'data');

interface RealCase {
  title: string;
  file: string;
  assertFigures(bench: ImportBench): Promise<void>;
}

const file = (name: string): string => join(DATA, name);
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the figures of each file have a shape of their own
const figures = (name: string): any => JSON.parse(readFileSync(file(name), 'utf8'));
const digest = (lines: readonly string[]): string => createHash('sha256').update(lines.join('\n')).digest('hex');
const minor = (decimal: string): number => Math.round(Number(decimal) * 100);

const CASES: readonly RealCase[] = [
  {
    title: 'best-buy-categories: 4,584 categories up to 6 deep, 2,100 unknown children reported',
    file: 'bestbuy-categories.jsonl.gz',
    assertFigures: async (bench) => {
      const expected = figures('bestbuy.expected.json');
      const { result, rejects } = await bench.importWithRejects(
        file('bestbuy-categories.jsonl.gz'),
        knownMappings()['best-buy-categories'],
      );
      expect(result.counts).toMatchObject({
        rows: expected.categories,
        accepted: expected.categories,
        refused: 0,
        categories: { created: expected.categories },
        references: { unknown_child: expected.category_child_ids_unknown },
      });
      expect(rejects).toHaveLength(expected.category_child_ids_unknown);
      expect(
        await bench.query(`WITH RECURSIVE tree AS (
            SELECT id, 1 AS depth FROM categories WHERE parent_id IS NULL
            UNION ALL SELECT c.id, depth + 1 FROM categories c JOIN tree ON tree.id = c.parent_id
          ) SELECT count(*)::int AS categories, max(depth) AS depth FROM tree`),
      ).toEqual([{ categories: expected.categories, depth: expected.category_max_depth }]);
    },
  },
  {
    title:
      'best-buy: 3,291 products of 263 brands under 66 category names for 288,008.58 USD, and nothing changes the second time',
    file: 'bestbuy-products.jsonl.gz',
    assertFigures: async (bench) => {
      const expected = figures('bestbuy.expected.json');
      const path = file('bestbuy-products.jsonl.gz');
      const { counts, catalogue } = await bench.import(path, knownMappings()['best-buy']);
      expect(counts).toMatchObject({
        rows: expected.products,
        accepted: expected.products,
        refused: 0,
        categories: { created: 66 },
      });
      expect(catalogue).toEqual({
        products: expected.products,
        productNames: expected.product_names,
        brands: expected.brands,
        categoryNames: expected.category_names,
        variants: expected.products,
        prices: expected.products,
        priceSums: { USD: expected.price_sum.replace('.', '') },
      });
      expect(
        await bench.query(
          `SELECT brand, count(*)::int FROM products WHERE import_key LIKE 'best-buy:%' GROUP BY brand ORDER BY 2 DESC, 1 LIMIT 5`,
        ),
      ).toEqual((expected.top_brands as [string, number][]).map(([brand, count]) => ({ brand, count })));
      expect(
        await bench.query(
          `SELECT max(length(description)) AS longest, count(DISTINCT attributes ->> 'image')::int AS images FROM products`,
        ),
      ).toEqual([{ longest: expected.longest_description, images: expected.image_urls }]);
      const before = await bench.checksum();
      await bench.import(path, knownMappings()['best-buy']);
      expect(await bench.checksum()).toBe(before);
    },
  },
  {
    title: 'pc-parts: 66,778 variants of 39,091 products in 25 categories, 16,222 of them for 4,129,753.89 USD',
    file: 'pc-parts.jsonl.gz',
    assertFigures: async (bench) => {
      const expected = figures('pc-parts.expected.json');
      const { counts, catalogue } = await bench.import(file('pc-parts.jsonl.gz'), knownMappings()['pc-parts']);
      expect(counts).toMatchObject({ rows: expected.rows, accepted: expected.rows, refused: 0 });
      expect(catalogue).toMatchObject({
        products: expected.distinct_category_and_name,
        categoryNames: expected.categories,
        variants: expected.rows,
        prices: expected.priced,
        priceSums: { USD: expected.price_sum.replace('.', '') },
      });
      const byCategory = await bench.query<{ name: string; rows: number; priced: number; sum: number }>(
        `SELECT c.name, count(*)::int AS rows, count(pr.amount)::int AS priced, coalesce(sum(pr.amount), 0)::int AS sum
         FROM variants v JOIN product_categories pc ON pc.product_id = v.product_id JOIN categories c ON c.id = pc.category_id
         LEFT JOIN variant_prices pr ON pr.variant_id = v.id GROUP BY c.name`,
      );
      const wanted = Object.entries(
        expected.by_category as Record<string, { rows: number; priced: number; price_sum: string }>,
      );
      expect(Object.fromEntries(byCategory.map(({ name, ...rest }) => [name, rest]))).toEqual(
        Object.fromEntries(
          wanted.map(([name, { rows, priced, price_sum }]) => [name, { rows, priced, sum: minor(price_sum) }]),
        ),
      );
    },
  },
  {
    title: 'online-retail: 541,909 lines, every one accepted or refused for a reason, make 3,801 products',
    file: 'online-retail.csv.gz',
    assertFigures: async (bench) => {
      const expected = figures('online-retail.expected.json');
      const { counts, catalogue } = await bench.import(file('online-retail.csv.gz'), knownMappings()['online-retail']);
      expect(counts).toMatchObject({ rows: expected.rows, accepted: 527_765, refused: 14_144 });
      expect(counts.accepted + counts.refused).toBe(expected.rows);
      expect(counts.reasons).toEqual({
        cancellation: { refused: expected.rows_C, applied: expected.rows_C },
        bad_debt: { refused: 3, applied: (expected.invoices_A as string[]).length },
        not_a_product: { refused: 2_353, applied: 2_940 },
        no_description: { refused: 1_448, applied: expected.rows_without_description },
        quantity_not_positive: { refused: 474, applied: expected.rows_negative_quantity },
        price_zero: { refused: 578, applied: expected.rows_zero_price },
        price_negative: { refused: 0, applied: expected.rows_negative_price },
        price_too_precise: { refused: 0, applied: expected.unit_prices_with_more_than_2_decimals },
      });
      expect(catalogue).toMatchObject({
        products: 3_801,
        variants: 3_801,
        productNames: 3_773,
        prices: 3_801,
        priceSums: { GBP: '1336268' },
      });
      // Digests of what a program in another language made of the same file by the same rule.
      const rows = await bench.query<{ sku: string; name: string; amount: string }>(
        `SELECT v.sku, p.name, pr.amount FROM variants v JOIN products p ON p.id = v.product_id JOIN variant_prices pr ON pr.variant_id = v.id
         WHERE p.import_key LIKE 'online-retail:%' ORDER BY v.sku COLLATE "C"`,
      );
      expect(digest(rows.map(({ sku, name }) => `${sku}\t${name}`))).toBe(
        'acd58d56cd5e390dd093bb126ab0e462bbafc6488f1f5218fe7c46af10698a18',
      );
      expect(digest(rows.map(({ sku, amount }) => `${sku}\t${amount}`))).toBe(
        '18c62ecc30cf8bc2c7af21452c4d4c2b5d6c2240cb98582434d3782039a44510',
      );
    },
  },
  {
    title:
      'online-retail-orders: 18,532 past orders of 4,338 customers with 397,880 lines for 8,911,407.90 GBP, and balanced books',
    file: 'online-retail.csv.gz',
    assertFigures: async (bench) => {
      const { clean_subset: clean, ...expected } = figures('online-retail.expected.json');
      const mapping = knownMappings()['online-retail-orders'] as OrderMapping;
      const { counts, orders } = await bench.importOrders(file('online-retail.csv.gz'), mapping);
      // Of the published clean subset, the four lines of one piece at a tenth of a penny are refused; their sum is below a penny.
      const fractions = expected.unit_prices_with_more_than_2_decimals;
      expect(orders).toEqual({
        orders: clean.invoices,
        lines: clean.rows - fractions,
        customers: clean.customers,
        totals: { GBP: String(minor(clean.total)) },
      });
      expect(counts).toMatchObject({ rows: expected.rows, accepted: clean.rows - fractions });
      expect(counts.accepted + counts.refused).toBe(expected.rows);
      expect(counts.reasons).toEqual({
        cancellation: { refused: expected.rows_C, applied: expected.rows_C },
        bad_debt: { refused: expected.invoices_A.length, applied: expected.invoices_A.length },
        no_customer: { refused: 134_694, applied: expected.rows_without_customer },
        quantity_not_positive: { refused: 0, applied: expected.rows_negative_quantity },
        price_zero: { refused: 40, applied: expected.rows_zero_price },
        price_negative: { refused: 0, applied: expected.rows_negative_price },
        price_too_precise: { refused: fractions, applied: fractions },
      });
      expect(
        await bench.query(`SELECT count(*)::int AS lines, sum(quantity * unit_price_amount)::int AS total, sum(l.total_amount)::int AS same,
          count(DISTINCT order_id)::int AS orders FROM order_lines l`),
      ).toEqual([{ lines: 397_880, total: 891_140_790, same: 891_140_790, orders: 18_532 }]);
      expect(await bench.brokenRules()).toEqual([]);
    },
  },
];

const present = CASES.filter((realCase) => existsSync(file(realCase.file)));
const absent = CASES.length - present.length;

describe('real data', () => {
  let bench: ImportBench;

  beforeAll(async () => {
    bench = await ImportBench.start();
  });

  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  it(
    absent === 0
      ? 'is there'
      : `is not tested in ${absent} of ${CASES.length} cases: there are no such files in ../shared/data`,
    () => {
      expect(present.length + absent).toBe(CASES.length);
    },
  );

  for (const { title, assertFigures } of present) it(title, () => assertFigures(bench), 600_000);
});

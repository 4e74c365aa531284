import { PostgresQueryRunner } from 'typeorm/driver/postgres/PostgresQueryRunner.js';
import type { SearchTerms } from '../../../src/products/catalogue/catalogue-search.js';
import { CatalogueRepository } from '../../../src/products/catalogue/catalogue.repository.js';
import type { ProductFilters } from '../../../src/products/catalogue/catalogue-sql.js';
import type { ProductSort } from '../../../src/products/catalogue/dto/list-products.dto.js';
import { InventoryRepository } from '../../../src/products/inventory/inventory.repository.js';
import { unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const PRODUCTS = 20_000;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** What a reader of a large catalogue waits for: which indexes a statement uses, and how many rows it looks at. */
describe('statements of the catalogue', () => {
  let app: TestApp;
  let catalogue: CatalogueRepository;
  const mark = unique();

  beforeAll(async () => {
    app = await TestApp.start();
    catalogue = app.app.get(CatalogueRepository);
    // Foreign keys are checked by plans of the time when their tables were last counted: nobody reads 20,000 rows for each of 20,000.
    const analyze = (table: string) => app.database.manager.query(`ANALYZE ${table}`);
    await app.database.run(async () => {
      // First and last by name and by age, so that no page is of products of other tests, which may have any number of variants.
      await app.database.execute(
        `INSERT INTO products (id, slug, name, brand, status, tags, attributes, created_at, published_at)
         SELECT gen_random_uuid(), $1 || '-' || n, CASE WHEN n <= 50 THEN '0 ' WHEN n <= 100 THEN 'zzz ' ELSE '' END || 'Indexed ' || CASE WHEN n % 10 = 0 THEN 'teapot ' ELSE 'saucer ' END || n,
           'Brand ' || n % 200, CASE WHEN n % 100 = 0 THEN 'draft' ELSE 'published' END, ARRAY['tag' || n % 200],
           jsonb_build_object('shade', n % 200), now() + (n - ${PRODUCTS / 2}) * interval '1 minute', now()
         FROM generate_series(1, ${PRODUCTS}) AS n`,
        [mark],
      );
      await analyze('products');
      await app.database.execute(
        `INSERT INTO variants (id, product_id, sku) SELECT gen_random_uuid(), id, slug FROM products WHERE slug LIKE $1 || '-%'`,
        [mark],
      );
      await analyze('variants');
      await app.database.execute(
        `INSERT INTO variant_prices (variant_id, currency, amount)
         SELECT id, 'EUR', abs(hashtext(sku)) % 100000 FROM variants WHERE sku LIKE $1 || '-%'`,
        [mark],
      );
      await app.database.execute(
        `INSERT INTO stock (variant_id, location_id, on_hand)
         SELECT v.id, l.id, 10 FROM variants v, locations l WHERE l.code = 'main' AND v.sku LIKE $1 || '-%'`,
        [mark],
      );
    });
    await app.database.manager.query('VACUUM ANALYZE products, variants, variant_prices, stock');
  });

  afterAll(async () => {
    await app.database.execute(`DELETE FROM products WHERE slug LIKE $1 || '-%'`, [mark]);
    await app.close();
  });

  /** Runs what a read sends under EXPLAIN, with the plan that a prepared statement settles on where it is one. */
  const plansOf = async (read: () => Promise<unknown>): Promise<Plan[]> => {
    const prepared = jest.spyOn(app.database, 'query');
    const unprepared = jest.spyOn(app.database, 'queryUnprepared');
    const built = jest.spyOn(PostgresQueryRunner.prototype, 'query');
    await read();
    const sent = [
      ...prepared.mock.calls.map(([text, values]) => ({ text, values: values ?? [], mode: 'force_generic_plan' })),
      ...[...unprepared.mock.calls, ...built.mock.calls].map(([text, values]) => ({
        text,
        values: (values ?? []) as unknown[],
        mode: 'force_custom_plan',
      })),
      // What applications do by the clock comes in between.
    ].filter(({ text }) => !/pg_notify|signing_keys/.test(text));
    prepared.mockRestore();
    unprepared.mockRestore();
    built.mockRestore();
    expect(sent).toHaveLength(1);
    const { text, values, mode } = sent[0]!;
    return app.database.run(async () => {
      const { manager } = app.database;
      await manager.query(`SET LOCAL plan_cache_mode = ${mode}`);
      const name = `explained_${unique().replace(/\W/g, '_')}`;
      const types = values.map(() => 'unknown').join(', ');
      await manager.query(`PREPARE ${name} ${types ? `(${types})` : ''} AS ${text}`);
      const literals = values.map((value) => literal(value)).join(', ');
      const [row] = await manager.query<[{ 'QUERY PLAN': { Plan: Plan }[] }]>(
        `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE ${name} ${literals ? `(${literals})` : ''}`,
      );
      await manager.query(`DEALLOCATE ${name}`);
      return flatten(row['QUERY PLAN'][0]!.Plan);
    });
  };
  const list = (sort: Exclude<ProductSort, 'relevance'>, filters: Partial<ProductFilters> = {}): Promise<Plan[]> =>
    plansOf(() =>
      catalogue.findPage(
        { filters: { audience: 'public', currency: 'EUR', ...filters }, search: null, limit: 21 },
        sort,
        undefined,
      ),
    );
  const search = (text: string, filters: Partial<ProductFilters> = {}): Promise<Plan[]> => {
    const terms: SearchTerms = { kind: 'typed', text };
    const start = { from: null, to: null, after: null };
    return plansOf(() =>
      catalogue.findMatches(
        { filters: { audience: 'public', currency: 'EUR', ...filters }, search: terms, limit: 21 },
        start,
      ),
    );
  };
  const indexes = (plans: Plan[]): (string | undefined)[] => plans.map((plan) => plan['Index Name']);
  /** Rows that were looked at, kept or not. */
  const rowsRead = (plans: Plan[]): number =>
    plans
      .filter((plan) => plan['Node Type'].includes('Scan'))
      .reduce(
        (sum, plan) => sum + (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops'],
        0,
      );
  const readsNoWholeTable = (plans: Plan[]): void => {
    const whole = plans.filter(
      (plan) =>
        plan['Node Type'] === 'Seq Scan' &&
        plan['Actual Loops'] > 0 &&
        plan['Relation Name'] !== 'locations' &&
        plan['Relation Name'] !== 'categories',
    );
    expect(whole.filter((plan) => plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) > 1000)).toEqual([]);
  };

  it.each([
    ['-createdAt', {}, 'products_status_created_at_id_idx', 600],
    ['createdAt', {}, 'products_status_created_at_id_idx', 600],
    ['name', {}, 'products_status_name_id_idx', 600],
    ['-name', {}, 'products_status_name_id_idx', 600],
    ['price', {}, 'variant_prices_currency_amount_variant_id_idx', 600],
    ['-price', {}, 'variant_prices_currency_amount_variant_id_idx', 600],
    ['-createdAt', { audience: 'staff' }, 'products_created_at_id_idx', 600],
    ['name', { audience: 'staff' }, 'products_name_id_idx', 600],
    ['-createdAt', { audience: 'staff', status: ['draft'] }, 'products_status_created_at_id_idx', 600],
  ] as const)('lists by %s for %j along %s, reading little more than the page', async (sort, filters, index, most) => {
    const plans = await list(sort, filters as Partial<ProductFilters>);
    // Where nearly everything is on sale, the index without the status serves as well and is smaller.
    expect(indexes(plans).some((name) => name === index || name === index.replace('_status', ''))).toBe(true);
    expect(rowsRead(plans)).toBeLessThan(most);
    readsNoWholeTable(plans);
  });

  it.each([
    ['brand', { brand: 'Brand 7' }, 'products_brand_idx'],
    ['tag', { tag: 'tag7' }, 'products_tags_idx'],
    ['attribute', { attributes: { shade: '7' } }, 'products_attributes_idx'],
  ])('finds the products of a rare %s through its index', async (_, filters, index) => {
    const plans = await list('-name', filters);
    expect(indexes(plans)).toContain(index);
    readsNoWholeTable(plans);
  });

  it('walks prices from the bound of a price filter when it sorts by price', async () => {
    const plans = await list('price', { price: { gte: 90_000 } });
    expect(indexes(plans)).toContain('variant_prices_currency_amount_variant_id_idx');
    expect(rowsRead(plans)).toBeLessThan(600);
  });

  it.each([
    ['a word that every product has', 'indexed', 5000],
    ['a word of every tenth product', 'teapot', 3000],
    ['a word of one product', '19999', 100],
    ['a word of none', 'xylophone', 10],
    ['two words', 'teapot indexed', 3000],
  ])('finds %s through the search index, looking at a bounded number of products', async (_, text, most) => {
    const plans = await search(text);
    expect(indexes(plans)).toContain('products_search_idx');
    expect(rowsRead(plans.filter((plan) => plan['Relation Name'] === 'products'))).toBeLessThan(most);
    readsNoWholeTable(plans);
  });

  it('reads one product along its slug and its id', async () => {
    const bySlug = await plansOf(() => catalogue.findOne(`${mark}-7`, 'public', 'EUR'));
    expect(indexes(bySlug)).toContain('products_slug_key');
    expect(indexes(bySlug)).toEqual(
      expect.arrayContaining(['variants_product_id_options_key', 'product_categories_pkey', 'stock_pkey']),
    );
    expect(rowsRead(bySlug)).toBeLessThan(20);
  });

  it('looks for similar words through the trigram index', async () => {
    await app.database.execute(
      `INSERT INTO search_words SELECT DISTINCT 'w' || translate(md5(n::text), '0123456789', 'ghijklmnop') FROM generate_series(1, 5000) AS n
       ON CONFLICT DO NOTHING`,
    );
    await app.database.manager.query('VACUUM ANALYZE search_words');
    const plans = await plansOf(() => catalogue.suggest(['teapott', 'sauce']));
    expect(indexes(plans)).toContain('search_words_trgm_idx');
    expect(indexes(plans)).toContain('search_words_pkey');
    await app.database.execute(`DELETE FROM search_words WHERE length(word) = 33`);
  });

  it('lists stock along the SKUs, and movements along their ids', async () => {
    const inventory = app.app.get(InventoryRepository);
    const levels = await plansOf(() => inventory.findLevels({ location: 'main', limit: 20 }));
    expect(indexes(levels)).toContain('variants_sku_key');
    readsNoWholeTable(levels);
    expect(indexes(await plansOf(() => inventory.findLevels({ sku: `${mark}-7`, limit: 20 })))).toContain(
      'variants_sku_key',
    );
  });
});

function flatten(plan: Plan): Plan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(flatten)];
}

function literal(value: unknown): string {
  if (typeof value !== 'string' && !Array.isArray(value)) return typeof value === 'number' ? String(value) : 'NULL';
  const text = Array.isArray(value) ? `{${value.map((item) => `"${String(item)}"`).join(',')}}` : value;
  return `'${text.replaceAll("'", "''")}'`;
}

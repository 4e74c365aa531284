import { ImportBench } from './import-bench.js';

const ALL = { products: 107, variants: 270, currencies: ['EUR', 'GBP'] };

describe('the demo catalogue', () => {
  let bench: ImportBench;

  beforeAll(async () => {
    bench = await ImportBench.start();
  });

  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  const loaded = async () => {
    const [row] =
      await bench.query(`SELECT (SELECT count(*)::int FROM products) AS products, (SELECT count(*)::int FROM variants) AS variants,
      (SELECT array_agg(DISTINCT currency::text ORDER BY currency::text) FROM variant_prices) AS currencies`);
    return row;
  };

  it('brings 107 products with 270 variants priced in EUR and GBP, all in a category and most on sale', async () => {
    expect(await bench.imports.loadDemoCatalogue()).toBe(107);
    expect(await loaded()).toEqual(ALL);
    expect(
      await bench.query(`SELECT (SELECT count(*)::int FROM products WHERE status = 'published') AS on_sale,
        (SELECT count(*)::int FROM products WHERE id NOT IN (SELECT product_id FROM product_categories)) AS homeless,
        (SELECT count(*)::int FROM variants v WHERE (SELECT count(*) FROM variant_prices WHERE variant_id = v.id) <> 2) AS half_priced,
        (SELECT count(*)::int FROM stock s WHERE on_hand <> (SELECT coalesce(sum(on_hand_delta), 0) FROM inventory_movements m
          WHERE m.variant_id = s.variant_id)) AS unaccounted`),
    ).toEqual([{ on_sale: 102, homeless: 0, half_priced: 0, unaccounted: 0 }]);
  });

  it('is loaded once, also by processes that start together', async () => {
    const loads = await Promise.all([
      bench.imports.loadDemoCatalogue(),
      bench.imports.loadDemoCatalogue(),
      bench.imports.loadDemoCatalogue(),
    ]);
    expect(loads.sort()).toEqual([0, 0, 107]);
    const before = await bench.checksum();
    expect(await bench.imports.loadDemoCatalogue()).toBe(0);
    expect(await bench.checksum()).toBe(before);
    expect(await loaded()).toEqual(ALL);
  });

  it('leaves a shop alone that has a product of its own', async () => {
    await bench.query(`INSERT INTO products (id, slug, name) VALUES (gen_random_uuid(), 'mine', 'Mine')`);
    expect(await bench.imports.loadDemoCatalogue()).toBe(0);
    expect(await bench.query('SELECT slug FROM products')).toEqual([{ slug: 'mine' }]);
  });
});

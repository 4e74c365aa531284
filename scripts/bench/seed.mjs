// A catalogue of generated products, written with set-based SQL: one variant, two prices and stock each.
const WORDS = [
  'copper',
  'linen',
  'walnut',
  'granite',
  'meadow',
  'harbour',
  'ember',
  'willow',
  'cobalt',
  'saffron',
  'juniper',
  'slate',
];
const THINGS = [
  'kettle',
  'blanket',
  'lamp',
  'stool',
  'basket',
  'teapot',
  'rucksack',
  'mirror',
  'vase',
  'clock',
  'jug',
  'shelf',
];

/** Adds products until there are `count`; the names repeat in a pattern, so that searches find many rows. */
export async function seedProducts(client, count) {
  const { rows } = await client.query('SELECT count(*)::int AS present FROM products');
  const present = rows[0].present;
  for (let from = present; from < count; from += 50_000) {
    await insertProducts(client, from, Math.min(count, from + 50_000));
  }
  await client.query('ANALYZE');
}

async function insertProducts(client, from, to) {
  await client.query('BEGIN');
  await client.query(
    `CREATE TEMP TABLE seeded ON COMMIT DROP AS
     SELECT n, gen_random_uuid() AS product_id, gen_random_uuid() AS variant_id FROM generate_series($1::int, $2::int - 1) AS n`,
    [from, to],
  );
  await client.query(
    `INSERT INTO products (id, slug, name, description, brand, status, tags, created_at, published_at)
     SELECT product_id, 'bench-' || n,
            initcap(($1::text[])[1 + n % 12] || ' ' || ($2::text[])[1 + (n / 12) % 12]) || ' ' || n,
            'A generated product for measuring: number ' || n || '.', 'Brand ' || n % 50, 'published', '{}',
            timestamptz '2024-01-01' + n * interval '1 second', now()
     FROM seeded`,
    [WORDS, THINGS],
  );
  await client.query(
    `INSERT INTO variants (id, product_id, sku) SELECT variant_id, product_id, 'BENCH-' || n FROM seeded`,
  );
  await client.query(
    `INSERT INTO variant_prices (variant_id, currency, amount)
     SELECT variant_id, currency, 500 + n % 9500 FROM seeded, unnest(ARRAY['EUR', 'GBP']) AS currency`,
  );
  await client.query(
    `INSERT INTO stock (variant_id, location_id, on_hand)
     SELECT variant_id, (SELECT id FROM locations WHERE code = 'main'), 100000000 FROM seeded`,
  );
  await client.query('COMMIT');
}

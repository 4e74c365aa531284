// A catalogue of generated products, written with set-based SQL: one variant, two prices, a category, two attributes and stock each.
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

/** Categories: ten at the top, `bench-0` to `bench-9`, with five below each, `bench-0-0` to `bench-9-4`. */
const TOP_CATEGORIES = 10;
const BELOW_EACH = 5;

/**
 * Adds products until there are `count`; the names repeat in a pattern, so that searches find many rows.
 *
 * Of all products a fiftieth is of a brand or in a category, a twelfth of a material, and a 9500th has a price. None of it
 * follows from the age of a product.
 */
export async function seedProducts(client, count) {
  const { rows } = await client.query('SELECT count(*)::int AS present FROM products');
  const present = rows[0].present;
  if (present === 0) await insertCategories(client);
  for (let from = present; from < count; from += 50_000) {
    await insertProducts(client, from, Math.min(count, from + 50_000));
  }
  await client.query('ANALYZE');
}

async function insertCategories(client) {
  await client.query(
    `WITH top AS (
       INSERT INTO categories (id, slug, name)
       SELECT gen_random_uuid(), 'bench-' || n, 'Department ' || n FROM generate_series(0, $1::int - 1) AS n
       RETURNING id, slug, name
     )
     INSERT INTO categories (id, slug, name, parent_id)
     SELECT gen_random_uuid(), slug || '-' || n, name || ' shelf ' || n, id FROM top, generate_series(0, $2::int - 1) AS n`,
    [TOP_CATEGORIES, BELOW_EACH],
  );
}

async function insertProducts(client, from, to) {
  await client.query('BEGIN');
  await client.query(
    `CREATE TEMP TABLE seeded ON COMMIT DROP AS
     SELECT n, gen_random_uuid() AS product_id, gen_random_uuid() AS variant_id FROM generate_series($1::int, $2::int - 1) AS n`,
    [from, to],
  );
  await client.query(
    `INSERT INTO products (id, slug, name, description, brand, status, tags, attributes, created_at, published_at)
     SELECT product_id, 'bench-' || n,
            initcap(($1::text[])[1 + n % 12] || ' ' || ($2::text[])[1 + (n / 12) % 12]) || ' ' || n,
            'A generated product for measuring: number ' || n || '.', 'Brand ' || n % 50, 'published', '{}',
            jsonb_build_object('material', ($1::text[])[1 + (n / 7) % 12], 'capacity', n % 20),
            timestamptz '2024-01-01' + n * interval '1 second', now()
     FROM seeded`,
    [WORDS, THINGS],
  );
  await client.query(
    `INSERT INTO product_categories (product_id, category_id)
     SELECT product_id, c.id FROM seeded
     JOIN categories c ON c.slug = 'bench-' || (n / 50) % $1::int || '-' || (n / 500) % $2::int`,
    [TOP_CATEGORIES, BELOW_EACH],
  );
  await client.query(
    `INSERT INTO variants (id, product_id, sku) SELECT variant_id, product_id, 'BENCH-' || n FROM seeded`,
  );
  await client.query(
    `INSERT INTO variant_prices (variant_id, currency, amount)
     SELECT variant_id, currency, 500 + (n::bigint * 7919) % 9500 FROM seeded, unnest(ARRAY['EUR', 'GBP']) AS currency`,
  );
  await client.query(
    `INSERT INTO stock (variant_id, location_id, on_hand)
     SELECT variant_id, (SELECT id FROM locations WHERE code = 'main'), 100000000 FROM seeded`,
  );
  await client.query('COMMIT');
}

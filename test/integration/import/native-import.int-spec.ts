import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { ImportBench } from './import-bench.js';
import { nativeRow, nativeVariant } from './native-rows.js';

interface VersionRow {
  version: number;
}

describe('importing the native format', () => {
  let bench: ImportBench;

  beforeAll(async () => {
    bench = await ImportBench.start();
  });

  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  const versionOf = async (slug: string): Promise<number> =>
    (await bench.query<VersionRow>('SELECT version FROM products WHERE slug = $1', [slug]))[0]!.version;
  const stockOf = async (sku: string): Promise<number> =>
    (
      await bench.query<{ on_hand: number }>(
        'SELECT s.on_hand FROM stock s JOIN variants v ON v.id = s.variant_id WHERE v.sku = $1',
        [sku],
      )
    )[0]!.on_hand;

  it('writes every member of a product: categories as a tree, options, prices in two currencies, stock with a movement', async () => {
    const path = await bench.ndjson('mug.ndjson', [
      nativeRow('mug', {
        name: 'Mug',
        description: 'A mug.\nWith a handle.',
        brand: 'Potters',
        status: 'published',
        categories: [['Kitchen', 'Drinkware'], ['Gifts']],
        tags: ['gift'],
        attributes: { material: 'clay', dishwasherSafe: true, capacityMl: 320, care: ['cold', 'warm'] },
        options: [{ name: 'Glaze', values: ['Oat', 'Soot'] }],
        variants: [
          nativeVariant('MUG-O', {
            options: { Glaze: 'Oat' },
            prices: [
              { amount: 2200, currency: 'EUR' },
              { amount: 3300, currency: 'JPY' },
            ],
            compareAtPrices: [{ amount: 2500, currency: 'EUR' }],
            barcode: '2000410000377',
            weightGrams: 390,
            onHand: 24,
          }),
          nativeVariant('MUG-S', { options: { Glaze: 'Soot' }, prices: [], onHand: 0 }),
        ],
      }),
    ]);
    const { counts } = await bench.import(path);
    expect(counts).toMatchObject({
      rows: 1,
      accepted: 1,
      products: { created: 1 },
      variants: { created: 2 },
      categories: { created: 3 },
    });
    expect(await bench.content()).toEqual({
      categories: [
        ['drinkware', 'Drinkware', 'kitchen'],
        ['gifts', 'Gifts', null],
        ['kitchen', 'Kitchen', null],
      ],
      products: [
        [
          ...['mug', 'Mug', 'A mug.\nWith a handle.', 'Potters', 'published', ['gift']],
          { material: 'clay', dishwasherSafe: true, capacityMl: 320, care: ['cold', 'warm'] },
          [{ name: 'Glaze', values: ['Oat', 'Soot'] }],
          'native:mug',
          ['drinkware', 'gifts'],
        ],
      ],
      variants: [
        [
          'MUG-O',
          'mug',
          { Glaze: 'Oat' },
          '2000410000377',
          390,
          0,
          24,
          [
            ['EUR', 2200, 2500],
            ['JPY', 3300, null],
          ],
          [[24, 'import']],
        ],
        ['MUG-S', 'mug', { Glaze: 'Soot' }, null, null, 1, 0, null, null],
      ],
    });
  });

  it('changes nothing when repeated, not even a version, and leaves nothing in the staging tables', async () => {
    const rows = Array.from({ length: 25 }, (_, index) =>
      nativeRow(`item-${index}`, { categories: [['Shelf', `Box ${index % 3}`]] }),
    );
    const path = await bench.ndjson('items.ndjson', rows);
    await bench.import(path, undefined, { batch: 10 });
    const before = await bench.checksum();
    const { counts, isResumed } = await bench.import(path, undefined, { batch: 7 });
    expect(await bench.checksum()).toBe(before);
    expect(isResumed).toBe(false);
    expect(counts).toMatchObject({
      products: { created: 0, updated: 0, unchanged: 25 },
      variants: { created: 0, updated: 0, unchanged: 25 },
      categories: { created: 0, updated: 0, unchanged: 0 },
      prices: { set: 0, removed: 0 },
      stock: { changed: 0 },
    });
    expect(await bench.leftovers()).toBe(0);
  });

  it('updates what a row says differently, counts one change on that product and none on the others', async () => {
    const rows = [nativeRow('one'), nativeRow('two'), nativeRow('three'), nativeRow('four')];
    await bench.import(await bench.ndjson('first.ndjson', rows));
    const [one, two, three, four] = rows;
    const { counts } = await bench.import(
      await bench.ndjson('second.ndjson', [
        { ...one, name: 'Renamed' },
        { ...two, variants: [nativeVariant('TWO', { prices: [{ amount: 1, currency: 'EUR' }] })] },
        { ...three, categories: [['New']] },
        four,
      ]),
    );
    expect(counts).toMatchObject({
      products: { updated: 3, unchanged: 1 },
      variants: { updated: 1, unchanged: 3 },
      prices: { set: 1 },
    });
    expect(await Promise.all(['one', 'two', 'three', 'four'].map(versionOf))).toEqual([2, 2, 2, 1]);
    expect(await bench.query('SELECT name FROM products WHERE slug = $1', ['one'])).toEqual([{ name: 'Renamed' }]);
    expect(await bench.query('SELECT sku FROM variants WHERE version > 1')).toEqual([{ sku: 'TWO' }]);
  });

  it('takes a product out of a category that its row no longer names, and a brand away that it no longer has', async () => {
    await bench.import(
      await bench.ndjson('first.ndjson', [nativeRow('one', { categories: [['A'], ['B']], brand: 'Old' })]),
    );
    await bench.import(await bench.ndjson('second.ndjson', [nativeRow('one', { categories: [['B']] })]));
    expect(
      await bench.query(
        `SELECT p.brand, c.name FROM products p JOIN product_categories pc ON pc.product_id = p.id JOIN categories c ON c.id = pc.category_id`,
      ),
    ).toEqual([{ brand: null, name: 'B' }]);
  });

  it('adds to stock what the file says more than last time, and keeps what was sold since', async () => {
    const withStock = (onHand: number) => [nativeRow('one', { variants: [nativeVariant('ONE', { onHand })] })];
    await bench.import(await bench.ndjson('ten.ndjson', withStock(10)));
    await bench.query(`UPDATE stock SET on_hand = 7`);
    await bench.import(await bench.ndjson('ten-again.ndjson', [...withStock(10), nativeRow('other')]));
    expect(await stockOf('ONE')).toBe(7);
    await bench.import(await bench.ndjson('fifteen.ndjson', withStock(15)));
    expect(await stockOf('ONE')).toBe(12);
    expect(
      await bench.query(`SELECT sum(on_hand_delta)::int AS imported FROM inventory_movements m JOIN variants v ON v.id = variant_id
      WHERE v.sku = 'ONE' AND reason = 'import'`),
    ).toEqual([{ imported: 15 }]);
  });

  it('refuses a product whole when its stock would fall below what orders hold', async () => {
    const withStock = (onHand: number, name: string) => [
      nativeRow('one', { name, variants: [nativeVariant('ONE', { onHand })] }),
    ];
    await bench.import(await bench.ndjson('ten.ndjson', withStock(10, 'Before')));
    await bench.query(`UPDATE stock SET reserved = 4`);
    const { result, rejects } = await bench.importWithRejects(
      await bench.ndjson('three.ndjson', withStock(3, 'After')),
    );
    expect(rejects).toEqual([
      expect.objectContaining({
        line: 1,
        code: 'below_reserved',
        row: expect.objectContaining({ slug: 'one', name: 'After' }),
      }),
    ]);
    expect(result.counts).toMatchObject({ rows: 1, accepted: 0, refused: 1 });
    expect(await stockOf('ONE')).toBe(10);
    expect(await bench.query('SELECT name FROM products')).toEqual([{ name: 'Before' }]);
  });

  it('refuses a product whole when a SKU belongs to another product, of the shop or of the file', async () => {
    await bench.import(
      await bench.ndjson('first.ndjson', [nativeRow('owner', { variants: [nativeVariant('TAKEN')] })]),
    );
    const { result, rejects } = await bench.importWithRejects(
      await bench.ndjson('second.ndjson', [
        nativeRow('thief', {
          variants: [nativeVariant('FREE', { options: { n: '1' } }), nativeVariant('TAKEN', { options: { n: '2' } })],
        }),
        nativeRow('a-first', { variants: [nativeVariant('SHARED')] }),
        nativeRow('b-second', { variants: [nativeVariant('SHARED')] }),
      ]),
    );
    expect(rejects.map(({ line, code }) => [line, code])).toEqual([
      [1, 'sku_taken'],
      [3, 'sku_taken'],
    ]);
    expect(rejects[0]!.message).toBe('the SKU TAKEN belongs to the product "owner"');
    expect(result.counts.reasons).toEqual({ sku_taken: { refused: 2, applied: 2 } });
    expect(await bench.query('SELECT sku FROM variants ORDER BY sku')).toEqual([{ sku: 'SHARED' }, { sku: 'TAKEN' }]);
  });

  it('lets variants exchange their options, and a new one take over options that another gives up', async () => {
    const rowWith = (options: Record<string, string>) => [
      nativeRow('shirt', {
        variants: Object.entries(options).map(([sku, size]) => nativeVariant(sku, { options: { size } })),
      }),
    ];
    await bench.import(await bench.ndjson('first.ndjson', rowWith({ A: 'S', B: 'M' })));
    await bench.import(await bench.ndjson('second.ndjson', rowWith({ A: 'M', B: 'L', C: 'S' })));
    expect(await bench.query(`SELECT sku, options ->> 'size' AS size FROM variants ORDER BY sku`)).toEqual([
      { sku: 'A', size: 'M' },
      { sku: 'B', size: 'L' },
      { sku: 'C', size: 'S' },
    ]);
  });

  it('keeps a variant that the file no longer has with its option values, and refuses another one with its options', async () => {
    const rowWith = (...variants: [string, string][]) => [
      nativeRow('shirt', { variants: variants.map(([sku, size]) => nativeVariant(sku, { options: { size } })) }),
    ];
    await bench.import(await bench.ndjson('first.ndjson', rowWith(['A', 'S'], ['B', 'M'])));
    await bench.import(await bench.ndjson('second.ndjson', rowWith(['A', 'S'])));
    expect(await bench.query('SELECT sku FROM variants ORDER BY sku')).toEqual([{ sku: 'A' }, { sku: 'B' }]);
    expect(await bench.query('SELECT options FROM products')).toEqual([
      { options: [{ name: 'size', values: ['S', 'M'] }] },
    ]);
    const { rejects } = await bench.importWithRejects(
      await bench.ndjson('third.ndjson', rowWith(['A', 'S'], ['C', 'M'])),
    );
    expect(rejects).toEqual([expect.objectContaining({ line: 1, code: 'options_taken' })]);
  });

  it('updates a product made by the staff when it has the slug of the row, and gives it the key of the import', async () => {
    await bench.query(
      `INSERT INTO products (id, slug, name, search) VALUES (gen_random_uuid(), 'mug', 'Made by hand', to_tsvector(''))`,
    );
    const { counts } = await bench.import(await bench.ndjson('mug.ndjson', [nativeRow('mug', { name: 'Mug' })]));
    expect(counts.products).toEqual({ created: 0, updated: 1, unchanged: 0 });
    expect(await bench.query('SELECT name, import_key FROM products')).toEqual([
      { name: 'Mug', import_key: 'native:mug' },
    ]);
  });

  it('refuses a slug that an earlier line has, also when that line is in an earlier chunk', async () => {
    const rows = [
      nativeRow('one'),
      nativeRow('one', { name: 'Twin' }),
      nativeRow('two'),
      nativeRow('one', { name: 'Late twin' }),
    ];
    const path = await bench.ndjson('twins.ndjson', rows);
    const rejectsPath = `${path}.rejects.ndjson`;
    const { counts } = await bench.import(path, undefined, { rejectsPath, batch: 2 });
    expect(counts).toMatchObject({ rows: 4, accepted: 2, refused: 2, reasons: { repeated: { refused: 2 } } });
    expect(await bench.query('SELECT name FROM products ORDER BY slug')).toEqual([
      { name: 'Name of one' },
      { name: 'Name of two' },
    ]);
  });

  it('finds a category again by its path although the staff has renamed it, and one of the staff by parent and name', async () => {
    await bench.query(
      `INSERT INTO categories (id, slug, name) VALUES ('01970000-0000-7000-8000-0000000000aa', 'kitchen', 'Kitchen')`,
    );
    const path = await bench.ndjson('mug.ndjson', [nativeRow('mug', { categories: [['Kitchen', 'Mugs']] })]);
    expect((await bench.import(path)).counts.categories.created).toBe(1);
    await bench.query(`UPDATE categories SET name = 'Cups' WHERE name = 'Mugs'`);
    expect((await bench.import(path)).counts).toMatchObject({ categories: { created: 0 }, products: { unchanged: 1 } });
    expect(await bench.query('SELECT name FROM categories ORDER BY name')).toEqual([
      { name: 'Cups' },
      { name: 'Kitchen' },
    ]);
  });

  it('tells line, reason and row of everything it refuses, and imports the rest', async () => {
    const { result, rejects } = await bench.importWithRejects(
      await bench.ndjson('bad.ndjson', [
        nativeRow('good'),
        '{"slug": "broken"',
        '["not", "an", "object"]',
        '',
        nativeRow('extra', { colour: 'red' }),
        nativeRow('Bad Slug'),
        nativeRow('priced', { variants: [nativeVariant('P', { prices: [{ amount: 19.99, currency: 'EUR' }] })] }),
        nativeRow('nul', { name: 'a\u0000b' }),
        nativeRow('surrogate', { name: 'a\ud800b' }),
        `{"slug":"long","name":"Long","variants":[{"sku":"L","prices":[{"amount":12345678901234567,"currency":"EUR"}]}]}`,
        `{"slug":"huge","name":"${'x'.repeat(1_100_000)}"}`,
      ]),
    );
    expect(rejects.map(({ line, code }) => [line, code])).toEqual([
      [2, 'malformed_json'],
      [3, 'malformed_json'],
      [5, 'unknown_member'],
      [6, 'invalid_member'],
      [7, 'invalid_member'],
      [8, 'invalid_text'],
      [9, 'invalid_text'],
      [10, 'number_too_long'],
      [11, 'line_too_long'],
    ]);
    expect(rejects[0]!.row).toBe('{"slug": "broken"');
    expect(rejects[2]!.row).toMatchObject({ slug: 'extra', colour: 'red' });
    expect(rejects[4]!.message).toBe('variants/0/prices/0/amount must be a whole number that is not negative');
    expect(result.counts).toMatchObject({ rows: 10, accepted: 1, refused: 9, products: { created: 1 } });
  });

  it('refuses bytes that are not UTF-8, and reads UTF-16 by its mark', async () => {
    const row = (slug: string): string => JSON.stringify(nativeRow(slug, { name: 'Théière' }));
    const latin = Buffer.from(`${row('latin')}\n`, 'latin1');
    const { rejects } = await bench.importWithRejects(
      await bench.file('mixed.ndjson', Buffer.concat([latin, Buffer.from(row('utf'))])),
    );
    expect(rejects.map(({ line, code }) => [line, code])).toEqual([[1, 'invalid_encoding']]);
    await bench.import(await bench.file('wide.ndjson', Buffer.from(`\uFEFF${row('wide')}\n`, 'utf16le')));
    expect(await bench.query('SELECT slug, name FROM products ORDER BY slug')).toEqual([
      { slug: 'utf', name: 'Théière' },
      { slug: 'wide', name: 'Théière' },
    ]);
  });

  it('removes the file of refused rows of an earlier import when nothing is refused any more', async () => {
    const path = await bench.ndjson('one.ndjson', [nativeRow('one', { colour: 'red' })]);
    expect((await bench.importWithRejects(path)).rejects).toHaveLength(1);
    await bench.ndjson('one.ndjson', [nativeRow('one')]);
    const { result, rejects } = await bench.importWithRejects(path);
    expect([result.rejectsPath, rejects]).toEqual([null, []]);
    await expect(access(join(bench.folder, 'one.ndjson.rejects.ndjson'))).rejects.toThrow('ENOENT');
  });
});

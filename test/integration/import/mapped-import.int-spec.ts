import { readFile } from 'node:fs/promises';
import type { CategoryMapping, Mapping, ProductMapping } from '../../../src/products/import/mappings/mapping.js';
import { knownMappings, parseMapping } from '../../../src/products/import/mappings/parse-mapping.js';
import { ImportBench } from './import-bench.js';

const mapping = (name: string): Mapping => knownMappings()[name]!;

describe('importing through a mapping', () => {
  let bench: ImportBench;

  beforeAll(async () => {
    bench = await ImportBench.start();
  });

  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  describe('pc-parts', () => {
    const lamp = (overrides: Record<string, unknown>) => ({
      category: 'lamp',
      name: 'Glow',
      price: null,
      ...overrides,
    });

    it('makes one product of rows with one category and name, with what they share as attributes and what differs as options', async () => {
      const rows = [
        lamp({ price: 10.5, watt: 5, colour: 'red', dimmable: true, price_per_gb: 0.123 }),
        lamp({ price: 11, watt: 7, colour: 'red', dimmable: true, price_per_gb: null }),
        { category: 'rope', name: 'Glow', price: 3, length: [1, 2] },
      ];
      const { counts } = await bench.import(await bench.ndjson('parts.ndjson', rows), mapping('pc-parts'));
      expect(counts).toMatchObject({
        products: { created: 2 },
        variants: { created: 3 },
        categories: { created: 2 },
        prices: { set: 3 },
      });
      expect(
        await bench.query(
          `SELECT p.attributes, p.options, jsonb_agg(jsonb_build_array(v.options, pr.amount, pr.currency) ORDER BY v.position) AS variants
           FROM products p JOIN variants v ON v.product_id = p.id JOIN variant_prices pr ON pr.variant_id = v.id
           GROUP BY p.id ORDER BY p.import_key`,
        ),
      ).toEqual([
        {
          attributes: { colour: 'red', dimmable: true },
          options: [{ name: 'watt', values: ['5', '7'] }],
          variants: [
            [{ watt: '5' }, 1050, 'USD'],
            [{ watt: '7' }, 1100, 'USD'],
          ],
        },
        { attributes: { length: [1, 2] }, options: [], variants: [[{}, 300, 'USD']] },
      ]);
    });

    it('keeps rows that say the same as variants of their own, numbered by an option', async () => {
      const rows = [
        lamp({ watt: 5, price: 1 }),
        lamp({ watt: 5, price: 2 }),
        lamp({ watt: 7 }),
        lamp({ watt: 5, price: 1 }),
      ];
      await bench.import(await bench.ndjson('parts.ndjson', rows), mapping('pc-parts'));
      expect(await bench.query('SELECT options FROM variants ORDER BY position')).toEqual([
        { options: { watt: '5', listing: '1' } },
        { options: { watt: '5', listing: '2' } },
        { options: { watt: '7', listing: '1' } },
        { options: { watt: '5', listing: '3' } },
      ]);
      const skus = await bench.query<{ sku: string }>('SELECT sku FROM variants ORDER BY position');
      expect(skus[0]!.sku).toMatch(/^PC-[0-9A-Z]{12}$/);
      expect([skus[1]!.sku, skus[3]!.sku]).toEqual([`${skus[0]!.sku}-2`, `${skus[0]!.sku}-3`]);
    });

    it('names a missing value where another row of the product has one', async () => {
      const rows = [lamp({ colour: 'red' }), lamp({ colour: null }), lamp({})];
      await bench.import(await bench.ndjson('parts.ndjson', rows), mapping('pc-parts'));
      expect(await bench.query('SELECT options FROM variants ORDER BY position')).toEqual([
        { options: { colour: 'red', listing: '1' } },
        { options: { colour: 'unspecified', listing: '1' } },
        { options: { colour: 'unspecified', listing: '2' } },
      ]);
    });

    it('publishes variants without a price, and takes a price away that the row no longer has', async () => {
      await bench.import(await bench.ndjson('first.ndjson', [lamp({ price: 0.1 })]), mapping('pc-parts'));
      const { counts } = await bench.import(await bench.ndjson('second.ndjson', [lamp({})]), mapping('pc-parts'));
      expect(counts).toMatchObject({
        prices: { set: 0, removed: 1 },
        products: { updated: 1 },
        variants: { updated: 1 },
      });
      expect(
        await bench.query('SELECT p.status, (SELECT count(*)::int FROM variant_prices) AS prices FROM products p'),
      ).toEqual([{ status: 'published', prices: 0 }]);
    });

    it('reads prices exactly, and refuses fractions of a cent instead of rounding them', async () => {
      const rows = [0.07, 1.1, 4129.75, 1e-7, 19.999, 1.005, -1].map((price, index) =>
        lamp({ name: `n${index}`, price }),
      );
      const { rejects } = await bench.importWithRejects(
        await bench.ndjson('parts.ndjson', [
          ...rows,
          '{"category":"lamp","name":"digits","price":1.10000000000000001}',
        ]),
        mapping('pc-parts'),
      );
      expect(rejects.map(({ line, code }) => [line, code])).toEqual([
        [4, 'price_unreadable'],
        [5, 'price_too_precise'],
        [6, 'price_too_precise'],
        [7, 'price_negative'],
        [8, 'number_too_long'],
      ]);
      expect(await bench.query('SELECT amount::int FROM variant_prices ORDER BY amount')).toEqual([
        { amount: 7 },
        { amount: 110 },
        { amount: 412975 },
      ]);
    });

    it('refuses rows of another shape by column', async () => {
      const { rejects } = await bench.importWithRejects(
        await bench.ndjson('parts.ndjson', [
          { category: 'lamp', name: 'ok' },
          { category: 'lamp' },
          lamp({ price: '9.99' }),
          lamp({ nested: { a: 1 } }),
          lamp({ list: [null] }),
          lamp({ name: ['x'] }),
        ]),
        mapping('pc-parts'),
      );
      expect(rejects.map(({ line, code, message }) => [line, code, message])).toEqual([
        [2, 'missing_value', 'the column "name" is empty'],
        [3, 'wrong_type', 'the column "price" must be a number'],
        [4, 'wrong_type', 'the column "nested" must be a text, a number, true or false, or a list of these'],
        [5, 'wrong_type', 'the column "list" must be a text, a number, true or false, or a list of these'],
        [6, 'wrong_type', 'the column "name" must be a text'],
      ]);
    });

    it('gives products of one name different slugs that are the same in every database', async () => {
      const rows = [
        lamp({ name: 'Same Name' }),
        { category: 'rope', name: 'Same name', price: 1 },
        { category: 'zip', name: 'same name!', price: 1 },
      ];
      await bench.import(await bench.ndjson('parts.ndjson', rows), mapping('pc-parts'));
      const slugs = async () =>
        (await bench.query<{ slug: string }>('SELECT slug FROM products ORDER BY import_key')).map(({ slug }) => slug);
      const first = await slugs();
      expect(first[0]).toBe('same-name');
      expect(first.slice(1)).toEqual([
        expect.stringMatching(/^same-name-[0-9a-f]{6}$/),
        expect.stringMatching(/^same-name-[0-9a-f]{6}$/),
      ]);
      expect(new Set(first).size).toBe(3);
      await bench.reset();
      await bench.import(await bench.ndjson('turned.ndjson', [...rows].reverse()), mapping('pc-parts'), { batch: 1 });
      expect(await slugs()).toEqual(first);
    });
  });

  describe('best-buy', () => {
    const row = (overrides: Record<string, unknown>) => ({
      name: 'Cable',
      description: 'Long.',
      brand: 'Wire™',
      categories: ['Cables', 'USB'],
      price: 4.99,
      image: 'https://cdn.example/shop/1001_sb.jpg',
      popularity: 7,
      ...overrides,
    });

    it('makes one product a row, called by the article number of its image, in the category at the end of the list', async () => {
      const rows = [
        row({}),
        row({ image: 'https://cdn.example/shop/1002_500x500_rb.jpg', categories: ['Cables', 'Cables'] }),
      ];
      const { counts } = await bench.import(await bench.ndjson('products.ndjson', rows), mapping('best-buy'));
      expect(counts).toMatchObject({ products: { created: 2 }, variants: { created: 2 }, categories: { created: 2 } });
      expect(
        await bench.query(`SELECT v.sku, p.brand, p.attributes, c.name AS category, a.name AS above
          FROM products p JOIN variants v ON v.product_id = p.id JOIN product_categories pc ON pc.product_id = p.id
          JOIN categories c ON c.id = pc.category_id LEFT JOIN categories a ON a.id = c.parent_id ORDER BY v.sku`),
      ).toEqual([
        {
          sku: '1001',
          brand: 'Wire™',
          attributes: { image: rows[0]!.image, popularity: 7 },
          category: 'USB',
          above: 'Cables',
        },
        {
          sku: '1002',
          brand: 'Wire™',
          attributes: { image: rows[1]!.image, popularity: 7 },
          category: 'Cables',
          above: null,
        },
      ]);
    });

    it('refuses rows without article number, with a bad price, or with a member that is not known', async () => {
      const { rejects } = await bench.importWithRejects(
        await bench.ndjson('products.ndjson', [
          row({ image: 'https://cdn.example/shop/none.jpg' }),
          row({ price: 4.999 }),
          row({ price: -1 }),
          row({ stock: 3 }),
          row({ brand: ' ' }),
        ]),
        mapping('best-buy'),
      );
      expect(rejects.map(({ line, code }) => [line, code])).toEqual([
        [1, 'no_article_number'],
        [2, 'price_too_precise'],
        [3, 'price_negative'],
        [4, 'unknown_column'],
      ]);
      expect(await bench.query('SELECT brand FROM products')).toEqual([{ brand: null }]);
    });

    it('keeps what the staff decided about the status, and a slug although the name changes', async () => {
      const path = await bench.ndjson('products.ndjson', [row({})]);
      await bench.import(path, mapping('best-buy'));
      await bench.query(`UPDATE products SET status = 'archived'`);
      const { counts } = await bench.import(
        await bench.ndjson('renamed.ndjson', [row({ name: 'Cord' })]),
        mapping('best-buy'),
      );
      expect(counts.products.updated).toBe(1);
      expect(await bench.query('SELECT name, slug, status FROM products')).toEqual([
        { name: 'Cord', slug: 'cable', status: 'archived' },
      ]);
    });
  });

  describe('best-buy-categories', () => {
    const category = (path: string[], children: string[] = []) => ({
      id: path.at(-1),
      name: `Name ${path.at(-1)}`,
      path: path.map((id) => ({ id, name: `Name ${id}` })),
      subCategories: children.map((id) => ({ id, name: id })),
    });

    it('makes a tree whatever the order of the rows, and hangs a category whose parent is missing under the next one above', async () => {
      const rows = [
        category(['root', 'gone', 'leaf']),
        category(['root', 'branch', 'twig']),
        category(['root', 'branch']),
        category(['root'], ['branch', 'gone']),
        { ...category(['nameless']), name: null },
      ];
      const { result, rejects } = await bench.importWithRejects(
        await bench.ndjson('tree.ndjson', rows),
        mapping('best-buy-categories'),
      );
      expect(result.counts).toMatchObject({
        accepted: 5,
        categories: { created: 5 },
        references: { unknown_parent: 1, unknown_child: 1 },
      });
      expect(rejects).toEqual([
        { line: 4, code: 'unknown_child', message: 'the child "gone" is no category of the file', row: { id: 'gone' } },
      ]);
      expect(
        await bench.query(
          'SELECT c.name, a.name AS above FROM categories c LEFT JOIN categories a ON a.id = c.parent_id ORDER BY c.name',
        ),
      ).toEqual([
        { name: 'Name branch', above: 'Name root' },
        { name: 'Name leaf', above: 'Name root' },
        { name: 'Name root', above: null },
        { name: 'Name twig', above: 'Name branch' },
        { name: 'nameless', above: null },
      ]);
    });

    it('moves and renames a category that changed, and touches no other', async () => {
      const tree = [category(['a']), category(['b']), category(['a', 'c'])];
      await bench.import(await bench.ndjson('first.ndjson', tree), mapping('best-buy-categories'));
      const path = await bench.ndjson('second.ndjson', [
        category(['a']),
        category(['b']),
        { ...category(['b', 'c']), name: 'Moved' },
      ]);
      const { counts } = await bench.import(path, mapping('best-buy-categories'));
      expect(counts.categories).toEqual({ created: 0, updated: 1, unchanged: 2 });
      expect(
        await bench.query(
          'SELECT c.name, c.version, a.name AS above FROM categories c LEFT JOIN categories a ON a.id = c.parent_id ORDER BY c.name',
        ),
      ).toEqual([
        { name: 'Moved', version: 2, above: 'Name b' },
        { name: 'Name a', version: 1, above: null },
        { name: 'Name b', version: 1, above: null },
      ]);
      const before = await bench.checksum();
      await bench.import(path, mapping('best-buy-categories'), { batch: 1 });
      expect(await bench.checksum()).toBe(before);
    });

    it('refuses circles, strange paths and repeated ids, so that no category is above itself', async () => {
      const { rejects } = await bench.importWithRejects(
        await bench.ndjson('tree.ndjson', [
          category(['a']),
          category(['a', 'b', 'a']),
          { ...category(['a', 'x']), id: 'other' },
          { ...category(['a']), path: [] },
          category(['b', 'a']),
          category(['a', 'b']),
        ]),
        mapping('best-buy-categories'),
      );
      expect(rejects.map(({ line, code }) => [line, code])).toEqual([
        [2, 'wrong_path'],
        [3, 'wrong_path'],
        [4, 'wrong_path'],
        [5, 'repeated'],
      ]);
      expect(await bench.query('SELECT name FROM categories ORDER BY name')).toEqual([
        { name: 'Name a' },
        { name: 'Name b' },
      ]);
    });
  });

  describe('online-retail', () => {
    const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
    const lines = (...rows: string[]) => [HEADER, ...rows].join('\n');

    it('makes one product a stock code, whatever its case, with the most frequent name and price, of which the later wins a tie', async () => {
      const path = await bench.file(
        'lines.csv.gz',
        lines(
          '1001,77a,OLD NAME ,1,2020-01-01 10:00:00,2.50,9,Utopia',
          '1001,77A,"A ""QUOTED"", NAME",1,2020-01-01 10:00:00,2.5,9,Utopia',
          '1002,77A,"A ""QUOTED"",  NAME",1,2020-01-02 10:00:00,3.75,9,Utopia',
          '1003,88,FIRST,1,2020-01-03 10:00:00,1,,Utopia',
          '1004,88,LAST £,1,2020-01-04 10:00:00,2,,Utopia',
        ),
      );
      const { counts } = await bench.import(path, mapping('online-retail'));
      expect(counts).toMatchObject({ rows: 5, accepted: 5, products: { created: 2 }, variants: { created: 2 } });
      expect(
        await bench.query(`SELECT v.sku, p.name, pr.amount::int, pr.currency FROM variants v JOIN products p ON p.id = v.product_id
          JOIN variant_prices pr ON pr.variant_id = v.id ORDER BY v.sku`),
      ).toEqual([
        { sku: '77A', name: 'A "QUOTED", NAME', amount: 250, currency: 'GBP' },
        { sku: '88', name: 'LAST £', amount: 200, currency: 'GBP' },
      ]);
    });

    it('refuses each line for the first reason that applies, and counts the others as well', async () => {
      const { result, rejects } = await bench.importWithRejects(
        await bench.file(
          'lines.csv',
          lines(
            '1,11,GOOD,1,2020-01-01,1,,Utopia',
            'C2,m,,-1,2020-01-01,0,,Utopia',
            'A3,B,Adjust bad debt,1,2020-01-01,-5.25,,Utopia',
            '4,bank charges,Bank Charges,1,2020-01-01,0.001,,Utopia',
            '5,12, ,-3,2020-01-01,0,,Utopia',
            '6,12,LOST,-3,2020-01-01,0,,Utopia',
            '7,12,FREE,1,2020-01-01,0.00,,Utopia',
            '8,12,NEGATIVE,1,2020-01-01,-1,,Utopia',
            '9,12,TINY,1,2020-01-01,0.001,,Utopia',
            '10,12,LONG,1,2020-01-01,1.2300,,Utopia',
          ),
        ),
        mapping('online-retail'),
      );
      expect(rejects.map(({ line, code }) => [line, code])).toEqual([
        [3, 'cancellation'],
        [4, 'bad_debt'],
        [5, 'not_a_product'],
        [6, 'no_description'],
        [7, 'quantity_not_positive'],
        [8, 'price_zero'],
        [9, 'price_negative'],
        [10, 'price_too_precise'],
      ]);
      expect(result.counts).toMatchObject({
        rows: 10,
        accepted: 2,
        refused: 8,
        reasons: {
          cancellation: { refused: 1, applied: 1 },
          not_a_product: { refused: 1, applied: 3 },
          no_description: { refused: 1, applied: 2 },
          quantity_not_positive: { refused: 1, applied: 3 },
          price_zero: { refused: 1, applied: 4 },
          price_negative: { refused: 1, applied: 2 },
          price_too_precise: { refused: 1, applied: 2 },
        },
      });
      expect(rejects[0]!.row).toBe('C2,m,,-1,2020-01-01,0,,Utopia');
    });

    it('counts lines as an editor does, also behind a cell with line breaks, and loses only the line with a stray quote', async () => {
      const { result, rejects } = await bench.importWithRejects(
        await bench.file(
          'lines.csv',
          lines(
            '1,11,"TWO\r\nLINES",1,2020-01-01,1,,Utopia\r',
            '2,12,5" PIPE,1,2020-01-01,1,,Utopia\r',
            '3,13,"OPEN,1,2020-01-01,1,,Utopia\r',
            '\r',
            '4,14,FINE,1,2020-01-01,1,,Utopia\r',
            '5,15,TOO FEW,1,2020-01-01,1\r',
            '6,16,FINE,many,2020-01-01,1,,Utopia\r',
          ),
        ),
        mapping('online-retail'),
      );
      expect(rejects.map(({ line, code }) => [line, code])).toEqual([
        [4, 'malformed_csv'],
        [5, 'malformed_csv'],
        [8, 'wrong_column_count'],
        [9, 'wrong_type'],
      ]);
      expect(await bench.query('SELECT name FROM products ORDER BY import_key')).toEqual([
        { name: 'TWO LINES' },
        { name: 'FINE' },
      ]);
      expect(result.counts).toMatchObject({ rows: 6, accepted: 2, refused: 4 });
    });

    it('refuses bytes that are not UTF-8, and skips the mark at the beginning of a file', async () => {
      const bytes = Buffer.concat([
        Buffer.from(`\uFEFF${HEADER}\n1,11,`),
        Buffer.from([0xa3]),
        Buffer.from(' OFF,1,2020-01-01,1,,Utopia\n2,12,£ ON,1,2020-01-01,1,,Utopia\n'),
      ]);
      const { rejects } = await bench.importWithRejects(await bench.file('lines.csv', bytes), mapping('online-retail'));
      expect(rejects.map(({ line, code }) => [line, code])).toEqual([[2, 'invalid_encoding']]);
      expect(await bench.query('SELECT name FROM products')).toEqual([{ name: '£ ON' }]);
    });

    it.each([
      ['lacks the columns Country and has the unknown columns Land', HEADER.replace('Country', 'Land')],
      ['The column "InvoiceNo" occurs twice', `${HEADER},InvoiceNo`],
      ['The file is empty', ''],
    ])('fails at once when the first line does not fit: %s', async (message, header) => {
      const path = await bench.file('lines.csv', header === '' ? '' : `${header}\n1,2,3,4,5,6,7,8\n`);
      await expect(bench.import(path, mapping('online-retail'))).rejects.toThrow(message);
    });
  });

  describe('of your own', () => {
    const custom = parseMapping(
      {
        name: 'herbs',
        kind: 'products',
        format: 'csv',
        delimiter: ';',
        encoding: 'windows-1252',
        columns: {
          code: { type: 'text' },
          title: { type: 'text', optional: true },
          shelf: { type: 'texts', separator: '>', optional: true },
          height: { type: 'number', optional: true },
          organic: { type: 'boolean', optional: true },
          price: { type: 'number' },
        },
        product: {
          key: { column: 'code' },
          name: { column: 'title', otherwise: { template: 'Herb {code}' } },
          status: 'draft',
          categories: [{ path: 'shelf' }],
          attributes: { columns: ['height', 'organic'] },
        },
        variant: { sku: { template: 'HERB-{code}' }, price: { column: 'price', currency: 'JPY' }, onHand: 4 },
      },
      'test',
    ) as ProductMapping;

    it('reads another encoding and delimiter, lists, numbers and booleans of a CSV file, and a currency without decimals', async () => {
      const text =
        'code;title;shelf;height;organic;price\n1;Fenouil préféré;Garten > Kräuter;30.5;TRUE;120\n2;;;;;80\n3;Half;;;;0.5\n4;Odd;;;maybe;1\n';
      const { result, rejects } = await bench.importWithRejects(
        await bench.file('herbs.csv', Buffer.from(text, 'latin1')),
        custom,
      );
      expect(rejects.map(({ line, code }) => [line, code])).toEqual([
        [4, 'price_unreadable'],
        [5, 'wrong_type'],
      ]);
      expect(result.counts).toMatchObject({ products: { created: 2 }, stock: { changed: 2 } });
      expect(
        await bench.query(`SELECT p.name, p.status, p.attributes, v.sku, pr.amount::int, s.on_hand FROM products p
          JOIN variants v ON v.product_id = p.id JOIN variant_prices pr ON pr.variant_id = v.id JOIN stock s ON s.variant_id = v.id ORDER BY v.sku`),
      ).toEqual([
        {
          name: 'Fenouil préféré',
          status: 'draft',
          attributes: { height: 30.5, organic: true },
          sku: 'HERB-1',
          amount: 120,
          on_hand: 4,
        },
        { name: 'Herb 2', status: 'draft', attributes: {}, sku: 'HERB-2', amount: 80, on_hand: 4 },
      ]);
      expect(await bench.query('SELECT name FROM categories ORDER BY name')).toEqual([
        { name: 'Garten' },
        { name: 'Kräuter' },
      ]);
    });

    it('says so when a mapping is for another kind or format, or a file is damaged or missing', async () => {
      const ndjson = await bench.ndjson('rows.ndjson', [{}]);
      await expect(bench.import(ndjson, custom)).rejects.toThrow('is ndjson, but the mapping herbs reads csv');
      await expect(
        bench.import(ndjson, mapping('best-buy-categories') as CategoryMapping, { kind: 'products' }),
      ).rejects.toThrow('The mapping best-buy-categories is for categories, not for products.');
      await expect(bench.import(`${ndjson}.missing`)).rejects.toThrow('cannot be read');
      await expect(bench.import(await bench.file('rows.csv', 'a,b\n'))).rejects.toThrow(
        'is csv, but without a mapping it must be ndjson',
      );
      const whole = await bench.ndjson(
        'rows.ndjson.gz',
        Array.from({ length: 2000 }, (_, index) => ({ slug: `s-${index}` })),
      );
      const cut = await bench.file('cut.ndjson', (await readFile(whole)).subarray(0, 2000));
      await expect(bench.import(cut)).rejects.toThrow(/is damaged: unexpected end of file/);
    });
  });
});

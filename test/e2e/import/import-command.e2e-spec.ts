import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ImportBench } from '../../integration/import/import-bench.js';
import { nativeRow } from '../../integration/import/native-rows.js';
import { makeFolder, removeFolder } from '../lifecycle/storehouse-process.js';
import { type CommandResult, runCommand } from './command.js';

// Each command is a start of the whole program.
jest.setTimeout(400_000);

describe('npm run import', () => {
  let bench: ImportBench;

  beforeAll(async () => {
    bench = await ImportBench.start();
  });

  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  const importWith = (args: readonly string[], killAt?: RegExp): Promise<CommandResult> =>
    runCommand('import', args, {
      cwd: bench.folder,
      env: { DATABASE_URL: bench.databaseUrl, REDIS_URL: process.env.REDIS_URL, DATA_DIR: join(bench.folder, 'data') },
      killAt,
    });

  it('prints a table and ends with 0 although rows are refused, and writes these beside the file', async () => {
    await bench.ndjson('shop.ndjson', [nativeRow('one'), nativeRow('two', { colour: 'red' })]);
    const { code, stdout } = await importWith(['products', 'shop.ndjson']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}rows +2\n {2}accepted +1\n {2}refused +1\n {4}unknown_member +1$/m);
    expect(stdout).toMatch(/products +1 created, 0 updated, 0 unchanged/);
    const [reject] = (await readFile(join(bench.folder, 'shop.ndjson.rejects.ndjson'), 'utf8')).trim().split('\n');
    expect(JSON.parse(reject!)).toMatchObject({ line: 2, code: 'unknown_member', row: { slug: 'two' } });
  });

  it('prints JSON and nothing else with --json, sums of money as decimals', async () => {
    await bench.file(
      'lines.csv',
      'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,11,A,1,d,2.55,,U\nC2,11,A,1,d,9,,U\n',
    );
    const { code, stdout } = await importWith([
      'products',
      'lines.csv',
      '--mapping',
      'online-retail',
      '--json',
      '--rejects',
      'bad.ndjson',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      mapping: 'online-retail',
      isResumed: false,
      counts: { rows: 2, accepted: 1, refused: 1, reasons: { cancellation: { refused: 1, applied: 1 } } },
      catalogue: { products: 1, variants: 1, prices: 1, priceSums: { GBP: '2.55' } },
      rejectsPath: 'bad.ndjson',
      seconds: expect.any(Number),
      peakMemoryMiB: expect.any(Number),
    });
    expect(await readFile(join(bench.folder, 'bad.ndjson'), 'utf8')).toContain('"row":"C2,11,A,1,d,9,,U"');
  });

  it('reads a mapping from a JSON file', async () => {
    const mapping = {
      name: 'mine',
      kind: 'products',
      format: 'ndjson',
      columns: { id: { type: 'text' }, cost: { type: 'number' } },
      product: { key: { column: 'id' }, name: { template: 'Thing {id}' }, status: 'draft' },
      variant: { sku: { column: 'id' }, price: { column: 'cost', currency: 'EUR' } },
    };
    await bench.file('mine.json', JSON.stringify(mapping));
    await bench.ndjson('things.ndjson', [{ id: 'T1', cost: 1.5 }]);
    expect(await importWith(['products', 'things.ndjson', '--mapping', './mine.json'])).toMatchObject({ code: 0 });
    expect(await bench.query('SELECT name, import_key FROM products')).toEqual([
      { name: 'Thing T1', import_key: 'mine:T1' },
    ]);
    await bench.file('broken.json', JSON.stringify({ ...mapping, format: 'xml', variant: { sku: { column: 'no' } } }));
    const { code, stderr } = await importWith(['products', 'things.ndjson', '--mapping', './broken.json']);
    expect([code, stderr]).toEqual([
      1,
      'The mapping ./broken.json cannot be used:\n  - format must be one of ndjson, csv\n  - variant.sku.column must name one of the columns\n',
    ]);
  });

  it.each([
    [['products'], /^Say which file to import\.\n\nnpm run import/],
    [['stores', 'x.ndjson'], /^Say what to import: products, categories or orders\./],
    [['orders', 'x.csv'], /^Orders need a mapping, such as --mapping online-retail-orders\./],
    [['orders', 'x.csv', '--mapping', 'pc-parts'], /^The mapping pc-parts is for products, not for orders\./],
    [
      ['orders', 'x.csv', '--mapping', 'online-retail-orders', '--prefix', '12'],
      /^The mapping online-retail-orders cannot be used:/,
    ],
    [['products', 'x.ndjson', '--dry-run'], /^--prefix and --dry-run are for orders\./],
    [['products', 'x.ndjson', '--batch', 'many'], /^--batch must be a whole number/],
    [['products', 'x.ndjson', '--colour'], /^Unknown option '--colour'/],
    [['products', 'absent.ndjson'], /^absent\.ndjson cannot be read: ENOENT/],
    [
      ['products', 'absent.ndjson', '--mapping', 'amazon'],
      /^There is no mapping "amazon": it is neither one of best-buy, /,
    ],
  ])('ends with 1 and a sentence, never a stack, for %j', async (args, message) => {
    const { code, stdout, stderr } = await importWith(args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it('goes on where it was killed, in either half, and ends with the same catalogue', async () => {
    const rows = Array.from({ length: 3000 }, (_, index) => ({
      category: `c${index % 7}`,
      name: `Part ${index % 2000}`,
      price: index / 100,
      size: index % 3,
    }));
    await bench.ndjson('parts.ndjson.gz', rows);
    const args = ['products', 'parts.ndjson.gz', '--mapping', 'pc-parts', '--batch', '50', '--json'];
    const whole = JSON.parse((await importWith(args)).stdout);
    const expected = await bench.content();
    await bench.reset();

    const first = await importWith(args, /^reading/m);
    const second = await importWith(args, /^merging [1-9]/m);
    const { code, stdout } = await importWith(args);
    expect([first.signal, second.signal, code]).toEqual(['SIGKILL', 'SIGKILL', 0]);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({ isResumed: true, counts: whole.counts, catalogue: whole.catalogue });
    expect(await bench.content()).toEqual(expected);
    expect(await bench.leftovers()).toBe(0);
  });

  it('imports orders of the past, and only tells with --dry-run; one that was killed goes on without doubling', async () => {
    const lines = Array.from(
      { length: 2_000 },
      (_, index) =>
        `${7_000 + Math.floor(index / 7)},S${index},Thing,${index % 3},2011-01-01 08:00:00,0.10,C${index % 5 && 1},U`,
    );
    const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
    await bench.file('old.csv', [header, ...lines].join('\n'));
    const args = [
      'orders',
      'old.csv',
      '--mapping',
      'online-retail-orders',
      '--prefix',
      'OLD-',
      '--batch',
      '50',
      '--json',
    ];
    const dry = await importWith([...args, '--dry-run']);
    expect(await bench.query('SELECT count(*)::int AS count FROM orders')).toEqual([{ count: 0 }]);
    const killed = await importWith(args, /^merging [1-9]/m);
    const { code, stdout } = await importWith(args);
    expect([dry.code, killed.signal, code]).toEqual([0, 'SIGKILL', 0]);
    const result = JSON.parse(stdout);
    const { counts, orders } = JSON.parse(dry.stdout);
    expect(result).toMatchObject({ isResumed: true, isDryRun: false, counts, orders });
    const [books] = await bench.query<{ orders: number; lines: number; total: number }>(
      `SELECT count(DISTINCT o.id)::int AS orders, count(*)::int AS lines, sum(l.total_amount)::int AS total
       FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE starts_with(o.number, 'OLD-')`,
    );
    expect(orders).toMatchObject({ orders: books!.orders, lines: books!.lines });
    expect(Number(orders.totals.GBP) * 100).toBeCloseTo(books!.total, 5);
  });

  it('needs no running application: it starts the embedded servers, migrates, imports, and stops them', async () => {
    const folder = await makeFolder();
    try {
      const path = await bench.ndjson('shop.ndjson', [nativeRow('one')]);
      const options = { cwd: folder, env: { HOME: folder } };
      expect(await runCommand('import', ['products', path, '--json'], options)).toMatchObject({ code: 0 });
      const again = await runCommand('import', ['products', path, '--json'], options);
      expect(JSON.parse(again.stdout).counts.products).toEqual({ created: 0, updated: 0, unchanged: 1 });
      expect(await readdir(join(folder, '.storehouse'))).not.toContain('running.json');
    } finally {
      await removeFolder(folder);
    }
  });

  it('loads the demo catalogue by "npm run seed", once', async () => {
    const env = {
      DATABASE_URL: bench.databaseUrl,
      REDIS_URL: process.env.REDIS_URL,
      DATA_DIR: join(bench.folder, 'data'),
    };
    const seed = () => runCommand('seed', [], { cwd: bench.folder, env });
    expect(await seed()).toMatchObject({ code: 0, stdout: '107 products of the demo catalogue loaded.\n' });
    expect(await seed()).toMatchObject({ code: 0, stdout: 'There are products already; nothing to do.\n' });
  });
});

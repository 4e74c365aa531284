import { join } from 'node:path';
import { ImportBench } from '../../integration/import/import-bench.js';
import { StorehouseProcess } from '../lifecycle/storehouse-process.js';
import { DIST, runCommand } from './command.js';

/** Hand-written invoices: a repeated code in two cases, a fee, an unknown customer, a cancellation, and more pieces than one line takes. */
const BASKETS = [
  'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country',
  '1,11A,LANTERN,2,2020-01-01 10:00:00,1.50,7,Utopia',
  '1,11a,LANTERN,3,2020-01-01 10:00:00,1.50,7,Utopia',
  '1,POST,POSTAGE,1,2020-01-01 10:00:00,9.99,7,Utopia',
  '2,12,"HOOK, BRASS",1,2020-01-02 10:00:00,0.07,8,Utopia',
  '2,11A,LANTERN,1,2020-01-02 10:00:00,1.75,8,Utopia',
  'C3,12,"HOOK, BRASS",-1,2020-01-03 10:00:00,0.07,8,Utopia',
  '4,12,"HOOK, BRASS",4,2020-01-03 10:00:00,0.08,,Utopia',
  '5,12,"HOOK, BRASS",25000,2020-01-04 10:00:00,0.07,7,Utopia',
].join('\n');

/** More of them, so that everything that an invoice's number decides happens: many pieces, few, and amounts that do not divide. */
const MORE = Array.from({ length: 24 }, (_, index) =>
  [
    `9${index},11A,LANTERN,${1 + ((index * 7) % 40)},2020-02-01 10:00:00,1.50,${index % 3},Utopia`,
    `9${index},12,"HOOK, BRASS",${1 + ((index * 5) % 90)},2020-02-01 10:00:00,0.07,${index % 3},Utopia`,
  ].join('\n'),
);

// Each command is a start of the whole program, which waits for the shop's jobs.
jest.setTimeout(400_000);

describe('npm run simulate', () => {
  let bench: ImportBench;
  let shop: StorehouseProcess;
  let env: Record<string, string | undefined>;

  beforeAll(async () => {
    bench = await ImportBench.start();
    env = { DATABASE_URL: bench.databaseUrl, REDIS_URL: process.env.REDIS_URL, DATA_DIR: join(bench.folder, 'data') };
    await bench.file('baskets.csv.gz', BASKETS);
    await bench.file('more.csv.gz', [BASKETS.split('\n')[0], ...MORE].join('\n'));
    const settings = {
      ...(env as Record<string, string>),
      RATE_LIMIT_SCALE: '1000',
      REDIS_FLAVOUR: process.env.REDIS_FLAVOUR!,
    };
    shop = await StorehouseProcess.spawn(bench.folder, settings, `${DIST}/main.js`).ready();
  });

  afterAll(async () => {
    await shop.end();
    await bench.stop();
  });

  const simulate = (...args: string[]) =>
    runCommand('simulate', ['--baskets', 'baskets.csv.gz', '--json', ...args], { cwd: bench.folder, env });

  it('imports the products, replays the invoices and proves totals, stock and mails', async () => {
    const { code, stdout, stderr } = await simulate('--plain');
    expect([code, stderr, stdout]).toEqual([
      0,
      expect.stringContaining('importing the products'),
      expect.stringMatching(/"problems": ?\[\]/),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({
      orders: 3,
      lines: 4,
      pieces: 25_007,
      shoppers: 2,
      skippedLines: 1,
      // 5 × 1.50, 0.07 + 1.50, 25,000 × 0.07
      total: 750 + 157 + 175_000,
      expectedTotal: 175_907,
      mails: 3,
      serverErrors: 0,
      problems: [],
    });
  });

  it.each(['false', 'true'])(
    'ships, taxes, discounts and refunds, where prices include tax: %s',
    async (isIncluded) => {
      await bench.query(`UPDATE tax_settings SET prices_include_tax = ${isIncluded}`);
      const { code, stdout, stderr } = await simulate('--baskets', 'more.csv.gz', '--orders', '24');
      expect([code, code === 0 || stderr, stdout]).toEqual([0, true, expect.stringMatching(/"problems": ?\[\]/)]);
      const result = JSON.parse(stdout);
      expect(result).toMatchObject({ orders: 24, expectedTotal: result.total, expectedRefund: result.refunded });
      for (const name of ['tax', 'shipping', 'discount', 'parcels', 'returns', 'refunded'])
        expect([name, result[name] > 0]).toEqual([name, true]);
      const left = `SELECT (SELECT count(*)::int FROM tax_rates) AS rates,
        (SELECT count(*)::int FROM shipping_methods WHERE status = 'active') AS methods,
        (SELECT count(*)::int FROM promotions WHERE status = 'active') AS promotions`;
      expect(await bench.query(left)).toEqual([{ rates: 0, methods: 0, promotions: 0 }]);
      const verified = await runCommand('verify', [], { cwd: bench.folder, env });
      expect([verified.code, verified.stdout]).toEqual([0, expect.any(String)]);
    },
  );

  it('ends with 1 and names what does not add up, here a price that the file does not have', async () => {
    await bench.query(
      `UPDATE variant_prices SET amount = 8 WHERE variant_id = (SELECT id FROM variants WHERE sku = '12')`,
    );
    const { code, stdout } = await simulate('--plain', '--orders', '2');
    expect(code).toBe(1);
    expect(JSON.parse(stdout).problems).toEqual([
      '12 costs 8 in the shop and 7 by the file',
      'the orders come to 908 pence and the file to 907',
    ]);
  });

  it('says how to start a shop when there is none, at once', async () => {
    const took: number[] = [];
    // Whatever else this machine is doing must not decide.
    while (took.length < 5 && !(took.at(-1)! < 15_000)) {
      const startedAt = performance.now();
      const { code, stderr } = await simulate('--url', 'http://127.0.0.1:9');
      took.push(performance.now() - startedAt);
      expect(code).toBe(1);
      expect(stderr).toContain(
        'Nothing answers at http://127.0.0.1:9. Start the shop in another terminal with "npm start"',
      );
      expect(stderr).not.toMatch(/ECONNREFUSED|fetch failed/);
    }
    expect(Math.min(...took)).toBeLessThan(15_000);
  });
});

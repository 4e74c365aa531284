import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import type { Environment } from '../../../src/config/environment.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import { OrderNumberSeries } from '../../../src/orders/numbers/order-number-series.entity.js';
import { OrderNumbersRepository } from '../../../src/orders/numbers/order-numbers.repository.js';
import type { ImportProgress } from '../../../src/products/import/import-counts.js';
import type { OrderMapping } from '../../../src/products/import/mappings/mapping.js';
import { knownMappings } from '../../../src/products/import/mappings/parse-mapping.js';
import { ImportBench } from './import-bench.js';
import { nativeRow, nativeVariant } from './native-rows.js';

const retail = knownMappings()['online-retail-orders'] as OrderMapping;
const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';

/** A file of another shop: its own names, addresses of customers, instants with an offset. */
const own: OrderMapping = {
  name: 'old-shop',
  kind: 'orders',
  format: 'ndjson',
  columns: {
    no: { type: 'text' },
    at: { type: 'text' },
    who: { type: 'text', optional: true },
    mail: { type: 'text', optional: true },
    sku: { type: 'text' },
    pieces: { type: 'number' },
    price: { type: 'number', optional: true },
  },
  order: {
    number: { column: 'no' },
    prefix: 'OLD-',
    placedAt: { column: 'at', timeZone: 'Europe/Berlin' },
    customer: { column: 'who' },
    email: { column: 'mail' },
  },
  line: {
    sku: { column: 'sku' },
    name: { template: 'Thing {sku}' },
    quantity: 'pieces',
    price: { column: 'price', currency: 'EUR' },
  },
};
const row = (overrides: object = {}) => ({
  no: '1',
  at: '2020-05-01 12:00',
  who: 'c1',
  sku: 'A',
  pieces: 1,
  price: 1,
  ...overrides,
});

class Interruption extends Error {}

describe('orders of the past', () => {
  let bench: ImportBench;

  beforeAll(async () => {
    bench = await ImportBench.start();
  });
  beforeEach(() => bench.reset());
  afterAll(() => bench.stop());

  const csv = (name: string, ...lines: readonly string[]) => bench.file(name, `${[HEADER, ...lines].join('\n')}\n`);
  const books = () =>
    bench.query<Record<string, unknown>>(
      `SELECT o.number, o.email, o.status, o.payment_status, o.fulfilment_status, o.origin, o.currency, o.total_amount::int AS total,
         o.placed_at, o.tags, (SELECT json_agg(json_build_array(l.sku, l.name, l.quantity, l.unit_price_amount, v.sku) ORDER BY l.position)
           FROM order_lines l LEFT JOIN variants v ON v.id = l.variant_id WHERE l.order_id = o.id) AS lines
       FROM orders o ORDER BY o.number`,
    );
  const expectBooksToBalance = async () => {
    expect(await bench.brokenRules()).toEqual([]);
  };
  const refusalsOf = async (rows: readonly object[]) => {
    const { rejects } = await rejectsOf(await bench.ndjson('bad.ndjson', rows), own);
    return rejects.map(({ line, code }) => `${line} ${code}`);
  };
  const rejectsOf = async (path: string, mapping: OrderMapping) => {
    const rejectsPath = join(bench.folder, 'rejects.ndjson');
    const result = await bench.importOrders(path, mapping, { rejectsPath });
    const text = result.rejectsPath === null ? '' : await readFile(rejectsPath, 'utf8');
    return {
      result,
      rejects: text
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { line: number; code: string }),
    };
  };

  it('puts the lines of an invoice together wherever they stand, and keeps what the catalogue does not know without a variant', async () => {
    await bench.import(await bench.ndjson('shop.ndjson', [nativeRow('mug', { variants: [nativeVariant('85123A')] })]));
    const path = await csv(
      'lines.csv',
      '7001,85123a," A ""fine"" mug, white ",6,2011-07-01 08:26:00,2.55,C-9,Norway',
      '7002,85123A,A fine mug,1,2011-01-01 08:26:00,0.10,77,Norway',
      '7001,POST,,1,2011-07-01 08:27:00,18,C-9,Norway',
    );
    const { counts, orders } = await bench.importOrders(path, retail);
    expect(counts).toMatchObject({
      rows: 3,
      accepted: 3,
      refused: 0,
      orders: { created: 2 },
      orderLines: { created: 3 },
    });
    expect(orders).toEqual({ orders: 2, lines: 3, customers: 2, totals: { GBP: '3340' } });
    const past = {
      status: 'completed',
      payment_status: 'paid',
      fulfilment_status: 'fulfilled',
      origin: 'import',
      currency: 'GBP',
    };
    expect(await books()).toEqual([
      {
        ...past,
        number: 'H-7001',
        email: 'c-9@online-retail-orders.invalid',
        total: 3330,
        // Summer time in London.
        placed_at: new Date('2011-07-01T07:26:00Z'),
        tags: ['Norway'],
        lines: [
          ['85123a', 'A "fine" mug, white', 6, 255, '85123A'],
          ['POST', 'POST', 1, 1800, null],
        ],
      },
      {
        ...past,
        number: 'H-7002',
        email: '77@online-retail-orders.invalid',
        total: 10,
        placed_at: new Date('2011-01-01T08:26:00Z'),
        tags: ['Norway'],
        lines: [['85123A', 'A fine mug', 1, 10, '85123A']],
      },
    ]);
    await expectBooksToBalance();
  });

  it('tells nobody, moves no stock and takes no number of the shop', async () => {
    await bench.import(await bench.ndjson('shop.ndjson', [nativeRow('mug', { variants: [nativeVariant('A')] })]));
    const state = () =>
      bench.query(`SELECT (SELECT count(*) FROM outbox_events) AS events, (SELECT count(*) FROM outbox_jobs) AS jobs,
        (SELECT count(*) FROM mails) AS mails, (SELECT json_agg(s) FROM stock s) AS stock, (SELECT count(*) FROM reservations) AS held,
        (SELECT count(*) FROM inventory_movements) AS moved, (SELECT last_value FROM order_number_seq) AS number`);
    const before = await state();
    await bench.importOrders(await bench.ndjson('orders.ndjson', [row({ pieces: 500 })]), own);
    expect(await state()).toEqual(before);
    expect(await bench.query(`SELECT provider, status, captured_amount::int FROM payments`)).toEqual([
      { provider: 'manual', status: 'captured', captured_amount: 50_000 },
    ]);
  });

  it('has three entries of history, each a move that an order may make', async () => {
    await bench.importOrders(await bench.ndjson('orders.ndjson', [row()]), own);
    expect(
      await bench.query(
        `SELECT version, type, from_status, to_status, actor_kind, reason FROM order_history ORDER BY version`,
      ),
    ).toEqual(
      [
        { version: 1, type: 'order.placed', from_status: null, to_status: 'pending_payment' },
        { version: 2, type: 'order.confirmed', from_status: 'pending_payment', to_status: 'confirmed' },
        { version: 3, type: 'order.completed', from_status: 'confirmed', to_status: 'completed' },
      ].map((entry) => ({ ...entry, actor_kind: 'system', reason: 'import old-shop' })),
    );
  });

  it('gives an order to the account that has proven its address, and to no other', async () => {
    const user = (email: string, verified: boolean) =>
      bench.query(
        `INSERT INTO users (id, email, email_canonical, email_verified_at) VALUES (gen_random_uuid(), $1::text, $1::text, CASE WHEN $2::bool THEN now() END)`,
        [email, verified],
      );
    await user('proven@shop.test', true);
    await user('claimed@shop.test', false);
    const path = await bench.ndjson('orders.ndjson', [
      row({ no: '1', mail: ' Proven@Shop.test' }),
      row({ no: '2', mail: 'claimed@shop.test' }),
      row({ no: '3' }),
    ]);
    await bench.importOrders(path, own);
    expect(
      await bench.query(
        `SELECT o.number, o.email, u.email AS owner FROM orders o LEFT JOIN users u ON u.id = o.customer_id ORDER BY 1`,
      ),
    ).toEqual([
      { number: 'OLD-1', email: 'proven@shop.test', owner: 'proven@shop.test' },
      { number: 'OLD-2', email: 'claimed@shop.test', owner: null },
      { number: 'OLD-3', email: 'c1@old-shop.invalid', owner: null },
    ]);
    await bench.query(`UPDATE orders SET customer_id = NULL`);
    await bench.query(`DELETE FROM users WHERE email LIKE '%@shop.test'`);
  });

  it('reads instants with an offset, and local ones at either change of the clocks', async () => {
    const instants = [
      '2020-05-01T12:00:30+05:30',
      '2020-05-01 12:00:00Z',
      '2020-03-29 01:59',
      '2020-03-29 03:00',
      '2020-10-25 02:30',
      '2020-10-25 03:00',
    ];
    const path = await bench.ndjson(
      'orders.ndjson',
      instants.map((at, index) => row({ no: String(index), at })),
    );
    await bench.importOrders(path, own);
    const placed = await bench.query<{ placed_at: Date }>('SELECT placed_at FROM orders ORDER BY number');
    expect(placed.map(({ placed_at }) => placed_at.toISOString().slice(0, 19))).toEqual([
      '2020-05-01T06:30:30',
      '2020-05-01T12:00:00',
      '2020-03-29T00:59:00',
      '2020-03-29T01:00:00',
      '2020-10-25T00:30:00',
      '2020-10-25T02:00:00',
    ]);
  });

  it('counts rows under the first reason that applies, and imports the other lines of their invoices', async () => {
    const path = await csv(
      'lines.csv',
      'C1,A,A,-1,2011-01-01 08:00:00,1,,U',
      'A2,B,Adjust,1,2011-01-01 08:00:00,-5,,U',
      '3,A,A,1,2011-01-01 08:00:00,1,,U',
      '4,A,A,0,2011-01-01 08:00:00,1,9,U',
      '4,A,A,1,2011-01-01 08:00:00,0,9,U',
      '4,A,A,1,2011-01-01 08:00:00,-1,9,U',
      '4,A,A,1,2011-01-01 08:00:00,0.001,9,U',
      '4,A,A,3,2011-01-01 08:00:00,0.33,9,U',
    );
    const { result, rejects } = await rejectsOf(path, retail);
    expect(rejects.map(({ code }) => code)).toEqual([
      'cancellation',
      'bad_debt',
      'no_customer',
      'quantity_not_positive',
      'price_zero',
      'price_negative',
      'price_too_precise',
    ]);
    expect(result.counts.reasons).toMatchObject({
      no_customer: { refused: 1, applied: 3 },
      price_negative: { refused: 1, applied: 2 },
    });
    expect(result.orders).toEqual({ orders: 1, lines: 1, customers: 1, totals: { GBP: '99' } });
  });

  it('refuses what no order can hold, whatever the mapping says', async () => {
    expect(
      await refusalsOf([
        row({ no: '12x' }),
        row({ pieces: 0 }),
        row({ pieces: 1.5 }),
        row({ pieces: 3_000_000_000 }),
        row({ price: -1 }),
        row({ price: 0.001 }),
        row({ price: null }),
        row({ sku: 'x'.repeat(101) }),
        row({ who: null }),
        row({ who: 'two words' }),
        row({ mail: 'nobody' }),
        row({ at: 'yesterday' }),
        row({ at: '2021-02-29 08:00' }),
        row({ at: '2020-05-01 25:00' }),
        row({ at: '2999-01-01 08:00' }),
        row({ no: '2', who: 'c1' }),
        row({ no: '2', who: 'c2' }),
        row({ no: '3', pieces: 2_000_000_000, price: 90_000_000_000 }),
      ]),
    ).toEqual([
      '1 invalid_number',
      '2 quantity_not_positive',
      '3 out_of_limits',
      '4 out_of_limits',
      '5 price_unreadable',
      '6 price_unreadable',
      '7 no_price',
      '8 out_of_limits',
      '9 no_customer',
      '10 invalid_customer',
      '11 invalid_email',
      '12 invalid_date',
      '13 invalid_date',
      '14 invalid_date',
      '15 not_past',
      '16 contradictory',
      '17 contradictory',
      '18 out_of_limits',
    ]);
    expect(await books()).toEqual([]);
  });

  it('changes nothing when it is repeated, and refuses another order under the same number', async () => {
    const rows = [row({ no: '1' }), row({ no: '2' }), row({ no: '2', sku: 'B' })];
    await bench.importOrders(await bench.ndjson('orders.ndjson', rows), own);
    const before = await bench.checksum();
    const again = await bench.importOrders(await bench.ndjson('orders.ndjson', rows), own);
    expect(again.counts).toMatchObject({ orders: { created: 0, unchanged: 2 }, orderLines: { created: 0 } });
    expect(await bench.checksum()).toBe(before);
    await bench.query(
      `INSERT INTO orders (id, number, email, status, currency, subtotal_amount, total_amount, placed_at)
       VALUES (gen_random_uuid(), 'OLD-3', 'a@b.test', 'cancelled', 'EUR', 0, 0, now())`,
    );
    expect(
      await refusalsOf([row({ no: '1', pieces: 2 }), row({ no: '2' }), row({ no: '3' }), row({ no: '4' })]),
    ).toEqual(['1 order_differs', '2 order_differs', '3 number_taken']);
    expect((await books()).map(({ number }) => number)).toEqual(['OLD-1', 'OLD-2', 'OLD-3', 'OLD-4']);
  });

  it('keeps out of the series of the shop, and no series can be made of its numbers', async () => {
    await bench.importOrders(await bench.ndjson('orders.ndjson', [row({ no: '7' })]), own);
    // An import knows the entities of imports only.
    const options = { ...dataSourceOptions(bench.databaseUrl, 1), entities: [OrderNumberSeries] };
    const source = await new DataSource(options).initialize();
    const transactions = new TransactionRunner(source);
    const numbers = new OrderNumbersRepository(
      {} as Environment,
      transactions,
      source.getRepository(OrderNumberSeries),
    );
    const series = (prefix: string) => numbers.add(prefix, 1);
    await expect(series('OLD-')).rejects.toThrow('There are orders of the past whose numbers begin with OLD-.');
    await series('B2B-');
    const shop = { ...own, order: { ...own.order, prefix: 'B2B-' } };
    const { counts } = await bench.importOrders(await bench.ndjson('more.ndjson', [row({ no: '8' })]), shop);
    expect(counts.reasons).toEqual({ number_taken: { refused: 1, applied: 1 } });
    await bench.query(`DELETE FROM order_number_series WHERE prefix = 'B2B-'`);
    await source.destroy();
  });

  it('knows an order again although its customer has been erased meanwhile', async () => {
    const path = await bench.ndjson('orders.ndjson', [row()]);
    await bench.importOrders(path, own);
    await bench.query(`UPDATE orders SET email = 'erased-1@erased.invalid'`);
    expect((await bench.importOrders(path, own)).counts).toMatchObject({ refused: 0, orders: { unchanged: 1 } });
    expect(await books()).toMatchObject([{ email: 'erased-1@erased.invalid' }]);
  });

  it('leaves every table as it was after a dry run, and says what an import would do', async () => {
    const rows = [row({ no: '1' }), row({ no: '2', pieces: 0 }), row({ no: '3', pieces: 7 })];
    const path = await bench.ndjson('orders.ndjson', rows);
    const before = await bench.everything();
    const rejectsPath = join(bench.folder, 'dry.rejects.ndjson');
    const dry = await bench.importOrders(path, own, { isDryRun: true, rejectsPath });
    expect(await bench.everything()).toEqual(before);
    expect(await readFile(rejectsPath, 'utf8')).toContain('"code":"quantity_not_positive"');
    const real = await bench.importOrders(path, own);
    expect(real.isResumed).toBe(false);
    expect({ ...dry, runId: '', rejectsPath: null }).toEqual({ ...real, runId: '', isDryRun: true });
    expect(dry.orders).toEqual({ orders: 2, lines: 2, customers: 1, totals: { EUR: '800' } });
  });

  it('goes on after any chunk and ends as if nothing had happened, with invoices larger than a chunk whole', async () => {
    const rows = Array.from({ length: 90 }, (_, index) =>
      row({
        no: index % 3 === 0 ? '1000' : String(index % 7),
        sku: `S${index}`,
        pieces: index % 11,
        price: index / 4,
      }),
    );
    const path = await bench.ndjson('orders.ndjson', rows);
    const states: ImportProgress[] = [];
    const whole = await bench.importOrders(path, own, { batch: 10, onProgress: (state) => states.push(state) });
    const expected = await books();
    expect(expected.map(({ lines }) => (lines as unknown[]).length)).toEqual(expect.arrayContaining([27]));
    for (let chunks = 1; chunks < states.length; chunks++) {
      await bench.reset();
      let seen = 0;
      const stop = (): void => {
        if (++seen === chunks) throw new Interruption();
      };
      await expect(bench.importOrders(path, own, { batch: 10, onProgress: stop })).rejects.toThrow(Interruption);
      const resumed = await bench.importOrders(path, own, { batch: 10 });
      expect(resumed).toEqual({ ...whole, runId: resumed.runId, isResumed: true });
      expect(await books()).toEqual(expected);
      expect(await bench.leftovers()).toBe(0);
    }
    await expectBooksToBalance();
  });
});

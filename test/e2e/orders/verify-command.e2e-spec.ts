import { join } from 'node:path';
import type { OrderMapping } from '../../../src/products/import/mappings/mapping.js';
import { knownMappings } from '../../../src/products/import/mappings/parse-mapping.js';
import { ImportBench } from '../../integration/import/import-bench.js';
import { runCommand } from '../import/command.js';

describe('npm run verify', () => {
  let bench: ImportBench;
  beforeAll(async () => (bench = await ImportBench.start()));
  afterAll(() => bench.stop());

  const verify = () =>
    runCommand('verify', [], {
      cwd: bench.folder,
      env: { DATABASE_URL: bench.databaseUrl, REDIS_URL: process.env.REDIS_URL, DATA_DIR: join(bench.folder, 'data') },
    });

  it('ends with 0 while all rules hold, and with 1 and the row in question as soon as one does not', async () => {
    const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
    const path = await bench.file('old.csv', `${header}\n7,A,Thing,2,2011-01-01 08:00:00,0.50,9,U\n`);
    await bench.importOrders(path, knownMappings()['online-retail-orders'] as OrderMapping);
    const good = await verify();
    expect(good.code).toBe(0);
    expect(good.stdout).not.toContain('BROKEN');
    const [order] = await bench.query<{ id: string }>(
      `UPDATE orders SET subtotal_amount = 101, total_amount = 101 RETURNING id`,
    );
    const bad = await verify();
    expect(bad.code).toBe(1);
    expect(bad.stdout.match(/^BROKEN +\S+/gm)!.map((line) => line.replace(/^BROKEN +/, ''))).toEqual(['M3', 'T2']);
    expect(bad.stdout).toContain(order!.id);
  });

  it('ends with 2 when it could not look', async () => {
    await bench.query('ALTER TABLE orders RENAME TO orders_elsewhere');
    const { code, stdout, stderr } = await verify();
    await bench.query('ALTER TABLE orders_elsewhere RENAME TO orders');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Nothing was verified: /m);
  });
});

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { INestApplicationContext } from '@nestjs/common';
import { createImportContext } from '../../../src/cli/import/import-context.js';
import { VerificationRepository } from '../../../src/orders/verification/verification.repository.js';
import { VerificationService } from '../../../src/orders/verification/verification.service.js';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import { OrderImportService } from '../../../src/orders/import/order-import.service.js';
import {
  type ImportOptions,
  type ImportResult,
  ImportService,
  type OrderImportOptions,
  type OrderImportResult,
} from '../../../src/products/import/import.service.js';
import type { Mapping, OrderMapping } from '../../../src/products/import/mappings/mapping.js';
import { testEnvironment } from '../../support/test-environment.js';
import { withOpenLedger } from '../../support/open-ledger.js';

/** The importer on the database of the test file and in a folder of its own; an import is judged by everything that is in the catalogue. */
export class ImportBench {
  readonly databaseUrl = process.env.DATABASE_URL!;

  private constructor(
    readonly folder: string,
    private readonly context: INestApplicationContext,
  ) {}

  static async start(): Promise<ImportBench> {
    const folder = await mkdtemp(join(tmpdir(), 'storehouse-import-'));
    return new ImportBench(folder, await createImportContext(testEnvironment()));
  }

  /** Empties the catalogue and the books, and forgets every import. */
  async reset(): Promise<void> {
    await withOpenLedger(this.transactions, () =>
      this
        .query(`TRUNCATE categories, products, product_categories, variants, variant_prices, stock, inventory_movements,
      reservations, orders, order_lines, order_history, payments, refunds, import_runs, import_rows, import_rejects CASCADE`),
    );
  }

  async stop(): Promise<void> {
    await this.context.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  get transactions(): TransactionRunner {
    return this.context.get(TransactionRunner);
  }

  get imports(): ImportService {
    return this.context.get(ImportService);
  }

  /** Writes a file of rows, one JSON object a line; texts are written as they are. */
  async ndjson(name: string, rows: readonly unknown[]): Promise<string> {
    return this.file(name, rows.map((row) => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''));
  }

  async file(name: string, content: string | Buffer): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, name.endsWith('.gz') ? gzipSync(content) : content);
    return path;
  }

  import(path: string, mapping?: Mapping, options: Partial<ImportOptions> = {}): Promise<ImportResult> {
    const kind = mapping?.kind === 'categories' ? 'categories' : 'products';
    return this.imports.run({ kind, path, mapping, ...options });
  }

  importOrders(
    path: string,
    mapping: OrderMapping,
    options: Partial<OrderImportOptions> = {},
  ): Promise<OrderImportResult> {
    return this.context.get(OrderImportService).run({ path, mapping, ...options });
  }

  /** Imports like `import` and reads the file of refused rows. */
  async importWithRejects(path: string, mapping?: Mapping): Promise<{ result: ImportResult; rejects: Reject[] }> {
    const rejectsPath = join(this.folder, `${basename(path)}.rejects.ndjson`);
    const result = await this.import(path, mapping, { rejectsPath });
    if (result.rejectsPath === null) return { result, rejects: [] };
    const lines = (await readFile(rejectsPath, 'utf8')).trimEnd().split('\n');
    return { result, rejects: lines.map((line) => JSON.parse(line) as Reject) };
  }

  /** The rules of `npm run verify` that do not hold, with rows that break them. */
  async brokenRules(): Promise<object[]> {
    const verification = new VerificationService(new VerificationRepository(this.transactions, undefined as never));
    return (await verification.verify()).filter(({ breaches }) => breaches.length > 0);
  }

  query<Row>(sql: string, values: readonly unknown[] = []): Promise<Row[]> {
    return this.transactions.query<Row>(sql, values);
  }

  /** A digest of everything that an import may write, with ids, versions and instants: equal only if nothing was touched. */
  async checksum(): Promise<string> {
    const tables = [
      'categories',
      'products',
      'product_categories',
      'variants',
      'variant_prices',
      'stock',
      'inventory_movements',
      'orders',
      'order_lines',
      'order_history',
      'payments',
    ];
    const sums = tables.map((table) => `(SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM ${table} t)`);
    const [row] = await this.query<{ sum: string }>(`SELECT concat_ws(' ', ${sums.join(', ')}) AS sum`);
    return row!.sum;
  }

  /** A digest of each table of the database. */
  async everything(): Promise<Record<string, string | null>> {
    const tables = await this.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const digests = tables.map(
      ({ name }) => `'${name}', (SELECT md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM ${name} t)`,
    );
    const [row] = await this.query<{ sums: Record<string, string | null> }>(
      `SELECT jsonb_object(ARRAY[${digests.join(', ')}]) AS sums`,
    );
    return row!.sums;
  }

  /** The catalogue without ids, versions and instants: equal for two databases in which shoppers see the same. */
  async content(): Promise<unknown> {
    const [row] = await this.query<{ content: unknown }>(`SELECT jsonb_build_object(
      'categories', (SELECT jsonb_agg(jsonb_build_array(c.slug, c.name, above.slug) ORDER BY c.slug)
        FROM categories c LEFT JOIN categories above ON above.id = c.parent_id),
      'products', (SELECT jsonb_agg(jsonb_build_array(slug, name, description, brand, status, tags, attributes, options, import_key,
          (SELECT jsonb_agg(c.slug ORDER BY c.slug) FROM product_categories pc JOIN categories c ON c.id = pc.category_id WHERE pc.product_id = p.id))
        ORDER BY slug) FROM products p),
      'variants', (SELECT jsonb_agg(jsonb_build_array(v.sku, p.slug, v.options, v.barcode, v.weight_grams, v.position, s.on_hand,
          (SELECT jsonb_agg(jsonb_build_array(currency, amount, compare_at_amount) ORDER BY currency) FROM variant_prices WHERE variant_id = v.id),
          (SELECT jsonb_agg(jsonb_build_array(on_hand_delta, reason)) FROM inventory_movements WHERE variant_id = v.id))
        ORDER BY v.sku) FROM variants v JOIN products p ON p.id = v.product_id LEFT JOIN stock s ON s.variant_id = v.id)) AS content`);
    return row!.content;
  }

  /** How many rows wait to be merged or listed as refused; none after an import has ended. */
  async leftovers(): Promise<number> {
    const [row] = await this.query<{ count: number }>(
      'SELECT ((SELECT count(*) FROM import_rows) + (SELECT count(*) FROM import_rejects))::int AS count',
    );
    return row!.count;
  }
}

/** One line of a file of refused rows. */
export interface Reject {
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly row: unknown;
}

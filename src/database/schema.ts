import pg from 'pg';
import { migrations } from './migrations/index.js';

/** Any number, as long as every process of this application asks for the same one. */
const MIGRATION_LOCK = 7_305_418_226;
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Lists the migrations that this program knows and the database has not seen, oldest first.
 *
 * A database that is ahead of the program is fine: migrations expand first, so old code works beside a new schema.
 */
export async function pendingMigrations(url: string): Promise<string[]> {
  return withClient(url, readPending);
}

/**
 * Brings the database to the schema of this program. Processes that start together take turns; the later ones find nothing to do.
 *
 * @returns The names of the migrations that this call ran.
 */
export async function migrate(url: string): Promise<string[]> {
  return withClient(url, async (client) => {
    if ((await readPending(client)).length === 0) return [];
    // Held by this connection alone, so that it goes with the process even if that is killed.
    await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    const pending = await readPending(client);
    if (pending.length > 0) await runMigrations(url);
    return pending;
  });
}

async function runMigrations(url: string): Promise<void> {
  // Loaded here only: most starts find nothing to migrate, and need not wait for it.
  const [{ DataSource }, { dataSourceOptions }] = await Promise.all([import('typeorm'), import('./data-source.js')]);
  const options = dataSourceOptions(url, 2);
  // Building an index on a large table takes as long as it takes.
  const dataSource = new DataSource({ ...options, extra: { ...(options.extra as object), statement_timeout: 0 } });
  await dataSource.initialize();
  try {
    await dataSource.runMigrations();
  } finally {
    await dataSource.destroy();
  }
}

async function readPending(client: pg.Client): Promise<string[]> {
  const known = migrations.map((Migration) => new Migration().name);
  const table = await client.query<{ exists: boolean }>(
    `SELECT to_regclass('schema_migrations') IS NOT NULL AS exists`,
  );
  if (!table.rows[0]?.exists) return known;
  const { rows } = await client.query<{ name: string }>('SELECT name FROM schema_migrations');
  const applied = new Set(rows.map(({ name }) => name));
  return known.filter((name) => !applied.has(name));
}

async function withClient<Result>(url: string, work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A server that goes away while the client is idle is reported by the next query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

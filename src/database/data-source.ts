import pg from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { migrations } from './migrations/index.js';
import { SnakeNamingStrategy } from './naming-strategy.js';

/** Seconds a statement may run before PostgreSQL ends it; nothing a request does takes longer. */
const STATEMENT_TIMEOUT_MS = 15_000;

/** The TypeORM options shared by the running app and the command line (`ormconfig.ts`). */
export function dataSourceOptions(url: string, poolSize = 10): Extract<DataSourceOptions, { type: 'postgres' }> {
  return {
    type: 'postgres',
    // TypeORM would look for it by its name, which a bundle does not have.
    driver: pg,
    url,
    applicationName: 'storehouse',
    namingStrategy: new SnakeNamingStrategy(),
    migrations,
    migrationsTransactionMode: 'each',
    migrationsTableName: 'schema_migrations',
    synchronize: false,
    installExtensions: false,
    uuidExtension: 'pgcrypto',
    poolSize,
    extra: {
      // A statement goes out at once instead of waiting for the answer to the one before on its connection.
      pipeline: true,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 30_000,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: 30_000,
    },
  };
}

import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { migrate } from '../database/schema.js';

/*
 * The deployment step before a new version starts: `node dist/start/migrate.js`. It needs DATABASE_URL and nothing else, so that it can
 * run as a database user who may change the schema while the application's own user may not.
 */
if (existsSync('.env')) process.loadEnvFile('.env');
const url = process.env.DATABASE_URL;
if (url) {
  try {
    const applied = await migrate(url);
    process.stdout.write(applied.length > 0 ? `Migrated: ${applied.join(', ')}\n` : 'The database is up to date.\n');
  } catch (error) {
    process.stderr.write(
      `The database could not be migrated: ${error instanceof Error ? error.message || String(error) : String(error)}\n`,
    );
    process.exitCode = 1;
  }
} else {
  process.stderr.write('DATABASE_URL is missing\n');
  process.exitCode = 1;
}

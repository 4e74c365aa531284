import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/database/data-source.ts';

/** Migrates one template and clones it for each worker; databases of an earlier run are dropped first. */
export async function prepareTestDatabases(serverUrl, workers) {
  const template = new URL(serverUrl).pathname.slice(1);
  const admin = new pg.Client({ connectionString: withDatabase(serverUrl, 'postgres') });
  await admin.connect();
  const names = Array.from({ length: workers }, (_, index) => `${template}_w${index + 1}`);
  for (const name of [...names, template]) await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  await admin.query(`CREATE DATABASE "${template}"`);
  const dataSource = await new DataSource(dataSourceOptions(serverUrl, 2)).initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
  for (const name of names) await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
  await admin.end();
}

function withDatabase(url, name) {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.toString();
}

import pg from 'pg';

const OBJECT_IN_USE = '55006';
const ATTEMPTS = 6;

/** Migrates the template that every test file gets a copy of; one of an earlier run is dropped first. */
export async function prepareTestTemplate(serverUrl) {
  const { DataSource } = await import('typeorm');
  const { dataSourceOptions } = await import('../src/database/data-source.ts');
  const template = databaseOf(serverUrl);
  await asAdmin(serverUrl, async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS "${template}" WITH (FORCE)`);
    await admin.query(`CREATE DATABASE "${template}"`);
  });
  const dataSource = await new DataSource(dataSourceOptions(serverUrl, 2)).initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
}

/** The database of a Jest worker. */
export function testDatabaseUrl(serverUrl, worker) {
  return withDatabase(serverUrl, `${databaseOf(serverUrl)}_w${worker}`);
}

/** Makes the database of a Jest worker a copy of the template again; whoever is still connected to it loses it. */
export async function renewTestDatabase(serverUrl, worker) {
  const name = databaseOf(testDatabaseUrl(serverUrl, worker));
  await asAdmin(serverUrl, async (admin) => {
    await admin.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    await copyOf(admin, databaseOf(serverUrl), name);
  });
}

/** On a busy machine autovacuum may be with the template for longer than PostgreSQL waits for that. */
async function copyOf(admin, template, name) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await admin.query(`CREATE DATABASE "${name}" TEMPLATE "${template}"`);
    } catch (error) {
      if (error.code !== OBJECT_IN_USE || attempt === ATTEMPTS) throw error;
    }
  }
}

async function asAdmin(serverUrl, work) {
  const admin = new pg.Client({ connectionString: withDatabase(serverUrl, 'postgres') });
  await admin.connect();
  try {
    await work(admin);
  } finally {
    await admin.end();
  }
}

function databaseOf(url) {
  return new URL(url).pathname.slice(1);
}

function withDatabase(url, name) {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

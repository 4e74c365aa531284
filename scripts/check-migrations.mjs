// npm run check:migrations: on an empty database, every migration runs, can be taken back and runs again, and afterwards the entities
// ask for nothing that the database does not have. Once each, the commands of package.json do it; the rest needs no further process.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../src/database/data-source.ts';
import { migrations } from '../src/database/migrations/index.ts';
import { startEmbeddedServers } from '../src/embedded/servers.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'storehouse-migrations-'));
let servers;
let dataSource;
try {
  servers = await startEmbeddedServers({ dataDir, needPostgres: true, needRedis: false, durable: false });
  dataSource = await new DataSource(dataSourceOptions(servers.databaseUrl, 1)).initialize();
  typeorm('migration:run');
  typeorm('migration:revert');
  for (let left = migrations.length - 1; left > 0; left--) await dataSource.undoLastMigration();
  await dataSource.runMigrations();
  typeorm('migration:generate', '--check', 'src/database/migrations/drift');
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await dataSource?.destroy();
  await servers?.stop();
  await rm(dataDir, { recursive: true, force: true });
}

function typeorm(command, ...args) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', './scripts/typescript.mjs', 'node_modules/typeorm/cli.js', command, '-d', 'ormconfig.ts', ...args],
    { encoding: 'utf8', env: { ...process.env, DATABASE_URL: servers.databaseUrl } },
  );
  if (status !== 0) throw new Error(`${stdout}${stderr}\n${[command, ...args].join(' ')} failed`);
}

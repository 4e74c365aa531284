// npm run check:migrations: on an empty database, every migration runs, can be taken back and runs again, and afterwards the entities
// ask for nothing that the database does not have.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServers } from '../src/embedded/servers.ts';
import { migrations } from '../src/database/migrations/index.ts';

const dataDir = await mkdtemp(join(tmpdir(), 'storehouse-migrations-'));
let servers;
try {
  servers = await startEmbeddedServers({ dataDir, needPostgres: true, needRedis: false, durable: false });
  const steps = [
    ['migration:run'],
    ...migrations.map(() => ['migration:revert']),
    ['migration:run'],
    ['migration:generate', '--check', 'src/database/migrations/drift'],
  ];
  const failed = steps.find((step) => !typeorm(step));
  if (failed) console.error(`${failed.join(' ')} failed`);
  process.exitCode = failed ? 1 : 0;
} finally {
  await servers?.stop();
  await rm(dataDir, { recursive: true, force: true });
}

function typeorm([command, ...args]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      '@swc-node/register/esm-register',
      'node_modules/typeorm/cli.js',
      command,
      '-d',
      'ormconfig.ts',
      ...args,
    ],
    { encoding: 'utf8', env: { ...process.env, DATABASE_URL: servers.databaseUrl } },
  );
  if (status !== 0) console.error(stdout + stderr);
  return status === 0;
}

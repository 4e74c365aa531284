// npm run migration:generate -- <name>, migration:run, migration:revert: the TypeORM command line on ormconfig.ts, on DATABASE_URL,
// else on the database of the application that runs here, else on the embedded one, started for the purpose.
import { spawnSync } from 'node:child_process';
import { prepareEnvironment } from '../src/start/prepare-environment.ts';

const [action, ...args] = process.argv.slice(2);
if (action === 'generate' && args[0] && !args[0].includes('/')) args[0] = `src/database/migrations/${args[0]}`;

let database;
try {
  database = process.env.DATABASE_URL ? { url: process.env.DATABASE_URL } : await preparedDatabase();
  const typeorm = ['--import', './scripts/typescript.mjs', 'node_modules/typeorm/cli.js'];
  const { status } = spawnSync(process.execPath, [...typeorm, `migration:${action}`, '-d', 'ormconfig.ts', ...args], {
    stdio: 'inherit',
    env: { ...process.env, DATABASE_URL: database.url },
  });
  if (action === 'generate' && status === 0) console.log('Add the new migration to src/database/migrations/index.ts.');
  process.exitCode = status ?? 1;
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await database?.stop?.();
}

async function preparedDatabase() {
  const prepared = await prepareEnvironment({ attach: true });
  return { url: prepared.environment.DATABASE_URL, stop: () => prepared.stop() };
}

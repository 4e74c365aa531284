// npm test: runs the tests on servers of their own: embedded ones, or those that TEST_DATABASE_URL and TEST_REDIS_URL name.
// Arguments go to Jest; --only=e2e runs the tests of one kind, --no-build leaves `dist` as it is.
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildIfNeeded } from './build-if-needed.mjs';
import { endWithNpm } from './end-with-npm.mjs';

endWithNpm();

const WORKERS = Math.min(4, Math.max(1, availableParallelism()));
const NO_BUILD = '--no-build';
const ONLY = '--only=';

/** Of the surrounding shell, the tests get what programs need to run, and none of our settings. */
const PASSED_ON =
  /^(PATH|HOME|USER|LANG|LC_.*|TZ|TERM|CI|FORCE_COLOR|NO_COLOR|TMPDIR|TMP|TEMP|SystemRoot|APPDATA|LD_LIBRARY_PATH|CHROMIUM_PATH|KCAT_PATH|TEST_.*|MODEL_.*|STOREHOUSE_.*)$/i;

let jest;
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    isInterrupted = true;
    jest?.kill(signal);
  });
}

// The tests compile the sources themselves; only those that start the built program need `dist`.
if (!process.argv.includes(NO_BUILD)) {
  try {
    await buildIfNeeded();
  } catch {
    // The compiler has said why.
    process.exit(1);
  }
}
const { startEmbeddedServers } = await import('../src/embedded/servers.ts');
const { prepareTestTemplate } = await import('./test-databases.mjs');

const dataDir = await mkdtemp(join(tmpdir(), 'storehouse-test-'));
const given = { databaseUrl: process.env.TEST_DATABASE_URL, redisUrl: process.env.TEST_REDIS_URL };
const servers = await startEmbeddedServers({
  dataDir,
  needPostgres: !given.databaseUrl,
  needRedis: !given.redisUrl,
  durable: false,
});
try {
  const databaseUrl = given.databaseUrl ?? servers.databaseUrl;
  await prepareTestTemplate(databaseUrl);
  process.exitCode = isInterrupted ? 1 : await runJest(databaseUrl, given.redisUrl ?? servers.redisUrl);
} finally {
  await servers.stop();
  await rm(dataDir, { recursive: true, force: true });
}

function runJest(databaseUrl, redisUrl) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const only = process.argv.find((argument) => argument.startsWith(ONLY))?.slice(ONLY.length);
  const args = process.argv.slice(2).filter((argument) => argument !== NO_BUILD && !argument.startsWith(ONLY));
  if (!args.some((argument) => /^(-i|--runInBand|-w|--maxWorkers)/.test(argument)))
    args.unshift(`--maxWorkers=${WORKERS}`);
  // Last, because Jest takes every word after it for another kind.
  if (only) args.push('--selectProjects', only);
  jest = spawn(process.execPath, ['node_modules/jest/bin/jest.js', '-c', 'jest.config.mjs', ...args], {
    stdio: 'inherit',
    env: {
      ...Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name))),
      TEST_DATABASE_URL: databaseUrl,
      TEST_REDIS_URL: redisUrl,
      TEST_DATA_DIR: dataDir,
      REDIS_FLAVOUR: given.redisUrl ? 'server' : 'embedded',
      NODE_ENV: 'test',
      SECRETS_KEY: randomBytes(32).toString('base64'),
      JWT_PRIVATE_KEYS: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
    },
  });
  return new Promise((resolve) => jest.on('exit', (code) => resolve(code ?? 1)));
}

// What the image does, without Docker: production dependencies only, secrets in .env, a migration step, api and worker as two processes.
// Argument: a folder to make. Needs TEST_DATABASE_URL and TEST_REDIS_URL.
import { appendFile, cp, mkdir, readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { join, resolve } from 'node:path';
import { expect, freePort, main, run, start, until } from './support.mjs';

const SIZE_LIMIT_MB = 130;
const NODE = process.execPath;
/** What the API role does without, or has in its bundle: a second Nest and its like, queues, brokers, clients of HTTP. */
const NOT_LOADED =
  /\/node_modules\/(?:@nestjs|rxjs|typeorm|class-validator|ajv|bull|ws|nodemailer|@platformatic)\/|^NativeModule .*(?:undici|http2)/m;
const METRICS_TOKEN = 'a-token-of-the-production-check';

await main(async () => {
  const [folder] = process.argv.slice(2);
  await mkdir(folder, { recursive: true });
  const inFolder = { cwd: folder, env: { PATH: process.env.PATH, HOME: process.env.HOME } };
  for (const path of ['package.json', 'package-lock.json', 'scripts/slim.mjs', 'assets', 'dist']) {
    await cp(path, join(folder, path), { recursive: true });
  }
  await run('npm', ['ci', '--omit=dev', '--no-audit', '--no-fund'], { cwd: folder });
  const megabytes = Number.parseInt(await run('du', ['-sm', 'node_modules'], inFolder), 10);
  console.log(`production dependencies: ${megabytes} MB`);
  expect(`production dependencies stay under ${SIZE_LIMIT_MB} MB`, megabytes < SIZE_LIMIT_MB);

  const port = await freePort();
  const database = new URL(process.env.TEST_DATABASE_URL);
  database.pathname = '/production';
  await createDatabase(database);
  await appendFile(join(folder, '.env'), await run(NODE, [resolve('scripts/make-secrets.mjs')], inFolder));
  await appendFile(
    join(folder, '.env'),
    [
      `DATABASE_URL=${database}`,
      `REDIS_URL=${process.env.TEST_REDIS_URL}/15`,
      'PUBLIC_URL=https://api.shop.test',
      'SMTP_URL=smtp://127.0.0.1:2525',
      `PORT=${port}`,
      'HOST=127.0.0.1',
      `METRICS_TOKEN=${METRICS_TOKEN}`,
      '',
    ].join('\n'),
  );
  const production = (role) => ({ ...inFolder, env: { ...inFolder.env, NODE_ENV: 'production', ROLE: role } });

  const early = start(NODE, ['dist/main.js'], production('api'));
  expect(
    'a schema that is not migrated is refused',
    (await early.exited) === 1 && early.stderr.includes('is not migrated'),
  );
  console.log(await run(NODE, ['dist/start/migrate.js'], inFolder));

  const begin = performance.now();
  const api = start(NODE, ['--import', resolve('.ci/tell-loaded.mjs'), 'dist/main.js'], production('api'));
  const worker = start(NODE, ['dist/main.js'], production('worker'));
  await until('the API is ready', api, () =>
    fetch(`http://127.0.0.1:${port}/health/ready`).then(
      (answer) => answer.status === 200,
      () => false,
    ),
  );
  console.log(`api and worker, to the first 200: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  await until('the worker works', worker, () => worker.stdout.includes('The worker waits for jobs'));
  expect('the catalogue answers', (await fetch(`http://127.0.0.1:${port}/api/v1/products`)).status === 200);
  expect('the documentation is served', (await fetch(`http://127.0.0.1:${port}/docs`)).status === 200);
  for (const path of ['/', '/account/verify-email', '/account/page.css', '/.well-known/security.txt']) {
    const { status } = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept: 'text/html, */*' } });
    expect(`the bundle serves ${path}`, status === 200);
  }
  const metrics = (token) =>
    fetch(`http://127.0.0.1:${port}/metrics`, { headers: token ? { authorization: `Bearer ${token}` } : {} });
  expect('metrics are closed to strangers', (await metrics()).status === 401);
  const { status, text } = await metrics(METRICS_TOKEN).then(async (answer) => ({
    status: answer.status,
    text: await answer.text(),
  }));
  expect(
    'the bundle serves metrics to who has the token',
    status === 200 && text.includes('process_cpu_seconds_total'),
  );
  const served = await (await fetch(`http://127.0.0.1:${port}/docs-json`)).json();
  const { paths } = JSON.parse(await readFile('openapi.json', 'utf8'));
  expect(
    'the bundle documents what the modules do',
    Object.keys(served.paths).length > 50 &&
      Object.entries(served.paths).every(([path, item]) => isDeepStrictEqual(item, paths[path])),
  );
  for (const program of [api, worker]) program.child.kill('SIGTERM');
  expect('both end with status 0', (await api.exited) === 0 && (await worker.exited) === 0);
  expect(`the API role does not load ${NOT_LOADED.exec(api.stdout)?.[0]}`, !NOT_LOADED.test(api.stdout));
});

async function createDatabase(url) {
  const { default: pg } = await import('pg');
  const admin = new pg.Client({ connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href });
  await admin.connect();
  await admin.query(`DROP DATABASE IF EXISTS "${url.pathname.slice(1)}" WITH (FORCE)`);
  await admin.query(`CREATE DATABASE "${url.pathname.slice(1)}"`);
  await admin.end();
}

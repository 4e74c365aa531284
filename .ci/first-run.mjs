// What a newcomer does in a fresh clone: npm start, look around, import a catalogue, Ctrl-C. Argument: an empty folder for clone and data.
import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { cloneTo } from '../scripts/bench/processes.mjs';
import { expect, main, run, start, until } from './support.mjs';

await main(async () => {
  const folder = resolve(process.argv[2]);
  const cwd = join(folder, 'clone');
  await mkdir(cwd, { recursive: true });
  cloneTo(cwd);
  const env = { ...process.env, DATA_DIR: join(folder, 'data'), PORT: '0' };
  // Blank wins over a developer's .env.
  for (const name of ['NODE_ENV', 'DATABASE_URL', 'REDIS_URL', 'ADMIN_EMAIL', 'ADMIN_PASSWORD']) env[name] = '';

  const begin = performance.now();
  const app = start('npm', ['start'], { cwd, env });
  await until('npm start prints where the data is', app, () => /^Data /m.test(app.stdout));
  console.log(`first start, nothing built: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  const lines = app.stdout.split('\n').filter((line) => /^(API|Docs|Admin|Data) /.test(line));
  expect('four lines', lines.length === 4);
  const [, api] = /^API +(\S+)/m.exec(app.stdout);
  const { data } = await (await fetch(`${api}/products`)).json();
  expect('the demo catalogue is there', data.length === 20);

  const document = await (await fetch(new URL('/docs-json', api))).json();
  expect(
    'the document is that of a build',
    isDeepStrictEqual(document, JSON.parse(await readFile('openapi.json', 'utf8'))),
  );

  const catalogue = join(folder, 'catalogue.ndjson');
  await copyFile('assets/demo-catalogue.ndjson', catalogue);
  console.log(await run('npm', ['run', '--silent', 'import', '--', 'products', catalogue], { cwd, env }));
  console.log(await run('npm', ['run', '--silent', 'verify'], { cwd, env }));

  const stopping = performance.now();
  // Ctrl-C reaches npm, its shell and the application alike.
  process.kill(-app.child.pid, 'SIGINT');
  const status = await app.exited;
  console.log(`stop: ${((performance.now() - stopping) / 1000).toFixed(1)} s, status ${status}`);
  expect('Ctrl-C ends it within ten seconds', performance.now() - stopping < 10_000);
  expect(
    'running.json is gone',
    await stat(join(env.DATA_DIR, 'running.json')).then(
      () => false,
      () => true,
    ),
  );

  const again = performance.now();
  const second = start('npm', ['start'], { cwd, env });
  await until('npm start prints where the data is', second, () => /^Data /m.test(second.stdout));
  const seconds = (performance.now() - again) / 1000;
  console.log(`next start: ${seconds.toFixed(1)} s`);
  process.kill(-second.child.pid, 'SIGTERM');
  await second.exited;
});

// Boots the application in this process and prints how many SQL statements one journey from a cart to a paid order sends.
import pg from 'pg';
import { journey } from './journey.mjs';

let sent = 0;
const original = pg.Client.prototype.query;
pg.Client.prototype.query = function query(config, ...rest) {
  // Waking the relay and keeping a channel alive are not part of it.
  if (config && !/pg_notify|^LISTEN|^SELECT 1$/.test(config.text ?? config)) sent += 1;
  return original.call(this, config, ...rest);
};

const { createApp } = await import('../../dist/app.setup.js');
const { loadEnvironment } = await import('../../dist/config/environment.js');
const app = await createApp(loadEnvironment(process.env));
await app.init();
await app.getHttpAdapter().getInstance().ready();
const variants = JSON.parse(process.env.BENCH_VARIANTS);

// The first one meets what is read once only.
for (const isCounted of [false, true]) {
  const context = {};
  sent = 0;
  for (const { request, learn } of journey(() => variants.pop())) {
    const { method, path: url, headers, body: payload } = request(context);
    const answer = await app.inject({ method, url, headers, payload });
    if (answer.statusCode >= 300) throw new Error(`${method} ${url} answered ${answer.statusCode}: ${answer.body}`);
    learn?.(answer.json(), context);
  }
  if (isCounted) process.stdout.write(`statements: ${sent}\n`);
}
await app.close();
process.exit(0);

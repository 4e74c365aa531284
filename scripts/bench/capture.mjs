// Boots the application once in this process and writes down the SQL that it sends for each measured request.
import { writeFileSync } from 'node:fs';
import pg from 'pg';

let recording = null;
const original = pg.Client.prototype.query;
pg.Client.prototype.query = function query(config, values, ...rest) {
  // Pool.query hands its arguments on to a client, so each statement is seen once.
  // What runs beside the request (waking the relay, keeping a channel alive) is not part of it.
  if (recording && config && !/pg_notify|^LISTEN|^SELECT 1$/.test(config.text ?? config)) {
    recording.push(
      typeof config === 'string'
        ? { text: config, values }
        : { name: config.name, text: config.text, values: config.values },
    );
  }
  return original.call(this, config, values, ...rest);
};

const { createApp } = await import('../../dist/app.setup.js');
const { loadEnvironment } = await import('../../dist/config/environment.js');
const app = await createApp(loadEnvironment(process.env));
await app.init();
await app.getHttpAdapter().getInstance().ready();

const plan = JSON.parse(process.env.BENCH_PLAN);
const reads = {};
let fixed;
for (const [name, url] of Object.entries(plan.reads)) {
  const { answer, statements } = await record({ method: 'GET', url });
  reads[name] = statements;
  if (name === 'list') fixed = { body: answer.body, headers: fieldsOf(answer) };
}
writeFileSync(
  process.env.BENCH_CAPTURE,
  JSON.stringify({
    reads,
    fixed,
  }),
);
await app.close();
process.exit(0);

async function record(request) {
  recording = [];
  const answer = await app.inject(request);
  const statements = recording;
  recording = null;
  if (answer.statusCode >= 300) throw new Error(`${request.url} answered ${answer.statusCode}: ${answer.body}`);
  return { answer, statements };
}

/** The header fields of an answer that the application sets, and not Node. */
function fieldsOf({ headers }) {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !['connection', 'content-length', 'date', 'keep-alive'].includes(name)),
  );
}

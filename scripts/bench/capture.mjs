// Boots the application once in this process and writes down the SQL that it sends for each measured request.
import { writeFileSync } from 'node:fs';
import pg from 'pg';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

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
const first = await record(orderRequest(1));
const second = await record(orderRequest(2));
writeFileSync(
  process.env.BENCH_CAPTURE,
  JSON.stringify({
    reads,
    fixed,
    variants: plan.variants,
    order: { statements: generalise(first.statements, second.statements), answer: first.answer.json() },
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

function orderRequest(index) {
  return {
    method: 'POST',
    url: '/api/v1/orders',
    headers: { 'content-type': 'application/json', 'idempotency-key': `capture-${process.pid}-${index}` },
    payload: JSON.stringify(plan.order),
  };
}

/** Marks what is made anew for each order: the variants, and the values in which two equal orders differ. */
function generalise(left, right) {
  const ids = new Map();
  const orderedVariants = plan.order.lines.map(({ variantId }) => variantId);
  const mark = (a, b) => {
    if (Array.isArray(a)) return a.map((value, index) => mark(value, b[index]));
    if (Buffer.isBuffer(a)) return a.equals(b) ? a : { fresh: 'bytes', id: idOf(a.toString('hex')), bytes: a.length };
    if (a instanceof Date) return a;
    if (orderedVariants.includes(a)) return { fresh: 'variant', id: orderedVariants.indexOf(a) };
    if (a === b) return a;
    if (typeof a !== 'string') return a;
    if (UUID.test(a)) return { fresh: 'uuid', id: idOf(a) };
    if (/^-?\d{10,}$/.test(a)) return { fresh: 'bigint', id: idOf(a) };
    if (a.startsWith('{') || a.startsWith('[')) return a;
    return { fresh: 'text', id: idOf(a) };
  };
  const idOf = (value) => {
    if (!ids.has(value)) ids.set(value, ids.size);
    return ids.get(value);
  };
  return left.map(({ name, text, values }, index) => ({
    name,
    text,
    values: values && mark(values, right[index].values),
  }));
}

// Measures the budgets of the architecture: `npm run bench`, with `--quick` for shorter runs and `--scale 1000000` for a large catalogue.
// `--only=sign-in` (or throughput, orders, pricing, starts, first-start, job-delay, relay, scale, login-timing, streams; several with commas) measures just that.
import { mkdtemp, rm } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { buildIfNeeded } from './build-if-needed.mjs';
import { load } from './bench/load.mjs';
import { firstStart, startsOfTheApi } from './bench/processes.mjs';
import { measureReads, READ_PATHS } from './bench/reads.mjs';
import { measureCarts, measureOrders, orderLoad } from './bench/orders.mjs';
import { measureRelay, startRedisServer } from './bench/relay.mjs';
import { seedProducts } from './bench/seed.mjs';
import { startNode } from './bench/servers.mjs';
import { measureStreams } from './bench/streams.mjs';
import { READS_A_SECOND, readsUnderSignIns, refusalTimes } from './bench/sign-in.mjs';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    scale: { type: 'string' },
    products: { type: 'string', default: '10000' },
    only: {
      type: 'string',
      default: 'throughput,orders,pricing,starts,first-start,job-delay,relay,sign-in,login-timing,streams,scale',
    },
  },
});
const ROUNDS = options.quick ? 1 : 5;
const UNCACHED = { CATALOGUE_CACHE_MB: '0' };

await buildIfNeeded();
const { startEmbeddedServers } = await import('../dist/embedded/servers.js');
const { DataSource } = await import('typeorm');
const { dataSourceOptions } = await import('../dist/database/data-source.js');

const dataDir = await mkdtemp(join(tmpdir(), 'storehouse-bench-'));
const servers = await startEmbeddedServers({ dataDir, needPostgres: true, needRedis: true, durable: true });
const environment = {
  NODE_ENV: 'development',
  DATABASE_URL: servers.databaseUrl,
  REDIS_URL: servers.redisUrl,
  REDIS_FLAVOUR: 'embedded',
  DATA_DIR: dataDir,
  SECRETS_KEY: randomBytes(32).toString('base64'),
  JWT_PRIVATE_KEYS: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    type: 'pkcs8',
    format: 'pem',
  }),
  ADMIN_EMAIL: 'admin@bench.local',
  ADMIN_PASSWORD: randomUUID(),
  DEMO_CATALOGUE: 'false',
  RATE_LIMIT_SCALE: '1000000',
  LOG_LEVEL: 'warn',
  LOG_FORMAT: 'json',
  ROLE: 'api',
  BENCH_CAPTURE: join(dataDir, 'capture.json'),
};
const rows = [];
const client = new pg.Client({ connectionString: servers.databaseUrl });
try {
  const dataSource = await new DataSource(dataSourceOptions(servers.databaseUrl)).initialize();
  await dataSource.runMigrations();
  await dataSource.destroy();
  await client.connect();
  await seedProducts(client, Number(options.products));
  const measurements = {
    throughput: measureThroughput,
    orders: measureOrderRates,
    pricing: measurePricing,
    starts: measureStarts,
    'first-start': measureFirstStart,
    'job-delay': measureJobDelay,
    relay: measureRelays,
    'sign-in': measureSignIns,
    'login-timing': measureLoginTiming,
    streams: measureIdleStreams,
    scale: measureScale,
  };
  for (const name of options.only.split(',')) {
    if (!measurements[name]) throw new Error(`--only takes ${Object.keys(measurements).join(', ')}`);
    await measurements[name]();
  }
} finally {
  await client.end();
  await servers.stop();
  await rm(dataDir, { recursive: true, force: true });
}
print();

async function measureThroughput() {
  execFileSync(process.execPath, ['scripts/bench/capture.mjs'], {
    stdio: 'inherit',
    env: { ...process.env, ...environment, ...UNCACHED, BENCH_PLAN: JSON.stringify({ reads: READ_PATHS }) },
  });

  const yardstick = await startNode('scripts/bench/yardstick.mjs', environment, '/ready');
  const uncached = await startNode('dist/main.js', { ...environment, ...UNCACHED }, '/health/live');
  const cached = await startNode('dist/main.js', environment, '/health/live');

  await measureReads({ yardstick, uncached, cached }, ROUNDS, add);
  const memory = await uncached.residentMiB();
  rows.push({
    what: 'resident memory after the run',
    subject: `${memory.toFixed(0)} MiB`,
    budget: 'at most 256 MiB',
    isMet: memory <= 256,
  });
  for (const server of [yardstick, uncached, cached]) await server.stop();
}

async function measureStarts() {
  const { startMs, restMiB } = await startsOfTheApi(environment);
  rows.push({
    what: 'resident memory at rest',
    subject: `${restMiB.toFixed(0)} MiB`,
    budget: 'at most 150 MiB',
    isMet: restMiB <= 150,
  });
  addStart('cold start to first 200, built and migrated', startMs, 1);
}

async function measureFirstStart() {
  addStart('first answer of a fresh clone, installed', await firstStart(), 5);
}

function addStart(what, milliseconds, seconds) {
  rows.push({
    what,
    subject: `${(milliseconds / 1000).toFixed(2)} s`,
    budget: `below ${seconds} s`,
    isMet: milliseconds < seconds * 1000,
  });
}

/** Orders against a yardstick written by hand, paid orders with their mails against orders, journeys from carts, and a rush on one item. */
async function measureOrderRates() {
  const { placed, paid } = await measureOrders(
    client,
    { ...environment, ...UNCACHED },
    { rounds: ROUNDS, isQuick: options.quick },
  );
  add('place order (2 lines, stock held, idempotent)', 0.8, placed);
  add('paid guest order in one call, its mail sent (against our own place order)', 0.5, paid);
  const { journey, hot } = await measureCarts(
    client,
    { ...environment, ...UNCACHED },
    { rounds: ROUNDS, isQuick: options.quick },
  );
  rows.push({
    what: `cart to paid order (6 calls, ${journey.statements} statements)`,
    subject: `${journey.perSecond.toFixed(1)}/s, ${journey.cpuMicros.toFixed(0)} µs`,
    budget: 'at most 60 statements',
    isMet: journey.statements <= 60,
  });
  rows.push({
    what: 'hot item (200 pieces, 400 buyers at once)',
    subject: `${hot.perSecond.toFixed(0)} orders/s`,
    budget: '200 orders, 200 refusals, nothing left',
    isMet: hot.isExact,
  });
}

/** The pure part of pricing, in this process: what it reads beforehand is at most two statements, which a test counts. */
async function measurePricing() {
  const { pricingMicros } = await import('./bench/pricing.mjs');
  const micros = pricingMicros(options.quick ? 500 : 5_000);
  rows.push({
    what: 'price 20 lines, 50 promotions that apply, 3 taxes each',
    subject: `${(micros / 1000).toFixed(2)} ms of Node`,
    budget: 'below 3 ms',
    isMet: micros < 3_000,
  });
}

/** Places paid orders at an easy pace and reads how long each waited between its commit and the start of its job. */
async function measureJobDelay() {
  const server = await startNode('dist/main.js', { ...environment, ROLE: 'all' }, '/health/ready');
  const variants = (await client.query(`SELECT id FROM variants ORDER BY sku LIMIT 100`)).rows.map(({ id }) => id);
  const count = options.quick ? 100 : 500;
  const since = new Date();
  for (let index = 0; index < count; index++) {
    const answer = await fetch(`${server.url}/api/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `delay-${randomUUID()}` },
      body: JSON.stringify({
        email: 'bench@example.org',
        lines: [{ variantId: variants[index % variants.length], quantity: 1 }],
        payment: { provider: 'fake', token: 'tok_success' },
      }),
    });
    if (answer.status !== 201) throw new Error(`an order answered ${answer.status}: ${await answer.text()}`);
    await delay(20);
  }
  const delays = await jobDelays(count, since);
  await server.stop();
  const p99 = delays[Math.ceil(delays.length * 0.99) - 1];
  rows.push({
    what: `time from commit to job start (${delays.length} jobs)`,
    subject: `p50 ${delays[delays.length >> 1].toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
    budget: 'p99 below 100 ms',
    isMet: delays.length === count && p99 < 100,
  });
}

/** Waits until every confirmation job has started. @returns the delays in milliseconds, ascending. */
async function jobDelays(count, since) {
  for (let attempt = 0; ; attempt++) {
    const { rows: started } = await client.query(
      `SELECT extract(epoch FROM job.started_at - event.occurred_at) * 1000 AS ms
       FROM outbox_jobs job JOIN outbox_events event ON event.id = job.event_id
       WHERE job.queue = 'order-mail' AND job.started_at IS NOT NULL AND event.occurred_at >= $1 ORDER BY 1`,
      [since],
    );
    if (started.length >= count || attempt >= 100) return started.map(({ ms }) => Number(ms));
    await delay(100);
  }
}

/** How many events a second workers bring from their commit to the end of their jobs, and how long one waits at an easy pace. */
async function measureRelays() {
  const redis = await startRedisServer(dataDir);
  const own = redis ? { REDIS_URL: redis.url, REDIS_FLAVOUR: 'server' } : {};
  const rounds = options.quick ? 1 : 3;
  for (const workers of [1, 2]) {
    const { perSecond, cpuMicros, waits } = await measureRelay(
      client,
      { ...environment, ...own },
      { workers, rounds, steadySeconds: options.quick ? 3 : 10 },
    );
    const where = `${workers} ${workers === 1 ? 'worker' : 'workers'}, ${redis ? 'Redis of the system' : 'embedded Redis'}`;
    rows.push({
      what: `20,000 events at once, from commit to the end of their jobs (${where})`,
      subject: `${perSecond.toFixed(0)} events/s, ${cpuMicros.toFixed(0)} µs`,
      budget: 'at least 2,000/s',
      isMet: perSecond >= 2_000,
    });
    const p99 = waits[Math.ceil(waits.length * 0.99) - 1];
    rows.push({
      what: `time from commit to job start at 200 events a second (${where})`,
      subject: `p50 ${waits[waits.length >> 1].toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`,
      budget: 'p99 below 100 ms',
      isMet: p99 < 100,
    });
  }
  await redis?.stop();
}

/** How much people who sign in slow down people who look at products. */
async function measureSignIns() {
  const server = await startNode('dist/main.js', { ...environment, ...UNCACHED }, '/health/ready');
  const { idle, busy, ratio, perSecond } = await readsUnderSignIns(server, '/api/v1/products?limit=20', {
    rounds: ROUNDS,
    seconds: options.quick ? 5 : 8,
  });
  await server.stop();
  rows.push({
    what: `p99 of ${READS_A_SECOND} product lists a second, uncached, while 8 clients sign in (${perSecond.toFixed(0)} sign-ins/s)`,
    yardstick: `${idle.toFixed(1)} ms when nobody signs in`,
    subject: `${busy.toFixed(1)} ms`,
    ratio: ratio.toFixed(2),
    budget: 'at most 3',
    isMet: ratio <= 3,
  });
}

/** Whether the time of a refusal tells that an address has an account. */
async function measureLoginTiming() {
  const server = await startNode('dist/main.js', environment, '/health/ready');
  const { known, unknown } = await refusalTimes(server, 100);
  await server.stop();
  const difference = Math.abs(known - unknown);
  rows.push({
    what: 'refused sign-in to an account, against an address without one (medians of 100)',
    yardstick: `${unknown.toFixed(1)} ms`,
    subject: `${known.toFixed(1)} ms`,
    ratio: (known / unknown).toFixed(2),
    budget: 'within 10 % or 20 ms',
    isMet: difference <= Math.max(unknown * 0.1, 20),
  });
}

/** Memory and delay of streams that are open and hear next to nothing; the limit of open files must leave room for them. */
async function measureIdleStreams() {
  const count = options.quick ? 1_000 : 5_000;
  for (const kind of ['sse', 'websocket']) {
    const { kibEach, restPercent, p50, p99, last } = await measureStreams(client, environment, {
      kind,
      count,
      events: options.quick ? 5 : 20,
    });
    rows.push({
      what: `${count} streams (${kind}), each of its own session: memory for each, processor at rest`,
      subject: `${kibEach.toFixed(1)} KiB, ${restPercent.toFixed(0)} %`,
      budget: 'at most 40 KiB',
      isMet: kibEach <= 40,
    });
    rows.push({
      what: `one event to all ${count} streams (${kind}), from before its insertion`,
      subject: `p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, last ${last.toFixed(0)} ms`,
      budget: 'p99 below 1 s',
      isMet: p99 < 1_000,
    });
  }
}

/** Latency under a light load at the small and at the large catalogue. */
async function measureScale() {
  const large = Number(options.scale ?? (options.quick ? 0 : 1_000_000));
  if (large === 0) return;
  const small = await latencies();
  await seedProducts(client, large);
  const big = await latencies();
  for (const [name, before] of Object.entries(small)) {
    const ratio = big[name] / before;
    rows.push({
      what: `${name} latency at ${large} products`,
      yardstick: `${before.toFixed(2)} ms at ${options.products}`,
      subject: `${big[name].toFixed(2)} ms`,
      ratio: ratio.toFixed(2),
      budget: 'at most 1.5',
      isMet: ratio <= 1.5,
    });
  }
}

async function latencies() {
  const variants = (await client.query(`SELECT id FROM variants ORDER BY sku LIMIT 2000`)).rows.map(({ id }) => id);
  const server = await startNode('dist/main.js', { ...environment, ...UNCACHED }, '/health/ready');
  const mean = async (path, request = {}) => {
    await load(server.url + path, { seconds: 1, connections: 2, ...request });
    const { perSecond } = await load(server.url + path, { seconds: 5, connections: 2, ...request });
    return (2 * 1000) / perSecond;
  };
  const result = {
    list: await mean('/api/v1/products?limit=20'),
    'search "copper kettle"': await mean('/api/v1/products?q=copper%20kettle'),
    order: await mean('/api/v1/orders', orderLoad(variants)),
  };
  await server.stop();
  return result;
}

function add(what, floor, { yardstick, subject, p99, ratio, cpuMicros: [yardstickMicros, subjectMicros] }) {
  const processor = (micros) => (Number.isFinite(micros) ? `, ${micros.toFixed(0)} µs` : '');
  rows.push({
    what,
    yardstick: `${yardstick.toFixed(0)}/s${processor(yardstickMicros)}`,
    subject: `${subject.toFixed(0)}/s${processor(subjectMicros)}${p99 === undefined ? '' : `, p99 ${p99} ms`}`,
    ratio: ratio.toFixed(2),
    budget: `at least ${floor}`,
    isMet: ratio >= floor,
  });
}

function print() {
  const columns = ['what', 'yardstick', 'subject', 'ratio', 'budget', 'met'];
  const lines = rows.map((row) =>
    columns.map((column) => (column === 'met' ? (row.isMet ? 'yes' : 'NO') : (row[column] ?? '–'))),
  );
  process.stdout.write(
    [columns, columns.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n') + '\n',
  );
}

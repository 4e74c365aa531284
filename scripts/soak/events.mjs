// Events on their way from a commit to a receiver of webhooks, while two workers, the receiver and Redis are killed again and again.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { newId } from '../../src/common/ids.ts';
import { startEmbeddedServers } from '../../src/embedded/servers.ts';
import { TcpProxy } from '../../test/support/tcp-proxy.ts';
import { answers, freePort } from '../bench/servers.mjs';
import { spawnOwned } from './children.mjs';

const ADMIN = { email: 'soak@shop.test', password: 'patient grey heron 7' };
const AGGREGATES = 200;
const WRITERS = 6;
/** Of transactions that have written their events already. */
const ROLLED_BACK_SHARE = 0.2;
const ORDER_EVERY_MS = 100;
/** What a failed webhook waits for may be minutes; what is due then is due now once nothing is killed any more. */
const SKIP_PAUSES_EVERY_MS = 1_000;
/** Without a single arrival; what a killed worker was about to send is leased for a minute. */
const PATIENCE_MS = 90_000;
/** A worker that is killed while it starts proves little: so long it may take until something arrives. */
const WORK_PATIENCE_MS = 15_000;
/** For how long after the last event was written something is killed at most. */
const KILLING_MS = 180_000;

const chance = (share) => Math.random() < share;

/** Debian's Redis where there is one: killed, it forgets everything. Else the embedded one, emptied and cut off for as long. */
async function startRedis(folder) {
  const installed = ['/usr/bin/redis-server', '/usr/local/bin/redis-server'].find((path) => {
    try {
      return execFileSync(path, ['--version']).length > 0;
    } catch {
      return false;
    }
  });
  if (!installed) {
    const servers = await startEmbeddedServers({ dataDir: folder, needPostgres: false, needRedis: true });
    const proxy = await TcpProxy.to(servers.redisUrl);
    const { Redis } = await import('ioredis');
    const direct = new Redis(servers.redisUrl);
    const restart = async () => {
      await proxy.close();
      await direct.flushall();
      await delay(Math.random() * 500);
      await proxy.open();
    };
    return {
      name: 'the embedded Redis',
      url: proxy.url,
      restart,
      stop: async () => (direct.disconnect(), await proxy.close(), await servers.stop()),
    };
  }
  const port = await freePort();
  const start = () =>
    spawnQuietly(installed, [
      '--port',
      port,
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      'no',
    ]);
  let server = start();
  const restart = async () => {
    await server.kill();
    await delay(Math.random() * 500);
    server = start();
  };
  return { name: "Debian's Redis", url: `redis://127.0.0.1:${port}`, restart, stop: () => server.kill() };
}

function spawnQuietly(command, args, options = {}) {
  const child = spawnOwned(command, args.map(String), { stdio: ['ignore', 'ignore', 'inherit'], ...options });
  const exited = new Promise((done) => child.once('exit', done));
  const kill = async (signal = 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await exited;
  };
  return { child, kill };
}

/** @returns what was wrong, of which there should be nothing. */
export async function soakEvents(wanted, folder) {
  const log = createWriteStream(join(folder, 'server.log'));
  await new Promise((done) => log.once('open', done));
  const servers = await startEmbeddedServers({
    dataDir: join(folder, 'servers'),
    needPostgres: true,
    needRedis: false,
    durable: false,
  });
  const redis = await startRedis(folder);
  const [port, receiverPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const [secretFile, received] = [join(folder, 'secret'), join(folder, 'received.ndjson')];
  const environment = {
    ...process.env,
    NODE_ENV: '',
    DATABASE_URL: servers.databaseUrl,
    REDIS_URL: redis.url,
    DATA_DIR: join(folder, 'data'),
    PORT: String(port),
    PUBLIC_URL: url,
    ADMIN_EMAIL: ADMIN.email,
    ADMIN_PASSWORD: ADMIN.password,
    DEMO_CATALOGUE: 'false',
    RATE_LIMIT_SCALE: '1000000',
    WEBHOOK_ALLOW_PRIVATE: 'true',
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
  };
  const program = (role) =>
    spawnQuietly(process.execPath, ['dist/main.js'], {
      env: { ...environment, ROLE: role },
      stdio: ['ignore', log, log],
    });
  const receiver = () =>
    spawnQuietly(process.execPath, ['scripts/soak/receiver.mjs', receiverPort, secretFile, received]);
  const problems = [];
  const database = new pg.Pool({ connectionString: servers.databaseUrl, max: WRITERS + 1 });
  // Of a connection that is closed at the end, the server may be gone first.
  database.on('error', (error) => database.ending || problems.push(`the connection of the writers: ${String(error)}`));
  const api = program('api');
  const processes = { workers: [], receivers: [] };
  const kills = { workers: 0, receivers: 0, redis: 0 };
  const rolledBack = new Set();
  let [committed, isOver] = [0, false];

  const call = async (method, path, body, headers = {}) => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), ...headers },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  /** Sends a request of the preparation; Redis may still be starting. */
  const need = async (method, path, request, headers = {}) => {
    const key = { 'idempotency-key': randomUUID() };
    for (const end = Date.now() + PATIENCE_MS; ; await delay(200)) {
      const { status, body } = await call(method, path, request, { ...key, ...headers });
      if (status < 300) return body;
      if (status !== 503 || Date.now() > end)
        throw new Error(`a request of the preparation was refused: ${JSON.stringify(body)}`);
    }
  };

  /** Changes some aggregates as features do: a version and its event in one transaction, which now and then comes to nothing. */
  async function writer() {
    while (committed < wanted) {
      const client = await database.connect();
      const ids = [];
      try {
        await client.query('BEGIN');
        const changed = await client.query(
          `UPDATE soak_aggregates SET version = version + 1
           WHERE id IN (SELECT id FROM soak_aggregates ORDER BY random() LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id, version`,
          [1 + Math.floor(Math.random() * 4)],
        );
        for (const { id, version } of changed.rows) {
          const eventId = newId();
          await client.query(
            `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
             VALUES ($1, 'product.updated', 'product', $2, $3, jsonb_build_object('productId', $2::uuid), now())`,
            [eventId, id, version],
          );
          ids.push(eventId);
        }
        // Some commit late, when events that were written after theirs have been published.
        if (chance(0.02)) await delay(Math.random() * 300);
        if (chance(ROLLED_BACK_SHARE)) {
          await client.query('ROLLBACK');
          for (const id of ids) rolledBack.add(id);
        } else {
          await client.query('COMMIT');
          committed += ids.length;
        }
      } finally {
        client.release();
      }
    }
  }

  async function shopper(variantId) {
    while (committed < wanted) {
      const quantity = chance(0.2) ? 1_000_000 : 1;
      const payment = { provider: 'fake', token: 'tok_success' };
      await call('POST', '/orders', { lines: [{ variantId, quantity }], email: 'guest@shop.test', payment });
      await delay(ORDER_EVERY_MS);
    }
  }

  async function killer(what, everyMs, killOne) {
    while (!isOver) {
      await delay(everyMs * (0.5 + Math.random()));
      if (isOver) return;
      await killOne();
      kills[what] += 1;
    }
  }
  const bytesArrived = async () => (await stat(received).catch(() => ({ size: 0 }))).size;
  let bytesBefore = 0;
  const killWorker = async () => {
    for (const end = Date.now() + WORK_PATIENCE_MS; !isOver && Date.now() < end; await delay(10))
      if ((await bytesArrived()) > bytesBefore) break;
    bytesBefore = await bytesArrived();
    const index = Math.floor(Math.random() * processes.workers.length);
    await processes.workers[index].kill();
    // What it was sending is left to others at once and not within a minute, or next to nothing would be under way at the next kill.
    await database.query(
      `UPDATE webhook_deliveries SET leased_until = now(), next_attempt_at = now() WHERE leased_until > now()`,
    );
    processes.workers[index] = program('worker');
  };
  const killReceiver = async () => {
    await processes.receivers[0].kill();
    await delay(Math.random() * 200);
    processes.receivers[0] = receiver();
  };

  async function arrived() {
    const text = await readFile(received, 'utf8').catch(() => '');
    // The last line may be half written when its writer was killed; it was not acknowledged then.
    return text.split('\n').flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line)];
      } catch {
        return [];
      }
    });
  }

  const startedAt = performance.now();
  try {
    for (const end = Date.now() + 240_000; !(await answers(`${url}/health/ready`)); await delay(50))
      if (api.child.exitCode !== null || Date.now() > end)
        throw new Error(`the API did not start; see ${join(folder, 'server.log')}`);
    processes.workers.push(program('worker'), program('worker'));
    processes.receivers.push(receiver());
    const { accessToken } = await need('POST', '/auth/login', ADMIN);
    const staff = { authorization: `Bearer ${accessToken}` };
    const hook = { url: `http://127.0.0.1:${receiverPort}/hook`, types: ['product.updated', 'order.*', 'payment.*'] };
    await writeFile(secretFile, (await need('POST', '/webhook-endpoints', hook, staff)).secret);
    const variants = [{ sku: 'SOAK', prices: [{ amount: 995, currency: 'EUR' }] }];
    const product = await need('POST', '/products', { name: 'Soak', slug: 'soak', variants }, staff);
    await need('POST', `/products/${product.id}/publish`, {}, staff);
    const variantId = product.variants[0].id;
    await need('POST', '/inventory/adjustments', { variantId, delta: 100_000, reason: 'received' }, staff);
    await database.query(
      `CREATE TABLE soak_aggregates AS SELECT gen_random_uuid() AS id, 0 AS version FROM generate_series(1, $1::int)`,
      [AGGREGATES],
    );

    const killing = [
      killer('workers', 2_500, killWorker),
      killer('receivers', 2_000, killReceiver),
      killer('redis', 4_000, redis.restart),
    ];
    const reporting = setInterval(
      () => console.log(`${committed} of ${wanted} events committed; killed: ${JSON.stringify(kills)}`),
      30_000,
    );
    await Promise.all([shopper(variantId), ...Array.from({ length: WRITERS }, writer)]);
    const writtenMs = performance.now() - startedAt;
    // A few of each must have been killed, however fast the events were written, and half of the way be gone among the dead.
    const end = Date.now() + KILLING_MS;
    while (Object.values(kills).some((count) => count < 2)) await delay(100);
    while ((await arrived()).length < wanted / 2 && Date.now() < end) await delay(200);
    isOver = true;
    await Promise.all(killing);
    clearInterval(reporting);

    const { rows: expected } = await database.query(
      `SELECT id, aggregate_id AS "aggregateId", aggregate_version AS version FROM outbox_events
       WHERE type = 'product.updated' AND aggregate_id <> $1 OR type LIKE 'order.%' OR type LIKE 'payment.%'`,
      [product.id],
    );
    let webhooks = [];
    let missing = expected;
    for (
      let lastAt = Date.now();
      missing.length > 0 && Date.now() - lastAt < PATIENCE_MS;
      await delay(SKIP_PAUSES_EVERY_MS)
    ) {
      await database.query(
        `UPDATE webhook_deliveries SET next_attempt_at = now() WHERE status = 'pending' AND next_attempt_at > now()`,
      );
      await database.query(`UPDATE webhook_endpoints SET paused_until = NULL WHERE paused_until IS NOT NULL`);
      const before = webhooks.length;
      webhooks = await arrived();
      if (webhooks.length > before) lastAt = Date.now();
      const ids = new Set(webhooks.map(({ id }) => id));
      missing = expected.filter(({ id }) => !ids.has(id));
    }
    if (missing.length > 0)
      problems.push(`${missing.length} events never arrived: ${JSON.stringify(missing.slice(0, 3))}`);
    const undone = webhooks.filter(({ id }) => rolledBack.has(id));
    if (undone.length > 0) problems.push(`${undone.length} events of transactions that were rolled back arrived`);
    const unsigned = webhooks.filter(({ isSigned }) => !isSigned);
    if (unsigned.length > 0) problems.push(`${unsigned.length} webhooks were not signed as they should be`);
    problems.push(...disordered(webhooks));
    const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
    console.log(`${expected.length} events committed, ${rolledBack.size} rolled back, on ${redis.name}`);
    console.log(`killed: workers ${kills.workers}, receiver ${kills.receivers}, Redis ${kills.redis}`);
    console.log(
      `${webhooks.length} webhooks, ${webhooks.length - new Set(webhooks.map(({ webhookId }) => webhookId)).size} of them repeats`,
    );
    console.log(`written within ${seconds(writtenMs)}, all arrived within ${seconds(performance.now() - startedAt)}`);
  } finally {
    isOver = true;
    await Promise.all([...processes.workers, ...processes.receivers, api].map((process) => process.kill()));
    await database.end();
    await redis.stop();
    await servers.stop();
    log.end();
  }
  return problems;
}

/** As a receiver does it: each `webhook-id` once, and the events of an aggregate by their version, of which none is left out. */
function disordered(webhooks) {
  const unique = [...new Map(webhooks.map((webhook) => [webhook.webhookId, webhook])).values()];
  const aggregates = Map.groupBy(unique, ({ aggregate }) => `${aggregate.type} ${aggregate.id}`);
  return [...aggregates].flatMap(([aggregate, events]) => {
    const versions = [...new Set(events.map((event) => event.aggregate.version))].toSorted((a, b) => a - b);
    return versions.every((version, index) => version === versions[0] + index)
      ? []
      : [`${aggregate} lacks versions: ${versions.join(' ')}`];
  });
}

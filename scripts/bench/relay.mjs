// From the commit of an event to the end of its job: how many a second, and how long one waits.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, startNode } from './servers.mjs';

const BURST = 20_000;
const INSERT = `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
  SELECT uuidv7(), 'order.confirmed', 'order', gen_random_uuid(), 1, '{}', now() FROM generate_series(1, $1)`;

/**
 * Lets workers work off 20,000 events that are committed at once, and then hear of one every few milliseconds.
 *
 * @returns events a second, microseconds of the workers' processor time for one, and the milliseconds that steady ones waited, ascending.
 */
export async function measureRelay(client, environment, { workers, rounds, steadySeconds }) {
  const processes = await Promise.all(
    Array.from({ length: workers }, () => startNode('scripts/bench/relay-worker.mjs', environment, '/')),
  );
  const cpu = async () => (await Promise.all(processes.map((one) => one.cpuSeconds()))).reduce((sum, one) => sum + one);
  try {
    await burst(client, BURST / 10);
    const results = [];
    for (let round = 0; round < rounds; round++) {
      const before = await cpu();
      const seconds = await burst(client, BURST);
      results.push({ perSecond: BURST / seconds, cpuMicros: (((await cpu()) - before) * 1e6) / BURST });
    }
    const waits = await steady(client, steadySeconds);
    return { ...results.sort((a, b) => a.perSecond - b.perSecond)[results.length >> 1], waits };
  } finally {
    for (const one of processes) await one.stop();
  }
}

/** @returns seconds from the commit of `count` events to the acknowledgement of the last of their jobs. */
async function burst(client, count) {
  await client.query(`TRUNCATE outbox_events, outbox_jobs`);
  await client.query(INSERT, [count]);
  const committed = (await client.query(`SELECT clock_timestamp() AS at, pg_notify('outbox', '')`)).rows[0].at;
  for (;;) {
    await delay(100);
    const { rows } = await client.query(
      `SELECT count(completed_at)::int AS done, max(completed_at) AS last FROM outbox_jobs`,
    );
    if (rows[0].done === count) return (rows[0].last - committed) / 1000;
  }
}

/** Commits 200 events a second, each by itself. @returns the milliseconds from each beginning of a commit to the start of its job. */
async function steady(client, seconds) {
  await client.query(`TRUNCATE outbox_events, outbox_jobs`);
  const count = seconds * 200;
  const begin = performance.now();
  for (let index = 0; index < count; index++) {
    await client.query(INSERT, [1]);
    await client.query(`SELECT pg_notify('outbox', '')`);
    await delay(Math.max(0, begin + index * 5 - performance.now()));
  }
  for (;;) {
    const { rows } = await client.query(
      `SELECT extract(epoch FROM job.started_at - event.occurred_at)::float * 1000 AS ms
       FROM outbox_jobs job JOIN outbox_events event ON event.id = job.event_id WHERE job.completed_at IS NOT NULL ORDER BY 1`,
    );
    if (rows.length === count) return rows.map(({ ms }) => ms);
    await delay(100);
  }
}

/** Starts the Redis of the system, as the embedded one runs Bull's scripts in JavaScript. @returns undefined when there is none. */
export async function startRedisServer(folder) {
  if (spawnSync('redis-server', ['--version']).status !== 0) return undefined;
  const port = await freePort();
  const child = spawn(
    'redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'yes'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  child.stdout.resume();
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

// PostgreSQL and Redis beside the server that is soaked, with a line to PostgreSQL that fails at random.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedServers } from '../../src/embedded/servers.ts';
import { FaultProxy, isAnswerToCommit, isCommit } from '../../test/support/fault-proxy.ts';
import { TEST_RULES } from '../../test/support/test-rules.ts';

const SETTLED_WITHIN_MS = 240_000;
/** What is done once however often it was sent, with a mark of the request; and what is not to be left over. */
const RULES = {
  ...TEST_RULES,
  'one order a key': `SELECT email FROM orders GROUP BY email HAVING count(*) > 1`,
  'one adjustment a key': `SELECT note FROM inventory_movements WHERE note IS NOT NULL GROUP BY note HAVING count(*) > 1`,
  'one refund a key': `SELECT note FROM refunds WHERE note IS NOT NULL GROUP BY note HAVING count(*) > 1`,
  'every event is published': `SELECT id, type FROM outbox_events WHERE published_at IS NULL`,
  'every job of an event is done': `SELECT event_id, queue FROM outbox_jobs WHERE completed_at IS NULL`,
};

export async function startFaultyServers(folder) {
  const servers = await startEmbeddedServers({
    dataDir: join(folder, 'servers'),
    needPostgres: true,
    needRedis: true,
    durable: false,
  });
  const proxy = await FaultProxy.to(servers.databaseUrl);
  const counts = {
    'answers of COMMIT lost': 0,
    'COMMITs lost': 0,
    'other messages lost': 0,
    'messages late': 0,
    outages: 0,
  };
  const met = {};
  /** Of all that could meet it, each `n`-th does: even a short run has its share. */
  const everyNth = (n, what, fault) => {
    met[what] = (met[what] ?? 0) + 1;
    if (met[what] % n !== 0) return undefined;
    counts[what] += 1;
    return fault;
  };
  const wild = (message) => {
    if (isAnswerToCommit(message)) return everyNth(23, 'answers of COMMIT lost', 'cut');
    if (isCommit(message)) return everyNth(37, 'COMMITs lost', 'cut');
    return (
      everyNth(997, 'other messages lost', 'cut') ?? everyNth(211, 'messages late', { delayMs: Math.random() * 150 })
    );
  };
  return {
    databaseUrl: servers.databaseUrl,
    environment: { DATABASE_URL: proxy.url, REDIS_URL: servers.redisUrl },
    counts,
    /** Loses messages and connections, and now and then the whole of PostgreSQL, until it is over; then all is well again. */
    async disturb(isOver) {
      proxy.fault = wild;
      while (!isOver()) {
        await delay(1_000 + Math.random() * 4_000);
        counts.outages += 1;
        await proxy.close();
        await delay(Math.random() < 0.5 ? 0 : Math.random() * 2_000);
        await proxy.open();
      }
      proxy.fault = () => undefined;
    },
    /** Waits until all that waits for a clock or a retry is settled. @returns the rules that are broken still, with rows that break them. */
    async brokenRules() {
      const client = new pg.Client({ connectionString: servers.databaseUrl });
      await client.connect();
      try {
        for (const deadline = Date.now() + SETTLED_WITHIN_MS; ; await delay(500)) {
          const broken = [];
          for (const [rule, sql] of Object.entries(RULES)) {
            const { rows } = await client.query(sql);
            if (rows.length > 0) broken.push(`${rule}: ${JSON.stringify(rows.slice(0, 3))}`);
          }
          if (broken.length === 0 || Date.now() > deadline) return broken;
        }
      } finally {
        await client.end();
      }
    },
    async stop() {
      await proxy.close();
      await servers.stop();
    },
  };
}

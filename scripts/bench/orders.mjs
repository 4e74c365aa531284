// Orders: against a yardstick written by hand, and paid orders with their mails against orders alone.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import { compare, load, median } from './load.mjs';
import { startNode } from './servers.mjs';

const CONNECTIONS = 32;
const PAYMENT = { provider: 'fake', token: 'tok_success' };

/** Two-line orders over many variants, each with a key of its own. */
export function orderLoad(variants, payment) {
  const prefix = randomUUID();
  let sent = 0;
  return {
    requests: [
      {
        method: 'POST',
        setupRequest: (request) => {
          const index = sent++;
          const pick = (offset) => variants[(index * 7 + offset) % variants.length];
          return {
            ...request,
            headers: { 'content-type': 'application/json', 'idempotency-key': `${prefix}-${index}` },
            body: JSON.stringify({
              email: 'bench@example.org',
              lines: [
                { variantId: pick(0), quantity: 1 },
                { variantId: pick(3), quantity: 1 },
              ],
              payment,
            }),
          };
        },
      },
    ],
  };
}

/** @returns the comparisons of placing an order with the yardstick, and of a paid order up to its mail with placing one. */
export async function measureOrders(client, environment, { rounds, isQuick }) {
  const { rows } = await client.query(`SELECT id FROM variants ORDER BY sku LIMIT 2000`);
  const variants = rows.map(({ id }) => id);
  const yardstick = await startNode('scripts/bench/order-yardstick.mjs', environment, '/ready');
  const api = await startNode('dist/main.js', environment, '/health/live');
  const place = (server, path) => (seconds) =>
    withProcessor(server, () => load(server.url + path, { seconds, ...orderLoad(variants) }));
  const placed = await compare(place(yardstick, '/orders'), place(api, '/api/v1/orders'), rounds);
  await yardstick.stop();

  const all = await startNode('dist/main.js', { ...environment, ROLE: 'all' }, '/health/ready');
  const pay = (count) => withProcessor(all, () => mailed(client, `${all.url}/api/v1/orders`, variants, count));
  const results = [];
  const count = isQuick ? 200 : 800;
  await pay(count);
  for (let round = 0; round < rounds; round++) {
    const base = await place(api, '/api/v1/orders')(4);
    const ours = await pay(count);
    results.push({ base, ours, ratio: ours.perSecond / base.perSecond });
  }
  await api.stop();
  await all.stop();
  const medianOf = (member) => median(results.map(member));
  return {
    placed,
    paid: {
      yardstick: medianOf(({ base }) => base.perSecond),
      subject: medianOf(({ ours }) => ours.perSecond),
      ratio: medianOf(({ ratio }) => ratio),
      cpuMicros: [medianOf(({ base }) => base.cpuMicros), medianOf(({ ours }) => ours.cpuMicros)],
    },
  };
}

/** Adds the processor time of the server for each of the orders. */
async function withProcessor(server, work) {
  const before = await server.cpuSeconds();
  const result = await work();
  return { ...result, cpuMicros: (((await server.cpuSeconds()) - before) / result.count) * 1e6 };
}

/** Sends `count` paid orders and waits for the last mail. @returns mails, and how many a second from the first request on. */
async function mailed(client, url, variants, count) {
  const sentMails = async () =>
    (await client.query(`SELECT count(*)::int AS sent FROM mails WHERE sent_at IS NOT NULL`)).rows[0].sent;
  const before = await sentMails();
  const startedAt = performance.now();
  const result = await autocannon({ url, amount: count, connections: CONNECTIONS, ...orderLoad(variants, PAYMENT) });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers outside 2xx, ${result.errors} errors`);
  for (let attempt = 0; (await sentMails()) < before + count; attempt++) {
    if (attempt > 600) throw new Error('the mails of paid orders do not come');
    await delay(50);
  }
  return { count, perSecond: count / ((performance.now() - startedAt) / 1000) };
}

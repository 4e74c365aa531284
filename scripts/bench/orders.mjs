// Orders: against a yardstick written by hand, and paid orders with their mails against orders alone. Carts: whole journeys, and a rush.
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import autocannon from 'autocannon';
import { journey } from './journey.mjs';
import { compare, load, median } from './load.mjs';
import { startNode } from './servers.mjs';

const CONNECTIONS = 32;
const PAYMENT = { provider: 'fake', token: 'tok_success' };

/** Orders over many variants, each with a key of its own and a line for each offset. */
export function orderLoad(variants, payment, offsets = [0, 3]) {
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
              lines: offsets.map((offset) => ({ variantId: pick(offset), quantity: 1 })),
              payment,
            }),
          };
        },
      },
    ],
  };
}

/** Whole journeys from a cart to a paid order, a connection each at a time. @returns how many a second, and their processor time. */
async function journeys(server, variants, seconds) {
  let picked = 0;
  const steps = journey(() => variants[picked++ % variants.length]);
  const requests = steps.map(({ request, learn }) => ({
    setupRequest: (base, context) => ({ ...base, ...request(context) }),
    onResponse: (_, body, context) => learn?.(JSON.parse(body), context),
  }));
  return withProcessor(server, async () => {
    const { count, perSecond } = await load(server.url, { seconds, requests });
    return { count: count / steps.length, perSecond: perSecond / steps.length };
  });
}

/** Statements that one journey sends, told by the application itself. */
function statementsOfJourney(environment, variants) {
  const script = 'scripts/bench/journey-statements.mjs';
  const env = { ...process.env, ...environment, BENCH_VARIANTS: JSON.stringify(variants.slice(0, 4)) };
  const printed = execFileSync(process.execPath, [script], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  return Number(/^statements: (\d+)$/m.exec(printed)[1]);
}

/** 400 buyers at once of 200 pieces. @returns orders, refusals, and orders a second until the last buyer is answered. */
async function hotItem(client, server, variantId) {
  await client.query(`UPDATE stock SET on_hand = reserved + 200 WHERE variant_id = $1`, [variantId]);
  const startedAt = performance.now();
  const result = await autocannon({
    url: `${server.url}/api/v1/orders`,
    amount: 400,
    connections: 400,
    ...orderLoad([variantId], undefined, [0]),
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const answered = (status) => result.statusCodeStats[status]?.count ?? 0;
  const { rows } = await client.query(`SELECT sum(on_hand - reserved)::int AS left FROM stock WHERE variant_id = $1`, [
    variantId,
  ]);
  return { sold: answered(201), refused: answered(409), left: rows[0].left, perSecond: answered(201) / seconds };
}

/** @returns journeys from a cart to a paid order, with the statements of one, and what becomes of a hot item. */
export async function measureCarts(client, environment, { rounds, isQuick }) {
  const { rows } = await client.query(`SELECT id FROM variants ORDER BY sku LIMIT 2001`);
  const [hot, ...variants] = rows.map(({ id }) => id);
  const statements = statementsOfJourney(environment, variants);
  const server = await startNode('dist/main.js', environment, '/health/live');
  await journeys(server, variants, isQuick ? 2 : 5);
  const results = [];
  const rushes = [];
  for (let round = 0; round < rounds; round++) {
    results.push(await journeys(server, variants, 4));
    rushes.push(await hotItem(client, server, hot));
  }
  await server.stop();
  return {
    journey: {
      statements,
      perSecond: median(results.map(({ perSecond }) => perSecond)),
      cpuMicros: median(results.map(({ cpuMicros }) => cpuMicros)),
    },
    hot: {
      perSecond: median(rushes.map(({ perSecond }) => perSecond)),
      isExact: rushes.every(({ sold, refused, left }) => sold === 200 && refused === 200 && left === 0),
    },
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

// npm run soak -- [--minutes 30] [--clients 12] [--kill-every 8]: shoppers and staff at work on a server that is killed again and
// again; with --faults on one that lives on while the line to its PostgreSQL loses messages, answers of COMMIT among them. Passes when the
// books balance in the end, every order and account that was acknowledged is there, and nothing was answered by another 5xx than 503.
// npm run soak -- --events 10000: events on their way to a receiver of webhooks, while workers, receiver and Redis are killed.
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { answers, freePort } from './bench/servers.mjs';
import { buildForStart } from './build-if-needed.mjs';
import { spawnOwned } from './soak/children.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '12' },
    'kill-every': { type: 'string', default: '8' },
    faults: { type: 'boolean' },
    events: { type: 'string' },
    keep: { type: 'boolean' },
  },
});
const [minutes, clients, killEvery] = [values.minutes, values.clients, values['kill-every']].map(Number);
const PRODUCTS = 8;
/** Few pieces, so that shoppers compete for them. */
const PIECES = 40;
/** The means of payment of the fake company. One of them costs the shopper ten seconds of waiting, so it is rare. */
const MEANS = ['tok_success', 'tok_success', 'tok_success', 'tok_decline', 'tok_action', 'tok_processing'];
const means = () => ({ provider: 'fake', token: chance(0.03) ? 'tok_timeout' : pick(MEANS) });
const ADMIN = { email: 'soak@shop.test', password: 'patient grey heron 7' };
const ADDRESS = { name: 'Ada', line1: '12 Main Street', city: 'London', postalCode: 'SW1Y 4JH', countryCode: 'GB' };
/** Where nothing is killed there is always an answer, however busy the machine is. */
const ATTEMPT_MS = values.faults ? 120_000 : 20_000;
const FAILURES_SHOWN = 10;

const pick = (items) => items[Math.floor(Math.random() * items.length)];
const chance = (share) => Math.random() < share;
const count = (counts, name) => counts.set(name, (counts.get(name) ?? 0) + 1);

await buildForStart();
const folder = await mkdtemp(join(tmpdir(), 'storehouse-soak-'));
// PostgreSQL runs as another user when this is root.
await chmod(folder, 0o711);
if (values.events) {
  const { soakEvents } = await import('./soak/events.mjs');
  const problems = await soakEvents(Number(values.events), folder);
  for (const problem of problems) console.error(problem);
  console.log(`${problems.length} failures`);
  if (problems.length === 0 && !values.keep) await rm(folder, { recursive: true, force: true });
  else console.log(`kept: ${folder}`);
  process.exit(problems.length === 0 ? 0 : 1);
}
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const faults = values.faults ? await (await import('./soak/faults.mjs')).startFaultyServers(folder) : undefined;
const environment = {
  ...process.env,
  NODE_ENV: '',
  DATABASE_URL: '',
  REDIS_URL: '',
  ROLE: 'all',
  DATA_DIR: join(folder, 'data'),
  PORT: String(port),
  PUBLIC_URL: url,
  ADMIN_EMAIL: ADMIN.email,
  ADMIN_PASSWORD: ADMIN.password,
  DEMO_CATALOGUE: 'false',
  RATE_LIMIT_SCALE: '1000000',
  RESERVATION_TTL: '40',
  VERIFY_INTERVAL: '30',
  LOG_LEVEL: 'warn',
  LOG_FORMAT: 'json',
  ...faults?.environment,
};
const log = createWriteStream(join(folder, 'server.log'));
const seen = new Map();
const failures = [];
/** Orders that the shop has acknowledged, with what it said of them. */
const acknowledged = new Map();
const open = [];
const payments = [];
/** Accounts that the shop has acknowledged, with the latest token of each. */
const accounts = [];
let variants = [];
let staff;
let server;
let kills = 0;
let isOver = false;

function fail(what) {
  failures.push(what);
  if (failures.length <= FAILURES_SHOWN) console.error(what);
}

async function startServer() {
  const child = spawnOwned(process.execPath, ['dist/main.js'], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = new Promise((done) => child.once('exit', (code, signal) => done(code ?? signal)));
  server = { child, exited };
  for (const end = Date.now() + 240_000; !(await answers(`${url}/health/ready`)); await delay(50)) {
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`the server did not start; see ${join(folder, 'server.log')}`);
  }
}

/** Kills the server as nothing can be caught of, again and again, and starts it anew. */
async function killer() {
  while (!isOver) {
    await delay(1_000 + Math.random() * 2 * (killEvery - 1) * 1_000);
    if (isOver) return;
    server.child.kill('SIGKILL');
    await server.exited;
    kills += 1;
    await startServer();
  }
}

/**
 * Sends a request as a careful client does: whatever gets no answer is sent again under the same key, until there is one.
 *
 * @returns status and body; null when the time is over.
 */
async function send(method, path, body, { key = randomUUID(), headers = {} } = {}) {
  // Where nothing is killed, whatever was sent is answered: at the latest when the lease of its key has run out.
  for (let attempt = 0; !isOver || attempt < (faults ? 100 : 3); attempt++) {
    try {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        signal: AbortSignal.timeout(ATTEMPT_MS),
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(method === 'GET' ? {} : { 'idempotency-key': key }),
          ...headers,
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      const answer = { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
      const { code } = answer.body ?? {};
      if (answer.status === 503 && !response.headers.has('retry-after')) fail(`${method} ${path}: no Retry-After`);
      if (answer.status === 503 || code === 'request.in_progress') {
        count(seen, `${answer.status} ${code}, sent again`);
        await delay(500);
        continue;
      }
      count(seen, `${method} ${path.replace(/[0-9a-f-]{36}/g, '{id}')} ${answer.status}`);
      if (answer.status >= 500) fail(`${method} ${path}: ${text}`);
      return answer;
    } catch (error) {
      if (faults) fail(`${method} ${path}: ${String(error)}`);
      count(seen, 'no answer, sent again');
      await delay(100);
    }
  }
  return null;
}

const asStaff = () => ({ headers: { authorization: `Bearer ${staff}` } });

async function signIn() {
  const answer = await send('POST', '/auth/login', ADMIN);
  if (answer?.status !== 200 && answer?.status !== 201)
    throw new Error(`staff cannot sign in: ${JSON.stringify(answer)}`);
  staff = answer.body.accessToken;
}

async function stockTheShop() {
  for (let index = 0; index < PRODUCTS; index++) {
    const sku = `SOAK-${index}`;
    const product = {
      name: `Soak ${index}`,
      slug: `soak-${index}`,
      variants: [{ sku, prices: [{ amount: 995 + index, currency: 'EUR' }] }],
    };
    const { body } = await send('POST', '/products', product, asStaff());
    await send('POST', `/products/${body.id}/publish`, {}, asStaff());
    const [{ id }] = body.variants;
    await send('POST', '/inventory/adjustments', { variantId: id, delta: PIECES, reason: 'received' }, asStaff());
    variants.push(id);
  }
}

/** An order that was acknowledged must be there for good, under its number. */
function acknowledge(answer) {
  if (answer?.status !== 201) return null;
  const { id, number, orderToken, total } = answer.body;
  acknowledged.set(id, { number, total: total.amount });
  const order = { id, total, headers: { 'x-order-token': orderToken } };
  open.push(order);
  if (open.length > 60) open.shift();
  for (const payment of answer.body.payments ?? []) notePayment(payment);
  return order;
}

function notePayment(payment) {
  payments.push(payment);
  if (payments.length > 60) payments.shift();
}

/** Placed in one call, sometimes by an impatient shopper who sends it twice. */
async function orderInOneCall() {
  const lines = Array.from({ length: 1 + Math.floor(Math.random() * 3) }, () => ({
    variantId: pick(variants),
    quantity: 1 + Math.floor(Math.random() * 3),
  }));
  const payment = chance(0.7) ? means() : undefined;
  const key = randomUUID();
  const body = { lines, email: `${key}@shop.test`, payment };
  const [first, second] = await Promise.all(
    Array.from({ length: chance(0.2) ? 2 : 1 }, () => send('POST', '/orders', body, { key })),
  );
  if (first && second && (first.status !== second.status || first.body.id !== second.body.id))
    fail(`one key, two answers: ${JSON.stringify([first, second])}`);
  acknowledge(first);
}

async function orderFromCart() {
  const made = await send('POST', '/carts', { email: `${randomUUID()}@shop.test` });
  if (made?.status !== 201) return;
  const headers = { 'x-cart-token': made.body.cartToken };
  const cart = `/carts/${made.body.id}`;
  for (let line = 0; line < 2; line++)
    await send('POST', `${cart}/lines`, { variantId: pick(variants), quantity: 1 }, { headers });
  if (chance(0.5)) await send('PUT', `${cart}/addresses`, { shippingAddress: ADDRESS }, { headers });
  const read = await send('GET', cart, undefined, { headers });
  if (read?.status !== 200) return;
  const body = {
    cartId: made.body.id,
    expectedTotal: read.body.total,
    ...(chance(0.5) ? { payment: means() } : {}),
  };
  acknowledge(await send('POST', '/orders', body, { headers }));
}

async function pay() {
  const order = pick(open);
  // Only staff vouch for money by hand, and hold money that is captured later.
  const isStaff = chance(0.5);
  const byStaff = chance(0.4) ? { provider: 'manual' } : { ...means(), capture: 'later' };
  const answer = await send(
    'POST',
    `/orders/${order.id}/payments`,
    isStaff ? byStaff : means(),
    isStaff ? asStaff() : { headers: order.headers },
  );
  if (answer?.status === 201) notePayment(answer.body);
}

async function partOf({ id }) {
  const read = await send('GET', `/payments/${id}`, undefined, asStaff());
  if (read?.status !== 200) return {};
  const { amount } = read.body;
  return chance(0.5) ? {} : { amount: { ...amount, amount: 1 + Math.floor(Math.random() * amount.amount) } };
}

async function register() {
  const credentials = { email: `${randomUUID()}@shop.test`, password: ADMIN.password };
  const answer = await send('POST', '/auth/register', credentials);
  if (answer?.status === 201) accounts.push({ credentials, refreshToken: answer.body.refreshToken });
}

/** Nobody else has the token, so that nothing but the end of the session could end it. */
async function refresh() {
  const account = accounts.splice(Math.floor(Math.random() * accounts.length), 1)[0];
  const { refreshToken } = account;
  const answer = await send('POST', '/auth/refresh', { refreshToken });
  if (answer && answer.status !== 200) fail(`a session that was refreshed has ended: ${JSON.stringify(answer)}`);
  accounts.push({ ...account, refreshToken: answer?.body.refreshToken ?? refreshToken });
}

/** What shoppers and staff do, and how often. */
const ACTS = [
  [6, orderInOneCall],
  [3, orderFromCart],
  [1, register],
  [2, () => accounts.length > 0 && refresh()],
  [5, () => open.length > 0 && pay()],
  [
    2,
    () =>
      open.length > 0 &&
      ((order) => send('POST', `/orders/${order.id}/cancel`, {}, { headers: order.headers }))(pick(open)),
  ],
  [1, () => open.length > 0 && send('POST', `/orders/${pick(open).id}/hold`, {}, asStaff())],
  [1, () => open.length > 0 && send('POST', `/orders/${pick(open).id}/release`, {}, asStaff())],
  [
    2,
    async () =>
      payments.length > 0 &&
      ((payment) => partOf(payment).then((part) => send('POST', `/payments/${payment.id}/capture`, part, asStaff())))(
        pick(payments),
      ),
  ],
  [
    2,
    async () =>
      payments.length > 0 &&
      ((payment) =>
        partOf(payment).then((part) =>
          send('POST', `/payments/${payment.id}/refunds`, { ...part, note: randomUUID() }, asStaff()),
        ))(pick(payments)),
  ],
  [1, () => payments.length > 0 && send('POST', `/payments/${pick(payments).id}/void`, {}, asStaff())],
  [
    3,
    () =>
      send(
        'POST',
        '/inventory/adjustments',
        { variantId: pick(variants), delta: pick([-3, -1, 2, 4, 8]), reason: 'correction', note: randomUUID() },
        asStaff(),
      ),
  ],
].flatMap(([weight, act]) => Array(weight).fill(act));

async function shopper() {
  while (!isOver) await pick(ACTS)();
}

/** The company behind the fake provider: sooner or later it decides what waits, and the shop has to ask. */
async function company() {
  while (!isOver) {
    await delay(5_000);
    const running = await readFile(join(environment.DATA_DIR, 'running.json'), 'utf8').then(JSON.parse, () => null);
    const connectionString = faults?.databaseUrl ?? running?.databaseUrl;
    if (!connectionString) continue;
    const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(`UPDATE fake_provider.charges SET version = version + 1,
          status = CASE WHEN reference LIKE '%7' THEN 'refused' WHEN captures_later THEN 'authorised' ELSE 'captured' END,
          authorised_amount = CASE WHEN reference LIKE '%7' THEN 0 ELSE amount END,
          captured_amount = CASE WHEN reference LIKE '%7' OR captures_later THEN 0 ELSE amount END
        WHERE status IN ('requires_action', 'processing') AND random() < 0.3`);
    } catch {
      // It is down with the server; the next round finds it.
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

async function checkOrders() {
  let checked = 0;
  for (const [id, { number, total }] of acknowledged) {
    const answer = await send('GET', `/orders/${id}`, undefined, asStaff());
    if (answer?.status !== 200 || answer.body.number !== number || answer.body.total.amount !== total)
      fail(`the acknowledged order ${number} (${id}) is not there: ${JSON.stringify(answer)}`);
    if (++checked % 500 === 0) await signIn();
  }
}

async function checkAccounts() {
  for (const { credentials } of accounts.slice(0, 50)) {
    const answer = await send('POST', '/auth/login', credentials);
    if (answer?.status !== 200) fail(`an acknowledged account cannot sign in: ${JSON.stringify(answer)}`);
  }
}

function verify() {
  const child = spawnOwned(process.execPath, ['dist/cli/verify.js'], { env: environment, stdio: 'inherit' });
  return new Promise((done) => child.once('exit', done));
}

let status = 1;
try {
  await startServer();
  await signIn();
  await stockTheShop();
  const deadline = Date.now() + minutes * 60_000;
  // Either ends early only by a failure: a server that cannot start again, or one that ends though nobody has killed it.
  const killing = faults
    ? Promise.race([faults.disturb(() => isOver), server.exited.then(() => isOver || fail('the server has ended'))])
    : killer();
  killing.catch(() => undefined);
  const refreshing = setInterval(() => signIn().catch((error) => fail(String(error))), 240_000);
  const reporting = setInterval(
    () =>
      console.log(
        `${Math.ceil((deadline - Date.now()) / 60_000)} min left: ${acknowledged.size} orders, ${kills} kills, ${failures.length} failures`,
      ),
    60_000,
  );
  const working = [company(), ...Array.from({ length: clients }, shopper)];
  await Promise.race([delay(deadline - Date.now()), killing]);
  isOver = true;
  clearInterval(refreshing);
  clearInterval(reporting);
  await Promise.all([killing, ...working]);
  await signIn();
  await checkOrders();
  await checkAccounts();
  for (const broken of (await faults?.brokenRules()) ?? []) fail(`broken: ${broken}`);
  const verified = await verify();
  if (verified !== 0) fail(`npm run verify ended with ${verified}`);
  for (const [name, times] of [...seen].sort()) console.log(`${String(times).padStart(7)}  ${name}`);
  for (const [name, times] of Object.entries(faults?.counts ?? {}))
    console.log(`${String(times).padStart(7)}  ${name}`);
  console.log(`${acknowledged.size} acknowledged orders, ${kills} kills, ${failures.length} failures`);
  status = failures.length === 0 && acknowledged.size > 0 ? 0 : 1;
} finally {
  isOver = true;
  server?.child.kill('SIGTERM');
  await server?.exited;
  await faults?.stop();
  if (status === 0 && !values.keep) await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  else console.log(`kept: ${folder}`);
}
process.exitCode = status;

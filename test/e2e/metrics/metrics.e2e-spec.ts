import { createContext } from '../../../src/app.setup.js';
import { MetricsServer } from '../../../src/metrics/metrics-server.js';
import { createProduct } from '../../factories/product.factory.js';
import { createUser } from '../../factories/user.factory.js';
import { listen } from '../../support/raw-http.js';
import { TestApp } from '../../support/test-app.js';
import { testEnvironment } from '../../support/test-environment.js';
import { eventually } from '../../support/test-worker.js';

const TOKEN = 'scrape-0123456789abcdef';
const PRODUCTION = {
  NODE_ENV: 'production',
  REDIS_FLAVOUR: 'server',
  ROLE: 'api',
  ADMIN_EMAIL: 'ada@shop.test',
  ADMIN_PASSWORD: 'correct horse battery staple',
} as const;

/** The numbers of a scrape by their name with labels, as in the text. */
function numbersIn(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

describe('GET /metrics', () => {
  let app: TestApp;
  const scrape = async (): Promise<Record<string, number>> => numbersIn((await app.get('//metrics')).body);

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  it('is the text format of Prometheus, with the process and its event loop', async () => {
    const answer = await app.get('//metrics');
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    const comment = /^# (HELP|TYPE) [a-z][a-z0-9_]* .+$/;
    const sample = /^[a-z][a-z0-9_]*(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? (-?\d[\d.e+-]*|Nan)$/;
    const wrong = answer.body.split('\n').filter((line) => line !== '' && !comment.test(line) && !sample.test(line));
    expect(wrong).toEqual([]);
    const names = Object.keys(numbersIn(answer.body));
    expect(names).toEqual(
      expect.arrayContaining([
        'nodejs_eventloop_lag_seconds',
        'process_resident_memory_bytes',
        'nodejs_heap_size_used_bytes',
      ]),
    );
  });

  it('counts requests by method, template of the route and class of the status, never by path', async () => {
    const product = await createProduct(app, { name: 'Unmistakable Lantern' });
    const series = (status: string, method = 'GET', route = '/api/v1/products/:idOrSlug') =>
      `http_request_duration_seconds_count{method="${method}",route="${route}",status="${status}"}`;
    const before = await scrape();
    await app.get(`/products/${product.slug}`);
    await app.get(`/products/${product.id}`);
    await app.get('/products/nothing-of-that-name');
    await app.get('//nowhere/unmistakable-path');
    const { body } = await app.get('//metrics');
    const after = numbersIn(body);
    const risen = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
    expect([risen(series('2xx')), risen(series('4xx')), risen(series('4xx', 'GET', 'unmatched'))]).toEqual([2, 1, 1]);
    expect(risen('storehouse_refusals_total{code="product.not_found"}')).toBe(1);
    expect(body).not.toMatch(/unmistakable|nothing-of-that-name/i);
    expect(body).not.toContain(product.id);
  });

  it('has buckets that rise up to the count, and a sum', async () => {
    await app.get('/products');
    const numbers = await scrape();
    const labels = 'method="GET",route="/api/v1/products",status="2xx"';
    const buckets = Object.entries(numbers)
      .filter(([name]) => name.startsWith(`http_request_duration_seconds_bucket{${labels},le=`))
      .map(([, value]) => value);
    expect(buckets).toHaveLength(14);
    expect(buckets).toEqual([...buckets].sort((left, right) => left - right));
    expect(buckets.at(-1)).toBe(numbers[`http_request_duration_seconds_count{${labels}}`]);
    expect(numbers[`http_request_duration_seconds_sum{${labels}}`]).toBeGreaterThan(0);
  });

  it('counts placed orders and refused stock, and tells of the pool, the cache and the outbox', async () => {
    const product = await createProduct(app, { stock: 1 });
    const { token } = await createUser(app);
    const before = await scrape();
    const body = { lines: [{ variantId: product.variants[0]!.id, quantity: 1 }] };
    expect((await app.post('/orders', body, { token, key: true })).statusCode).toBe(201);
    expect((await app.post('/orders', body, { token, key: true })).statusCode).toBe(409);
    const hits = 'storehouse_catalogue_cache_reads_total{outcome="hit"}';
    // The cache hears of what was sold a moment later and keeps nothing that it had read before.
    await eventually(async () => {
      await app.get(`/products/${product.slug}`);
      return ((await scrape())[hits] ?? 0) > (before[hits] ?? 0);
    });
    const after = await scrape();
    const risen = (name: string): number => (after[name] ?? 0) - (before[name] ?? 0);
    expect(risen('storehouse_events_total{type="order.placed"}')).toBe(1);
    expect(risen('storehouse_refusals_total{code="product.insufficient_stock"}')).toBe(1);
    expect(risen('storehouse_catalogue_cache_reads_total{outcome="miss"}')).toBeGreaterThan(0);
    expect(risen(hits)).toBe(1);
    expect(after.storehouse_catalogue_cache_bytes).toBeGreaterThan(500);
    expect(after['storehouse_database_connections{state="total"}']).toBeGreaterThan(0);
    expect(after['storehouse_database_connections{state="waiting"}']).toBe(0);
    // Nothing relays here.
    expect(after.storehouse_outbox_oldest_unpublished_seconds).toBeGreaterThan(0);
    expect(after).toHaveProperty('storehouse_outbox_unacknowledged_jobs');
  });

  it('counts what exceeds a rate limit', async () => {
    const limited = await TestApp.start({ RATE_LIMIT_SCALE: '0.001' });
    await limited.get('/products');
    expect((await limited.get('/products')).statusCode).toBe(429);
    await limited.close();
    expect((await scrape())['storehouse_refusals_total{code="request.rate_limited"}']).toBeGreaterThan(0);
  });

  it('gives those who ask at once one reading', async () => {
    const before = await scrape();
    const texts = await Promise.all(Array.from({ length: 20 }, () => scrape()));
    const name = 'storehouse_events_total{type="order.placed"}';
    expect(new Set(texts.map((numbers) => numbers[name]))).toEqual(new Set([before[name]]));
  });
});

describe('who may read /metrics', () => {
  it('outside production: only who asks from this machine, and not through a proxy', async () => {
    const app = await TestApp.start();
    const from = (remoteAddress: string, headers = {}) => app.app.inject({ url: '/metrics', remoteAddress, headers });
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) expect((await from(address)).statusCode).toBe(200);
    for (const address of ['192.0.2.7', '10.0.0.1', '2001:db8::1'])
      expect((await from(address)).json()).toMatchObject({ status: 404, code: 'request.route_not_found' });
    expect((await from('127.0.0.1', { 'x-forwarded-for': '127.0.0.1' })).statusCode).toBe(404);
    await app.close();
  });

  it('IN-17: in production nobody, unless a token or a port is set', async () => {
    const app = await TestApp.start(PRODUCTION);
    const answer = await app.get('//metrics', { token: TOKEN });
    expect(answer.json()).toMatchObject({ status: 404, code: 'request.route_not_found' });
    await app.close();
  });

  it.each(['test', 'production'] as const)('IN-17: in %s with METRICS_TOKEN only who sends it', async (mode) => {
    const app = await TestApp.start({ ...(mode === 'production' && PRODUCTION), METRICS_TOKEN: TOKEN });
    for (const authorization of [
      '',
      'Bearer',
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(0, -1)}`,
      `Basic ${TOKEN}`,
      TOKEN,
    ]) {
      const answer = await app.get('//metrics', { headers: { authorization } });
      expect({ authorization, ...answer.json<object>() }).toMatchObject({
        authorization,
        status: 401,
        code: 'auth.required',
      });
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(answer.body).not.toContain('nodejs_');
    }
    expect((await app.get('//metrics')).statusCode).toBe(401);
    const remote = { url: '/metrics', remoteAddress: '192.0.2.7', headers: { authorization: `Bearer ${TOKEN}` } };
    expect((await app.app.inject(remote)).body).toContain('nodejs_eventloop_lag_seconds');
    await app.close();
  });

  it('IN-17: with METRICS_PORT it is there and not beside the API', async () => {
    const app = await TestApp.start({ ...PRODUCTION, METRICS_PORT: '0', METRICS_TOKEN: TOKEN, HOST: '127.0.0.1' });
    await listen(app.app);
    const url = `http://127.0.0.1:${app.app.get(MetricsServer, { strict: false }).port}`;
    const headers = { authorization: `Bearer ${TOKEN}` };
    expect((await app.get('//metrics', { headers })).statusCode).toBe(404);
    expect((await fetch(`${url}/metrics`)).status).toBe(401);
    const answer = await fetch(`${url}/metrics`, { headers });
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await answer.text()).toContain('http_request_duration_seconds');
    expect((await fetch(`${url}/`, { headers })).status).toBe(404);
    expect((await fetch(`${url}/metrics`, { method: 'POST', headers })).status).toBe(405);
    await app.close();
    await expect(fetch(`${url}/metrics`, { headers })).rejects.toThrow();
  });

  it('a worker serves METRICS_PORT too, with its queues and the jobs that ended', async () => {
    const context = await createContext(testEnvironment({ ROLE: 'worker', METRICS_PORT: '0', HOST: '127.0.0.1' }));
    await context.init();
    const url = `http://127.0.0.1:${context.get(MetricsServer, { strict: false }).port}/metrics`;
    const ended = 'storehouse_jobs_ended_total{queue="order-expiry",outcome="completed"}';
    let numbers: Record<string, number> = {};
    await eventually(async () => {
      numbers = numbersIn(await (await fetch(url)).text());
      return numbers[ended]! > 0;
    });
    expect(numbers[ended]).toBeGreaterThan(0);
    for (const state of ['waiting', 'active', 'completed', 'failed', 'delayed'])
      expect(numbers[`storehouse_jobs{queue="mail",state="${state}"}`]).toBeGreaterThanOrEqual(0);
    await context.close();
  });
});

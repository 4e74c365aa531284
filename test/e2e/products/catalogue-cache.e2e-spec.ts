import { setTimeout as delay } from 'node:timers/promises';
import { Writable } from 'node:stream';
import type { Response } from 'light-my-request';
import type pg from 'pg';
import { createLogger } from '../../../src/common/logging/logger.js';
import { requestTimes } from '../../../src/common/metrics/request-times.js';
import { CatalogueChannel, CHANNEL_APPLICATION_NAME } from '../../../src/products/catalogue/catalogue-channel.js';
import { CatalogueCache } from '../../../src/products/catalogue/catalogue-cache.js';
import { InventoryService } from '../../../src/products/inventory/inventory.service.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const KEPT = '/api/v1/categories';

describe('cached catalogue answers', () => {
  let app: TestApp;
  let cache: CatalogueCache;

  beforeAll(async () => {
    app = await TestApp.start();
    cache = app.app.get(CatalogueCache);
    await until(() => app.get('/categories').then(() => isServing('/categories')));
  });
  afterAll(() => app.close());

  const isServing = (path: string): boolean => cache.find(`/api/v1${path}`) !== undefined;
  /** Reads until the answer is cached; a late notification of an earlier change may have dropped the first. */
  const cached = async (path: string): Promise<Response> => {
    let response: Response | undefined;
    await until(async () => {
      response = await app.get(path);
      return isServing(path);
    });
    return response!;
  };
  /** A change that this process does not make through its services, such as another copy would. */
  const elsewhere = async (sql: string, values: unknown[] = []): Promise<void> => {
    await app.database.execute(sql, values);
  };
  /** Notifications come in the order of their commits: once this one has, none of an earlier change is still to come. */
  const heardAll = async (by = app): Promise<void> => {
    const { client } = by.app.get<unknown, { client: pg.Client }>(CatalogueChannel);
    const mark = unique();
    const heard = new Promise<void>((resolve) =>
      client.on('notification', ({ payload }) => payload === mark && resolve()),
    );
    await elsewhere(`SELECT pg_notify('catalogue', $1)`, [mark]);
    await heard;
  };
  const cachedForGood = async ({ slug }: { slug: string }): Promise<Response> => {
    await heardAll();
    return cached(`/products/${slug}`);
  };
  const expectDropped = (path: string): Promise<void> => until(() => Promise.resolve(!isServing(path)));
  const expectKept = async (path: string): Promise<void> => {
    await delay(150);
    expect(isServing(path)).toBe(true);
  };

  it('sends the same answer as the database did, with the same header fields, and asks the database nothing', async () => {
    const product = await createProduct(app);
    for (const path of [
      `/products/${product.slug}`,
      '/products?limit=1',
      '/categories',
      `/products/${product.id}/variants`,
    ]) {
      await heardAll();
      const first = await cached(path);
      const query = jest.spyOn(app.database, 'query');
      const second = await app.get(path);
      expect(query).not.toHaveBeenCalled();
      query.mockRestore();
      expect(second.body).toBe(first.body);
      expect(comparable(second)).toEqual(comparable(first));
      expect(second.headers['cache-control']).toMatch(/^public, max-age=\d+$/);
      expect(String(second.headers.vary).split(', ')).toEqual(expect.arrayContaining(['Authorization', 'Origin']));
    }
  });

  it('answers 304 to the ETag it gave, from the cache too', async () => {
    const product = await createProduct(app);
    const { headers } = await cached(`/products/${product.slug}`);
    const response = await app.get(`/products/${product.slug}`, { headers: { 'if-none-match': String(headers.etag) } });
    expect([response.statusCode, response.body, response.headers.etag]).toEqual([304, '', headers.etag]);
    expect(response.headers['cache-control']).toBe(headers['cache-control']);
  });

  it('keeps answers to requests with a token private, and out of the cache', async () => {
    const { token } = await createStaff(app, ['products:read']);
    const product = await createProduct(app);
    await cached(`/products/${product.slug}`);
    const staff = await app.get(`/products/${product.slug}`, { token });
    expect(staff.headers['cache-control']).toBe('private, no-store');
    expect(staff.json().variants[0].onHand).toBe(100);
    expect((await app.get(`/products/${product.slug}`)).json().variants[0].onHand).toBeUndefined();
    const refused = await app.get(`/products/${product.slug}`, { headers: { authorization: 'Bearer nonsense' } });
    expect(refused.statusCode).toBe(401);
  });

  it('keeps no refusal, and marks none as public', async () => {
    for (const path of ['/products/no-such-product', '/products?limit=0']) {
      const response = await app.get(path);
      expect(response.headers['cache-control']).toBe('no-store');
      expect(isServing(path)).toBe(false);
    }
  });

  it('takes parameters in any order for the same address', async () => {
    const path = `/products?limit=2&brand=${unique()}`;
    await heardAll();
    const first = await cached(path);
    const query = jest.spyOn(app.database.manager, 'query');
    expect((await app.get(`/products?${path.split('?')[1]!.split('&').reverse().join('&')}`)).body).toBe(first.body);
    expect(query).not.toHaveBeenCalled();
    query.mockRestore();
  });

  it('shows a change at once to whoever made it', async () => {
    const { token } = await createStaff(app, ['products:write']);
    const product = await createProduct(app);
    for (let round = 0; round < 5; round++) {
      await cached(`/products/${product.slug}`);
      await app.patch(`/products/${product.id}`, { name: `Round ${round}` }, { token });
      expect((await app.get(`/products/${product.slug}`)).json().name).toBe(`Round ${round}`);
    }
  });

  it.each([
    ['products', `UPDATE products SET name = name || '.' WHERE id = $1`],
    ['variants', `UPDATE variants SET position = position + 1 WHERE product_id = $1`],
    [
      'prices',
      `UPDATE variant_prices SET amount = amount + 1 WHERE variant_id IN (SELECT id FROM variants WHERE product_id = $1)`,
    ],
    ['categories', `UPDATE categories SET name = name WHERE id = $1`],
    ['categories of products', `DELETE FROM product_categories WHERE product_id = $1`],
    ['variants that are deleted', `DELETE FROM variants WHERE product_id = $1`],
  ])('drops answers when another copy changes %s', async (_, sql) => {
    const product = await createProduct(app);
    await cached(`/products/${product.slug}`);
    await elsewhere(sql, [product.id]);
    await expectDropped(`/products/${product.slug}`);
  });

  it('drops answers on a change of stock only when the availability of a variant changes', async () => {
    const product = await createProduct(app, { stock: 10 });
    const path = `/products/${product.slug}`;
    const { id } = product.variants[0]!;
    const reserve = (pieces: number): Promise<void> =>
      elsewhere(`UPDATE stock SET reserved = $2 WHERE variant_id = $1`, [id, pieces]);
    const availability = async (): Promise<string> => (await cachedForGood(product)).json().variants[0].availability;
    expect(await availability()).toBe('in_stock');
    await reserve(4);
    await expectKept(path);
    await reserve(5);
    await expectDropped(path);
    expect(await availability()).toBe('low');
    await reserve(9);
    await expectKept(path);
    await reserve(10);
    await expectDropped(path);
    expect(await availability()).toBe('out');
  });

  it('counts all locations together when it judges availability', async () => {
    const product = await createProduct(app, { stock: 10 });
    const { id } = product.variants[0]!;
    const locationId = (
      await app.database.query<{ id: string }>(
        `INSERT INTO locations (id, code, name) VALUES (gen_random_uuid(), $1, 'Second') RETURNING id`,
        [`location-${unique()}`],
      )
    )[0]!.id;
    await app.app.get(InventoryService).adjust({ variantId: id, locationId, delta: 10, reason: 'received' }, null);
    await cachedForGood(product);
    await elsewhere(`UPDATE stock SET on_hand = 0 WHERE variant_id = $1 AND location_id = $2`, [id, locationId]);
    await expectKept(`/products/${product.slug}`);
  });

  it('keeps no answer whose reading began before a change', async () => {
    const product = await createProduct(app);
    const path = `/products/${product.slug}`;
    await cached('/categories');
    const query = jest.spyOn(app.database, 'query');
    query.mockImplementationOnce(async (text, values) => {
      query.mockRestore();
      const rows = await app.database.query(text, values);
      cache.invalidate();
      return rows;
    });
    await app.get(path);
    expect(isServing(path)).toBe(false);
    await cached(path);
  });

  it('stops serving when the channel is lost, and serves again once it is open', async () => {
    const product = await createProduct(app);
    const path = `/products/${product.slug}`;
    await cached(path);
    const open = jest.spyOn(cache, 'resume').mockReturnValue();
    const [ended] = await app.database.query<{ pid: number }>(
      `SELECT pg_terminate_backend(pid), pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()`,
      [CHANNEL_APPLICATION_NAME],
    );
    expect(ended).toBeDefined();
    await expectDropped(path);
    await elsewhere(`UPDATE products SET name = 'Changed meanwhile' WHERE id = $1`, [product.id]);
    expect((await app.get(path)).json().name).toBe('Changed meanwhile');
    expect(isServing(path)).toBe(false);
    await until(() => Promise.resolve(open.mock.calls.length > 0));
    open.mockRestore();
    cache.resume();
    await cached(path);
    await elsewhere(`UPDATE products SET name = 'Changed again' WHERE id = $1`, [product.id]);
    await expectDropped(path);
  });

  it('counts cached reads against the limit of the address, and says where it stands', async () => {
    const limited = await TestApp.start({ RATE_LIMIT_SCALE: '0.02' });
    try {
      const answers: Response[] = [];
      for (let index = 0; index < 13; index++) answers.push(await limited.get('/categories'));
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array.from({ length: 12 }, () => 200), 429]);
      expect(answers[0]!.headers.ratelimit).toMatch(/^"read";r=11;t=\d+$/);
      expect(answers[12]!.headers['retry-after']).toBeDefined();
      expect(answers[12]!.headers['cache-control']).toBe('no-store');
    } finally {
      await limited.close();
    }
  });

  it('counts and logs a cached read under the address behind trusted proxies, and measures it', async () => {
    let text = '';
    const sink = new Writable({ write: (chunk: Buffer, _encoding, done) => done(((text += chunk.toString()), null)) });
    const logger = createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', ROLE: 'api' }, sink);
    const behind = await TestApp.start({ TRUST_PROXY: '127.0.0.1', RATE_LIMIT_SCALE: '0.02' }, { logger });
    const from = (address: string, id: string) =>
      behind.get('/categories', { headers: { 'x-forwarded-for': address, 'x-request-id': id } });
    const timed = () =>
      requestTimes().find(({ method, route, status }) => method === 'GET' && route === KEPT && status === '2xx');
    const times = () => timed()!.counts.reduce((sum, count) => sum + count, 0);
    try {
      const isKept = (): boolean => behind.app.get(CatalogueCache).find(KEPT) !== undefined;
      let asked = 0;
      const keep = (): Promise<void> => until(() => from(`198.51.100.${++asked % 250}`, 'x').then(isKept));
      await keep();
      await heardAll(behind);
      await keep();
      const before = times();
      const query = jest.spyOn(behind.database, 'query');
      const own = await from('203.0.113.7', 'kept-1');
      expect(query).not.toHaveBeenCalled();
      query.mockRestore();
      expect([own.headers['x-request-id'], own.headers.ratelimit]).toEqual(['kept-1', expect.stringMatching(/r=11;/)]);
      expect(times()).toBe(before + 1);
      const line = text.split('\n').find((one) => one.includes('kept-1'));
      expect(JSON.parse(line!)).toMatchObject({ path: KEPT, status: 200, address: '203.0.113.7', msg: 'request' });
    } finally {
      await behind.close();
    }
  });

  it('can be switched off', async () => {
    const bare = await TestApp.start({ CATALOGUE_CACHE_MB: '0' });
    try {
      const first = await bare.get('/categories');
      expect(first.headers['cache-control']).toMatch(/^public/);
      expect(bare.app.get(CatalogueCache).find('/api/v1/categories')).toBeUndefined();
      expect((await bare.get('/categories')).statusCode).toBe(200);
    } finally {
      await bare.close();
    }
  });
});

/** Header fields that do not differ from one moment to the next. */
function comparable({ headers }: Response): Record<string, unknown> {
  const { date: _date, ratelimit: _ratelimit, 'x-request-id': _id, 'keep-alive': _keep, ...rest } = headers;
  return rest;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 6_000; attempt++) {
    if (await condition()) return;
    await delay(10);
  }
  throw new Error('This did not happen within a minute');
}

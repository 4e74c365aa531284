import { createKey } from '../../factories/api-key.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createMethod, createZone } from '../../factories/shipping-method.factory.js';
import { createStaff, createUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const ADDRESS = { name: 'Ada', line1: '12 Main Street', city: 'London', postalCode: 'SW1Y 4JH', countryCode: 'GB' };

describe('every change is told, with no version left out (I6)', () => {
  let app: TestApp;
  let staff: string;
  beforeAll(async () => {
    app = await TestApp.start();
    staff = (await createStaff(app, ['products:write', 'inventory:write'])).token;
  });
  afterAll(() => app.close());

  /** What was told of something: its versions and what happened. */
  const told = async (aggregateType: string, id: string): Promise<[number, string][]> => {
    const rows = await app.database.query<{ version: number; type: string }>(
      `SELECT aggregate_version AS version, type FROM outbox_events WHERE aggregate_type = $1 AND aggregate_id = $2
       ORDER BY aggregate_version`,
      [aggregateType, id],
    );
    return rows.map(({ version, type }) => [version, type]);
  };

  it('of an account, and nothing of what changed nothing', async () => {
    const { user, token } = await createUser(app);
    const before = await told('user', user.id);
    const version = before.at(-1)![0];
    expect(before.map(([number]) => number)).toEqual(before.map((_, index) => index + 1));
    for (const change of [{ name: 'Ada' }, { name: 'Ada' }, { locale: 'de' }])
      expect((await app.patch('/users/me', change, { token })).statusCode).toBe(200);
    expect((await told('user', user.id)).slice(before.length)).toEqual([
      [version + 1, 'user.updated'],
      [version + 2, 'user.updated'],
    ]);
  });

  it('of addresses, those too that are no longer the default', async () => {
    const { token } = await createUser(app);
    const marks = { isDefaultShipping: true, isDefaultBilling: true };
    const add = async () =>
      (await app.post('/users/me/addresses', { ...ADDRESS, ...marks }, { token })).json<{ id: string }>().id;
    const first = await add();
    const second = await add();
    await app.patch(`/users/me/addresses/${second}`, { label: 'Home' }, { token });
    expect((await app.delete(`/users/me/addresses/${second}`, { token })).statusCode).toBe(204);
    expect(await told('address', first)).toEqual([
      [1, 'address.created'],
      [2, 'address.updated'],
      [3, 'address.updated'],
    ]);
    expect((await app.get(`/users/me/addresses/${first}`, { token })).json()).toMatchObject({ version: 3 });
    expect(await told('address', second)).toEqual([
      [1, 'address.created'],
      [2, 'address.updated'],
      [3, 'address.removed'],
    ]);
  });

  it('of consents, which are counted for each user', async () => {
    const { user, token } = await createUser(app);
    for (const granted of [true, true, false])
      expect(
        (await app.put('/users/me/consents/marketing_email', { granted, version: '1' }, { token })).statusCode,
      ).toBe(200);
    expect(await told('consent', user.id)).toEqual([
      [1, 'consent.given'],
      [2, 'consent.withdrawn'],
    ]);
  });

  it('of categories', async () => {
    const name = `Told ${unique()}`;
    const made = await app.post('/categories', { name }, { token: staff, key: true });
    const { id } = made.json<{ id: string }>();
    await app.patch(`/categories/${id}`, { name: `${name} again` }, { token: staff });
    await app.post(`/categories/${id}/move`, { parentId: null }, { token: staff, key: true });
    expect((await app.delete(`/categories/${id}`, { token: staff })).statusCode).toBe(204);
    expect(await told('category', id)).toEqual([
      [1, 'category.created'],
      [2, 'category.updated'],
      [3, 'category.moved'],
      [4, 'category.deleted'],
    ]);
  });

  it.each([
    {
      aggregate: 'order_note',
      make: async () => `/orders/${(await createOrder(app)).id}/notes`,
      body: { text: 'Ring twice' },
      change: { text: 'Ring once' },
      told: ['added', 'changed', 'removed'],
    },
    {
      aggregate: 'customer_group',
      make: () => '/customer-groups',
      body: { code: `g-${unique()}`, name: 'Group' },
      change: { name: 'Another' },
      told: ['created', 'changed', 'removed'],
    },
    {
      aggregate: 'tax_rate',
      make: () => '/tax-rates',
      body: { name: 'VAT', rate: '0.1', country: 'AQ', status: 'inactive' },
      change: { rate: '0.2' },
      told: ['created', 'changed', 'removed'],
    },
    {
      aggregate: 'promotion',
      make: () => '/promotions',
      body: { name: 'Half', status: 'disabled', effects: [{ type: 'percentage', percent: '50' }] },
      change: { name: 'All' },
      told: ['created', 'changed', 'archived'],
    },
  ])('of each $aggregate', async ({ aggregate, make, body, change, told: names }) => {
    const { token } = await createStaff(app);
    const list = await make();
    const made = await app.post(list, body, { token, key: true });
    expect(made.statusCode).toBe(201);
    const { id } = made.json<{ id: string }>();
    // The second time nothing changes, and nothing is told.
    for (let times = 0; times < 2; times++)
      expect((await app.patch(`${list}/${id}`, change, { token })).statusCode).toBe(200);
    expect((await app.delete(`${list}/${id}`, { token })).statusCode).toBe(204);
    expect(await told(aggregate, id)).toEqual(names.map((name, index) => [index + 1, `${aggregate}.${name}`]));
  });

  it('of shipping methods', async () => {
    const { token } = await createStaff(app);
    const zone = await createZone(app, 'AQ', token);
    const { id } = await createMethod(app, token, { zoneIds: [zone.id], status: 'disabled' });
    const path = `/shipping-methods/${id}`;
    expect((await app.patch(path, { name: 'Sledge' }, { token })).statusCode).toBe(200);
    expect((await app.delete(path, { token })).statusCode).toBe(204);
    expect(await told('shipping_method', id)).toEqual([
      [1, 'shipping_method.created'],
      [2, 'shipping_method.changed'],
      [3, 'shipping_method.removed'],
    ]);
    expect((await app.delete(`/shipping-zones/${zone.id}`, { token })).statusCode).toBe(204);
  });

  it('of API keys', async () => {
    const { id, creator } = await createKey(app);
    const { token } = creator;
    expect((await app.patch(`/api-keys/${id}`, { name: 'Scanner' }, { token })).statusCode).toBe(200);
    expect((await app.post(`/api-keys/${id}/rotate`, {}, { token, key: true })).statusCode).toBe(200);
    for (let times = 0; times < 2; times++)
      expect((await app.delete(`/api-keys/${id}`, { token })).statusCode).toBe(204);
    expect(await told('api_key', id)).toEqual([
      [1, 'api_key.created'],
      [2, 'api_key.changed'],
      [3, 'api_key.rotated'],
      [4, 'api_key.revoked'],
    ]);
  });

  it('of what shoppers see of a stock, whatever moves it, and of nothing that they do not see', async () => {
    const product = await createProduct(app, { stock: 10 });
    const variantId = product.variants[0]!.id;
    const seen = async () =>
      (
        await app.database.query<{ availability: string; version: number }>(
          `SELECT data->>'availability' AS availability, aggregate_version AS version FROM outbox_events
           WHERE type = 'variant.availability_changed' AND data->>'variantId' = $1 ORDER BY aggregate_version`,
          [variantId],
        )
      ).map(({ availability, version }) => `${version} ${availability}`);
    const begun = await seen();
    const ordered = [4, 2, 4];
    const orders = [];
    for (const quantity of ordered) orders.push(await createOrder(app, { lines: [{ variantId, quantity }] }));
    // 10 are in stock; 6 still are, 4 are few, none is out.
    const first = begun.length;
    expect((await seen()).slice(first)).toEqual([`${first + 1} low`, `${first + 2} out`]);
    expect((await app.post(`/orders/${orders[2]!.id}/cancel`, {}, guestOf(orders[2]!))).statusCode).toBe(200);
    const adjustment = { variantId, delta: 20, reason: 'received' };
    expect((await app.post('/inventory/adjustments', adjustment, { token: staff, key: true })).statusCode).toBe(201);
    expect((await seen()).slice(first + 2)).toEqual([`${first + 3} low`, `${first + 4} in_stock`]);
  });
});

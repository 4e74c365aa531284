import { randomUUID } from 'node:crypto';
import type { PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { buildOrder, createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const UNKNOWN = '01970000-0000-7000-8000-00000000dead';

describe('POST /orders', () => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start()));
  afterAll(() => app.close());

  const stockOf = async (variantId: string) =>
    (
      await app.database.query<{ on_hand: number; reserved: number }>(
        `SELECT on_hand, reserved FROM stock WHERE variant_id = $1`,
        [variantId],
      )
    )[0];
  const ordersOf = async (email: string) =>
    (await app.database.query(`SELECT id FROM orders WHERE email = $1`, [email])).length;

  it('answers a guest 201 with the whole order, waiting for payment, and the token that opens it', async () => {
    const { variants, name } = await createProduct(app);
    const response = await app.post(
      '/orders',
      { lines: [{ variantId: variants[0]!.id, quantity: 2 }], email: 'ada@example.com' },
      { key: true },
    );
    expect(response.statusCode).toBe(201);
    const order = response.json<PlacedOrderResponseDto>();
    expect(order).toEqual({
      id: expect.any(String),
      number: expect.stringMatching(/^\d+$/),
      status: 'pending_payment',
      paymentStatus: 'unpaid',
      fulfilmentStatus: 'unfulfilled',
      returnStatus: 'none',
      currency: 'EUR',
      lines: [
        {
          id: expect.any(String),
          variantId: variants[0]!.id,
          sku: variants[0]!.sku,
          name,
          quantity: 2,
          unitPrice: { amount: 1999, currency: 'EUR' },
          discount: { amount: 0, currency: 'EUR' },
          tax: { amount: 0, currency: 'EUR' },
          total: { amount: 3998, currency: 'EUR' },
          adjustments: [],
          taxes: [],
        },
      ],
      subtotal: { amount: 3998, currency: 'EUR' },
      discountTotal: { amount: 0, currency: 'EUR' },
      shippingTotal: { amount: 0, currency: 'EUR' },
      taxTotal: { amount: 0, currency: 'EUR' },
      shippingTax: { amount: 0, currency: 'EUR' },
      pricesIncludeTax: false,
      total: { amount: 3998, currency: 'EUR' },
      shipping: null,
      promotions: [],
      email: 'ada@example.com',
      language: null,
      customerId: null,
      shippingAddress: null,
      billingAddress: null,
      cancelReason: null,
      placedAt: expect.stringMatching(INSTANT),
      expiresAt: expect.stringMatching(INSTANT),
      confirmedAt: null,
      deliveredAt: null,
      due: { amount: 3998, currency: 'EUR' },
      version: 1,
      payments: [],
      orderToken: expect.stringMatching(/^sho_[A-Za-z0-9_-]{43}$/),
    });
    expect(Date.parse(order.expiresAt!) - Date.parse(order.placedAt)).toBe(1800_000);
    expect(response.headers.location).toBe(`/api/v1/orders/${order.id}`);
    expect(response.headers.etag).toMatch(/^"1-/);
    expect(await stockOf(variants[0]!.id)).toEqual({ on_hand: 100, reserved: 2 });
    await expectInvariants(app);
  });

  it('serves the created order at its Location with the same body, to the guest who holds the token', async () => {
    const { orderToken, ...order } = await createOrder(app);
    const response = await app.get(`/orders/${order.id}`, { headers: { 'x-order-token': orderToken! } });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toEqual(order);
  });

  it('places an order for a signed-in customer with their own e-mail address and no token', async () => {
    const { user, token } = await createUser(app);
    const order = await createOrder(app, { token });
    expect(order).toMatchObject({ customerId: user.id, email: user.email });
    expect(order).not.toHaveProperty('orderToken');
  });

  it('keeps addresses as they were written', async () => {
    const address = { name: 'Ada', line1: '1 Main Street', city: 'Köln', postalCode: '50667', countryCode: 'DE' };
    const order = await createOrder(app, {
      shippingAddress: address,
      billingAddress: { ...address, company: 'Ltd 🧮' },
    });
    expect(order).toMatchObject({ shippingAddress: address, billingAddress: { company: 'Ltd 🧮' } });
  });

  it('asks a guest for an e-mail address (400 request.invalid at /email)', async () => {
    const { variants } = await createProduct(app);
    const response = await app.post('/orders', { lines: [{ variantId: variants[0]!.id, quantity: 1 }] }, { key: true });
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'request.invalid', errors: [{ pointer: '/email' }] });
  });

  it('refuses an order without Idempotency-Key (400)', async () => {
    const { variants } = await createProduct(app);
    const response = await app.post('/orders', buildOrder(variants[0]!.id));
    expect(response.json()).toMatchObject({ status: 400, code: 'request.idempotency_key_required' });
  });

  it.each([-1, 0, 0.5, 10_001, 2 ** 31, 2 ** 53, 2 ** 63, '1', null, [], {}, '1e400'])(
    'refuses a quantity of %p with 400 at /lines/0/quantity (IN-2)',
    async (quantity) => {
      const { variants } = await createProduct(app);
      const response = await app.post(
        '/orders',
        { ...buildOrder(variants[0]!.id), lines: [{ variantId: variants[0]!.id, quantity }] },
        { key: true },
      );
      expect(response.json()).toMatchObject({ status: 400, errors: [{ pointer: '/lines/0/quantity' }] });
      expect(await stockOf(variants[0]!.id)).toMatchObject({ reserved: 0 });
    },
  );

  it('takes 1e3 pieces as 1000', async () => {
    const { variants } = await createProduct(app, { stock: 1000 });
    expect(await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 1e3 }] })).toMatchObject({
      total: { amount: 1_999_000 },
    });
  });

  it.each([
    ['no lines', { lines: [] }, '/lines'],
    ['a line that is no object', { lines: [null] }, '/lines'],
    ['an id that is no UUID', { lines: [{ variantId: 'SKU-1', quantity: 1 }] }, '/lines/0/variantId'],
    ['a currency nobody pays in', { currency: 'XXX' }, '/currency'],
    ['a currency in lower case', { currency: 'usd' }, '/currency'],
    ['an expected total with decimals', { expectedTotal: { amount: 19.99, currency: 'EUR' } }, '/expectedTotal/amount'],
    [
      'a country that is none',
      { shippingAddress: { name: 'A', line1: 'B', city: 'C', countryCode: 'XX' } },
      '/shippingAddress/countryCode',
    ],
    ['an e-mail address that is none', { email: 'ada' }, '/email'],
    ['a provider nobody knows', { payment: { provider: 'cash' } }, '/payment/provider'],
  ])('refuses %s with 400', async (_, overrides, pointer) => {
    const { variants } = await createProduct(app);
    const response = await app.post('/orders', { ...buildOrder(variants[0]!.id), ...overrides }, { key: true });
    expect(response.statusCode).toBe(400);
    expect(response.json<{ errors: { pointer: string }[] }>().errors[0]!.pointer).toContain(pointer);
  });

  it.each([
    'total',
    'unitPrice',
    'status',
    'paymentStatus',
    'customerId',
    'id',
    'number',
    'placedAt',
    'discountTotal',
    'version',
  ])('refuses a body that sets %s (AC-4)', async (member) => {
    const { variants } = await createProduct(app);
    const response = await app.post('/orders', { ...buildOrder(variants[0]!.id), [member]: 1 }, { key: true });
    expect(response.json()).toMatchObject({ status: 400, errors: [{ pointer: `/${member}`, code: 'unknown' }] });
  });

  it('refuses a line that names its own price (AC-4)', async () => {
    const { variants } = await createProduct(app);
    const lines = [{ variantId: variants[0]!.id, quantity: 1, unitPrice: 1 }];
    const response = await app.post('/orders', { ...buildOrder(variants[0]!.id), lines }, { key: true });
    expect(response.json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/lines/0/unitPrice', code: 'unknown' }],
    });
  });

  it('refuses what is not for sale with 422, pointing at every such line', async () => {
    const [good, draft, archived, priced] = await Promise.all([
      createProduct(app),
      createProduct(app, { status: 'draft' }),
      createProduct(app, { status: 'archived' }),
      createProduct(app, { variants: [{ sku: `USD-${Date.now()}`, prices: [{ amount: 1, currency: 'USD' }] }] }),
    ]);
    const lines = [good, draft, archived, priced].map(({ variants }) => ({ variantId: variants[0]!.id, quantity: 1 }));
    const body = { ...buildOrder(''), lines: [...lines, { variantId: UNKNOWN, quantity: 1 }] };
    const response = await app.post('/orders', body, { key: true });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({ code: 'order.variant_not_sellable' });
    expect(response.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)).toEqual(
      [1, 2, 3, 4].map((index) => `/lines/${index}/variantId`),
    );
    expect(await stockOf(good.variants[0]!.id)).toMatchObject({ reserved: 0 });
  });

  it('sells in another currency that every line is priced in', async () => {
    const { variants } = await createProduct(app, {
      variants: [{ sku: `JPY-${Date.now()}`, prices: [{ amount: 300, currency: 'JPY' }] }],
    });
    const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 3 }], currency: 'JPY' });
    expect(order.total).toEqual({ amount: 900, currency: 'JPY' });
  });

  it('refuses more than is in stock with 409 and takes nothing of any line', async () => {
    const [plenty, scarce] = await Promise.all([createProduct(app), createProduct(app, { stock: 1 })]);
    const body = buildOrder('', {
      lines: [
        { variantId: plenty.variants[0]!.id, quantity: 1 },
        { variantId: scarce.variants[0]!.id, quantity: 2 },
      ],
    });
    const response = await app.post('/orders', body, { key: true });
    expect(response.json()).toMatchObject({
      status: 409,
      code: 'product.insufficient_stock',
      errors: [{ pointer: '/lines/1/quantity', message: 'must not be greater than 1' }],
    });
    expect(await stockOf(plenty.variants[0]!.id)).toMatchObject({ reserved: 0 });
    expect(await ordersOf(body.email!)).toBe(0);
  });

  it('makes one line of lines that share a variant, whatever the case of the id, and counts them together against the stock', async () => {
    const { variants } = await createProduct(app, { stock: 5 });
    const id = variants[0]!.id;
    const lines = (second: number) => [
      { variantId: id, quantity: 2 },
      { variantId: id.toUpperCase(), quantity: second },
    ];
    const refused = await app.post('/orders', buildOrder(id, { lines: lines(4) }), { key: true });
    expect(refused.json()).toMatchObject({ status: 409, code: 'product.insufficient_stock' });
    expect(refused.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)).toEqual([
      '/lines/0/quantity',
      '/lines/1/quantity',
    ]);
    const order = await createOrder(app, { lines: lines(3) });
    expect(order.lines).toMatchObject([{ quantity: 5, total: { amount: 9995 } }]);
  });

  it('refuses a total that the shopper was not shown with 409 order.total_changed, and tells the new one', async () => {
    const { variants } = await createProduct(app);
    const place = (expectedTotal: { amount: number; currency: string }) =>
      app.post('/orders', buildOrder(variants[0]!.id, { expectedTotal }), { key: true });
    expect((await place({ amount: 1998, currency: 'EUR' })).json()).toMatchObject({
      status: 409,
      code: 'order.total_changed',
      total: { amount: 1999, currency: 'EUR' },
    });
    expect((await place({ amount: 1999, currency: 'USD' })).statusCode).toBe(409);
    expect((await place({ amount: 1999, currency: 'EUR' })).statusCode).toBe(201);
  });

  it('refuses a total beyond 2^53 − 1 with 422 instead of rounding it (IN-2)', async () => {
    const { variants } = await createProduct(app, {
      variants: [{ sku: `DEAR-${Date.now()}`, prices: [{ amount: Number.MAX_SAFE_INTEGER, currency: 'EUR' }] }],
    });
    const lines = (quantity: number) => [{ variantId: variants[0]!.id, quantity }];
    const refused = await app.post('/orders', buildOrder('', { lines: lines(2) }), { key: true });
    expect(refused.json()).toMatchObject({ status: 422, code: 'order.total_too_large' });
    expect(await createOrder(app, { lines: lines(1) })).toMatchObject({ total: { amount: Number.MAX_SAFE_INTEGER } });
  });

  it('confirms an order at once when nothing is due, with two versions, two events and no end of its stock', async () => {
    const { variants } = await createProduct(app, {
      variants: [{ sku: `FREE-${Date.now()}`, prices: [{ amount: 0, currency: 'EUR' }] }],
    });
    const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 1 }] });
    expect(order).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', expiresAt: null, version: 2 });
    const events = await app.database.query<{ type: string }>(
      `SELECT type FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version`,
      [order.id],
    );
    expect(events.map(({ type }) => type)).toEqual(['order.placed', 'order.confirmed']);
    await expectInvariants(app);
  });

  it.each([1, 2, 500])(
    'needs eight statements at most for an order of %i lines, those of the transaction and its key included',
    async (count) => {
      const variants = Array.from({ length: count }, (_, index) => ({
        sku: `MANY-${count}-${index}-${Date.now()}`,
        options: { size: String(index) },
        prices: [{ amount: 100 + index, currency: 'EUR' }],
      }));
      const product = await createProduct(app, { variants });
      const body = buildOrder('', { lines: product.variants.map(({ id }) => ({ variantId: id, quantity: 1 })) });
      const { result, statements } = await countStatements(() => app.post('/orders', body, { key: true }));
      expect(result.statusCode).toBe(201);
      expect(result.json<PlacedOrderResponseDto>().lines).toHaveLength(count);
      expect(statements).toHaveLength(8);
      expect(statements[0]).toMatch(/^START TRANSACTION|^BEGIN/);
      expect(statements.at(-1)).toBe('COMMIT');
      const read = await countStatements(() =>
        app.get(`/orders/${result.json<{ id: string }>().id}`, guestOf(result.json())),
      );
      expect(read.statements.length).toBeLessThanOrEqual(3);
    },
  );

  it('gives every order its own number, rising', async () => {
    const first = await createOrder(app);
    const second = await createOrder(app);
    expect(Number(second.number)).toBeGreaterThan(Number(first.number));
  });

  it('is one order for a guest whose network changes between two tries, and two for two guests who thought of the same short key', async () => {
    const { variants } = await createProduct(app);
    const place = async (remoteAddress: string, key: string) => {
      const answer = await app.app.inject({
        method: 'POST',
        url: '/api/v1/orders',
        remoteAddress,
        headers: { 'idempotency-key': key },
        payload: { lines: [{ variantId: variants[0]!.id, quantity: 1 }], email: 'moving@example.com' },
      });
      return answer.json<PlacedOrderResponseDto>().id;
    };
    const long = randomUUID();
    expect(await place('2001:db8::7', long)).toBe(await place('192.0.2.7', long));
    const short = long.slice(0, 21);
    expect(await place('2001:db8::7', short)).not.toBe(await place('192.0.2.7', short));
  });

  it('replays the first answer for a repeated key, and refuses the key for another order with 422', async () => {
    const { variants } = await createProduct(app);
    const body = buildOrder(variants[0]!.id);
    const first = await app.post('/orders', body, { key: 'replay-me' });
    const second = await app.post('/orders', body, { key: 'replay-me' });
    expect(second.statusCode).toBe(201);
    expect(second.json()).toEqual(first.json());
    expect(second.headers).toMatchObject({ 'idempotent-replayed': 'true', location: first.headers.location });
    const other = await app.post(
      '/orders',
      { ...body, lines: [{ variantId: variants[0]!.id, quantity: 2 }] },
      { key: 'replay-me' },
    );
    expect(other.json()).toMatchObject({ status: 422, code: 'request.idempotency_key_reused' });
    expect(await ordersOf(body.email!)).toBe(1);
  });
});

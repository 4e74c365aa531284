import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Response } from 'light-my-request';
import type { CartResponseDto, CreatedCartResponseDto } from '../../../src/orders/carts/dto/cart-response.dto.js';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { FakePaymentProvider } from '../../../src/orders/payments/fake.provider.js';
import { InventoryService } from '../../../src/products/inventory/inventory.service.js';
import { ProductsService } from '../../../src/products/products.service.js';
import { createCart, holderOf } from '../../factories/cart.factory.js';
import { buildOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const ADDRESS = { name: 'Ada', line1: '1 Main Street', city: 'Köln', postalCode: '50667', countryCode: 'DE' };
const UNKNOWN = '01970000-0000-7000-8000-00000000dead';
const PAYMENT = { provider: 'fake', token: 'tok_success' };

describe('an order from a cart', () => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start()));
  afterEach(() => expectInvariants(app));
  afterAll(() => app.close());

  const email = () => `cart-${randomUUID()}@example.com`;
  const order = (cart: CreatedCartResponseDto, body: object = {}, key: true | string = true, holder = holderOf(cart)) =>
    app.post('/orders', { cartId: cart.id, ...body }, { key, ...holder });
  const read = async (cart: CreatedCartResponseDto, holder: object = holderOf(cart)) =>
    (await app.get(`/carts/${cart.id}`, holder)).json<CartResponseDto>();
  const ordersOf = (cart: CreatedCartResponseDto) =>
    app.database.query<{ id: string }>(`SELECT id FROM orders WHERE cart_id = $1`, [cart.id]);
  const reservedOf = async (variantId: string) =>
    (
      await app.database.query<{ reserved: number }>(`SELECT reserved FROM stock WHERE variant_id = $1`, [variantId])
    )[0]!.reserved;
  const statuses = (responses: Response[]) => responses.map(({ statusCode }) => statusCode).sort();

  it('takes lines, e-mail, addresses, currency and language of the cart, which is ordered by it for good', async () => {
    const variants = [{ sku: `USD-${Date.now()}`, prices: [{ amount: 700, currency: 'USD' }] }];
    const { id: variantId } = (await createProduct(app, { variants })).variants[0]!;
    const cart = await createCart(app, {
      lines: [{ variantId, quantity: 3 }],
      currency: 'USD',
      email: email(),
      language: 'de',
    });
    await app.put(`/carts/${cart.id}/addresses`, { shippingAddress: ADDRESS, billingAddress: ADDRESS }, holderOf(cart));
    const { total } = await read(cart);
    const response = await order(cart, { expectedTotal: total });
    expect(response.statusCode).toBe(201);
    const placed = response.json<PlacedOrderResponseDto>();
    expect(placed).toMatchObject({
      status: 'pending_payment',
      currency: 'USD',
      lines: [{ variantId, quantity: 3, unitPrice: { amount: 700, currency: 'USD' } }],
      total,
      email: cart.email,
      customerId: null,
      shippingAddress: ADDRESS,
      billingAddress: ADDRESS,
      orderToken: expect.any(String),
    });
    expect(await app.database.query(`SELECT language FROM orders WHERE id = $1`, [placed.id])).toEqual([
      { language: 'de' },
    ]);
    expect(await read(cart)).toMatchObject({
      status: 'ordered',
      orderId: placed.id,
      problems: [{ code: 'cart.already_ordered' }],
    });
    const line = { variantId, quantity: 1 };
    for (const refused of [
      await app.post(`/carts/${cart.id}/lines`, line, holderOf(cart)),
      await app.patch(`/carts/${cart.id}`, { language: 'en' }, holderOf(cart)),
      await app.delete(`/carts/${cart.id}`, holderOf(cart)),
      await order(cart),
    ])
      expect(refused.json()).toMatchObject({ status: 409, code: 'cart.already_ordered', orderId: placed.id });
    expect((await app.post(`/orders/${placed.id}/cancel`, {}, guestOf(placed))).statusCode).toBe(200);
    expect(await read(cart)).toMatchObject({ status: 'ordered', orderId: placed.id });
  });

  it('is a customer’s whose cart it is, who may begin another one afterwards', async () => {
    const { user, token } = await createUser(app);
    const cart = await createCart(app, { token });
    const placed = (
      await app.post('/orders', { cartId: cart.id }, { key: true, token })
    ).json<PlacedOrderResponseDto>();
    expect(placed).toMatchObject({ customerId: user.id, email: user.email });
    expect(placed).not.toHaveProperty('orderToken');
    const next = await createCart(app, { token });
    expect(next.id).not.toBe(cart.id);
    expect(next.lines).toHaveLength(1);
  });

  it('is a customer’s who holds the token of a guest’s cart', async () => {
    const [{ user, token }, cart] = [await createUser(app), await createCart(app)];
    const placed = await app.post('/orders', { cartId: cart.id }, { key: true, token, ...holderOf(cart) });
    expect(placed.json()).toMatchObject({ customerId: user.id, email: user.email });
  });

  it('prefers the e-mail address and the addresses of the call', async () => {
    const [cart, other] = [await createCart(app, { email: email() }), email()];
    await app.put(`/carts/${cart.id}/addresses`, { shippingAddress: ADDRESS }, holderOf(cart));
    const response = await order(cart, { email: other, billingAddress: { ...ADDRESS, name: 'Charles' } });
    expect(response.json()).toMatchObject({
      email: other,
      shippingAddress: ADDRESS,
      billingAddress: { ...ADDRESS, name: 'Charles' },
    });
  });

  it('is 404 for everybody else, staff included, and leaves the cart as it was', async () => {
    const [cart, other, { token }, staff] = [
      await createCart(app),
      await createCart(app),
      await createUser(app),
      await createStaff(app),
    ];
    for (const request of [{}, holderOf(other), { token }, { token: staff.token }]) {
      const response = await app.post('/orders', { cartId: cart.id, email: email() }, { key: true, ...request });
      expect(response.json()).toMatchObject({ status: 404, code: 'cart.not_found' });
    }
    const unknown = { cartId: UNKNOWN, email: email() };
    expect((await app.post('/orders', unknown, { key: true })).json()).toMatchObject({ code: 'cart.not_found' });
    expect(await read(cart)).toMatchObject({ status: 'active', version: 1 });
  });

  it.each([
    [{ lines: [{ variantId: UNKNOWN, quantity: 1 }] }, ['/lines'], 'excluded'],
    [{ currency: 'EUR' }, ['/currency'], 'excluded'],
    [{ cartId: 'x' }, ['/cartId'], undefined],
    [{ cartId: undefined }, ['/lines'], 'required'],
    [{ lines: null }, ['/lines'], undefined],
    [{ email: undefined }, ['/email'], 'required'],
    [{ shippingAddress: { ...ADDRESS, postalCode: 'x' } }, ['/shippingAddress/postalCode'], 'postal_code'],
  ])('refuses %j beside the cart with 400 at %j', async (change, pointers, code) => {
    const cart = await createCart(app);
    const response = await order(cart, { email: email(), ...change });
    expect(response.json()).toMatchObject({ status: 400, code: 'request.invalid' });
    const { errors } = response.json<{ errors: { pointer: string; code: string }[] }>();
    expect(errors.map(({ pointer }) => pointer)).toEqual(pointers);
    if (code) expect(errors[0]!.code).toBe(code);
    expect(await read(cart)).toMatchObject({ status: 'active', version: 1 });
  });

  it('is refused as an order of the same lines would be, with pointers into the cart, which stays active', async () => {
    const products = await Promise.all([createProduct(app), createProduct(app), createProduct(app, { stock: 2 })]);
    const cart = await createCart(app, {
      lines: products.map(({ variants }) => ({ variantId: variants[0]!.id, quantity: 2 })),
      email: email(),
    });
    const shown = await read(cart);
    await app.app.get(ProductsService).archive(products[1].id, undefined);
    const unsellable = await order(cart);
    expect(unsellable.json()).toMatchObject({
      status: 422,
      code: 'order.variant_not_sellable',
      errors: [{ pointer: '/lines/1/variantId' }],
    });
    await app.delete(`/carts/${cart.id}/lines/${cart.lines[1]!.id}`, holderOf(cart));
    const changed = await order(cart, { expectedTotal: shown.total });
    expect(changed.json()).toMatchObject({ status: 409, code: 'order.total_changed', total: (await read(cart)).total });
    await app.app
      .get(InventoryService)
      .adjust({ variantId: products[2].variants[0]!.id, delta: -1, reason: 'damage' }, null);
    const short = await order(cart, { expectedTotal: (await read(cart)).total });
    expect(short.json()).toMatchObject({
      status: 409,
      code: 'product.insufficient_stock',
      errors: [{ pointer: '/lines/1/quantity' }],
    });
    expect(await read(cart)).toMatchObject({ status: 'active', version: 2, orderId: null });
    expect(await reservedOf(products[0].variants[0]!.id)).toBe(0);
    expect(await ordersOf(cart)).toEqual([]);
  });

  it('is refused for an empty cart with 409 cart.empty', async () => {
    const cart = await createCart(app, { lines: [], email: email() });
    expect((await order(cart)).json()).toMatchObject({ status: 409, code: 'cart.empty' });
    expect(await read(cart)).toMatchObject({ status: 'active' });
  });

  it.each([
    ['without payment', {}],
    ['with payment', { payment: PAYMENT }],
  ])(
    'is one order under 20 simultaneous sends with keys of their own, %s; the others get 409 with its id',
    async (_, extra) => {
      const cart = await createCart(app, { email: email() });
      const responses = await Promise.all(Array.from({ length: 20 }, () => order(cart, extra)));
      expect(statuses(responses)).toEqual([201, ...Array<number>(19).fill(409)]);
      const { id } = responses.find(({ statusCode }) => statusCode === 201)!.json<{ id: string }>();
      for (const response of responses.filter(({ statusCode }) => statusCode === 409))
        expect(response.json()).toMatchObject({ code: 'cart.already_ordered', orderId: id });
      expect(await ordersOf(cart)).toEqual([{ id }]);
      expect(await reservedOf(cart.lines[0]!.variantId)).toBe(1);
    },
  );

  it.each([
    ['without payment', {}],
    ['with payment', { payment: PAYMENT }],
  ])('is one order under 20 simultaneous sends with the same key, %s, and one answer', async (_, extra) => {
    const cart = await createCart(app, { email: email() });
    const key = randomUUID();
    const responses = await Promise.all(Array.from({ length: 20 }, () => order(cart, extra, key)));
    expect(statuses(responses)).toEqual(Array<number>(20).fill(201));
    expect(new Set(responses.map(({ body }) => body)).size).toBe(1);
    expect(await ordersOf(cart)).toHaveLength(1);
    if ('payment' in extra) expect(responses[0]!.json()).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
  });

  it('goes on with the order that is there when the process died between placing and paying', async () => {
    const cart = await createCart(app, { email: email() });
    const provider = app.app.get(FakePaymentProvider);
    const key = randomUUID();
    provider.faults.beforeCharge = () => Promise.reject(new Error('the process dies here'));
    await order(cart, { payment: PAYMENT }, key);
    delete provider.faults.beforeCharge;
    await app.database.execute(
      `UPDATE idempotency_keys SET status = NULL, body = NULL, location = NULL, lease_until = now() WHERE key = $1`,
      [key],
    );
    const again = await order(cart, { payment: PAYMENT }, key);
    expect(again.statusCode).toBe(201);
    expect(await ordersOf(cart)).toEqual([{ id: again.json<OrderDetailResponseDto>().id }]);
    expect(again.json<OrderDetailResponseDto>().payments).toHaveLength(1);
  });

  it('holds every line that was acknowledged before it, and none that was not', async () => {
    const more = (await createProduct(app, { stock: 1000 })).variants[0]!.id;
    const lengths = new Set<number>();
    // A busy machine may need a longer start for either of them to come first.
    for (let round = 0; round < 12 || lengths.size < 2; round++) {
      const cart = await createCart(app, { email: email() });
      const add = () => app.post(`/carts/${cart.id}/lines`, { variantId: more, quantity: 1 }, holderOf(cart));
      // One of them has a start of some milliseconds, now this and now that.
      const lead = round * (round % 2 === 0 ? 2 : -2);
      const [added, placed] = await Promise.all([
        delay(Math.max(0, lead)).then(add),
        delay(Math.max(0, -lead)).then(() => order(cart)),
      ]);
      expect(placed.statusCode).toBe(201);
      const { lines } = placed.json<PlacedOrderResponseDto>();
      expect([added.statusCode, lines.length]).toEqual(added.statusCode === 201 ? [201, 2] : [409, 1]);
      lengths.add(lines.length);
    }
    expect(lengths.size).toBe(2);
  });

  it('lets 40 carts with the same two variants in either order all through without a deadlock', async () => {
    const products = await Promise.all([createProduct(app), createProduct(app)]);
    const lines = products.map(({ variants }) => ({ variantId: variants[0]!.id, quantity: 1 }));
    const carts = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        createCart(app, { lines: n % 2 === 0 ? lines : [...lines].reverse(), email: email() }),
      ),
    );
    expect(statuses(await Promise.all(carts.map((cart) => order(cart))))).toEqual(Array<number>(40).fill(201));
    for (const { variantId } of lines) expect(await reservedOf(variantId)).toBe(40);
  });

  it.each([
    ['a deadlock', '40P01'],
    ['a serialization failure', '40001'],
  ])('is placed in another try when PostgreSQL gives up the first two by %s (%s)', async (_, state) => {
    const name = `refuse_twice_${state.toLowerCase()}`;
    await app.database.query(`CREATE SEQUENCE ${name}`);
    await app.database.query(`
      CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('${name}') <= 2 THEN RAISE EXCEPTION 'given up' USING ERRCODE = '${state}'; END IF;
        RETURN NULL;
      END $$`);
    await app.database.query(
      `CREATE TRIGGER ${name} AFTER INSERT ON order_lines FOR EACH STATEMENT EXECUTE FUNCTION ${name}()`,
    );
    try {
      const cart = await createCart(app, { email: email() });
      const placed = await order(cart, state === '40001' ? { payment: PAYMENT } : {});
      expect(placed.statusCode).toBe(201);
      expect(await ordersOf(cart)).toHaveLength(1);
      expect(await reservedOf(cart.lines[0]!.variantId)).toBe(1);
      expect(await app.database.query(`SELECT last_value::int FROM ${name}`)).toEqual([{ last_value: 3 }]);
    } finally {
      await app.database.query(`DROP TRIGGER ${name} ON order_lines`);
      await app.database.query(`DROP FUNCTION ${name}`);
      await app.database.query(`DROP SEQUENCE ${name}`);
    }
  });

  it.each([1, 4, 16, 200])(
    'of %i lines needs as many statements as one of any other number, in one call or from a cart',
    async (count) => {
      const variants = Array.from({ length: count }, (_, index) => ({
        sku: `CART-${count}-${index}-${Date.now()}`,
        options: { size: String(index) },
        prices: [{ amount: 100 + index, currency: 'EUR' }],
      }));
      const product = await createProduct(app, { variants });
      const lines = product.variants.map(({ id }) => ({ variantId: id, quantity: 1 }));
      const inOneCall = await countStatements(() => app.post('/orders', buildOrder('', { lines }), { key: true }));
      const cart = await createCart(app, { lines, email: email() });
      const fromCart = await countStatements(() => order(cart));
      for (const { result } of [inOneCall, fromCart])
        expect(result.json<PlacedOrderResponseDto>().lines.map(({ variantId }) => variantId)).toEqual(
          lines.map(({ variantId }) => variantId),
        );
      // The cart adds two: it is taken, and its lines are read.
      expect([inOneCall, fromCart].map(({ statements }) => statements.length)).toEqual([8, 10]);
    },
  );
});

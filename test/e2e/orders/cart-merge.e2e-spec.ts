import type { Response } from 'light-my-request';
import { CartRetentionService } from '../../../src/orders/carts/cart-retention.service.js';
import type { CartResponseDto, CreatedCartResponseDto } from '../../../src/orders/carts/dto/cart-response.dto.js';
import { createCart, holderOf } from '../../factories/cart.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const ADDRESS = { name: 'Ada', line1: '1 Main Street', city: 'Köln', postalCode: '50667', countryCode: 'DE' };

describe('the cart of a guest who signs in', () => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start()));
  afterAll(() => app.close());

  const variantOf = async () => (await createProduct(app)).variants[0]!.id;
  const merge = (cart: CreatedCartResponseDto, { token }: SignedInUser) =>
    app.post(`/carts/${cart.id}/merge`, undefined, { token, ...holderOf(cart) });
  const activeOf = async ({ token }: SignedInUser) => (await app.post('/carts', {}, { token })).json<CartResponseDto>();
  const quantities = ({ lines }: CartResponseDto) => lines.map(({ quantity }) => quantity);

  it('becomes the active cart of a customer who has none, and its token opens nothing any more', async () => {
    const customer = await createUser(app);
    const cart = await createCart(app, { email: 'ada@example.com', language: 'de' });
    await app.put(`/carts/${cart.id}/addresses`, { shippingAddress: ADDRESS }, holderOf(cart));
    const response = await merge(cart, customer);
    expect(response.statusCode).toBe(200);
    const merged = response.json<CartResponseDto>();
    expect(merged).toMatchObject({
      customerId: customer.user.id,
      status: 'active',
      email: 'ada@example.com',
      language: 'de',
      shippingAddress: ADDRESS,
      lines: [{ variantId: cart.lines[0]!.variantId, quantity: 1 }],
    });
    expect(merged).toEqual(await activeOf(customer));
    expect((await app.get(`/carts/${cart.id}`, holderOf(cart))).statusCode).toBe(404);
    expect((await app.get(`/carts/${cart.id}`, { token: customer.token })).json()).toMatchObject({
      status: 'merged',
      lines: [],
      email: null,
      shippingAddress: null,
      problems: [{ code: 'cart.not_active' }],
    });
    const refused = await app.patch(`/carts/${cart.id}`, { language: 'en' }, { token: customer.token });
    expect(refused.json()).toMatchObject({ status: 409, code: 'cart.not_active', cartStatus: 'merged' });
  });

  it('adds its lines to those of the active cart, whose e-mail address, language and currency stay', async () => {
    const [customer, shared, own, guests] = [
      await createUser(app),
      await variantOf(),
      await variantOf(),
      await variantOf(),
    ];
    const mine = await createCart(app, {
      token: customer.token,
      email: 'mine@example.com',
      lines: [
        { variantId: own, quantity: 1 },
        { variantId: shared, quantity: 2 },
      ],
    });
    const cart = await createCart(app, {
      email: 'guest@example.com',
      language: 'de',
      lines: [
        { variantId: shared, quantity: 3 },
        { variantId: guests, quantity: 4 },
      ],
    });
    const merged = (await merge(cart, customer)).json<CartResponseDto>();
    expect(merged).toMatchObject({ id: mine.id, email: 'mine@example.com', language: 'de' });
    expect(merged.lines.map(({ variantId, quantity }) => [variantId, quantity])).toEqual([
      [own, 1],
      [shared, 5],
      [guests, 4],
    ]);
  });

  it('adds nothing when it is sent again, and takes a customer’s own cart for what it is', async () => {
    const customer = await createUser(app);
    const cart = await createCart(app);
    const first = (await merge(cart, customer)).json<CartResponseDto>();
    expect((await merge(cart, customer)).json()).toEqual(first);
    const own = await app.post(`/carts/${first.id}/merge`, undefined, { token: customer.token });
    expect(own.json()).toEqual(first);
  });

  it('asks for the token of the cart, and for somebody signed in', async () => {
    const [customer, other, cart] = [await createUser(app), await createUser(app), await createCart(app)];
    expect((await app.post(`/carts/${cart.id}/merge`, undefined, { token: customer.token })).json()).toMatchObject({
      status: 404,
      code: 'cart.not_found',
    });
    expect((await app.post(`/carts/${cart.id}/merge`, undefined, holderOf(cart))).statusCode).toBe(401);
    const theirs = await createCart(app, { token: other.token });
    expect((await app.post(`/carts/${theirs.id}/merge`, undefined, { token: customer.token })).statusCode).toBe(404);
    await merge(cart, other);
    expect((await merge(cart, customer)).statusCode).toBe(404);
  });

  it('refuses what would be too much for one cart with 422, and leaves both as they are', async () => {
    const [customer, variantId] = [await createUser(app), await variantOf()];
    await createCart(app, { token: customer.token, lines: [{ variantId, quantity: 6_000 }] });
    const cart = await createCart(app, { lines: [{ variantId, quantity: 6_000 }] });
    expect((await merge(cart, customer)).json()).toMatchObject({
      status: 422,
      code: 'cart.limit_exceeded',
      errors: [{ pointer: '/lines/0/quantity' }],
    });
    expect(quantities(await activeOf(customer))).toEqual([6_000]);
    expect((await app.get(`/carts/${cart.id}`, holderOf(cart))).json()).toMatchObject({
      status: 'active',
      lines: [{}],
    });
  });

  it('is refused with 409 once it has been ordered', async () => {
    const [customer, cart] = [await createUser(app), await createCart(app, { email: 'guest@example.com' })];
    const placed = await app.post('/orders', { cartId: cart.id }, { key: true, ...holderOf(cart) });
    expect((await merge(cart, customer)).json()).toMatchObject({
      status: 409,
      code: 'cart.already_ordered',
      orderId: placed.json<{ id: string }>().id,
    });
  });

  describe('under concurrency', () => {
    const succeed = (responses: Response[], status = 200) =>
      expect(responses.map(({ statusCode }) => statusCode)).toEqual(Array<number>(responses.length).fill(status));

    it('is merged once by twenty tabs', async () => {
      const [customer, cart] = [await createUser(app), await createCart(app)];
      const responses = await Promise.all(Array.from({ length: 20 }, () => merge(cart, customer)));
      succeed(responses);
      expect(new Set(responses.map((response) => response.json<CartResponseDto>().id)).size).toBe(1);
      expect(quantities(await activeOf(customer))).toEqual([1]);
    });

    it('loses and doubles nothing when twenty carts are merged at once, with adds to the customer’s cart in between', async () => {
      const [customer, variantId] = [await createUser(app), await variantOf()];
      const lines = [{ variantId, quantity: 1 }];
      const carts = await Promise.all(Array.from({ length: 20 }, () => createCart(app, { lines })));
      const responses = await Promise.all(
        carts.flatMap((cart, index) => [
          merge(cart, customer),
          ...(index % 2 === 0 ? [app.post('/carts', { lines }, { token: customer.token })] : []),
        ]),
      );
      succeed(responses.filter((_, index) => index % 3 === 0 || index % 3 === 2));
      const active = await activeOf(customer);
      expect(quantities(active)).toEqual([30]);
      expect(
        await app.database.query(
          `SELECT status, count(*)::int AS n FROM carts WHERE customer_id = $1 GROUP BY 1 ORDER BY 1`,
          [customer.user.id],
        ),
      ).toEqual([
        { status: 'active', n: 1 },
        { status: 'merged', n: 20 },
      ]);
    });

    it('gives a customer one active cart, however many are begun at once', async () => {
      const [{ token, user }, variantId] = [await createUser(app), await variantOf()];
      const responses = await Promise.all(
        Array.from({ length: 20 }, () => app.post('/carts', { lines: [{ variantId, quantity: 2 }] }, { token })),
      );
      succeed(responses, 201);
      expect(new Set(responses.map((response) => response.json<CartResponseDto>().id)).size).toBe(1);
      expect(await app.database.query(`SELECT FROM carts WHERE customer_id = $1`, [user.id])).toHaveLength(1);
      const quantity = Math.max(...responses.map((response) => response.json<CartResponseDto>().lines[0]!.quantity));
      expect(quantity).toBe(40);
    });

    it('makes one line of twenty simultaneous adds of one variant, with all their pieces', async () => {
      const [cart, variantId] = [await createCart(app, { lines: [] }), await variantOf()];
      const responses = await Promise.all(
        Array.from({ length: 20 }, () =>
          app.post(`/carts/${cart.id}/lines`, { variantId, quantity: 3 }, holderOf(cart)),
        ),
      );
      succeed(responses, 201);
      const read = (await app.get(`/carts/${cart.id}`, holderOf(cart))).json<CartResponseDto>();
      expect([quantities(read), read.version]).toEqual([[60], 21]);
    });

    it('changes once when twenty clients send the same If-Match; the others get 412', async () => {
      const cart = await createCart(app);
      const { headers } = holderOf(cart);
      const responses = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          app.patch(
            `/carts/${cart.id}`,
            { email: `n${n}@example.com` },
            { headers: { ...headers, 'if-match': '"1"' } },
          ),
        ),
      );
      expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
      expect((await app.get(`/carts/${cart.id}`, { headers })).json()).toMatchObject({ version: 2 });
    });
  });

  describe('that nobody changes', () => {
    const age = (cart: { id: string }) =>
      app.database.execute(`UPDATE carts SET expires_at = now() - interval '1 s' WHERE id = $1`, [cart.id]);

    it('is abandoned after its time, makes room for another one, and is deleted as long again after that', async () => {
      const retention = app.app.get(CartRetentionService);
      const customer = await createUser(app);
      const [old, young] = [await createCart(app, { token: customer.token }), await createCart(app)];
      await age(old);
      expect(await retention.abandon(1000)).toBe(1);
      const abandoned = (await app.get(`/carts/${old.id}`, { token: customer.token })).json<CartResponseDto>();
      expect(abandoned).toMatchObject({ status: 'abandoned', version: old.version + 1 });
      expect(Date.parse(abandoned.expiresAt as unknown as string) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
      const refused = await app.post('/orders', { cartId: old.id }, { key: true, token: customer.token });
      expect(refused.json()).toMatchObject({ status: 409, code: 'cart.not_active', cartStatus: 'abandoned' });
      expect((await activeOf(customer)).id).not.toBe(old.id);
      expect(await retention.purge(1000)).toBe(0);
      await age(old);
      expect(await retention.purge(1000)).toBe(1);
      expect((await app.get(`/carts/${old.id}`, { token: customer.token })).statusCode).toBe(404);
      expect((await app.get(`/carts/${young.id}`, holderOf(young))).statusCode).toBe(200);
    });

    it('is not abandoned when it was changed meanwhile', async () => {
      const cart = await createCart(app);
      await age(cart);
      await app.patch(`/carts/${cart.id}`, { language: 'de' }, holderOf(cart));
      expect(await app.app.get(CartRetentionService).abandon(1000)).toBe(0);
    });

    it('goes without its order, which stays', async () => {
      const cart = await createCart(app, { email: 'guest@example.com' });
      const placed = (await app.post('/orders', { cartId: cart.id }, { key: true, ...holderOf(cart) })).json<{
        id: string;
      }>();
      await age(cart);
      expect(await app.app.get(CartRetentionService).purge(1000)).toBe(1);
      expect(await app.database.query(`SELECT cart_id FROM orders WHERE id = $1`, [placed.id])).toEqual([
        { cart_id: null },
      ]);
    });
  });
});

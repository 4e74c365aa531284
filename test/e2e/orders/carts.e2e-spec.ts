import type { ExplanationDto } from '../../../src/orders/pricing/explanation.dto.js';
import type { CartResponseDto, CreatedCartResponseDto } from '../../../src/orders/carts/dto/cart-response.dto.js';
import { InventoryService } from '../../../src/products/inventory/inventory.service.js';
import { ProductsService } from '../../../src/products/products.service.js';
import { createCart, holderOf } from '../../factories/cart.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const UNKNOWN = '01970000-0000-7000-8000-00000000dead';
const ADDRESS = { name: 'Ada', line1: '1 Main Street', city: 'Köln', postalCode: '50667', countryCode: 'DE' };
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('carts', () => {
  let app: TestApp;
  beforeAll(async () => (app = await TestApp.start()));
  afterAll(() => app.close());

  const variantOf = async (options: Parameters<typeof createProduct>[1] = {}) =>
    (await createProduct(app, options)).variants[0]!.id;
  const read = async (cart: CreatedCartResponseDto) =>
    (await app.get(`/carts/${cart.id}`, holderOf(cart))).json<CartResponseDto>();
  const add = (cart: CreatedCartResponseDto, variantId: string, quantity = 1) =>
    app.post(`/carts/${cart.id}/lines`, { variantId, quantity }, holderOf(cart));

  describe('POST /carts', () => {
    it('answers a guest 201 with an empty cart and the token that opens it, of which only the hash is kept', async () => {
      const response = await app.post('/carts', {});
      expect(response.statusCode).toBe(201);
      const cart = response.json<CreatedCartResponseDto>();
      expect(cart).toEqual({
        id: expect.any(String),
        status: 'active',
        currency: 'EUR',
        email: null,
        language: null,
        customerId: null,
        lines: [],
        subtotal: eur(0),
        discountTotal: eur(0),
        shippingTotal: eur(0),
        taxTotal: eur(0),
        shippingTax: eur(0),
        pricesIncludeTax: false,
        shipping: null,
        promotions: [],
        promotionCodes: [],
        total: eur(0),
        problems: [{ code: 'cart.empty', message: expect.any(String), lineId: null }],
        shippingAddress: null,
        billingAddress: null,
        orderId: null,
        expiresAt: expect.any(String),
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
        version: 1,
        cartToken: expect.stringMatching(/^shb_[A-Za-z0-9_-]{43}$/),
      });
      expect(Date.parse(cart.expiresAt as unknown as string) - Date.now()).toBeGreaterThan(29.9 * 86_400_000);
      expect(response.headers.location).toBe(`/api/v1/carts/${cart.id}`);
      expect(response.headers.etag).toMatch(/^"1-/);
      const [row] = await app.database.query<{ text: string }>(`SELECT c::text AS text FROM carts c WHERE id = $1`, [
        cart.id,
      ]);
      expect(row!.text).not.toContain(cart.cartToken!.slice(4));
    });

    it('takes lines, e-mail, currency and language at once, and serves the cart at its Location', async () => {
      const variantId = await variantOf();
      const { cartToken, ...cart } = await createCart(app, {
        lines: [
          { variantId, quantity: 1 },
          { variantId: variantId.toUpperCase(), quantity: 2 },
        ],
        email: ' ada@example.com ',
        language: 'de-at',
      });
      expect(cart).toMatchObject({
        email: 'ada@example.com',
        language: 'de-AT',
        lines: [
          { variantId, quantity: 3, unitPrice: eur(1999), total: eur(5997), availability: 'in_stock', problems: [] },
        ],
        subtotal: eur(5997),
        total: eur(5997),
        problems: [],
      });
      const response = await app.get(`/carts/${cart.id}`, { headers: { 'x-cart-token': cartToken! } });
      expect(response.json()).toEqual(cart);
      expect(response.headers['cache-control']).toBe('private, no-store');
    });

    it('hands a customer their one active cart, with what is asked for put into it', async () => {
      const { user, token } = await createUser(app);
      const first = await createCart(app, { token });
      expect(first).toMatchObject({ customerId: user.id, version: 2 });
      expect(first).not.toHaveProperty('cartToken');
      const second = await createCart(app, { token, lines: [{ variantId: first.lines[0]!.variantId, quantity: 2 }] });
      expect(second).toMatchObject({ id: first.id, lines: [{ id: first.lines[0]!.id, quantity: 3 }], version: 3 });
      const again = await app.post('/carts', {}, { token });
      expect(again.json()).toMatchObject({ id: first.id, version: 3 });
    });

    it('refuses lines that are not for sale with 422 at each of them, and leaves no cart behind', async () => {
      const [good, draft, dear] = await Promise.all([
        variantOf(),
        variantOf({ status: 'draft' }),
        variantOf({ variants: [{ sku: `USD-${Date.now()}`, prices: [{ amount: 5, currency: 'USD' }] }] }),
      ]);
      const lines = [good, draft, UNKNOWN, dear].map((variantId) => ({ variantId, quantity: 1 }));
      const response = await app.post('/carts', { lines, email: 'nothing-left@example.com' });
      expect(response.json()).toMatchObject({ status: 422, code: 'order.variant_not_sellable' });
      expect(response.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)).toEqual([
        '/lines/1/variantId',
        '/lines/2/variantId',
        '/lines/3/variantId',
      ]);
      expect(await app.database.query(`SELECT FROM carts WHERE email = 'nothing-left@example.com'`)).toHaveLength(0);
    });

    it('makes one cart of a repeated key, and answers with the same token', async () => {
      const [first, second] = [
        await app.post('/carts', {}, { key: 'one-cart-of-a-repeated-key' }),
        await app.post('/carts', {}, { key: 'one-cart-of-a-repeated-key' }),
      ];
      expect(second.json()).toEqual(first.json());
      expect(second.headers['idempotent-replayed']).toBe('true');
    });
  });

  describe('lines', () => {
    it('adds pieces of the same variant to the line, whatever the case of the id', async () => {
      const cart = await createCart(app);
      const [line] = cart.lines;
      const response = await add(cart, line!.variantId.toUpperCase(), 4);
      expect(response.statusCode).toBe(201);
      expect(response.headers.location).toBe(`/api/v1/carts/${cart.id}`);
      expect(response.json()).toMatchObject({ lines: [{ id: line!.id, quantity: 5 }], total: eur(9995), version: 2 });
      const other = await add(cart, await variantOf());
      expect(other.json<CartResponseDto>().lines.map(({ quantity }) => quantity)).toEqual([5, 1]);
      const { cartToken: _, ...rest } = { ...cart, ...other.json<CartResponseDto>() };
      expect(await read(cart)).toEqual(rest);
    });

    it('sets a quantity, and takes a line out', async () => {
      const cart = await createCart(app);
      const url = `/carts/${cart.id}/lines/${cart.lines[0]!.id}`;
      const changed = await app.patch(url, { quantity: 7 }, holderOf(cart));
      expect([changed.statusCode, changed.json<CartResponseDto>().lines[0]!.quantity]).toEqual([200, 7]);
      expect((await app.delete(url, holderOf(cart))).statusCode).toBe(204);
      expect(await read(cart)).toMatchObject({ lines: [], version: 3 });
      expect((await app.delete(url, holderOf(cart))).json()).toMatchObject({
        status: 404,
        code: 'cart.line_not_found',
      });
      const gone = await app.patch(url, { quantity: 1 }, holderOf(cart));
      expect(gone.json()).toMatchObject({ status: 404, code: 'cart.line_not_found' });
    });

    it('does not reach the line of another cart', async () => {
      const [mine, theirs] = [await createCart(app), await createCart(app)];
      const response = await app.patch(
        `/carts/${mine.id}/lines/${theirs.lines[0]!.id}`,
        { quantity: 9 },
        holderOf(mine),
      );
      expect(response.json()).toMatchObject({ status: 404, code: 'cart.line_not_found' });
      expect((await read(theirs)).lines[0]!.quantity).toBe(1);
    });

    it.each([-1, 0, 0.5, 10_001, 2 ** 53, '1', null, [], {}])('refuses a quantity of %p with 400', async (quantity) => {
      const cart = await createCart(app);
      const { variantId, id } = cart.lines[0]!;
      const added = await app.post(`/carts/${cart.id}/lines`, { variantId, quantity }, holderOf(cart));
      const changed = await app.patch(`/carts/${cart.id}/lines/${id}`, { quantity }, holderOf(cart));
      for (const response of [added, changed])
        expect(response.json()).toMatchObject({ status: 400, errors: [{ pointer: '/quantity' }] });
      expect(await read(cart)).toMatchObject({ version: 1 });
    });

    it('keeps a line within 10,000 pieces and a cart within 2,000 lines (422 cart.limit_exceeded)', async () => {
      const cart = await createCart(app);
      const { variantId } = cart.lines[0]!;
      expect((await add(cart, variantId, 9_999)).statusCode).toBe(201);
      expect((await add(cart, variantId)).json()).toMatchObject({
        status: 422,
        code: 'cart.limit_exceeded',
        errors: [{ pointer: '/quantity' }],
      });
      const product = await createProduct(app, { status: 'draft' });
      await app.database.execute(
        `WITH made AS (
           INSERT INTO variants (id, product_id, sku, options, position)
           SELECT gen_random_uuid(), $2, 'FULL-' || n || '-' || $1, jsonb_build_object('n', n::text), n FROM generate_series(1, 1999) n
           RETURNING id
         )
         INSERT INTO cart_lines (id, cart_id, variant_id, quantity) SELECT gen_random_uuid(), $1::uuid, id, 1 FROM made`,
        [cart.id, product.id],
      );
      expect((await add(cart, await variantOf())).json()).toMatchObject({
        status: 422,
        code: 'cart.limit_exceeded',
        errors: [{ pointer: '/variantId' }],
      });
      expect((await app.delete(`/carts/${cart.id}`, holderOf(cart))).statusCode).toBe(204);
    });

    it.each([
      ['unknown', () => Promise.resolve(UNKNOWN)],
      ['a draft', () => variantOf({ status: 'draft' })],
      ['archived', () => variantOf({ status: 'archived' })],
      [
        'without a price in the currency',
        () => variantOf({ variants: [{ sku: `YEN-${Date.now()}`, prices: [{ amount: 1, currency: 'JPY' }] }] }),
      ],
    ])('refuses a variant that is %s with 422 at /variantId', async (_, make) => {
      const cart = await createCart(app);
      const response = await add(cart, await make());
      expect(response.json()).toMatchObject({
        status: 422,
        code: 'order.variant_not_sellable',
        errors: [{ pointer: '/variantId' }],
      });
      expect(await read(cart)).toMatchObject({ version: 1, lines: [{}] });
    });
  });

  describe('what has changed since', () => {
    it('prices anew at each read, without another version', async () => {
      const cart = await createCart(app);
      await app.database.execute(`UPDATE variant_prices SET amount = 1500 WHERE variant_id = $1`, [
        cart.lines[0]!.variantId,
      ]);
      expect(await read(cart)).toMatchObject({ total: eur(1500), version: 1, problems: [] });
    });

    it('lists a line that is archived, has lost its price, or of which there is too little, and counts only what can be bought', async () => {
      const products = await Promise.all([createProduct(app), createProduct(app), createProduct(app, { stock: 3 })]);
      const ids = products.map(({ variants }) => variants[0]!.id);
      const cart = await createCart(app, { lines: ids.map((variantId) => ({ variantId, quantity: 3 })) });
      expect(cart).toMatchObject({ problems: [], total: eur(3 * 3 * 1999) });
      await app.app.get(ProductsService).archive(products[0].id, undefined);
      await app.database.execute(`DELETE FROM variant_prices WHERE variant_id = $1`, [ids[1]]);
      await app.app.get(InventoryService).adjust({ variantId: ids[2]!, delta: -1, reason: 'damage' }, null);
      const { lines, problems, total } = await read(cart);
      expect(problems).toEqual([
        { code: 'order.variant_not_sellable', message: expect.stringContaining('not for sale'), lineId: lines[0]!.id },
        {
          code: 'order.variant_not_sellable',
          message: expect.stringContaining('no price in EUR'),
          lineId: lines[1]!.id,
        },
        {
          code: 'product.insufficient_stock',
          message: expect.stringContaining('3 of') && expect.stringContaining('2 available'),
          lineId: lines[2]!.id,
        },
      ]);
      expect(lines.map((line) => [line.total, line.availability, line.problems.length])).toEqual([
        [null, 'in_stock', 1],
        [null, 'in_stock', 1],
        [eur(5997), 'low', 1],
      ]);
      expect(total).toEqual(eur(5997));
    });

    it('loses a line whose variant is deleted for good, which a cart does not keep staff from', async () => {
      const options = (size: string) => ({ sku: `GONE-${size}-${Date.now()}`, options: { size } });
      const prices = [{ amount: 100, currency: 'EUR' }];
      const variants = ['S', 'L'].map((size) => ({ ...options(size), prices }));
      const [kept, gone] = (await createProduct(app, { variants, stock: 0 })).variants;
      const cart = await createCart(app, { lines: [kept, gone].map((one) => ({ variantId: one!.id, quantity: 1 })) });
      const { token } = await createStaff(app);
      expect((await app.delete(`/variants/${gone!.id}`, { token })).statusCode).toBe(204);
      expect((await read(cart)).lines.map(({ variantId }) => variantId)).toEqual([kept!.id]);
    });

    it('counts to 2^53 − 1 and leaves out what is beyond, instead of rounding', async () => {
      const variants = [0, 1].map((n) => ({
        sku: `DEAR-${n}-${Date.now()}`,
        options: { n: String(n) },
        prices: [{ amount: Number.MAX_SAFE_INTEGER, currency: 'EUR' }],
      }));
      const product = await createProduct(app, { variants });
      const cart = await createCart(app, {
        lines: product.variants.map(({ id: variantId }) => ({ variantId, quantity: 1 })),
      });
      expect(cart).toMatchObject({
        total: eur(Number.MAX_SAFE_INTEGER),
        problems: [{ code: 'order.total_too_large', lineId: cart.lines[1]!.id }],
      });
    });

    it('reads a cart in three statements, whatever the number of lines', async () => {
      const variants = Array.from({ length: 40 }, (_, n) => ({
        sku: `READ-${n}-${Date.now()}`,
        options: { n: String(n) },
        prices: [{ amount: 100, currency: 'EUR' }],
      }));
      const product = await createProduct(app, { variants });
      const lines = product.variants.map(({ id: variantId }) => ({ variantId, quantity: 1 }));
      for (const count of [1, 40]) {
        const cart = await createCart(app, { lines: lines.slice(0, count) });
        const { result, statements } = await countStatements(() => app.get(`/carts/${cart.id}`, holderOf(cart)));
        expect(result.json<CartResponseDto>().lines).toHaveLength(count);
        expect(statements).toHaveLength(3);
      }
    });
  });

  describe('PATCH /carts/{id} and PUT /carts/{id}/addresses', () => {
    it('changes what is named, removes by null, and changes nothing that is so already', async () => {
      const cart = await createCart(app, { email: 'ada@example.com' });
      const url = `/carts/${cart.id}`;
      const changed = await app.patch(url, { language: 'en-GB' }, holderOf(cart));
      expect(changed.json()).toMatchObject({ email: 'ada@example.com', language: 'en-GB', version: 2 });
      const removed = await app.patch(url, { email: null }, holderOf(cart));
      expect(removed.json()).toMatchObject({ email: null, language: 'en-GB', version: 3 });
      expect((await app.patch(url, { language: 'en-gb' }, holderOf(cart))).json()).toMatchObject({ version: 3 });
      expect((await app.patch(url, {}, holderOf(cart))).json()).toMatchObject({ version: 3 });
    });

    it('prices the cart in another currency, and says which lines have no price in it', async () => {
      const both = await variantOf({
        variants: [
          {
            sku: `BOTH-${Date.now()}`,
            prices: [
              { amount: 10, currency: 'EUR' },
              { amount: 12, currency: 'USD' },
            ],
          },
        ],
      });
      const cart = await createCart(app, {
        lines: [both, await variantOf()].map((variantId) => ({ variantId, quantity: 1 })),
      });
      const changed = (
        await app.patch(`/carts/${cart.id}`, { currency: 'USD' }, holderOf(cart))
      ).json<CartResponseDto>();
      expect(changed).toMatchObject({
        total: { amount: 12, currency: 'USD' },
        lines: [{ unitPrice: { amount: 12, currency: 'USD' } }, { unitPrice: null, total: null }],
        problems: [{ code: 'order.variant_not_sellable', lineId: cart.lines[1]!.id }],
      });
    });

    it.each([
      { email: 'nobody' },
      { currency: 'EURO' },
      { currency: null },
      { language: '!' },
      { customerId: UNKNOWN },
      { status: 'ordered' },
    ])('refuses %j with 400', async (change) => {
      const cart = await createCart(app);
      const response = await app.patch(`/carts/${cart.id}`, change, holderOf(cart));
      expect(response.json()).toMatchObject({ status: 400, errors: [{ pointer: `/${Object.keys(change)[0]}` }] });
    });

    it('sets both addresses as their country writes them, and removes the one that is left out', async () => {
      const cart = await createCart(app);
      const url = `/carts/${cart.id}/addresses`;
      const both = await app.put(
        url,
        { shippingAddress: { ...ADDRESS, countryCode: 'de' }, billingAddress: ADDRESS },
        holderOf(cart),
      );
      expect(both.statusCode).toBe(200);
      expect(both.json()).toMatchObject({ shippingAddress: ADDRESS, billingAddress: ADDRESS, version: 2 });
      expect((await app.put(url, { shippingAddress: ADDRESS }, holderOf(cart))).json()).toMatchObject({
        shippingAddress: ADDRESS,
        billingAddress: null,
      });
      const wrong = await app.put(url, { billingAddress: { ...ADDRESS, postalCode: '1' } }, holderOf(cart));
      expect(wrong.json()).toMatchObject({ status: 400, errors: [{ pointer: '/billingAddress/postalCode' }] });
    });
  });

  it('explains every amount, line by line and in the totals', async () => {
    const [mug, gone] = [await createProduct(app), await createProduct(app)];
    const cart = await createCart(app, {
      lines: [mug, gone].map(({ variants }) => ({ variantId: variants[0]!.id, quantity: 2 })),
    });
    await app.app.get(ProductsService).archive(gone.id, undefined);
    const explained = (await app.get(`/carts/${cart.id}/explain`, holderOf(cart))).json<ExplanationDto>();
    expect(explained.lines.map(({ total, reasons }) => [total, reasons.map(({ code }) => code)])).toEqual([
      [eur(3998), ['catalogue_price', 'quantity']],
      [null, ['catalogue_price', 'order.variant_not_sellable']],
    ]);
    expect(
      explained.totals.map(({ name, amount, reasons }) => [name, amount.amount, reasons.map(({ code }) => code)]),
    ).toEqual([
      ['subtotal', 3998, ['sum_of_lines', 'lines_left_out']],
      ['discountTotal', 0, ['no_discount']],
      ['shippingTotal', 0, ['no_shipping']],
      ['taxTotal', 0, ['no_tax_added']],
      ['total', 3998, ['subtotal', 'discount', 'shipping', 'tax']],
    ]);
  });

  describe('who may', () => {
    it('is 404 without the token, with another cart’s, with a forged one, and for a customer', async () => {
      const [cart, other, { token }] = [await createCart(app), await createCart(app), await createUser(app)];
      const forged = `${cart.cartToken!.slice(0, -1)}${cart.cartToken!.endsWith('A') ? 'B' : 'A'}`;
      for (const request of [{}, holderOf(other), { headers: { 'x-cart-token': forged } }, { token }]) {
        const response = await app.get(`/carts/${cart.id}`, request);
        expect(response.json()).toMatchObject({ status: 404, code: 'cart.not_found' });
        expect(
          (await app.post(`/carts/${cart.id}/lines`, { variantId: UNKNOWN, quantity: 1 }, request)).statusCode,
        ).toBe(404);
        expect((await app.delete(`/carts/${cart.id}`, request)).statusCode).toBe(404);
      }
      expect(await read(cart)).toMatchObject({ version: 1 });
    });

    it('lets staff read with orders:read and change with orders:write', async () => {
      const cart = await createCart(app);
      const [reader, writer] = [await createStaff(app, ['orders:read']), await createStaff(app, ['orders:write'])];
      expect((await app.get(`/carts/${cart.id}`, { token: reader.token })).statusCode).toBe(200);
      expect((await app.patch(`/carts/${cart.id}`, { language: 'de' }, { token: reader.token })).statusCode).toBe(404);
      expect((await app.patch(`/carts/${cart.id}`, { language: 'de' }, { token: writer.token })).statusCode).toBe(200);
    });

    it('takes the cart token for the guest of an Idempotency-Key', async () => {
      const [one, two] = [await createCart(app), await createCart(app)];
      const put = async (cart: CreatedCartResponseDto, key: string) =>
        app.post(
          `/carts/${cart.id}/lines`,
          { variantId: cart.lines[0]!.variantId, quantity: 1 },
          { key, ...holderOf(cart) },
        );
      for (const key of ['short', 'a-key-that-is-long-enough-for-anybody']) {
        const [first, again, others] = [await put(one, key), await put(one, key), await put(two, key)];
        expect([first, again, others].map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
        expect(again.json()).toEqual(first.json());
      }
      expect((await read(one)).lines[0]!.quantity).toBe(3);
      const stranger = await app.post(
        `/carts/${one.id}/lines`,
        { variantId: one.lines[0]!.variantId, quantity: 1 },
        { key: 'a-key-that-is-long-enough-for-anybody' },
      );
      expect(stranger.statusCode).toBe(404);
    });
  });
});

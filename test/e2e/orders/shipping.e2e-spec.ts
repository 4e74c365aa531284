import { randomUUID } from 'node:crypto';
import type { CartResponseDto, CreatedCartResponseDto } from '../../../src/orders/carts/dto/cart-response.dto.js';
import type { ShippingOptionsDto } from '../../../src/orders/carts/dto/cart-shipping.dto.js';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type { ExplanationDto } from '../../../src/orders/pricing/explanation.dto.js';
import type {
  ShippingMethodPageDto,
  ShippingMethodStaffResponseDto,
} from '../../../src/orders/shipping/shipping-method.dto.js';
import type { ShippingZoneResponseDto } from '../../../src/orders/shipping/shipping-zone.dto.js';
import { RetentionTasks } from '../../../src/jobs/retention-tasks.js';
import { FakeCarrier } from '../../../src/orders/shipping/carriers/fake.carrier.js';
import { ShippingCarriers } from '../../../src/orders/shipping/carriers/shipping-carriers.js';
import { createCart, holderOf } from '../../factories/cart.factory.js';
import { buildOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createMethod, createZone, withdrawMethods } from '../../factories/shipping-method.factory.js';
import { createStaff, unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const ICELAND = { name: 'Ada', line1: 'Laugavegur 1', city: 'Reykjavík', postalCode: '101', countryCode: 'IS' };
const GREENLAND = { name: 'Ada', line1: 'Imaneq 1', city: 'Nuuk', postalCode: '3900', countryCode: 'GL' };
const ANDORRA = { ...ICELAND, line1: 'Carrer Major 1', city: 'Canillo', postalCode: 'AD100', countryCode: 'AD' };
const UNKNOWN = '01970000-0000-7000-8000-00000000dead';
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('shipping', () => {
  let app: TestApp;
  let token: string;
  let zone: ShippingZoneResponseDto;
  beforeAll(async () => {
    app = await TestApp.start();
    ({ token } = await createStaff(app, ['settings:write']));
    zone = await createZone(app, 'IS', token);
  });
  beforeEach(() => withdrawMethods(app));
  afterEach(() => expectInvariants(app));
  afterAll(async () => {
    await withdrawMethods(app);
    await app.close();
  });

  const method = (overrides: Parameters<typeof createMethod>[2] = {}) =>
    createMethod(app, token, { zoneIds: [zone.id], ...overrides });
  const pickup = async () => {
    const [location] = await app.database.query<{ id: string }>(`SELECT id FROM locations LIMIT 1`);
    return createMethod(app, token, {
      pricing: { type: 'pickup', prices: [eur(0)] },
      locationId: location!.id,
    });
  };
  const variant = async (overrides: object = {}) =>
    (
      await createProduct(app, {
        variants: [{ sku: `SHIP-${unique()}`, prices: [eur(1999)], weightGrams: 700, ...overrides }],
      })
    ).variants[0]!.id;
  const cartTo = async (address: object | null, lines: { variantId: string; quantity: number }[]) => {
    const cart = await createCart(app, { lines, email: `ship-${unique()}@example.com` });
    if (address) await app.put(`/carts/${cart.id}/addresses`, { shippingAddress: address }, holderOf(cart));
    return cart;
  };
  const options = async (cart: CreatedCartResponseDto) =>
    (await app.get(`/carts/${cart.id}/shipping-options`, holderOf(cart))).json<ShippingOptionsDto>();
  const choose = (cart: CreatedCartResponseDto, body: object, headers: object = {}) =>
    app.put(`/carts/${cart.id}/shipping-method`, body, { headers: { ...holderOf(cart).headers, ...headers } });
  const read = async (cart: CreatedCartResponseDto) =>
    (await app.get(`/carts/${cart.id}`, holderOf(cart))).json<CartResponseDto>();
  const codesOf = ({ problems }: CartResponseDto) => problems.map(({ code }) => code);
  const order = (cart: CreatedCartResponseDto, body: object = {}) =>
    app.post('/orders', { cartId: cart.id, ...body }, { key: true, ...holderOf(cart) });

  describe('zones and methods', () => {
    it('are kept as staff write them, regions by their codes, with versions', async () => {
      const areas = [{ countryCode: 'US', regions: ['california', 'NY'] }, { countryCode: '*' }];
      const created = await app.post('/shipping-zones', { name: 'Coasts', areas }, { token });
      expect(created.statusCode).toBe(201);
      const { id } = created.json<ShippingZoneResponseDto>();
      expect(created.json()).toMatchObject({ version: 1, areas: [{ regions: ['CA', 'NY'] }, { countryCode: '*' }] });
      const patch = (body: object, tag = '"1"') =>
        app.patch(`/shipping-zones/${id}`, body, { token, headers: { 'if-match': tag } });
      expect((await patch({ name: 'Coasts' })).json()).toMatchObject({ version: 1 });
      expect((await patch({ name: 'Two coasts' })).json()).toMatchObject({ version: 2, name: 'Two coasts' });
      expect((await patch({ name: 'Late' })).statusCode).toBe(412);
      expect((await app.get(`/shipping-zones/${id}`, { token })).json()).toMatchObject({ name: 'Two coasts' });
      expect((await app.delete(`/shipping-zones/${id}`, { token })).statusCode).toBe(204);
      expect((await app.get(`/shipping-zones/${id}`, { token })).statusCode).toBe(404);
    });

    it.each([
      ['no area', { areas: [] }, '/areas'],
      ['a country that is none', { areas: [{ countryCode: 'ZZ' }] }, '/areas/0/countryCode'],
      ['a region of another country', { areas: [{ countryCode: 'US', regions: ['BY'] }] }, '/areas/0/regions/0'],
      [
        'a prefix of nothing',
        { areas: [{ countryCode: 'DE', postalCodePrefixes: ['-'] }] },
        '/areas/0/postalCodePrefixes',
      ],
    ])('a zone with %s is refused with 400 request.invalid', async (_, body, pointer) => {
      const response = await app.post('/shipping-zones', { name: 'Odd', ...body }, { token });
      expect(response.statusCode).toBe(400);
      expect(response.json<{ errors: { pointer: string }[] }>().errors[0]!.pointer).toContain(pointer);
    });

    it.each([
      ['a pricing of no kind', { pricing: { type: 'magic' } }, 400, '/pricing/type'],
      ['a pricing without a kind', { pricing: {} }, 400, '/pricing/type'],
      ['a list in the place of a pricing', { pricing: [] }, 400, '/pricing'],
      ['two prices in one currency', { pricing: { type: 'flat', prices: [eur(1), eur(2)] } }, 400, '/pricing/prices'],
      ['a member of another kind', { pricing: { type: 'flat', prices: [], tiers: [] } }, 400, '/pricing/tiers'],
      [
        'tiers that do not rise',
        {
          pricing: {
            type: 'by_weight',
            prices: [
              {
                currency: 'EUR',
                tiers: [
                  { upTo: 5, amount: 1 },
                  { upTo: 5, amount: 2 },
                ],
              },
            ],
          },
        },
        400,
        '/pricing/prices/0/tiers',
      ],
      ['a status that is none', { status: null }, 400, '/status'],
      ['fewer days at most than at least', { estimatedDaysMin: 3, estimatedDaysMax: 2 }, 400, '/estimatedDaysMax'],
      ['no zone', { zoneIds: [] }, 422, '/zoneIds'],
      ['a zone that is not there', { zoneIds: [UNKNOWN] }, 422, '/zoneIds'],
      ['a location although nothing is fetched', { locationId: UNKNOWN }, 422, '/locationId'],
      ['a pickup at no location', { pricing: { type: 'pickup', prices: [] } }, 422, '/locationId'],
      [
        'a pickup at a location that is not there',
        { pricing: { type: 'pickup', prices: [] }, locationId: UNKNOWN },
        422,
        '/locationId',
      ],
    ])('a method with %s is refused', async (_, body, status, pointer) => {
      const whole = { code: `odd-${unique()}`, name: 'Odd', zoneIds: [zone.id], pricing: { type: 'flat', prices: [] } };
      const response = await app.post('/shipping-methods', { ...whole, ...body }, { token });
      expect({ status: response.statusCode, body: response.body }).toMatchObject({ status });
      expect(response.json<{ errors: { pointer: string }[] }>().errors[0]!.pointer).toBe(pointer);
    });

    it('are changed with If-Match, and not at all by what is so already', async () => {
      const { id, code, pricing } = await method({ freeFrom: [eur(5000)] });
      const patch = (body: object, tag: string) =>
        app.patch(`/shipping-methods/${id}`, body, { token, headers: { 'if-match': tag } });
      expect((await patch({ code, pricing, freeFrom: [eur(5000)] }, '"1"')).json()).toMatchObject({ version: 1 });
      expect((await patch({ description: 'Slow', position: 3 }, '"1"')).json()).toMatchObject({
        version: 2,
        description: 'Slow',
        position: 3,
      });
      expect((await patch({ description: null }, '"1"')).statusCode).toBe(412);
      const { code: other } = await method();
      expect((await patch({ code: other }, '"2"')).json()).toMatchObject({ code: 'shipping.method_code_taken' });
      expect((await patch({ zoneIds: [] }, '"2"')).json()).toMatchObject({ code: 'shipping.method_place' });
    });

    it('are shown to shoppers while active, without what they cost', async () => {
      const shown = await method({ name: 'Shown', position: 1 });
      const hidden = await method({ name: 'Hidden', status: 'disabled' });
      const { data } = (await app.get('/shipping-methods')).json<ShippingMethodPageDto>();
      expect(data).toEqual([expect.objectContaining({ id: shown.id, name: 'Shown' })]);
      expect(data[0]).not.toHaveProperty('pricing');
      expect((await app.get(`/shipping-methods/${shown.id}`)).statusCode).toBe(200);
      expect((await app.get(`/shipping-methods/${hidden.id}`)).json()).toMatchObject({
        code: 'shipping.method_not_found',
      });
      expect((await app.get('/shipping-methods?status=disabled')).statusCode).toBe(403);
      const staff = (await app.get('/shipping-methods?status=disabled', { token })).json<ShippingMethodPageDto>();
      expect(staff.data).toMatchObject([{ id: hidden.id, pricing: { type: 'flat' } }]);
    });

    it('a zone to which methods go is not removed (409 shipping.zone_in_use), however many do both at once', async () => {
      const place = await createZone(app, 'FO', token);
      const [removed, ...made] = await Promise.all([
        app.delete(`/shipping-zones/${place.id}`, { token }),
        ...Array.from({ length: 6 }, () =>
          app.post(
            '/shipping-methods',
            { code: `fo-${unique()}`, name: 'Faroe', zoneIds: [place.id], pricing: { type: 'flat', prices: [] } },
            { token },
          ),
        ),
      ]);
      const created = made.filter(({ statusCode }) => statusCode === 201);
      expect(created).toHaveLength(removed.statusCode === 204 ? 0 : made.length);
      for (const { json } of made.filter(({ statusCode }) => statusCode !== 201))
        expect(json()).toMatchObject({ code: 'shipping.method_place' });
      if (created.length > 0) expect(removed.json()).toMatchObject({ code: 'shipping.zone_in_use' });
    });

    it('a code is one method’s, of twenty that want it at once', async () => {
      const code = `race-${unique()}`;
      const made = await Promise.all(
        Array.from({ length: 20 }, () =>
          app.post(
            '/shipping-methods',
            { code, name: 'Race', zoneIds: [zone.id], pricing: { type: 'flat', prices: [] } },
            { token },
          ),
        ),
      );
      expect(made.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
      expect(made.filter(({ statusCode }) => statusCode === 409)).toHaveLength(19);
    });
  });

  describe('of a cart', () => {
    it('lists what each way would cost, in the order of the shop, and why others are not offered', async () => {
      const variantId = await variant();
      const byWeight = await method({
        position: 2,
        estimatedDaysMin: 2,
        estimatedDaysMax: 4,
        pricing: {
          type: 'by_weight',
          prices: [
            {
              currency: 'EUR',
              tiers: [
                { upTo: 1000, amount: 500 },
                { upTo: 5000, amount: 900 },
              ],
            },
          ],
        },
      });
      const letter = await method({ position: 0, maxWeightGrams: 1000 });
      const free = await method({ position: 1, freeFrom: [eur(3998)] });
      const shop = await pickup();
      const cart = await cartTo(ICELAND, [{ variantId, quantity: 2 }]);
      const { data, unavailable } = await options(cart);
      expect(data).toMatchObject([
        { methodId: shop.id, price: eur(0), total: eur(3998), pickupLocationId: shop.locationId },
        { methodId: free.id, price: eur(0), reason: { code: 'free_from' } },
        {
          methodId: byWeight.id,
          price: eur(900),
          discount: eur(0),
          tax: eur(0),
          total: eur(4898),
          reason: { code: 'by_weight', message: 'The price for 1400 g.' },
          estimatedDaysMin: 2,
          estimatedDaysMax: 4,
          isChosen: false,
        },
      ]);
      expect(unavailable).toMatchObject([{ methodId: letter.id, reason: { code: 'too_heavy' } }]);
    });

    it('is only what is fetched while there is no address, and stands open where the shop does not ship', async () => {
      const variantId = await variant();
      await method();
      expect(await options(await cartTo(null, [{ variantId, quantity: 1 }]))).toEqual({ data: [], unavailable: [] });
      const cart = await cartTo(GREENLAND, [{ variantId, quantity: 1 }]);
      expect(codesOf(await read(cart))).toEqual(['order.not_shippable']);
      expect((await order(cart)).json()).toMatchObject({ status: 422, code: 'order.not_shippable' });
      const shop = await pickup();
      expect((await options(cart)).data).toMatchObject([{ methodId: shop.id }]);
      expect(codesOf(await read(cart))).toEqual(['order.shipping_method_required']);
    });

    it('is chosen by id or code, counts in the total, is explained, and is given up with null', async () => {
      const variantId = await variant();
      const { id, code } = await method();
      const cart = await cartTo(ICELAND, [{ variantId, quantity: 1 }]);
      expect(codesOf(await read(cart))).toEqual(['order.shipping_method_required']);
      const chosen = (await choose(cart, { code })).json<CartResponseDto>();
      expect(chosen).toMatchObject({
        shipping: { methodId: id, price: eur(490), pickupLocationId: null },
        shippingTotal: eur(490),
        total: eur(2489),
        problems: [],
      });
      expect((await choose(cart, { shippingMethodId: id.toUpperCase() })).json()).toMatchObject({
        version: chosen.version,
      });
      expect((await options(cart)).data).toMatchObject([{ isChosen: true }]);
      const explained = (await app.get(`/carts/${cart.id}/explain`, holderOf(cart))).json<ExplanationDto>();
      expect(explained.totals.find(({ name }) => name === 'shippingTotal')!.reasons).toMatchObject([
        { code: 'shipping_method', message: 'One price, whatever is shipped.', amount: eur(490) },
      ]);
      const stale = await choose(cart, { shippingMethodId: null }, { 'if-match': '"1"' });
      expect(stale.statusCode).toBe(412);
      expect((await choose(cart, { shippingMethodId: null })).json()).toMatchObject({
        shipping: null,
        shippingTotal: eur(0),
      });
    });

    it.each([
      ['neither id nor code', {}, 400],
      ['both', { shippingMethodId: UNKNOWN, code: 'standard' }, 400],
      ['an id that is none', { shippingMethodId: 'standard' }, 400],
      ['no code', { code: null }, 400],
      ['a method that is not there', { shippingMethodId: UNKNOWN }, 422],
    ])('is not chosen by %s', async (_, body, status) => {
      await method();
      const cart = await cartTo(ICELAND, [{ variantId: await variant(), quantity: 1 }]);
      const response = await choose(cart, body);
      expect(response.statusCode).toBe(status);
      if (status === 422) expect(response.json()).toMatchObject({ code: 'order.shipping_method_unavailable' });
    });

    it('says why a method is not offered (422 order.shipping_method_unavailable)', async () => {
      const { code } = await method({ minSubtotal: [eur(5000)] });
      const cart = await cartTo(ICELAND, [{ variantId: await variant(), quantity: 1 }]);
      expect((await choose(cart, { code })).json()).toMatchObject({
        code: 'order.shipping_method_unavailable',
        detail: 'The goods must come to 5000 minor units or more.',
      });
    });

    it('is a problem once what was chosen is not offered any more, and gone with a method that is removed', async () => {
      const one = await method();
      const other = await method();
      const cart = await cartTo(ICELAND, [{ variantId: await variant(), quantity: 1 }]);
      await choose(cart, { shippingMethodId: one.id });
      await app.patch(`/shipping-methods/${one.id}`, { status: 'disabled' }, { token });
      expect(codesOf(await read(cart))).toEqual(['order.shipping_method_unavailable']);
      expect((await order(cart)).json()).toMatchObject({ code: 'order.shipping_method_unavailable' });
      expect((await app.delete(`/shipping-methods/${one.id}`, { token })).statusCode).toBe(204);
      expect((await app.get(`/shipping-methods/${one.id}`, { token })).statusCode).toBe(404);
      expect(codesOf(await read(cart))).toEqual(['order.shipping_method_required']);
      expect((await choose(cart, { code: other.code })).json()).toMatchObject({ problems: [] });
    });
  });

  describe('of an order', () => {
    it('is that of the cart, or of the request, as on the day of the order', async () => {
      const variantId = await variant();
      const one = await method();
      const other = await method({ name: 'Express', pricing: { type: 'flat', prices: [eur(1500)] } });
      const cart = await cartTo(ICELAND, [{ variantId, quantity: 1 }]);
      await choose(cart, { shippingMethodId: one.id });
      const placed = (await order(cart)).json<PlacedOrderResponseDto>();
      expect(placed).toMatchObject({
        shipping: { methodId: one.id, name: 'Standard', price: eur(490) },
        total: eur(2489),
      });
      const direct = await app.post(
        '/orders',
        buildOrder(variantId, { shippingAddress: ICELAND, shippingMethod: other.code.toUpperCase() }),
        { key: true },
      );
      expect(direct.json()).toMatchObject({ shippingTotal: eur(1500), total: eur(3499) });

      expect((await app.delete(`/shipping-methods/${one.id}`, { token })).statusCode).toBe(204);
      const kept = (await app.get(`/shipping-methods/${one.id}`, { token })).json<ShippingMethodStaffResponseDto>();
      expect(kept).toMatchObject({ status: 'archived' });
      expect((await method({ code: one.code })).code).toBe(one.code);
      const read = await app.get(`/orders/${placed.id}`, guestOf(placed));
      expect(read.json()).toMatchObject({ shipping: { methodId: one.id, code: one.code } });
      const explained = (await app.get(`/orders/${placed.id}/explain`, guestOf(placed))).json<ExplanationDto>();
      expect(explained.totals.find(({ name }) => name === 'shippingTotal')).toMatchObject({ amount: eur(490) });
    });

    it('must be chosen for an address that the shop ships to, and not without one (422 order.shipping_method_required)', async () => {
      const variantId = await variant();
      await method();
      const body = buildOrder(variantId, { shippingAddress: ICELAND });
      const refused = await app.post('/orders', body, { key: true });
      expect(refused.json()).toMatchObject({ status: 422, code: 'order.shipping_method_required' });
      const bare = await app.post('/orders', buildOrder(variantId), { key: true });
      expect(bare.json()).toMatchObject({ status: 'pending_payment', shipping: null });
      const unknown = await app.post('/orders', { ...body, shippingMethod: 'nowhere' }, { key: true });
      expect(unknown.json()).toMatchObject({ code: 'order.shipping_method_unavailable' });
      expect((await app.post('/orders', { ...body, shippingMethod: '' }, { key: true })).statusCode).toBe(400);
      const [{ reserved }] = (await app.database.query<{ reserved: number }>(
        `SELECT sum(reserved)::int AS reserved FROM stock WHERE variant_id = $1`,
        [variantId],
      )) as [{ reserved: number }];
      expect(reserved).toBe(1);
    });

    it('is not asked for what is not shipped', async () => {
      const variantId = await variant({ requiresShipping: false });
      await method();
      const response = await app.post('/orders', buildOrder(variantId, { shippingAddress: ICELAND }), { key: true });
      expect(response.json()).toMatchObject({ status: 'pending_payment', shipping: null });
    });

    it('that is fetched needs no address, and names the location', async () => {
      const shop = await pickup();
      const body = buildOrder(await variant(), { shippingMethod: shop.id });
      expect((await app.post('/orders', body, { key: true })).json()).toMatchObject({
        shipping: { methodId: shop.id, pickupLocationId: shop.locationId },
        shippingAddress: null,
      });
    });

    it('keeps its zone: an address in another one is refused (422 order.shipping_zone_differs), one in it is not', async () => {
      const { code } = await method();
      const placed = (
        await app.post('/orders', buildOrder(await variant(), { shippingAddress: ICELAND, shippingMethod: code }), {
          key: true,
        })
      ).json<PlacedOrderResponseDto>();
      const move = (shippingAddress: object) => app.patch(`/orders/${placed.id}`, { shippingAddress }, guestOf(placed));
      expect((await move({ line1: 'Laugavegur 2' })).statusCode).toBe(200);
      const refused = await move(GREENLAND);
      expect(refused.json()).toMatchObject({
        status: 422,
        code: 'order.shipping_zone_differs',
        errors: [{ pointer: '/shippingAddress' }],
      });
      const after = (await app.get(`/orders/${placed.id}`, guestOf(placed))).json<OrderDetailResponseDto>();
      expect(after).toMatchObject({ shippingAddress: { line1: 'Laugavegur 2', countryCode: 'IS' }, version: 2 });
    });

    it('with a method that is taken off the offer meanwhile has it, or is refused', async () => {
      const variantId = await variant();
      const one = await method();
      const place = () =>
        app.post('/orders', buildOrder(variantId, { shippingAddress: ICELAND, shippingMethod: one.code }), {
          key: true,
        });
      const responses = await Promise.all([
        ...Array.from({ length: 10 }, place),
        app.delete(`/shipping-methods/${one.id}`, { token }),
        ...Array.from({ length: 10 }, place),
      ]);
      const [removed] = responses.splice(10, 1);
      expect(removed!.statusCode).toBe(204);
      for (const response of responses) {
        expect([201, 422]).toContain(response.statusCode);
        expect(response.json()).toMatchObject(
          response.statusCode === 201
            ? { shipping: { methodId: one.id } }
            : { code: 'order.shipping_method_unavailable' },
        );
      }
      const isOrdered = responses.some(({ statusCode }) => statusCode === 201);
      expect((await app.get(`/shipping-methods/${one.id}`, { token })).statusCode).toBe(isOrdered ? 200 : 404);
      expect((await place()).statusCode).toBe(422);
    });

    it('costs no statement more, once the rules are known', async () => {
      const variantId = await variant();
      const { code } = await method();
      const place = async (body: object) => {
        const request = { ...buildOrder(variantId), ...body };
        const { result, statements } = await countStatements(() => app.post('/orders', request, { key: true }));
        expect(result.statusCode).toBe(201);
        return statements.length;
      };
      await place({});
      expect(await place({ shippingAddress: ICELAND, shippingMethod: code })).toBe(await place({}));
    });
  });
});

describe('shipping by a carrier', () => {
  let app: TestApp;
  let token: string;
  let carrier: FakeCarrier;
  beforeAll(async () => {
    app = await TestApp.start();
    carrier = app.app.get(FakeCarrier, { strict: false });
    ({ token } = await createStaff(app, ['settings:write']));
    const zone = await createZone(app, 'AD', token);
    const pricing = (service: string) => ({ type: 'carrier', carrier: 'fake', service });
    await createMethod(app, token, { zoneIds: [zone.id], code: 'fake-ground', pricing: pricing('ground') });
    await createMethod(app, token, { zoneIds: [zone.id], code: 'fake-boat', pricing: pricing('boat') });
  });
  afterEach(() => {
    carrier.faults.isDown = false;
    carrier.faults.isSilent = false;
  });
  afterAll(async () => {
    await withdrawMethods(app);
    await app.close();
  });

  /** Each of its own weight, so that nobody has asked for it yet. */
  let weightGrams = 1000;
  const variant = async () =>
    (
      await createProduct(app, {
        variants: [{ sku: `CARRIED-${unique()}`, prices: [eur(1999)], weightGrams: (weightGrams += 1) }],
      })
    ).variants[0]!.id;
  const cartOf = async (variantId: string) => {
    const cart = await createCart(app, { lines: [{ variantId, quantity: 1 }], email: `ship-${unique()}@example.com` });
    await app.put(`/carts/${cart.id}/addresses`, { shippingAddress: ANDORRA }, holderOf(cart));
    return cart;
  };
  const options = async (cart: CreatedCartResponseDto) =>
    (await app.get(`/carts/${cart.id}/shipping-options`, holderOf(cart))).json<ShippingOptionsDto>();
  const choose = (cart: CreatedCartResponseDto, code: string) =>
    app.put(`/carts/${cart.id}/shipping-method`, { code }, holderOf(cart));
  const order = (cart: CreatedCartResponseDto) =>
    app.post('/orders', { cartId: cart.id }, { key: true, ...holderOf(cart) });

  it('is asked once for an address and a weight, when the options are read, and not by the order', async () => {
    const cart = await cartOf(await variant());
    const before = carrier.asked;
    const { data, unavailable } = await options(cart);
    expect(data).toMatchObject([{ code: 'fake-ground', price: eur(600), reason: { code: 'carrier' } }]);
    expect(unavailable).toMatchObject([{ code: 'fake-boat', reason: { code: 'not_carried' } }]);
    expect((await choose(cart, 'fake-ground')).json()).toMatchObject({ shippingTotal: eur(600), problems: [] });
    const placed = (await order(cart)).json<PlacedOrderResponseDto>();
    expect(placed).toMatchObject({ shippingTotal: eur(600), total: eur(2599) });
    expect(carrier.asked).toBe(before + 1);
    const [row] = await app.database.query(`SELECT shipping FROM orders WHERE id = $1`, [placed.id]);
    expect(row).toMatchObject({ shipping: { carrier: 'fake', reference: expect.stringMatching(/^fake-ground-AD-/) } });
  });

  it('that is down is left out with a reason, and is there again when it is up', async () => {
    carrier.faults.isDown = true;
    const cart = await cartOf(await variant());
    const { data, unavailable } = await options(cart);
    expect(data).toEqual([]);
    expect(unavailable).toMatchObject([{ reason: { code: 'rate_unknown' } }, { reason: { code: 'rate_unknown' } }]);
    expect((await choose(cart, 'fake-ground')).json()).toMatchObject({ code: 'order.shipping_method_unavailable' });
    carrier.faults.isDown = false;
    expect((await choose(cart, 'fake-ground')).statusCode).toBe(200);
  });

  it('whose answer is too old refuses the order until the options are read again', async () => {
    const cart = await cartOf(await variant());
    await choose(cart, 'fake-ground');
    await app.database.execute(`UPDATE carrier_rates SET expires_at = now()`);
    const refused = await order(cart);
    expect(refused.json()).toMatchObject({ status: 422, code: 'order.shipping_method_unavailable' });
    expect((await options(cart)).data).toMatchObject([{ isChosen: true }]);
    expect((await order(cart)).statusCode).toBe(201);
  });

  it('is waited for a few seconds only', async () => {
    carrier.faults.isSilent = true;
    const { unavailable } = await options(await cartOf(await variant()));
    expect(unavailable).toMatchObject([{ reason: { code: 'rate_unknown' } }, { reason: { code: 'rate_unknown' } }]);
  });

  it('is never called inside a transaction, and tells where a parcel is', async () => {
    const carriers = app.app.get(ShippingCarriers, { strict: false });
    const inside = app.database.run(() => carriers.call('fake', () => Promise.resolve(1)));
    await expect(inside).rejects.toThrow('never called inside a transaction');
    expect(carriers.trackingUrl('fake', 'A 1')).toBe('https://tracking.example/A%201');
    expect(carriers.trackingUrl('nobody', 'A 1')).toBeNull();
  });

  it('forgets its answers once they do not hold any more', async () => {
    await options(await cartOf(await variant()));
    await app.database.execute(`UPDATE carrier_rates SET expires_at = now() - interval '1 second'`);
    const [task] = app.app
      .get(RetentionTasks, { strict: false })
      .all()
      .filter(({ name }) => name === 'answers of carriers');
    expect(await task!.purge(1000)).toBeGreaterThan(0);
    expect(await task!.purge(1000)).toBe(0);
  });
});

describe('a shop in which shipping is mandatory', () => {
  it('refuses goods without an address that are not fetched (422 order.shipping_method_required)', async () => {
    const app = await TestApp.start({ SHIPPING_MANDATORY: 'true' });
    const { token } = await createStaff(app, ['settings:write']);
    const zone = await createZone(app, 'IS', token);
    await createMethod(app, token, { zoneIds: [zone.id], code: `must-${randomUUID().slice(0, 8)}` });
    const { variants } = await createProduct(app);
    const response = await app.post('/orders', buildOrder(variants[0]!.id), { key: true });
    expect(response.json()).toMatchObject({ status: 422, code: 'order.shipping_method_required' });
    await withdrawMethods(app);
    await app.close();
  });
});

import type { CartResponseDto } from '../../../src/orders/carts/dto/cart-response.dto.js';
import type { OrderDetailResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type { ExplanationDto } from '../../../src/orders/pricing/explanation.dto.js';
import type { TaxRateResponseDto } from '../../../src/orders/tax/tax.dto.js';
import { createCart, holderOf } from '../../factories/cart.factory.js';
import { buildOrder } from '../../factories/order.factory.js';
import { createProduct, type TestProductOptions } from '../../factories/product.factory.js';
import { createStaff, createUser, type SignedInUser, unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

// Test files share a database: the rates are of a country, and the prices of a currency, that no other file uses.
const ICELAND = { name: 'Björk', line1: 'Laugavegur 1', city: 'Reykjavík', postalCode: '101', countryCode: 'IS' };
const VAT = { name: 'VSK', rate: '0.24', country: 'IS' };

describe('taxes', () => {
  let app: TestApp;
  let staff: SignedInUser;

  beforeAll(async () => {
    app = await TestApp.start();
    staff = await createStaff(app, [
      'settings:write',
      'orders:read',
      'products:read',
      'products:write',
      'users:read',
      'users:write',
    ]);
  });
  afterEach(async () => {
    await app.database.execute(`DELETE FROM tax_rates`);
    await settings({ pricesIncludeTax: false, exceptCurrencies: [], defaultCountry: null, timeZone: 'UTC' });
    await expectInvariants(app);
  });
  afterAll(() => app.close());

  const asStaff = () => ({ token: staff.token });
  const settings = async (change: object) => {
    const answer = await app.patch('/tax-settings', { defaultRegion: null, ...change }, asStaff());
    expect([answer.statusCode, answer.json()]).toEqual([200, expect.objectContaining(change)]);
    return answer;
  };
  const rate = async (overrides: object = {}): Promise<TaxRateResponseDto> => {
    const answer = await app.post('/tax-rates', { ...VAT, ...overrides }, asStaff());
    if (answer.statusCode !== 201) throw new Error(answer.body);
    return answer.json<TaxRateResponseDto>();
  };
  const variantAt = async (amount: number, options: TestProductOptions = {}): Promise<string> => {
    const variants = [{ sku: `TAX-${unique()}`, prices: [{ amount, currency: 'ISK' }] }];
    return (await createProduct(app, { variants, ...options })).variants[0]!.id;
  };
  const cartOf = async (variantId: string, quantity: number, token?: string) => {
    const cart = await createCart(app, { token, lines: [{ variantId, quantity }], currency: 'ISK' });
    const holder = token === undefined ? holderOf(cart) : { token };
    const body = { shippingAddress: ICELAND };
    const answer = await app.put(`/carts/${cart.id}/addresses`, body, holder);
    return { cart: answer.json<CartResponseDto>(), holder };
  };
  const place = async (variantId: string, quantity: number, token?: string): Promise<OrderDetailResponseDto> => {
    const { email, ...body } = buildOrder(variantId, { lines: [{ variantId, quantity }], currency: 'ISK' });
    const order = { ...body, ...(token === undefined && { email }), shippingAddress: ICELAND };
    const answer = await app.post('/orders', order, { key: true, token });
    if (answer.statusCode !== 201) throw new Error(answer.body);
    return answer.json<OrderDetailResponseDto>();
  };
  const auditOf = async (target: string) =>
    (
      await app.database.query<{ action: string }>(
        `SELECT action FROM audit_log WHERE target_id = $1 ORDER BY sequence`,
        [target],
      )
    ).map(({ action }) => action);

  describe('rates', () => {
    it('are made, read, changed under If-Match, listed by country and removed', async () => {
      const answer = await app.post('/tax-rates', { ...VAT, rate: '0.2400', country: 'is' }, asStaff());
      const first = answer.json<TaxRateResponseDto>();
      expect([answer.statusCode, first]).toEqual([
        201,
        {
          id: expect.any(String),
          createdAt: expect.any(String),
          updatedAt: expect.any(String),
          version: 1,
          ...VAT,
          region: null,
          postalCodes: [],
          category: 'standard',
          priority: 1,
          isCompound: false,
          appliesToShipping: true,
          validFrom: null,
          validTo: null,
          status: 'active',
        },
      ]);
      const path = `/tax-rates/${first.id}`;
      expect(answer.headers.location).toBe(`/api/v1${path}`);
      const read = await app.get(path, asStaff());
      expect(read.json()).toEqual(first);
      const headers = { 'if-match': String(read.headers.etag) };
      const change = { rate: '0.255', validFrom: '2026-02-01', validTo: '2026-02-28', postalCodes: ['1', '200..299'] };
      const changed = await app.patch(path, change, { ...asStaff(), headers });
      expect(changed.json()).toMatchObject({ ...change, version: 2 });
      expect((await app.patch(path, change, asStaff())).json().version).toBe(2);
      expect((await app.patch(path, { name: 'x' }, { ...asStaff(), headers })).statusCode).toBe(412);
      expect((await app.patch(path, { validTo: null, validFrom: null }, asStaff())).json()).toMatchObject({
        validFrom: null,
        validTo: null,
      });
      await rate({ category: 'books', rate: '0.11' });
      const list = async (query: string) => (await app.get(`/tax-rates?${query}`, asStaff())).json();
      expect((await list('country=IS&category=books')).data).toMatchObject([{ rate: '0.11' }]);
      const page = await list('country=IS&limit=1&count=exact');
      expect(page).toMatchObject({ data: [{ id: first.id }], total: 2 });
      expect((await list(`country=IS&limit=1&cursor=${page.nextCursor}`)).data).toMatchObject([{ category: 'books' }]);
      expect((await app.get(`/tax-rates?cursor=${page.nextCursor}`, asStaff())).statusCode).toBe(400);
      expect((await app.delete(path, { ...asStaff(), headers })).statusCode).toBe(412);
      expect((await app.delete(path, asStaff())).statusCode).toBe(204);
      for (const gone of [
        await app.get(path, asStaff()),
        await app.patch(path, {}, asStaff()),
        await app.delete(path, asStaff()),
      ])
        expect(gone.json()).toMatchObject({ status: 404, code: 'tax.rate_not_found' });
      expect(await auditOf(first.id)).toEqual([
        'tax_rate.created',
        'tax_rate.changed',
        'tax_rate.changed',
        'tax_rate.removed',
      ]);
    });

    it('are one for a place, category, priority and day: of 20 made at the same moment one is', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => app.post('/tax-rates', VAT, asStaff())));
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
      expect(answers.find(({ statusCode }) => statusCode === 409)!.json().code).toBe('tax.rate_taken');
      const other = await rate({ validFrom: '2026-01-01' });
      const clash = await app.patch(`/tax-rates/${other.id}`, { validFrom: null }, asStaff());
      expect(clash.json()).toMatchObject({ status: 409, code: 'tax.rate_taken' });
    });

    it('have defaults for what is null, as for what is absent', async () => {
      const nothing = { category: null, priority: null, isCompound: null, appliesToShipping: null, status: null };
      expect(await rate({ ...nothing, postalCodes: null, region: null, validFrom: null })).toMatchObject({
        category: 'standard',
        priority: 1,
        isCompound: false,
        appliesToShipping: true,
        status: 'active',
        postalCodes: [],
      });
    });

    it('name a region by its code, however it was written', async () => {
      const quebec = { country: 'CA', region: 'Québec', category: `t-${unique()}` };
      expect(await rate(quebec)).toMatchObject({ country: 'CA', region: 'QC' });
    });

    it.each([
      [{ name: ' ' }, '/name'],
      [{ rate: '-0.1' }, '/rate'],
      [{ rate: 0.19 }, '/rate'],
      [{ rate: '0.1234567' }, '/rate'],
      [{ rate: '19' }, '/rate'],
      [{ rate: '1e-1' }, '/rate'],
      [{ country: 'XX' }, '/country'],
      [{ country: 'CA', region: 'Bavaria' }, '/region'],
      [{ postalCodes: ['101', '9..1'] }, '/postalCodes/1'],
      [{ postalCodes: [' '] }, '/postalCodes/0'],
      [{ category: 'Upper' }, '/category'],
      [{ priority: 0 }, '/priority'],
      [{ priority: 1.5 }, '/priority'],
      [{ validFrom: '2026-02-30' }, '/validFrom'],
      [{ validFrom: '2026-02-02', validTo: '2026-02-01' }, '/validTo'],
      [{ status: 'deleted' }, '/status'],
      [{ version: 7 }, '/version'],
    ])('refuse %j with 400 naming it', async (change, pointer) => {
      const answer = await app.post('/tax-rates', { ...VAT, ...change }, asStaff());
      expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer }] });
    });
  });

  describe('settings', () => {
    it('are read and changed under If-Match', async () => {
      const read = await app.get('/tax-settings', asStaff());
      const headers = { 'if-match': String(read.headers.etag) };
      const change = {
        pricesIncludeTax: true,
        exceptCurrencies: ['ISK'],
        defaultCountry: 'CA',
        timeZone: 'Asia/Tokyo',
      };
      const changed = await app.patch(
        '/tax-settings',
        { ...change, defaultRegion: 'quebec' },
        { ...asStaff(), headers },
      );
      expect(changed.json()).toMatchObject({ ...change, defaultRegion: 'QC', version: read.json().version + 1 });
      expect((await app.patch('/tax-settings', change, { ...asStaff(), headers })).statusCode).toBe(412);
      expect((await app.get('/tax-settings', asStaff())).json()).toEqual(changed.json());
      expect((await auditOf('tax_settings')).at(-1)).toBe('tax_settings.changed');
    });

    it.each([
      [{ pricesIncludeTax: null }, '/pricesIncludeTax'],
      [{ exceptCurrencies: ['XXX'] }, '/exceptCurrencies'],
      [{ defaultCountry: 'XX' }, '/defaultCountry'],
      [{ defaultCountry: null, defaultRegion: 'QC' }, '/defaultRegion'],
      [{ defaultCountry: 'CA', defaultRegion: 'Bavaria' }, '/defaultRegion'],
      [{ timeZone: 'Mars/Olympus' }, '/timeZone'],
      [{ timeZone: null }, '/timeZone'],
      [{ isOnly: false }, '/isOnly'],
    ])('refuse %j with 400 naming it', async (change, pointer) => {
      const answer = await app.patch('/tax-settings', change, asStaff());
      expect(answer.json()).toMatchObject({ status: 400 });
      expect(answer.json().errors[0].pointer).toMatch(new RegExp(`^${pointer}`));
    });
  });

  describe('of carts and orders', () => {
    it('are added to prices from the moment that there is an address, and orders keep them', async () => {
      const variantId = await variantAt(999, { taxCategory: 'books' });
      const taken = await rate({ rate: '0.11', category: 'books' });
      await rate();
      const unaddressed = await createCart(app, { lines: [{ variantId, quantity: 1 }], currency: 'ISK' });
      expect(unaddressed.taxTotal.amount).toBe(0);
      const { cart, holder } = await cartOf(variantId, 3);
      // 2997 × 0.11 = 329.67
      expect(cart).toMatchObject({
        pricesIncludeTax: false,
        lines: [{ tax: { amount: 330 }, total: { amount: 3327 } }],
        taxTotal: { amount: 330 },
        total: { amount: 3327 },
      });
      const explained = (await app.get(`/carts/${cart.id}/explain`, holder)).json<ExplanationDto>();
      expect(explained.lines[0]!.reasons.at(-1)).toEqual({
        code: 'tax',
        message: 'VSK of 11 % in IS.',
        amount: { amount: 330, currency: 'ISK' },
      });
      const why = (await app.get(`/carts/${unaddressed.id}/explain`, holderOf(unaddressed))).json<ExplanationDto>();
      expect(why.totals.find(({ name }) => name === 'taxTotal')!.reasons).toMatchObject([{ code: 'no_address' }]);

      const order = await place(variantId, 3);
      await app.patch(`/tax-rates/${taken.id}`, { rate: '0.5' }, asStaff());
      const read = (await app.get(`/orders/${order.id}`, asStaff())).json<OrderDetailResponseDto>();
      expect(read).toMatchObject({
        taxTotal: { amount: 330 },
        total: { amount: 3327 },
        lines: [
          {
            taxes: [
              { rateId: taken.id, name: 'VSK', rate: '0.11', amount: { amount: 330, currency: 'ISK' }, place: 'IS' },
            ],
          },
        ],
      });
      expect((await app.get(`/carts/${cart.id}`, holder)).json().taxTotal.amount).toBe(1499);
    });

    it('are contained in prices where the settings say so, and net and tax are the gross amount', async () => {
      await settings({ exceptCurrencies: ['ISK'] });
      await rate();
      const variantId = await variantAt(999);
      const { cart } = await cartOf(variantId, 3);
      // 2997 / 1.24 = 2416.935…
      expect(cart).toMatchObject({ pricesIncludeTax: true, taxTotal: { amount: 580 }, total: { amount: 2997 } });
      expect(await place(variantId, 3)).toMatchObject({ taxTotal: { amount: 580 }, total: { amount: 2997 } });
    });

    it('take the place of the settings while there is no address', async () => {
      await settings({ defaultCountry: 'IS' });
      await rate();
      const variantId = await variantAt(1000);
      const cart = await createCart(app, { lines: [{ variantId, quantity: 1 }], currency: 'ISK' });
      expect(cart.taxTotal.amount).toBe(240);
    });

    it('cost no statement of their own', async () => {
      const variantId = await variantAt(1000);
      const { cart, holder } = await cartOf(variantId, 1);
      const read = () => app.get(`/carts/${cart.id}`, holder);
      await read();
      const { statements } = await countStatements(read);
      await rate();
      await read();
      expect((await countStatements(read)).statements).toEqual(statements);
      expect((await read()).json().taxTotal.amount).toBe(240);
    });
  });

  describe('exemptions', () => {
    const grant = async (userId: string, body: object = {}) => {
      const answer = await app.put(`/users/${userId}/tax-exemption`, { reason: 'Reverse charge', ...body }, asStaff());
      expect([answer.statusCode, answer.json()]).toEqual([200, expect.objectContaining({ userId })]);
      return answer;
    };

    it('take the tax out of prices that contain it, in the countries they are for and as long as they last', async () => {
      await settings({ exceptCurrencies: ['ISK'] });
      await rate();
      const { user, token } = await createUser(app);
      const variantId = await variantAt(999);
      const total = async () => (await cartOf(variantId, 1, token)).cart.lines[0]!;
      await grant(user.id, { countries: ['NO'] });
      expect(await total()).toMatchObject({ quantity: 1, tax: { amount: 193 }, total: { amount: 999 } });
      await grant(user.id, { countries: ['is', 'NO'], expiresAt: '2020-01-01T00:00:00Z' });
      expect(await total()).toMatchObject({ quantity: 2, tax: { amount: 387 } });
      await grant(user.id, { countries: ['is', 'NO'] });
      const { cart } = await cartOf(variantId, 1, token);
      // 2997 / 1.24 = 2416.935…
      const line = { quantity: 3, tax: { amount: 0 }, discount: { amount: 580 }, total: { amount: 2417 } };
      expect(cart).toMatchObject({
        lines: [{ ...line, taxes: [{ name: 'Reverse charge', rate: '0', place: 'IS' }] }],
        taxTotal: { amount: 0 },
        total: { amount: 2417 },
      });
      const explained = (await app.get(`/carts/${cart.id}/explain`, { token })).json<ExplanationDto>();
      const [reasons] = explained.lines.map((one) => one.reasons.map(({ code, amount }) => [code, amount?.amount]));
      expect(reasons).toContainEqual(['tax_exempt', -580]);
      const order = await app.post('/orders', { cartId: cart.id, expectedTotal: cart.total }, { key: true, token });
      expect(order.json<OrderDetailResponseDto>()).toMatchObject({
        lines: [{ ...line, adjustments: [{ cause: 'tax_exempt', promotionId: null, amount: { amount: 580 } }] }],
        total: { amount: 2417 },
      });
      const path = `/orders/${order.json<OrderDetailResponseDto>().id}/explain`;
      expect((await app.get(path, { token })).json<ExplanationDto>().totals[1]).toMatchObject({
        name: 'discountTotal',
        reasons: [{ code: 'tax_exempt', amount: { amount: 580 } }],
      });
    });

    it('come of staff alone: what customers say waits for them, and changes no price', async () => {
      await rate();
      const { user, token } = await createUser(app);
      const mine = '/users/me/tax-exemption';
      expect((await app.get(mine, { token })).json()).toMatchObject({ status: 404, code: 'tax.exemption_not_found' });
      const claimed = await app.put(mine, { vatId: 'de 136.695-976' }, { token });
      expect(claimed.json()).toMatchObject({ claimedVatId: 'DE136695976', vatId: null, grantedAt: null, version: 1 });
      expect((await app.put(mine, { vatId: 'DE136695976' }, { token })).json()).toEqual(claimed.json());
      expect((await cartOf(await variantAt(1000), 1, token)).cart.taxTotal.amount).toBe(240);
      const claims = async () =>
        (await app.get('/vat-id-claims?limit=100', asStaff())).json().data.map((one: { userId: string }) => one.userId);
      expect(await claims()).toContain(user.id);
      const granted = await grant(user.id, { vatId: 'DE136695976' });
      expect(granted.json()).toMatchObject({ vatId: 'DE136695976', claimedVatId: null, claimedAt: null, version: 2 });
      expect(await claims()).not.toContain(user.id);
      const again = await app.put(mine, { vatId: 'ATU13585627' }, { token });
      expect(again.json()).toMatchObject({
        vatId: 'DE136695976',
        claimedVatId: 'ATU13585627',
        reason: 'Reverse charge',
      });
      expect((await app.get(mine, { token })).json()).toEqual(again.json());
      const path = `/users/${user.id}/tax-exemption`;
      const headers = { 'if-match': '"2"' };
      expect((await app.put(path, { reason: 'x' }, { ...asStaff(), headers })).statusCode).toBe(412);
      expect((await app.delete(path, { ...asStaff(), headers })).statusCode).toBe(412);
      expect((await app.delete(path, asStaff())).statusCode).toBe(204);
      expect((await app.get(path, asStaff())).statusCode).toBe(404);
      expect((await app.put(path, { reason: 'x' }, { token })).statusCode).toBe(403);
      expect((await auditOf(user.id)).filter((action) => /tax|vat/.test(action))).toEqual([
        'user.vat_id_claimed',
        'user.tax_exemption_granted',
        'user.vat_id_claimed',
        'user.tax_exemption_ended',
      ]);
    });

    it('are one a customer, whoever grants them at the same moment, and end with the account', async () => {
      const { user } = await createUser(app);
      const path = `/users/${user.id}/tax-exemption`;
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => app.put(path, { reason: `R${index}` }, asStaff())),
      );
      expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
      expect(answers.map((one) => one.json().version).sort((left, right) => left - right)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      expect((await app.post(`/users/${user.id}/erase`, {}, asStaff())).statusCode).toBeLessThan(300);
      expect((await app.get(path, asStaff())).statusCode).toBe(404);
    });

    it.each([
      ['DE123456789', 'wrong check digit'],
      ['GR094259216', 'Greece begins with EL'],
      ['136695976', 'no country'],
      ['XX12345', 'no such country'],
      ['DE', 'nothing behind it'],
    ])('refuse %j as a VAT id: %s', async (vatId) => {
      const { user, token } = await createUser(app);
      for (const answer of [
        await app.put('/users/me/tax-exemption', { vatId }, { token }),
        await app.put(`/users/${user.id}/tax-exemption`, { vatId, reason: 'x' }, asStaff()),
      ])
        expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: '/vatId', code: 'vat_id' }] });
    });

    it.each([
      ['CHE-123.456.788 MWST', 'CHE123456788MWST'],
      ['ESB58378431', 'ESB58378431'],
      ['BE 1003.429.069', 'BE1003429069'],
      ['XI 980 7806 84', 'XI980780684'],
      ['IN 27AAPFU0939F1ZV', 'IN27AAPFU0939F1ZV'],
    ])('take %j as the VAT id %s', async (vatId, normalised) => {
      const { token } = await createUser(app);
      expect((await app.put('/users/me/tax-exemption', { vatId }, { token })).json().claimedVatId).toBe(normalised);
    });
  });

  it('of products are staff’s to see: a category that anything may be called', async () => {
    const { id } = await createProduct(app, { taxCategory: 'books' });
    const customer = await createUser(app);
    expect((await app.get(`/products/${id}`, customer)).json().taxCategory).toBeUndefined();
    expect((await app.get(`/products/${id}`, asStaff())).json().taxCategory).toBe('books');
    const changed = await app.patch(`/products/${id}`, { taxCategory: 'reduced' }, asStaff());
    expect(changed.json().taxCategory).toBe('reduced');
    const refused = await app.patch(`/products/${id}`, { taxCategory: 'No' }, asStaff());
    expect(refused.json()).toMatchObject({ status: 400, errors: [{ pointer: '/taxCategory' }] });
  });
});

import type { CartResponseDto } from '../../../src/orders/carts/dto/cart-response.dto.js';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { OrderExpiryService } from '../../../src/orders/order-expiry.service.js';
import type { ExplanationDto } from '../../../src/orders/pricing/explanation.dto.js';
import { GenerateCodesService } from '../../../src/orders/promotions/generate-codes.service.js';
import type { PromotionCodeResponseDto, PromotionResponseDto } from '../../../src/orders/promotions/promotion.dto.js';
import { CategoriesService } from '../../../src/products/categories/categories.service.js';
import { createCart, holderOf } from '../../factories/cart.factory.js';
import { buildOrder, createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createCode, createPromotion } from '../../factories/promotion.factory.js';
import { createStaff, createUser, type SignedInUser, unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const NOBODYS = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const half = { type: 'percentage', percent: '50' };

describe('promotions', () => {
  let app: TestApp;
  let staff: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start();
    staff = await createStaff(app, ['promotions:write', 'orders:read', 'users:write']);
  });
  afterEach(async () => {
    await expectInvariants(app);
    // Nobody else's orders are to be discounted, nor to be asked about.
    await app.database.execute(`UPDATE promotions SET status = 'disabled' WHERE status = 'active'`);
  });
  afterAll(() => app.close());

  const promote = (overrides: object = {}) => createPromotion(app, staff.token, overrides);
  const codeOf = async (overrides: object = {}, usageLimit?: number) =>
    createCode(app, staff.token, (await promote(overrides)).id, usageLimit);
  const product = () => createProduct(app, { stock: 1000 });
  const place = (variantId: string, overrides: object = {}, token?: string) =>
    app.post('/orders', buildOrder(variantId, overrides), { key: true, token });
  /** Goods of their own for each order: those of one stock would wait for each other there, and not race for the promotion. */
  const goods = async (count: number) => {
    const made = await Promise.all(Array.from({ length: count }, product));
    return { variants: made.map(({ variants }) => variants[0]!.id), productIds: made.map(({ id }) => id) };
  };
  const usedOf = async (id: string) =>
    (await app.get(`/promotions/${id}`, { token: staff.token })).json<PromotionResponseDto>().used;

  it('are made, read, changed under If-Match, listed, and archived for good', async () => {
    const made = await app.post(
      '/promotions',
      {
        name: 'Spring',
        usageLimit: 10,
        startsAt: '2026-03-01T00:00:00Z',
        conditions: [{ type: 'minimum_subtotal', amounts: [eur(5000)] }],
        effects: [half],
      },
      { token: staff.token },
    );
    expect([made.body, made.statusCode]).toEqual([made.body, 201]);
    const promotion = made.json<PromotionResponseDto>();
    expect(promotion).toEqual({
      id: expect.any(String),
      version: 1,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      name: 'Spring',
      status: 'active',
      isAutomatic: false,
      priority: 0,
      isExclusive: false,
      startsAt: '2026-03-01T00:00:00.000Z',
      endsAt: null,
      usageLimit: 10,
      usageLimitPerCustomer: null,
      used: 0,
      conditions: [{ type: 'minimum_subtotal', amounts: [eur(5000)] }],
      effects: [half],
    });
    const { token } = staff;
    const path = `/promotions/${promotion.id}`;
    expect(made.headers.location).toBe(`/api/v1${path}`);
    const headers = { 'if-match': String((await app.get(path, { token })).headers.etag) };
    const changed = await app.patch(path, { usageLimit: null, conditions: [] }, { token, headers });
    expect(changed.json()).toMatchObject({ usageLimit: null, conditions: [], version: 2 });
    expect((await app.patch(path, { name: 'x' }, { token, headers })).statusCode).toBe(412);
    expect((await app.patch(path, { effects: [half] }, { token })).json().version).toBe(2);
    expect((await app.patch(path, { endsAt: '2026-02-01T00:00:00Z' }, { token })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/endsAt' }],
    });
    const list = (await app.get(`/promotions?q=SPRI&limit=1`, { token })).json();
    expect(list.data).toMatchObject([{ id: promotion.id }]);
    await app.post(`${path}/codes`, { codes: [{ code: 'ARCHIVED1' }] }, { token });
    expect((await app.delete(path, { token })).statusCode).toBe(204);
    expect((await app.delete(path, { token })).statusCode).toBe(204);
    expect((await app.get(path, { token })).json()).toMatchObject({ status: 'archived' });
    expect((await app.patch(path, { name: 'x' }, { token })).json().code).toBe('promotion.archived');
    expect((await app.post(`${path}/codes`, { codes: [{ code: 'ZZ' }] }, { token })).json().code).toBe(
      'promotion.archived',
    );
    expect((await app.get('/promotions?q=Spring', { token })).json().data).toEqual([]);
    expect((await app.get('/promotions?status=archived', { token })).json().data).toMatchObject([{ id: promotion.id }]);
    // Its code is free for another one.
    const other = await promote();
    const again = await app.post(`/promotions/${other.id}/codes`, { codes: [{ code: 'archived1' }] }, { token });
    expect(again.statusCode).toBe(201);
    const actions = await app.database.query<{ action: string }>(
      `SELECT action FROM audit_log WHERE target_id = $1 ORDER BY sequence`,
      [promotion.id],
    );
    expect(actions.map(({ action }) => action)).toEqual([
      'promotion.created',
      'promotion.changed',
      'promotion.codes_added',
      'promotion.archived',
    ]);
    expect((await app.get(`/promotions/${NOBODYS}`, { token })).json().code).toBe('promotion.not_found');
  });

  it.each<[string, object, string]>([
    ['no effect', { effects: [] }, '/effects'],
    ['an effect of no kind', { effects: [{ type: 'magic' }] }, '/effects/0/type'],
    ['an effect that is null', { effects: [null] }, '/effects/0/type'],
    ['an effect that is a text', { effects: ['percentage'] }, '/effects/0'],
    ['effects that are no list', { effects: half }, '/effects'],
    ['an unknown member of an effect', { effects: [{ ...half, size: 1 }] }, '/effects/0/size'],
    ['more than everything', { effects: [{ ...half, percent: '100.01' }] }, '/effects/0/percent'],
    ['nothing', { effects: [{ ...half, percent: '0' }] }, '/effects/0/percent'],
    ['a number for a decimal', { effects: [{ ...half, percent: 50 }] }, '/effects/0/percent'],
    ['no goods', { effects: [{ ...half, items: {} }] }, '/effects/0/items/productIds'],
    ['goods that are no object', { effects: [{ ...half, items: 'all' }] }, '/effects/0/items'],
    [
      'two amounts of one currency',
      { effects: [{ type: 'fixed_amount', amounts: [eur(1), eur(2)] }] },
      '/effects/0/amounts',
    ],
    [
      'a tier without a discount',
      { effects: [{ type: 'tiered', tiers: [{ minimumQuantity: 2 }] }] },
      '/effects/0/tiers/0/percent',
    ],
    [
      'nothing to buy',
      { effects: [{ type: 'buy_get', buyQuantity: 0, getQuantity: 1, percent: '1' }] },
      '/effects/0/buyQuantity',
    ],
    ['a condition of no kind', { effects: [half], conditions: [{ type: 'toString' }] }, '/conditions/0/type'],
    [
      'a group that is no id',
      { effects: [half], conditions: [{ type: 'customer_group', groupIds: ['x'] }] },
      '/conditions/0/groupIds',
    ],
    ['a limit of none', { effects: [half], usageLimit: 0 }, '/usageLimit'],
  ])('are refused with 400 for %s, which is pointed at', async (_, body, pointer) => {
    const answer = await app.post('/promotions', { name: 'x', ...body }, { token: staff.token });
    expect(answer.json()).toMatchObject({ status: 400, code: 'request.invalid', errors: [{ pointer }] });
  });

  it('have codes that are unique whatever their case, found by how they begin, limited, disabled and deleted', async () => {
    const { token } = staff;
    const { id } = await promote();
    const path = `/promotions/${id}/codes`;
    const added = await app.post(path, { codes: [{ code: 'abc-1', usageLimit: 3 }, { code: 'abd-2' }] }, { token });
    expect(added.json()).toMatchObject({
      promotionId: id,
      codes: [{ code: 'ABC-1', usageLimit: 3 }, { code: 'ABD-2' }],
    });
    const refused = await app.post(path, { codes: [{ code: 'new' }, { code: 'Abc-1' }] }, { token });
    expect(refused.json()).toMatchObject({
      status: 409,
      code: 'promotion.code_taken',
      errors: [{ pointer: '/codes/1/code' }],
    });
    expect((await app.post(path, { codes: [{ code: 'x1' }, { code: 'X1' }] }, { token })).statusCode).toBe(400);
    const listed = async (query = '') =>
      (await app.get(`${path}${query}`, { token })).json().data as PromotionCodeResponseDto[];
    expect((await listed()).map(({ code }) => code)).toEqual(['ABC-1', 'ABD-2']);
    expect((await listed('?q=abc')).map(({ code }) => code)).toEqual(['ABC-1']);
    const [first, second] = await listed();
    const changed = await app.patch(`${path}/${first!.id}`, { usageLimit: null, isDisabled: true }, { token });
    expect(changed.json()).toMatchObject({ code: 'ABC-1', usageLimit: null, isDisabled: true });
    expect((await app.delete(`${path}/${second!.id}`, { token })).statusCode).toBe(204);
    expect((await app.delete(`${path}/${second!.id}`, { token })).json().code).toBe('promotion.code_not_found');
    expect(await listed()).toHaveLength(1);
  });

  it('give one code to one of 20 requests that want it at the same moment', async () => {
    const { id } = await promote();
    const codes = [{ code: `race-${unique()}` }];
    const add = () => app.post(`/promotions/${id}/codes`, { codes }, { token: staff.token });
    const answers = await Promise.all(Array.from({ length: 20 }, add));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
  });

  it('get codes by the thousand, each once, in a file for who asked, also when two workers make them', async () => {
    const { token } = staff;
    const { id } = await promote();
    const order = { count: 2_500, prefix: 'gen-', length: 10 };
    const asked = await app.post(`/promotions/${id}/codes/generate`, order, { token });
    expect([asked.body, asked.statusCode]).toEqual([asked.body, 202]);
    const operation = asked.json<{ id: string }>().id;
    const run = () =>
      app.app.get(GenerateCodesService, { strict: false }).run(operation, { ...order, promotionId: id });
    await Promise.allSettled([run(), run()]);
    await run();
    expect((await app.get(`/operations/${operation}`, { token })).json()).toMatchObject({
      kind: 'promotion_codes',
      status: 'succeeded',
      result: { codes: 2_500 },
      progress: { done: 2_500, total: 2_500 },
    });
    const file = await app.get(`/operations/${operation}/file`, { token, headers: { accept: '*/*' } });
    const codes = file.body.trimEnd().split('\r\n').slice(1);
    expect(new Set(codes).size).toBe(2_500);
    expect(codes.every((code) => /^GEN-[A-Z2-9]{10}$/.test(code))).toBe(true);
    const listed = await app.get(`/promotions/${id}/codes?count=exact&limit=1`, { token });
    expect(listed.json()).toMatchObject({ total: 2_500, data: [{ usageLimit: 1 }] });
    expect((await app.post(`/promotions/${id}/codes/generate`, { count: 100_001 }, { token })).statusCode).toBe(400);
  });

  describe('in carts', () => {
    it('apply by code in any case, stay when they do not, say why not, and go', async () => {
      const { variants } = await product();
      const code = await codeOf({ conditions: [{ type: 'minimum_quantity', quantity: 2 }] });
      const cart = await createCart(app, { lines: [{ variantId: variants[0]!.id, quantity: 1 }] });
      const path = `/carts/${cart.id}`;
      const entered = await app.post(`${path}/promotion-codes`, { code: ` ${code.toLowerCase()}` }, holderOf(cart));
      expect([entered.body, entered.statusCode]).toEqual([entered.body, 201]);
      expect(entered.json()).toMatchObject({ promotionCodes: [code], promotions: [], total: eur(1999) });
      const explained = (await app.get(`${path}/explain`, holderOf(cart))).json<ExplanationDto>();
      expect(explained.promotions).toMatchObject([{ code, isApplied: false, reason: { code: 'minimum_quantity' } }]);
      await app.patch(`${path}/lines/${cart.lines[0]!.id}`, { quantity: 2 }, holderOf(cart));
      const priced = (await app.get(path, holderOf(cart))).json<CartResponseDto>();
      expect(priced).toMatchObject({
        discountTotal: eur(1999),
        total: eur(1999),
        promotions: [{ code, amount: eur(1999) }],
        lines: [{ discount: eur(1999), total: eur(1999), adjustments: [{ code, amount: eur(1999) }] }],
      });
      const again = (await app.get(`${path}/explain`, holderOf(cart))).json<ExplanationDto>();
      expect(again.promotions).toMatchObject([{ isApplied: true, reason: { code: 'applied', amount: eur(1999) } }]);
      expect((await app.delete(`${path}/promotion-codes/${code.toLowerCase()}`, holderOf(cart))).statusCode).toBe(204);
      expect((await app.get(path, holderOf(cart))).json()).toMatchObject({ promotionCodes: [], total: eur(3998) });
    });

    it('refuse codes that are unknown, disabled, not yet or no more valid with one 422, used up ones with 409, and an eleventh', async () => {
      const cart = await createCart(app);
      const enter = async (code: string) =>
        (await app.post(`/carts/${cart.id}/promotion-codes`, { code }, holderOf(cart))).json<{ code?: string }>();
      const gone = await codeOf({ endsAt: '2020-01-01T00:00:00Z' });
      const early = await codeOf({ startsAt: '2999-01-01T00:00:00Z' });
      const disabled = await codeOf({ status: 'disabled' });
      for (const code of ['NOSUCHCODE', gone, early, disabled])
        expect((await enter(code)).code).toBe('promotion.code_unknown');
      const once = await codeOf({}, 1);
      await createOrder(app, { promotionCodes: [once] });
      expect((await enter(once)).code).toBe('promotion.usage_limit_reached');
      const { id } = await promote();
      const codes = Array.from({ length: 11 }, () => ({ code: `ten-${unique()}` }));
      await app.post(`/promotions/${id}/codes`, { codes }, { token: staff.token });
      const entered = [];
      for (const { code } of codes) entered.push((await enter(code)).code);
      expect(entered).toEqual([...Array<undefined>(10).fill(undefined), 'cart.limit_exceeded']);
    });

    it('apply by themselves to categories with what stands below them, also after that has moved', async () => {
      const categories = app.app.get(CategoriesService);
      const [above, below] = [
        await categories.create({ name: `A ${unique()}` }),
        await categories.create({ name: `B ${unique()}` }),
      ];
      const { variants } = await createProduct(app, { categories: [below.id] });
      await promote({ isAutomatic: true, effects: [{ ...half, items: { categoryIds: [above.id] } }] });
      const cart = await createCart(app, { lines: [{ variantId: variants[0]!.id, quantity: 1 }] });
      const total = async () =>
        (await app.get(`/carts/${cart.id}`, holderOf(cart))).json<CartResponseDto>().total.amount;
      expect(await total()).toBe(1999);
      await categories.move(below.id, above.id, undefined);
      expect(await total()).toBe(999);
    });

    it('apply to customers of a group, and to the first order of a customer', async () => {
      const { variants, id } = await product();
      const items = { productIds: [id] };
      const group = (
        await app.post('/customer-groups', { code: `g-${unique()}`, name: 'VIP' }, { token: staff.token })
      ).json<{ id: string }>();
      await promote({
        isAutomatic: true,
        conditions: [{ type: 'customer_group', groupIds: [group.id] }],
        effects: [{ ...half, items }],
      });
      await promote({
        isAutomatic: true,
        conditions: [{ type: 'first_order' }],
        effects: [{ type: 'fixed_amount', amounts: [eur(1)], items }],
      });
      const ada = await createUser(app);
      const lines = [{ variantId: variants[0]!.id, quantity: 1 }];
      const total = async () => (await createOrder(app, { token: ada.token, lines })).total.amount;
      expect(await total()).toBe(1998);
      expect(await total()).toBe(1999);
      await app.put(`/customer-groups/${group.id}/members/${ada.user.id}`, undefined, { token: staff.token });
      expect(await total()).toBe(999);
    });
  });

  describe('in orders', () => {
    it('are written on the order and explained by it, and cost no statement where they are not limited', async () => {
      const { variants } = await product();
      const variantId = variants[0]!.id;
      const code = await codeOf({ name: 'Half price' });
      const place = () =>
        createOrder(app, { lines: [{ variantId, quantity: 2 }], promotionCodes: [code.toLowerCase()] });
      const order = await place();
      expect(order).toMatchObject({
        discountTotal: eur(1999),
        total: eur(1999),
        promotions: [{ code, name: 'Half price', amount: eur(1999) }],
        lines: [{ adjustments: [{ code, amount: eur(1999) }] }],
      });
      const explained = (await app.get(`/orders/${order.id}/explain`, guestOf(order))).json<ExplanationDto>();
      expect(explained.promotions).toMatchObject([{ code, isApplied: true, reason: { amount: eur(1999) } }]);
      const withCode = await countStatements(place);
      const without = await countStatements(() => createOrder(app, { lines: [{ variantId, quantity: 2 }] }));
      // What the code means is the one statement.
      expect(withCode.statements.length).toBe(without.statements.length + 1);
    });

    it('refuse codes that do not apply with 422 and the reason, unless the total shows that this is known', async () => {
      const { variants } = await product();
      const code = await codeOf({ conditions: [{ type: 'minimum_quantity', quantity: 2 }] });
      const refused = await place(variants[0]!.id, { promotionCodes: [code] });
      expect(refused.json()).toMatchObject({
        status: 422,
        code: 'promotion.code_not_applicable',
        errors: [{ pointer: '/promotionCodes/0', code: 'minimum_quantity' }],
      });
      const known = await place(variants[0]!.id, { promotionCodes: [code], expectedTotal: eur(1999) });
      expect(known.json()).toMatchObject({ total: eur(1999), promotions: [] });
      const changed = await place(variants[0]!.id, { promotionCodes: [code], expectedTotal: eur(999) });
      expect(changed.json().code).toBe('order.total_changed');
    });

    it('come from the cart that is ordered, where codes that do not apply are no obstacle', async () => {
      const [applies, not] = [
        await codeOf(),
        await codeOf({ conditions: [{ type: 'first_order' }, { type: 'currency', currencies: ['ISK'] }] }),
      ];
      const cart = await createCart(app);
      for (const code of [applies, not]) await app.post(`/carts/${cart.id}/promotion-codes`, { code }, holderOf(cart));
      const ordered = await app.post(
        '/orders',
        { cartId: cart.id, email: 'ada@example.com' },
        { key: true, ...holderOf(cart) },
      );
      expect(ordered.json()).toMatchObject({ total: eur(999), promotions: [{ code: applies }] });
    });
  });

  describe('of limited number', () => {
    it('discount exactly as many of 30 simultaneous orders as they may, by code (R1)', async () => {
      const { variants } = await goods(30);
      const promotion = await promote({ usageLimit: 3 });
      const code = await createCode(app, staff.token, promotion.id);
      const answers = await Promise.all(variants.map((variantId) => place(variantId, { promotionCodes: [code] })));
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([
        ...Array<number>(3).fill(201),
        ...Array<number>(27).fill(409),
      ]);
      expect(answers.find(({ statusCode }) => statusCode === 409)!.json()).toMatchObject({
        code: 'promotion.usage_limit_reached',
        errors: [{ pointer: '/promotionCodes/0' }],
      });
      expect(await usedOf(promotion.id)).toBe(3);
      expect(
        (await app.patch(`/promotions/${promotion.id}`, { usageLimit: 2 }, { token: staff.token })).json().code,
      ).toBe('promotion.limit_below_used');
    });

    it('discount as many as they may by themselves, and let the others pay the full price unless they expect another (R1)', async () => {
      const { variants, productIds } = await goods(20);
      const promotion = await promote({
        isAutomatic: true,
        usageLimit: 3,
        effects: [{ ...half, items: { productIds } }],
      });
      const answers = await Promise.all(variants.map((variantId) => place(variantId)));
      const totals = answers.map((answer) => answer.json<PlacedOrderResponseDto>().total.amount).sort((a, b) => a - b);
      expect(totals).toEqual([...Array<number>(3).fill(999), ...Array<number>(17).fill(1999)]);
      expect(await usedOf(promotion.id)).toBe(3);
      const expecting = await place(variants[0]!, { expectedTotal: eur(999) });
      expect(expecting.json().code).toBe('order.total_changed');
    });

    it('discount one order of each customer, by account or by e-mail address, and no more uses of a code than it has (R1)', async () => {
      const { variants } = await goods(8);
      const promotion = await promote({ usageLimitPerCustomer: 1 });
      const code = await createCode(app, staff.token, promotion.id, 3);
      const ada = await createUser(app);
      const guest = `guest-${unique()}@example.com`;
      const of = (email: string, at = 0) => place(variants[at]!, { promotionCodes: [code], email });
      const ofAda = (at: number) => place(variants[at]!, { promotionCodes: [code], email: undefined }, ada.token);
      const count = (answers: { statusCode: number }[]) => {
        const placed = answers.filter(({ statusCode }) => statusCode === 201).length;
        expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(answers.length - placed);
        return placed;
      };
      expect(count(await Promise.all(variants.map((_, at) => of(guest, at))))).toBe(1);
      expect(count(await Promise.all(variants.map((_, at) => ofAda(at))))).toBe(1);
      expect(count([await of(guest.toUpperCase())])).toBe(0);
      expect(count(await Promise.all(variants.map((_, at) => of(`${at}-${guest}`, at))))).toBe(1);
      expect(await usedOf(promotion.id)).toBe(3);
    });

    it('are given back once by cancelling, whoever cancels how often, and by expiring', async () => {
      const { variants } = await product();
      const promotion = await promote({ usageLimit: 2 });
      const code = await createCode(app, staff.token, promotion.id, 2);
      const lines = [{ variantId: variants[0]!.id, quantity: 1 }];
      const [first, second] = [
        await createOrder(app, { lines, promotionCodes: [code] }),
        await createOrder(app, { lines, promotionCodes: [code] }),
      ];
      expect(await usedOf(promotion.id)).toBe(2);
      await Promise.all([
        ...Array.from({ length: 6 }, () => app.post(`/orders/${first.id}/cancel`, {}, guestOf(first))),
        app.app.get(OrderExpiryService).expireDue(new Date(Date.parse(second.expiresAt as unknown as string) + 1)),
      ]);
      expect((await app.get(`/orders/${second.id}`, guestOf(second))).json<OrderDetailResponseDto>().status).toBe(
        'expired',
      );
      expect(await usedOf(promotion.id)).toBe(0);
      const [row] = await app.database.query<{ used: number }>(`SELECT used FROM promotion_codes WHERE code = $1`, [
        code,
      ]);
      expect(row!.used).toBe(0);
    });
  });
});

import { Secrets } from '../../../src/common/secrets.js';
import type { Environment } from '../../../src/config/environment.js';
import type { OrderStaffDetailResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { OrderNumberSeries } from '../../../src/orders/numbers/order-number-series.entity.js';
import { OrderNumbersRepository } from '../../../src/orders/numbers/order-numbers.repository.js';
import { createOrder } from '../../factories/order.factory.js';
import { createProduct, type TestProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, type SignedInUser, unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const ADDRESS = { name: 'Ada', line1: '1 Main Street', city: 'London', postalCode: 'SW1Y 4JH', countryCode: 'GB' };
const NEVER = '01970000-0000-7000-8000-000000000000';

describe('drafts', () => {
  let app: TestApp;
  let staff: SignedInUser;
  let ada: SignedInUser;
  let product: TestProduct;
  beforeAll(async () => {
    app = await TestApp.start();
    [staff, ada] = await Promise.all([createStaff(app), createUser(app)]);
  });
  beforeEach(async () => {
    product = await createProduct(app, { stock: 10 });
  });
  afterEach(() => expectInvariants(app));
  afterAll(() => app.close());

  const piece = (more: object = {}) => ({ variantId: product.variants[0]!.id, quantity: 2, ...more });
  const post = (body: object, token = staff.token) => app.post('/orders/drafts', body, { token });
  const draft = async (body: object = {}) => {
    const response = await post({ lines: [piece()], email: `guest-${unique()}@example.com`, ...body });
    expect([response.body, response.statusCode]).toEqual([response.body, 201]);
    return response.json<OrderStaffDetailResponseDto>();
  };
  const patch = (id: string, body: object, headers: Record<string, string> = {}) =>
    app.patch(`/orders/${id}/draft`, body, { token: staff.token, headers });
  const send = (id: string, body?: object) => app.post(`/orders/${id}/send`, body, { token: staff.token });
  const reserved = async () =>
    (
      await app.database.query<{ reserved: number }>(`SELECT reserved FROM stock WHERE variant_id = $1`, [
        product.variants[0]!.id,
      ])
    )[0]!.reserved;
  const typesOf = async (id: string) =>
    (await app.get(`/orders/${id}/history`, { token: staff.token }))
      .json<{ data: { type: string }[] }>()
      .data.map(({ type }) => type);
  /** The mails that wait to be sent and tell that an order waits for its payment. */
  const offers = async (id: string) => {
    const rows = await app.database.query<{
      template: string;
      recipient: string;
      locale: string | null;
      sealed: Buffer;
    }>(`SELECT template, recipient, locale, sealed_data AS sealed FROM mails WHERE dedupe_key = $1`, [
      `order.placed:${id}`,
    ]);
    return rows.map(({ sealed, ...mail }) => ({
      ...mail,
      data: JSON.parse(app.app.get(Secrets).decrypt('mail-data', sealed)) as { token: string },
    }));
  };

  it('are written by staff with lines of the catalogue, at another price with a reason, and of something else', async () => {
    const body = {
      email: undefined,
      customerId: ada.user.id,
      lines: [
        piece(),
        piece({ quantity: 1, unitPrice: eur(1000), priceReason: 'Promised on the phone' }),
        { name: 'Engraving', quantity: 3, unitPrice: eur(250) },
      ],
      shippingTotal: eur(490),
      shippingAddress: ADDRESS,
      language: 'de',
      note: 'As discussed',
      tags: ['phone'],
    };
    const order = await draft(body);
    expect(order).toMatchObject({
      status: 'draft',
      origin: 'staff',
      email: ada.user.email,
      customerId: ada.user.id,
      subtotal: eur(2 * 1999 + 1000 + 750),
      shippingTotal: eur(490),
      total: eur(2 * 1999 + 1000 + 750 + 490),
      language: 'de',
      note: 'As discussed',
      tags: ['phone'],
      expiresAt: null,
      version: 1,
    });
    expect(order.lines).toMatchObject([
      { sku: product.variants[0]!.sku, unitPrice: eur(1999), priceReason: null },
      { unitPrice: eur(1000), priceReason: 'Promised on the phone' },
      { variantId: null, sku: 'CUSTOM', name: 'Engraving', total: eur(750) },
    ]);
    expect(await reserved()).toBe(0);
  });

  it('do not exist for their customer, who sees them neither singly nor in the list, nor in their history', async () => {
    const { id } = await draft({ customerId: ada.user.id, email: undefined });
    for (const path of [`/orders/${id}`, `/orders/${id}/history`, `/orders/${id}/notes`])
      expect((await app.get(path, { token: ada.token })).statusCode).toBe(404);
    expect((await app.get('/orders?limit=100', { token: ada.token })).body).not.toContain(id);
    expect((await app.get('/orders?status=draft&limit=100', { token: staff.token })).body).toContain(id);
    expect((await app.post(`/orders/${id}/cancel`, {}, { token: ada.token })).statusCode).toBe(404);
    const pay = { provider: 'fake', token: 'tok_success' };
    expect((await app.post(`/orders/${id}/payments`, pay, { key: true, token: ada.token })).statusCode).toBe(404);
    expect((await app.post(`/orders/${id}/payments`, pay, { key: true, token: staff.token })).statusCode).toBe(409);
  });

  it('are changed: lines are replaced and priced anew, members that are left out stay, null removes', async () => {
    const order = await draft({ shippingAddress: ADDRESS, language: 'de', shippingTotal: eur(100) });
    const changed = await patch(order.id, {
      lines: [{ name: 'Engraving', sku: 'ENG', quantity: 1, unitPrice: eur(250) }],
      language: null,
      tags: ['x'],
    });
    expect(changed.json()).toMatchObject({
      lines: [{ sku: 'ENG' }],
      total: eur(350),
      language: null,
      tags: ['x'],
      shippingAddress: ADDRESS,
      version: 2,
    });
    expect(
      (await patch(order.id, { shippingTotal: eur(0), shippingAddress: null, customerId: ada.user.id })).json(),
    ).toMatchObject({
      total: eur(250),
      shippingAddress: null,
      customerId: ada.user.id,
      email: ada.user.email,
    });
    expect((await patch(order.id, {})).json()).toMatchObject({ version: 3 });
    expect(await typesOf(order.id)).toEqual(['order.drafted', 'order.updated', 'order.updated']);
  });

  it('lets one of 20 simultaneous changes of one version through; the others get 412', async () => {
    const { id } = await draft();
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        patch(id, { lines: [{ name: `n${index}`, quantity: 1, unitPrice: eur(index) }] }, { 'if-match': '"1"' }),
      ),
    );
    expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
  });

  it('become orders that wait for payment: stock is held, totals stand, and the link of the mail pays without signing in', async () => {
    const order = await draft({ customerId: ada.user.id, email: undefined, language: 'de' });
    const sent = await send(order.id);
    expect([sent.body, sent.statusCode]).toEqual([sent.body, 200]);
    const { expiresAt, placedAt } = sent.json<OrderStaffDetailResponseDto>();
    expect(sent.json()).toMatchObject({
      status: 'pending_payment',
      total: order.total,
      number: order.number,
      version: 2,
    });
    expect(Date.parse(expiresAt!) - Date.parse(placedAt)).toBe(604_800_000);
    expect(await reserved()).toBe(2);
    expect(await typesOf(order.id)).toEqual(['order.drafted', 'order.sent']);
    const [mail] = await offers(order.id);
    expect(mail).toMatchObject({ template: 'order-payable', recipient: ada.user.email, locale: 'de' });
    const headers = { 'x-order-token': mail!.data.token };
    const seen = await app.get(`/orders/${order.id}`, { headers });
    expect(seen.json()).toMatchObject({ id: order.id, status: 'pending_payment' });
    expect(seen.body).not.toMatch(/priceReason|"tags"/);
    const pay = { provider: 'fake', token: 'tok_success' };
    const paid = await app.post(`/orders/${order.id}/payments`, pay, { key: true, headers });
    expect(paid.json()).toMatchObject({ status: 'captured', amount: order.total });
    expect((await app.get(`/payments/${paid.json<{ id: string }>().id}`, { headers })).statusCode).toBe(200);
    expect((await app.get(`/orders/${order.id}`, { token: ada.token })).json()).toMatchObject({ status: 'confirmed' });
  });

  it('are sent once by 20 requests: one reservation, one mail, one entry; the others get 409', async () => {
    const { id } = await draft({ lines: [piece({ quantity: 3 })] });
    const responses = await Promise.all(Array.from({ length: 20 }, () => send(id)));
    expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(409)]);
    expect(responses.find(({ statusCode }) => statusCode === 409)!.json()).toMatchObject({
      code: 'order.invalid_transition',
      allowed: ['confirmed', 'cancelled'],
    });
    expect(await reserved()).toBe(3);
    expect(await offers(id)).toHaveLength(1);
    expect(await typesOf(id)).toEqual(['order.drafted', 'order.sent']);
  });

  it('sell 10 pieces once, however many drafts of them are sent at the same moment', async () => {
    const ids = await Promise.all(
      Array.from({ length: 20 }, async () => (await draft({ lines: [piece({ quantity: 1 })] })).id),
    );
    const responses = await Promise.all(ids.map((id) => send(id)));
    expect(responses.filter(({ statusCode }) => statusCode === 200)).toHaveLength(10);
    const refused = responses.find(({ statusCode }) => statusCode !== 200)!;
    expect(refused.json()).toMatchObject({ status: 409, code: 'product.insufficient_stock' });
    const drafts = await app.database.query(`SELECT id FROM orders WHERE status = 'draft' AND id = ANY ($1)`, [ids]);
    expect(drafts).toHaveLength(10);
  });

  it('hold the stock until when staff say, and not for longer than 90 days', async () => {
    const { id } = await draft();
    for (const expiresAt of ['2020-01-01T00:00:00Z', '2999-01-01T00:00:00Z', 'tomorrow'])
      expect((await send(id, { expiresAt })).json()).toMatchObject({
        status: 400,
        errors: [{ pointer: '/expiresAt' }],
      });
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    expect((await send(id, { expiresAt })).json()).toMatchObject({ expiresAt });
  });

  it('are confirmed at once when nothing is due, without a link to pay', async () => {
    const { id } = await draft({ lines: [piece({ unitPrice: eur(0), priceReason: 'A present' })] });
    expect((await send(id)).json()).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', version: 3 });
    expect(await offers(id)).toHaveLength(0);
    expect(await reserved()).toBe(2);
  });

  it('are thrown away with their history, which of every other order stays', async () => {
    const { id } = await draft();
    await app.post(`/orders/${id}/notes`, { text: 'Call back' }, { token: staff.token });
    const remove = (headers = {}) => app.delete(`/orders/${id}/draft`, { token: staff.token, headers });
    expect((await remove({ 'if-match': '"7"' })).statusCode).toBe(412);
    expect((await remove()).statusCode).toBe(204);
    expect((await app.get(`/orders/${id}`, { token: staff.token })).statusCode).toBe(404);
    expect((await remove()).statusCode).toBe(404);
    const events = await app.database.query(
      `SELECT type, aggregate_version AS version FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version`,
      [id],
    );
    expect(events).toEqual([
      { type: 'order.drafted', version: 1 },
      { type: 'order.draft_deleted', version: 2 },
    ]);
    const placed = await createOrder(app);
    await expect(app.database.execute(`DELETE FROM order_history WHERE order_id = $1`, [placed.id])).rejects.toThrow();
  });

  it('are no draft any more once sent or when placed by a shopper (409)', async () => {
    const { id } = await draft();
    await send(id);
    for (const known of [id, (await createOrder(app)).id]) {
      expect((await patch(known, { tags: [] })).json()).toMatchObject({ status: 409, code: 'order.not_draft' });
      const removed = await app.delete(`/orders/${known}/draft`, { token: staff.token });
      expect(removed.json()).toMatchObject({ status: 409, code: 'order.not_draft' });
    }
  });

  it('are for staff with orders:write', async () => {
    const { id } = await draft();
    const reader = await createStaff(app, ['orders:read']);
    for (const { token } of [ada, reader]) {
      expect((await post({ lines: [piece()], email: 'a@example.com' }, token)).statusCode).toBe(403);
      expect((await app.patch(`/orders/${id}/draft`, {}, { token })).statusCode).toBe(403);
      expect((await app.delete(`/orders/${id}/draft`, { token })).statusCode).toBe(403);
      expect((await app.post(`/orders/${id}/send`, {}, { token })).statusCode).toBe(403);
    }
  });

  it.each<[string, object, number, string]>([
    ['no lines', { lines: [] }, 400, '/lines'],
    ['a custom line without a price', { lines: [{ name: 'x', quantity: 1 }] }, 400, '/lines/0/unitPrice'],
    ['a custom line without a name', { lines: [{ quantity: 1, unitPrice: eur(1) }] }, 400, '/lines/0/name'],
    ['a negative price', { lines: [{ name: 'x', quantity: 1, unitPrice: eur(-1) }] }, 400, '/lines/0/unitPrice/amount'],
    [
      'another currency',
      { lines: [{ name: 'x', quantity: 1, unitPrice: { amount: 1, currency: 'USD' } }] },
      400,
      '/lines/0/unitPrice/currency',
    ],
    ['shipping in another currency', { shippingTotal: { amount: 1, currency: 'USD' } }, 400, '/shippingTotal/currency'],
    ['no pieces', { lines: [{ name: 'x', quantity: 0, unitPrice: eur(1) }] }, 400, '/lines/0/quantity'],
    ['neither customer nor address', { email: undefined }, 400, '/email'],
    ['a status', { status: 'confirmed' }, 400, '/status'],
    ['an unknown customer', { customerId: NEVER }, 422, '/customerId'],
    ['an unknown series', { numberPrefix: 'NONE-' }, 422, '/numberPrefix'],
    ['a prefix that is none', { numberPrefix: 'x' }, 400, '/numberPrefix'],
    ['an unknown variant', { lines: [{ variantId: NEVER, quantity: 1 }] }, 422, '/lines/0/variantId'],
  ])('are refused with %s', async (_, body, status, pointer) => {
    const response = await post({ lines: [piece()], email: 'a@example.com', ...body });
    expect(response.json()).toMatchObject({ status });
    expect(response.json<{ errors: { pointer: string }[] }>().errors.map((error) => error.pointer)).toContain(pointer);
  });

  it('need a reason for a price that is not that of the catalogue, and a total that can be counted', async () => {
    const email = 'a@example.com';
    expect((await post({ email, lines: [piece({ unitPrice: eur(1) })] })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/lines/0/priceReason', code: 'required' }],
    });
    const lines = [{ name: 'x', quantity: 2, unitPrice: eur(Number.MAX_SAFE_INTEGER) }];
    expect((await post({ email, lines })).json()).toMatchObject({ status: 422, code: 'order.total_too_large' });
  });

  it('have a built-in page to be paid on, which takes the token from behind # alone', async () => {
    const page = await app.get(`//account/pay-order?order=${NEVER}`);
    expect([page.statusCode, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.body).not.toContain(NEVER);
    const script = await app.get('//account/order.js');
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.body).toContain('location.hash');
  });

  describe('order numbers', () => {
    const numbers = () => app.app.get(OrderNumbersRepository);
    let prefix: string;
    beforeAll(async () => {
      prefix = `T${Date.now().toString(36).toUpperCase().replace(/\d/g, 'X').slice(-6)}-`;
      await numbers().add(prefix, 500);
    });
    afterEach(() => {
      numbers().current = null;
    });

    it('come of the series that a draft names, each counted by a sequence of its own', async () => {
      expect((await draft({ numberPrefix: prefix })).number).toBe(`${prefix}500`);
      expect((await draft()).number).toMatch(/^\d+$/);
      expect((await draft({ numberPrefix: prefix })).number).toBe(`${prefix}501`);
      const found = await app.get(`/orders?number=${prefix}501`, { token: staff.token });
      expect(found.json<{ data: unknown[] }>().data).toHaveLength(1);
    });

    it('are of the series of the shop for 40 shoppers at once, and each other than the rest', async () => {
      numbers().current = await numbers().find(prefix);
      const { id } = (await createProduct(app, { stock: 40 })).variants[0]!;
      const orders = await Promise.all(
        Array.from({ length: 40 }, () => createOrder(app, { lines: [{ variantId: id, quantity: 1 }] })),
      );
      expect(new Set(orders.map(({ number }) => number)).size).toBe(40);
      for (const { number } of orders) expect(number).toMatch(new RegExp(`^${prefix}\\d+$`));
    });

    it('let nobody wait: a number is drawn while another order that drew one is still open', async () => {
      const drawn = await app.database.run(async () => {
        await app.database.query(`SELECT nextval($1::text::regclass)`, [(await numbers().find(prefix))!.sequenceName]);
        return (await draft({ numberPrefix: prefix })).number;
      });
      expect(drawn).toMatch(new RegExp(`^${prefix}\\d+$`));
    });

    it('refuses a prefix that is taken, or that would make numbers of two series alike', async () => {
      await expect(numbers().add(prefix, 1)).rejects.toThrow('already');
      for (const bad of ['', 'B2', 'b2b-', '-B', '1A-', 'A_B-', "A'-", 'ABCDEFGHIJKLM'])
        await expect(numbers().add(bad, 1)).rejects.toThrow('is no prefix');
    });

    it('stop the start when the series of the setting does not exist', async () => {
      const { database } = app;
      const setting = { ORDER_NUMBER_PREFIX: 'NOBODY-' } as Environment;
      const starting = new OrderNumbersRepository(setting, database, database.manager.getRepository(OrderNumberSeries));
      await expect(starting.onModuleInit()).rejects.toThrow('npm run order-numbers -- add NOBODY-');
    });
  });
});

import type { OrderPageResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct, type TestProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

describe('GET /orders', () => {
  let app: TestApp;
  let ada: SignedInUser;
  let bob: SignedInUser;
  let staff: SignedInUser;
  let product: TestProduct;
  let orders: PlacedOrderResponseDto[];
  const place = (user: SignedInUser, quantity: number) =>
    createOrder(app, { token: user.token, lines: [{ variantId: product.variants[0]!.id, quantity }] });

  beforeAll(async () => {
    app = await TestApp.start();
    [ada, bob, staff] = await Promise.all([createUser(app), createUser(app), createStaff(app, ['orders:read'])]);
    product = await createProduct(app, { stock: 1000 });
    orders = [];
    for (const quantity of [3, 1, 2, 1, 5]) orders.push(await place(ada, quantity));
    await place(bob, 4);
    await app.post(
      `/orders/${orders[0]!.id}/payments`,
      { provider: 'fake', token: 'tok_success' },
      { key: true, token: ada.token },
    );
    await app.post(`/orders/${orders[1]!.id}/cancel`, {}, { token: ada.token });
  });
  afterAll(() => app.close());

  const list = async (query: string, user: SignedInUser = ada) => {
    const response = await app.get(`/orders?${query}`, { token: user.token });
    expect([query, response.statusCode]).toEqual([query, 200]);
    return response.json<OrderPageResponseDto>();
  };
  const numbers = (page: OrderPageResponseDto) => page.data.map(({ number }) => number);
  const numbersOf = (...indices: number[]) => indices.map((index) => orders[index]!.number);

  it('lists own orders, newest first, with their lines', async () => {
    const page = await list('');
    expect(numbers(page)).toEqual(numbersOf(4, 3, 2, 1, 0));
    expect(page.nextCursor).toBeNull();
    const { payments: _, due: __, ...latest } = orders[4]!;
    expect(page.data[0]).toEqual(latest);
  });

  it('asks for a sign-in (401)', async () => {
    expect((await app.get('/orders')).statusCode).toBe(401);
  });

  it('walks all pages by cursor and Link, each order once, also where sort values are equal', async () => {
    for (const sort of ['-placedAt', 'placedAt', '-total', 'total']) {
      const seen: string[] = [];
      let url = `/orders?limit=2&sort=${sort}`;
      for (;;) {
        const response = await app.get(url, { token: ada.token });
        const page = response.json<OrderPageResponseDto>();
        seen.push(...numbers(page));
        if (page.nextCursor === null) break;
        const link = /<\/api\/v1([^>]+)>; rel="next"/.exec(String(response.headers.link));
        expect(link![1]).toBe(`/orders?limit=2&sort=${sort}&cursor=${page.nextCursor}`);
        url = link![1]!;
      }
      expect([...seen].sort()).toEqual(numbersOf(0, 1, 2, 3, 4).sort());
    }
    expect(numbers(await list('sort=-total'))).toEqual(numbersOf(4, 0, 2, 3, 1));
  });

  it.each<[string, number[]]>([
    ['status=confirmed', [0]],
    ['status=cancelled,confirmed', [1, 0]],
    ['paymentStatus=paid', [0]],
    ['paymentStatus=unpaid&status=pending_payment', [4, 3, 2]],
    ['fulfilmentStatus=unfulfilled&total[gt]=3998', [4, 0]],
    ['total[gte]=3998&total[lte]=5997', [2, 0]],
    ['total[lt]=1999', []],
    ['placedAt[gte]=2020-01-01T00:00:00Z&placedAt[lt]=2021-01-01T00:00:00Z', []],
  ])('narrows the list to ?%s', async (query, expected) => {
    expect(numbers(await list(query))).toEqual(numbersOf(...expected));
  });

  it('finds by number, by exact moment, and counts when asked', async () => {
    expect(numbers(await list(`number=${orders[2]!.number}`))).toEqual(numbersOf(2));
    expect(numbers(await list(`placedAt[gte]=${orders[2]!.placedAt}&placedAt[lte]=${orders[2]!.placedAt}`))).toContain(
      orders[2]!.number,
    );
    expect(await list('limit=2&count=exact')).toMatchObject({ total: 5 });
    expect(await list('limit=2')).not.toHaveProperty('total');
  });

  it("shows customers nobody else's orders, whatever they filter by, not even in the count (AC-8)", async () => {
    for (const query of [
      `customer=${ada.user.id}`,
      `q=${encodeURIComponent(ada.user.email)}`,
      `number=${orders[0]!.number}`,
    ]) {
      expect(await list(`${query}&count=exact`, bob)).toMatchObject({ data: [], total: 0 });
    }
  });

  it('refuses a cursor of another reader, of another order or of other filters with 400 (AC-8)', async () => {
    const { nextCursor } = await list('limit=2');
    const attempts: [string, SignedInUser][] = [
      [`limit=2&cursor=${nextCursor}`, bob],
      [`limit=2&cursor=${nextCursor}`, staff],
      [`limit=2&sort=total&cursor=${nextCursor}`, ada],
      [`limit=2&status=confirmed&cursor=${nextCursor}`, ada],
      ['cursor=garbage', ada],
    ];
    for (const [query, user] of attempts) {
      const response = await app.get(`/orders?${query}`, { token: user.token });
      expect(response.json()).toMatchObject({ status: 400, errors: [{ pointer: '?cursor' }] });
    }
    expect((await app.get(`/orders?limit=1&cursor=${nextCursor}`, { token: ada.token })).statusCode).toBe(200);
  });

  it("lists everyone's orders to staff, by customer, number, beginning of the e-mail address or of a SKU", async () => {
    const sku = product.variants[0]!.sku;
    expect(numbers(await list(`customer=${ada.user.id}`, staff))).toEqual(numbersOf(4, 3, 2, 1, 0));
    expect(numbers(await list(`q=${ada.user.email.slice(0, -4).toUpperCase()}`, staff))).toEqual(
      numbersOf(4, 3, 2, 1, 0),
    );
    expect(numbers(await list(`q=${orders[3]!.number}`, staff))).toEqual(numbersOf(3));
    expect((await list(`q=${sku}&limit=100`, staff)).data).toHaveLength(6);
  });

  it.each(['%', '_', '\\', "'", '%25%', 'ada_%'])('takes %p in a search literally (IN-3)', async (q) => {
    expect((await list(`q=${encodeURIComponent(q)}`, staff)).data).toEqual([]);
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=abc',
    'sort=email',
    'sort=passwordHash',
    'status=paid',
    'status=',
    'status=confirmed&status=cancelled',
    'unknown=1',
    'customer=1',
    'number=-1',
    'number=99999999999999999999',
    'q=',
    'total[gt]=1.5',
    'total[gt]=99999999999999999999',
    'total=5',
    'placedAt[gte]=yesterday',
    'placedAt[gte]=2026-02-30',
    'placedAt[gte]=2026-W05',
    'placedAt[gte]=2026-033',
    'placedAt[foo]=1',
    'placedAt[gte]=2026-01-01T00:00:00Z&placedAt[gte]=2026-01-01T00:00:00Z',
    'fields=customerId',
    'expand=passwordHash',
    'expand=customer,lines',
    'expand=',
    'tag=',
    'tag=a%00b',
    'origin=nobody',
    'currency=eur',
    'number=b2b-1001',
    'number=-1001',
    'count=yes',
  ])('refuses ?%s with 400 (IN-6)', async (query) => {
    expect((await app.get(`/orders?${query}`, { token: staff.token })).json()).toMatchObject({
      status: 400,
      code: 'request.invalid',
    });
  });

  it('reads a page in two statements, however many orders and lines it has', async () => {
    const { statements } = await countStatements(() => app.get('/orders?limit=100', { token: staff.token }));
    expect(statements.filter((statement) => /\b(orders|order_lines|payments)\b/.test(statement))).toHaveLength(2);
  });

  describe('expand', () => {
    const parts = 'lines.variant,customer,payments';

    it('reads along what the catalogue and the account say, and what is paid, in a statement each', async () => {
      await createOrder(app, { lines: [{ variantId: product.variants[0]!.id, quantity: 1 }] });
      const { statements } = await countStatements(async () => {
        const { data } = await list(`expand=${parts}&limit=100`, staff);
        const [guests, own] = [data[0]!, data.find(({ id }) => id === orders[0]!.id)!];
        expect(guests.customer).toBeNull();
        expect(own.customer).toEqual({ id: ada.user.id, email: ada.user.email, name: ada.user.name ?? null });
        expect(own.payments).toMatchObject([{ provider: 'fake', status: 'captured' }]);
        expect(own.lines[0]!.variant).toMatchObject({
          sku: product.variants[0]!.sku,
          productId: product.id,
          isSold: true,
        });
      });
      const read = (table: string) => statements.filter((text) => new RegExp(`(FROM|JOIN) "?${table}\\b`).test(text));
      expect(['orders', 'order_lines', 'payments', 'variants'].map((table) => read(table).length)).toEqual([
        1, 1, 1, 1,
      ]);
    });

    it('gives customers their own account and payments, and of one order the same as of many', async () => {
      const [first] = (await list(`number=${orders[0]!.number}&expand=${parts}`)).data;
      expect(first!.customer).toMatchObject({ id: ada.user.id });
      const one = await app.get(`/orders/${orders[0]!.id}?expand=${parts}`, { token: ada.token });
      expect(one.json()).toEqual(first);
      expect((await app.get(`/orders/${orders[0]!.id}?expand=tags`, { token: ada.token })).statusCode).toBe(400);
      expect((await app.get(`/orders/${orders[0]!.id}?expand=customer`, { token: bob.token })).statusCode).toBe(404);
    });

    it('is left out where it was not asked for', async () => {
      const [order] = (await list('limit=1')).data;
      for (const member of ['customer', 'payments']) expect(order).not.toHaveProperty(member);
      expect(order!.lines[0]).not.toHaveProperty('variant');
    });
  });

  describe('tags', () => {
    const tag = (id: string, tags: unknown, token = writer.token) => app.patch(`/orders/${id}`, { tags }, { token });
    let writer: SignedInUser;
    beforeAll(async () => {
      writer = await createStaff(app);
    });

    it('are set and searched by staff, shown to staff alone, and change also on an order that is over', async () => {
      const word = `T ${orders[1]!.number}`;
      const tagged = await tag(orders[1]!.id, [word, 'gift']);
      expect(tagged.json()).toMatchObject({ status: 'cancelled', tags: [word, 'gift'], origin: 'shop', version: 3 });
      expect((await tag(orders[1]!.id, [word, 'gift'])).json()).toMatchObject({ version: 3 });
      expect(numbers(await list(`tag=${encodeURIComponent(word)}`, staff))).toEqual(numbersOf(1));
      expect(numbers(await list(`tag=nothing,${encodeURIComponent(word)}`, staff))).toEqual(numbersOf(1));
      for (const path of [`/orders/${orders[1]!.id}`, `/orders?number=${orders[1]!.number}`]) {
        expect((await app.get(path, { token: ada.token })).body).not.toMatch(/"(tags|origin|priceReason)"/);
        expect((await app.get(path, { token: staff.token })).body).toContain(word);
      }
      expect((await tag(orders[1]!.id, [])).json()).toMatchObject({ tags: [] });
    });

    it('are not for customers: neither to set nor to ask for (403)', async () => {
      const guest = await createOrder(app);
      for (const response of [
        await tag(orders[2]!.id, ['mine'], ada.token),
        await app.patch(`/orders/${guest.id}`, { tags: ['mine'] }, guestOf(guest)),
        await app.get('/orders?tag=gift', { token: ada.token }),
      ]) {
        expect(response.json()).toMatchObject({ status: 403, code: 'auth.insufficient_scope' });
      }
    });

    it.each([
      ['x'],
      [null],
      [['']],
      [['a,b']],
      [[' a']],
      [['x'.repeat(41)]],
      [['a', 'a']],
      [[5]],
      [Array.from({ length: 21 }, (_, index) => `t${index}`)],
    ])('refuses the tags %j with 400', async (tags) => {
      expect((await tag(orders[2]!.id, tags)).json()).toMatchObject({ status: 400, code: 'request.invalid' });
    });
  });

  it('finds staff the orders to or for somebody by words of the name, whatever their case', async () => {
    const shippingAddress = {
      name: 'Grace Brewster Höpper',
      line1: '1 Main Street',
      city: 'Bonn',
      postalCode: '53111',
      countryCode: 'DE',
    };
    const billingAddress = { ...shippingAddress, name: 'Accounts', company: `Cobol${orders[0]!.number} Ltd` };
    const { number } = await createOrder(app, { shippingAddress, billingAddress });
    for (const q of ['höpper', 'HÖPPER grace', 'brew', `cobol${orders[0]!.number}`]) {
      expect(numbers(await list(`q=${encodeURIComponent(q)}&limit=100`, staff))).toContain(number);
    }
    expect(numbers(await list('q=grace%20nobody', staff))).not.toContain(number);
  });

  it('narrows by origin and currency', async () => {
    const query = `q=${encodeURIComponent(ada.user.email)}`;
    expect((await list(`${query}&origin=shop,staff&currency=EUR,USD`, staff)).data.length).toBeGreaterThan(4);
    expect((await list(`${query}&origin=import,staff`, staff)).data).toEqual([]);
    expect((await list(`${query}&currency=USD`, staff)).data).toEqual([]);
  });

  it('keeps the walk steady while orders are placed: what was there comes once', async () => {
    const first = await list('limit=3');
    await place(ada, 1);
    const second = await list(`limit=3&cursor=${first.nextCursor}`);
    expect([...numbers(first), ...numbers(second)]).toEqual(numbersOf(4, 3, 2, 1, 0));
  });

  it('shows the history of an order to its guest, without telling who among the staff acted', async () => {
    const order = await createOrder(app);
    const { token } = await createStaff(app, ['orders:write']);
    await app.post(`/orders/${order.id}/cancel`, { reason: 'Out of season' }, { token });
    const response = await app.get(`/orders/${order.id}/history`, guestOf(order));
    expect(response.json()).toEqual({
      data: [
        {
          version: 1,
          type: 'order.placed',
          fromStatus: null,
          toStatus: 'pending_payment',
          actorKind: 'customer',
          reason: null,
          occurredAt: order.placedAt,
        },
        {
          version: 2,
          type: 'order.cancelled',
          fromStatus: 'pending_payment',
          toStatus: 'cancelled',
          actorKind: 'staff',
          reason: 'Out of season',
          occurredAt: expect.any(String),
        },
      ],
      nextCursor: null,
    });
  });
});

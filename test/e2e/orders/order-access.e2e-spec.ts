import type { PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import type { TestRequest } from '../../support/test-app.js';
import { TestApp } from '../../support/test-app.js';

const NEVER = '01970000-0000-7000-8000-00000000dead';

describe('who may touch an order', () => {
  let app: TestApp;
  let owner: SignedInUser;
  let stranger: SignedInUser;
  let order: PlacedOrderResponseDto;
  let guestOrder: PlacedOrderResponseDto;
  let paymentId: string;
  let guestPaymentId: string;

  beforeAll(async () => {
    app = await TestApp.start();
    [owner, stranger] = await Promise.all([createUser(app), createUser(app)]);
    [order, guestOrder] = await Promise.all([createOrder(app, { token: owner.token }), createOrder(app)]);
    const declined = { provider: 'fake', token: 'tok_decline' };
    paymentId = (await app.post(`/orders/${order.id}/payments`, declined, { key: true, token: owner.token })).json<{
      id: string;
    }>().id;
    guestPaymentId = (
      await app.post(`/orders/${guestOrder.id}/payments`, declined, { key: true, ...guestOf(guestOrder) })
    ).json<{ id: string }>().id;
  });
  afterAll(() => app.close());

  interface Operation {
    name: string;
    send: (id: string, paymentId: string, request: TestRequest) => ReturnType<TestApp['get']>;
    code: string;
  }
  const operations: Operation[] = [
    { name: 'GET /orders/{id}', code: 'order.not_found', send: (id, _, request) => app.get(`/orders/${id}`, request) },
    {
      name: 'GET /orders/{id}/history',
      code: 'order.not_found',
      send: (id, _, request) => app.get(`/orders/${id}/history`, request),
    },
    {
      name: 'PATCH /orders/{id}',
      code: 'order.not_found',
      send: (id, _, request) => app.patch(`/orders/${id}`, { email: 'x@example.com' }, request),
    },
    {
      name: 'POST /orders/{id}/cancel',
      code: 'order.not_found',
      send: (id, _, request) => app.post(`/orders/${id}/cancel`, {}, request),
    },
    {
      name: 'POST /orders/{id}/payments',
      code: 'order.not_found',
      send: (id, _, request) =>
        app.post(`/orders/${id}/payments`, { provider: 'fake', token: 'tok_success' }, { key: true, ...request }),
    },
    {
      name: 'GET /payments/{id}',
      code: 'payment.not_found',
      send: (_, payment, request) => app.get(`/payments/${payment}`, request),
    },
  ];
  const withoutIds = (body: string) => body.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…');

  it.each(operations)(
    '$name answers strangers exactly as for an order that never was: 404 (AC-1)',
    async ({ send, code }) => {
      const before = await app.database.query(`SELECT * FROM orders WHERE id = ANY($1) ORDER BY id`, [
        [order.id, guestOrder.id],
      ]);
      const strangers: TestRequest[] = [
        {},
        { token: stranger.token },
        { headers: { 'x-order-token': guestOrder.orderToken!.replace(/.$/, (last) => (last === 'A' ? 'E' : 'A')) } },
        { headers: { 'x-order-token': 'sho_' } },
        { headers: { 'x-order-token': '' } },
        guestOf(await createOrder(app)),
      ];
      for (const request of strangers) {
        const never = await send(NEVER, NEVER, request);
        expect(never.json()).toMatchObject({ status: 404, code });
        for (const [id, payment] of [
          [order.id, paymentId],
          [guestOrder.id, guestPaymentId],
        ] as const) {
          expect(withoutIds((await send(id, payment, request)).body)).toBe(withoutIds(never.body));
        }
      }
      // The token of a guest's order opens nothing of a customer's.
      expect((await send(order.id, paymentId, guestOf(guestOrder))).statusCode).toBe(404);
      expect(
        await app.database.query(`SELECT * FROM orders WHERE id = ANY($1) ORDER BY id`, [[order.id, guestOrder.id]]),
      ).toEqual(before);
    },
  );

  it.each(operations.filter(({ name }) => name.startsWith('GET')))(
    '$name answers owners, guests with their token, and staff with orders:read',
    async ({ send }) => {
      const staff = await createStaff(app, ['orders:read']);
      expect((await send(order.id, paymentId, { token: owner.token })).statusCode).toBe(200);
      expect((await send(guestOrder.id, guestPaymentId, guestOf(guestOrder))).statusCode).toBe(200);
      expect((await send(order.id, paymentId, { token: staff.token })).statusCode).toBe(200);
      expect((await send(guestOrder.id, guestPaymentId, { token: staff.token })).statusCode).toBe(200);
    },
  );

  it('lets staff who may only read neither change nor cancel nor pay (404)', async () => {
    const { token } = await createStaff(app, ['orders:read']);
    for (const { send } of operations.filter(({ name }) => !name.startsWith('GET'))) {
      expect((await send(order.id, paymentId, { token })).statusCode).toBe(404);
    }
  });

  it.each(['capture', 'void'])('POST /payments/{id}/%s is for payments:capture alone: 401, 403', async (action) => {
    const send = (request: TestRequest) =>
      app.post(`/payments/${paymentId}/${action}`, undefined, { key: true, ...request });
    const support = await createStaff(app, ['orders:read', 'orders:write', 'payments:refund']);
    expect((await send({})).statusCode).toBe(401);
    expect((await send({ token: owner.token })).statusCode).toBe(403);
    expect((await send({ token: support.token })).statusCode).toBe(403);
  });

  it.each(['/orders/not-an-id', '/orders/1', '/payments/1', '/orders/%27/history'])(
    'refuses GET %s with 400',
    async (path) => {
      expect((await app.get(path, { token: owner.token })).json()).toMatchObject({
        status: 400,
        code: 'request.invalid',
      });
    },
  );

  it('tells apart two callers who send the same key (ID-5)', async () => {
    const [mine, theirs] = await Promise.all([
      createOrder(app, { token: owner.token }),
      createOrder(app, { token: stranger.token }),
    ]);
    const pay = (id: string, token: string) =>
      app.post(`/orders/${id}/payments`, { provider: 'fake', token: 'tok_success' }, { key: 'shared', token });
    expect((await pay(mine.id, owner.token)).json()).toMatchObject({ orderId: mine.id });
    expect((await pay(theirs.id, stranger.token)).json()).toMatchObject({ orderId: theirs.id });
  });

  it('does not put the token of a guest into the database, the events or the keys', async () => {
    const token = guestOrder.orderToken!;
    const tables = ['orders', 'order_lines', 'order_history', 'outbox_events', 'idempotency_keys', 'payments'];
    for (const table of tables) {
      const rows = await app.database.query(`SELECT 1 FROM ${table} t WHERE t::text LIKE $1`, [
        `%${token.slice(4, 30)}%`,
      ]);
      expect([table, rows]).toEqual([table, []]);
    }
  });
});

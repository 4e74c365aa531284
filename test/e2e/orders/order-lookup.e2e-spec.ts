import type { OrderLookupResponseDto } from '../../../src/orders/lookup/order-lookup.dto.js';
import { createOrder } from '../../factories/order.factory.js';
import { createUser, unique } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

describe('POST /orders/lookup', () => {
  let app: TestApp;
  /** Without limits, so that whatever has been ordered before does not stand in the way. */
  let shop: TestApp;
  beforeAll(async () => {
    shop = await TestApp.start();
    app = await TestApp.start({ TRUST_PROXY: 'loopback', RATE_LIMIT_SCALE: '1' });
  });
  afterAll(async () => {
    await app.close();
    await shop.close();
  });

  let calls = 0;
  /** Each call from an address of its own, unless told otherwise. */
  const lookUp = (number: string, email: string, address = `203.0.113.${(calls += 1)}`) =>
    app.post('/orders/lookup', { number, email }, { headers: { 'x-forwarded-for': address } });

  it('gives what opens a guest’s order to who knows its number and its address, in any spelling', async () => {
    const order = await createOrder(shop, { email: `Guest-${unique()}@example.com` });
    const found = await lookUp(order.number, order.email.toUpperCase());
    expect([found.statusCode, found.json()]).toEqual([200, { orderId: order.id, orderToken: order.orderToken }]);
    const { orderToken } = found.json<OrderLookupResponseDto>();
    const opened = await app.get(`/orders/${order.id}`, { headers: { 'x-order-token': orderToken } });
    expect(opened.json()).toMatchObject({ id: order.id });
  });

  it('answers alike, by one statement alike, whichever is wrong; and so for an order of an account', async () => {
    const order = await createOrder(shop);
    const ada = await createUser(shop);
    const own = await createOrder(shop, { token: ada.token });
    const bodies = new Set<string>();
    const texts = new Set<string>();
    for (const [number, email] of [
      [order.number, 'somebody@example.com'],
      ['999999999999', order.email],
      [own.number, ada.user.email],
    ] as const) {
      const { statements } = await countStatements(async () => {
        const { requestId: _, ...problem } = (await lookUp(number, email)).json<Record<string, unknown>>();
        expect(problem).toMatchObject({ status: 404, code: 'order.not_found' });
        bodies.add(JSON.stringify(problem));
      });
      texts.add(statements.join(';'));
    }
    expect([bodies.size, texts.size]).toEqual([1, 1]);
  });

  it('lets nobody guess: ten an hour at one number, wherever from, right or wrong', async () => {
    const order = await createOrder(shop);
    const responses = await Promise.all(Array.from({ length: 20 }, () => lookUp(order.number, 'x@example.com')));
    const codes = responses.map(({ statusCode }) => statusCode).sort();
    expect(codes).toEqual([...Array<number>(10).fill(404), ...Array<number>(10).fill(429)]);
    const refused = await lookUp(order.number, order.email);
    expect(refused.json()).toMatchObject({ status: 429, code: 'request.rate_limited' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(600);
  });

  it('lets nobody guess: ten a minute from one address, whatever the number', async () => {
    const responses = await Promise.all(
      Array.from({ length: 15 }, (_, index) => lookUp(`88888${index}`, 'x@example.com', '198.51.100.9')),
    );
    expect(responses.filter(({ statusCode }) => statusCode === 429)).toHaveLength(5);
  });

  it.each([
    [{ number: '1001' }],
    [{ email: 'a@example.com' }],
    [{ number: 1001, email: 'a@example.com' }],
    [{ number: "1' OR 1=1", email: 'a@example.com' }],
    [{ number: '1001', email: 'nobody' }],
    [{ number: '1001', email: 'a@example.com', id: 'x' }],
  ])('refuses the body %j with 400', async (body) => {
    const headers = { 'x-forwarded-for': `203.0.113.${(calls += 1)}` };
    expect((await app.post('/orders/lookup', body, { headers })).statusCode).toBe(400);
  });
});

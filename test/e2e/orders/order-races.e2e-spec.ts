import type { Response } from 'light-my-request';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { OrderExpiryService } from '../../../src/orders/order-expiry.service.js';
import { FakePaymentProvider } from '../../../src/orders/payments/fake.provider.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import { buildOrder, createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

const HOUR_MS = 3_600_000;
/** Enough for both sides of a race to win some. */
const ROUNDS = 12;

describe('orders under concurrency', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
  });
  afterEach(async () => {
    delete app.app.get(FakePaymentProvider).faults.beforeCharge;
    await expectInvariants(app);
  });
  afterAll(() => app.close());

  const pay = (order: PlacedOrderResponseDto, key: true | string = true) =>
    app.post(`/orders/${order.id}/payments`, { provider: 'fake', token: 'tok_success' }, { key, ...guestOf(order) });
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const chargesOf = (order: PlacedOrderResponseDto) =>
    app.database.query(
      `SELECT c.key FROM fake_provider.charges c JOIN payments p ON p.provider_key = c.key WHERE p.order_id = $1 AND c.status = 'captured'`,
      [order.id],
    );
  const codes = (responses: Response[]) => responses.map(({ statusCode }) => statusCode).sort();
  const available = async (variantId: string) =>
    (
      await app.database.query<{ available: number }>(
        `SELECT on_hand - reserved AS available FROM stock WHERE variant_id = $1`,
        [variantId],
      )
    )[0]!.available;

  it('sells 10 pieces to 200 simultaneous buyers: 10 orders, 190 clean 409, nothing left and nothing left behind (S3)', async () => {
    const { variants } = await createProduct(app, { stock: 10 });
    const variantId = variants[0]!.id;
    const responses = await Promise.all(
      Array.from({ length: 200 }, () =>
        app.post('/orders', buildOrder(variantId, { email: 'rush@example.com' }), { key: true }),
      ),
    );
    expect(codes(responses)).toEqual([...Array<number>(10).fill(201), ...Array<number>(190).fill(409)]);
    const refusals = responses
      .filter(({ statusCode }) => statusCode === 409)
      .map((response) => response.json<{ code: string }>().code);
    expect(new Set(refusals)).toEqual(new Set(['product.insufficient_stock']));
    expect(await available(variantId)).toBe(0);
    expect(await app.database.query(`SELECT id FROM orders WHERE email = 'rush@example.com'`)).toHaveLength(10);
    expect(
      await app.database.query(`SELECT order_id FROM reservations WHERE variant_id = $1`, [variantId]),
    ).toHaveLength(10);
  });

  it('lets 60 buyers of the same two variants, asked for in either order, all through without a deadlock', async () => {
    const products = await Promise.all([createProduct(app, { stock: 60 }), createProduct(app, { stock: 60 })]);
    const ids = products.map(({ variants }) => variants[0]!.id);
    const responses = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const lines = (index % 2 === 0 ? ids : [...ids].reverse()).map((variantId) => ({ variantId, quantity: 1 }));
        return app.post('/orders', buildOrder('', { lines }), { key: true });
      }),
    );
    expect(codes(responses)).toEqual(Array<number>(60).fill(201));
    for (const id of ids) expect(await available(id)).toBe(0);
  });

  it.each([
    ['without payment', {}],
    ['with payment', { payment: { provider: 'fake', token: 'tok_success' } }],
  ])('answers 50 simultaneous sends of one key %s alike, with one order (I1)', async (name, extra) => {
    const { variants } = await createProduct(app);
    const body = { ...buildOrder(variants[0]!.id), ...extra };
    const responses = await Promise.all(
      Array.from({ length: 50 }, () => app.post('/orders', body, { key: `fifty-${name.replace(' ', '-')}` })),
    );
    expect(codes(responses)).toEqual(Array<number>(50).fill(201));
    expect(new Set(responses.map(({ body: text }) => text)).size).toBe(1);
    expect(responses.filter(({ headers }) => headers['idempotent-replayed'] === 'true')).toHaveLength(49);
    expect(await app.database.query(`SELECT id FROM orders WHERE email = $1`, [body.email])).toHaveLength(1);
    const order = responses[0]!.json<PlacedOrderResponseDto>();
    expect(await chargesOf(order)).toHaveLength('payment' in extra ? 1 : 0);
    expect(await available(variants[0]!.id)).toBe(99);
  });

  it('charges once when one order is paid by 20 requests with keys of their own; the others get 409', async () => {
    const order = await createOrder(app);
    const responses = await Promise.all(Array.from({ length: 20 }, () => pay(order)));
    expect(codes(responses)).toEqual([201, ...Array<number>(19).fill(409)]);
    const refusals = responses
      .filter(({ statusCode }) => statusCode === 409)
      .map((response) => response.json<{ code: string }>().code);
    for (const code of refusals) expect(['payment.already_open', 'order.invalid_transition']).toContain(code);
    expect(await chargesOf(order)).toHaveLength(1);
    expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
  });

  it('ends a race of cancel and pay in a confirmed order, or in a cancelled one whose money goes back', async () => {
    const ends = new Set<string>();
    for (let round = 0; round < ROUNDS; round++) {
      const order = await createOrder(app);
      const cancel = async () => {
        await new Promise((resolve) => setTimeout(resolve, round));
        return app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
      };
      const [paid, cancelled] = await Promise.all([pay(order), cancel()]);
      expect(cancelled.statusCode).toBe(200);
      expect([201, 409]).toContain(paid.statusCode);
      await app.app.get(PaymentSweepService).sweep();
      const end = await read(order);
      expect(end.status).toBe('cancelled');
      expect(end.paymentStatus).toBe(paid.statusCode === 201 ? 'refunded' : 'unpaid');
      ends.add(end.paymentStatus);
    }
    expect(ends.size).toBeGreaterThan(0);
  });

  it('refunds in full an order that is cancelled while its payment is with the provider', async () => {
    const order = await createOrder(app);
    app.app.get(FakePaymentProvider).faults.beforeCharge = async () => {
      expect((await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order))).statusCode).toBe(200);
    };
    expect((await pay(order)).json()).toMatchObject({ status: 'captured', refundPendingAmount: order.total });
    await expectInvariants(app);
    await app.app.get(PaymentSweepService).sweep();
    expect(await read(order)).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refunded',
      payments: [{ refundedAmount: order.total }],
    });
  });

  it('ends a race of expiry and pay in a confirmed order, or in an expired one that refuses the payment', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const order = await createOrder(app);
      const expire = async () => {
        await new Promise((resolve) => setTimeout(resolve, round));
        return app.app.get(OrderExpiryService).expireDue(new Date(Date.now() + HOUR_MS / 2 + 1000));
      };
      const [paid] = await Promise.all([pay(order), expire()]);
      const end = await read(order);
      if (paid.statusCode === 201)
        expect(end).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', expiresAt: null });
      else expect([end.status, paid.json<{ code: string }>().code]).toEqual(['expired', 'order.invalid_transition']);
    }
  });

  it('cancels once when 20 requests cancel one order; the others get 409', async () => {
    const { variants } = await createProduct(app, { stock: 3 });
    const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 2 }] });
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => app.post(`/orders/${order.id}/cancel`, {}, guestOf(order))),
    );
    expect(codes(responses)).toEqual([200, ...Array<number>(19).fill(409)]);
    expect(await available(variants[0]!.id)).toBe(3);
  });

  it('expires 40 due orders once each, however many workers look for them, and frees their stock', async () => {
    const { variants } = await createProduct(app, { stock: 40 });
    const lines = [{ variantId: variants[0]!.id, quantity: 1 }];
    const orders = await Promise.all(Array.from({ length: 40 }, () => createOrder(app, { lines })));
    expect(await available(variants[0]!.id)).toBe(0);
    await app.database.execute(`UPDATE orders SET expires_at = now() - interval '1 s' WHERE id = ANY($1)`, [
      orders.map(({ id }) => id),
    ]);
    const expiry = app.app.get(OrderExpiryService);
    const counts = await Promise.all(Array.from({ length: 5 }, () => expiry.expireDue()));
    // A worker may find everything held by the others and leave it to the next run.
    counts.push(await expiry.expireDue());
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(40);
    expect(await available(variants[0]!.id)).toBe(40);
    const events = await app.database.query(
      `SELECT id FROM outbox_events WHERE type = 'order.expired' AND aggregate_id = ANY($1)`,
      [orders.map(({ id }) => id)],
    );
    expect(events).toHaveLength(40);
  });
});

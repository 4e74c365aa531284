import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type { PaymentResponseDto } from '../../../src/orders/payments/dto/payment-response.dto.js';
import { buildOrder, createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';
import { unanswered } from '../../support/unanswered.js';

describe('paying an order', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterEach(() => expectInvariants(app));
  afterAll(() => app.close());

  const pay = (order: PlacedOrderResponseDto, token: string, provider = 'fake') =>
    app.post(`/orders/${order.id}/payments`, { provider, token }, { key: true, ...guestOf(order) });
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const eventsOf = async (id: string) =>
    (
      await app.database.query<{ type: string }>(
        `SELECT type FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version, id`,
        [id],
      )
    ).map(({ type }) => type);

  it('confirms the order when the provider takes the whole total, and holds its stock for good', async () => {
    const order = await createOrder(app);
    const response = await pay(order, 'tok_success');
    expect(response.statusCode).toBe(201);
    const payment = response.json<PaymentResponseDto>();
    expect(payment).toMatchObject({
      orderId: order.id,
      provider: 'fake',
      status: 'captured',
      amount: order.total,
      authorisedAmount: order.total,
      capturedAmount: order.total,
      refundedAmount: { amount: 0 },
      failureCode: null,
    });
    expect(response.headers.location).toBe(`/api/v1/payments/${payment.id}`);
    expect((await app.get(`/payments/${payment.id}`, guestOf(order))).json()).toEqual(payment);
    expect(await read(order)).toMatchObject({
      status: 'confirmed',
      paymentStatus: 'paid',
      expiresAt: null,
      confirmedAt: expect.any(String),
      version: 2,
      payments: [payment],
    });
    expect(await eventsOf(order.id)).toEqual(['order.placed', 'order.confirmed']);
    expect(await eventsOf(payment.id)).toEqual(['payment.created', 'payment.captured']);
  });

  it('answers a decline with a failed payment and its code; the order waits, and another attempt confirms it', async () => {
    const order = await createOrder(app);
    const declined = await pay(order, 'tok_decline');
    expect(declined.statusCode).toBe(201);
    expect(declined.json()).toMatchObject({
      status: 'failed',
      failureCode: 'card_declined',
      capturedAmount: { amount: 0 },
    });
    expect(await read(order)).toMatchObject({ status: 'pending_payment', paymentStatus: 'unpaid', version: 1 });
    expect((await pay(order, 'tok_success')).json()).toMatchObject({ status: 'captured' });
    const paid = await read(order);
    expect(paid).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
    expect(paid.payments.map(({ status }) => status)).toEqual(['failed', 'captured']);
  });

  it('leaves the payment processing when the provider does not answer in time', async () => {
    const order = await createOrder(app);
    const response = await unanswered(app, () => pay(order, 'tok_timeout'));
    expect(response.statusCode).toBe(201);
    expect(response.json()).toMatchObject({ status: 'processing' });
    expect(await read(order)).toMatchObject({ status: 'pending_payment', paymentStatus: 'processing' });
    const again = await pay(order, 'tok_success');
    expect(again.json()).toMatchObject({
      status: 409,
      code: 'payment.already_open',
      paymentId: response.json<{ id: string }>().id,
    });
  });

  it.each([['tok_nonsense'], ['toString']])('fails a payment with the unknown token %s', async (token) => {
    expect((await pay(await createOrder(app), token)).json()).toMatchObject({
      status: 'failed',
      failureCode: 'token_unknown',
    });
  });

  it('refuses to pay an order that is paid with 409 order.invalid_transition and what is allowed', async () => {
    const order = await createOrder(app);
    await pay(order, 'tok_success');
    expect((await pay(order, 'tok_success')).json()).toMatchObject({
      status: 409,
      code: 'order.invalid_transition',
      orderStatus: 'confirmed',
      allowed: ['cancelled'],
    });
  });

  it('refuses to pay without Idempotency-Key, and answers a repeated key without paying again', async () => {
    const order = await createOrder(app);
    const bare = await app.post(
      `/orders/${order.id}/payments`,
      { provider: 'fake', token: 'tok_success' },
      guestOf(order),
    );
    expect(bare.json()).toMatchObject({ status: 400, code: 'request.idempotency_key_required' });
    const once = () =>
      app.post(
        `/orders/${order.id}/payments`,
        { provider: 'fake', token: 'tok_success' },
        { key: `pay-${order.id}`, ...guestOf(order) },
      );
    const first = await once();
    const second = await once();
    expect(second.json()).toEqual(first.json());
    expect(second.headers['idempotent-replayed']).toBe('true');
    expect((await read(order)).payments).toHaveLength(1);
  });

  it('keeps the answer of a payment for 30 days, and that of a plain order for one', async () => {
    const days = async (principalKey: string) =>
      (
        await app.database.query<{ days: string }>(
          `SELECT round(extract(epoch FROM expires_at - now()) / 86400) AS days FROM idempotency_keys WHERE key = $1`,
          [principalKey],
        )
      )[0]?.days;
    const { variants } = await createProduct(app);
    const body = buildOrder(variants[0]!.id);
    await app.post('/orders', body, { key: 'days-plain' });
    await app.post('/orders', { ...body, payment: { provider: 'fake', token: 'tok_success' } }, { key: 'days-paid' });
    expect(await days('days-plain')).toBe('1');
    expect(await days('days-paid')).toBe('30');
  });

  describe('in the call that places it', () => {
    const place = async (token: string, overrides = {}, request = {}) => {
      const { variants } = await createProduct(app);
      return app.post(
        '/orders',
        { ...buildOrder(variants[0]!.id), payment: { provider: 'fake', token }, ...overrides },
        { key: true, ...request },
      );
    };

    it('answers with the confirmed order, its payment and the token of the guest', async () => {
      const response = await place('tok_success');
      expect(response.statusCode).toBe(201);
      expect(response.json()).toMatchObject({
        status: 'confirmed',
        paymentStatus: 'paid',
        orderToken: expect.stringMatching(/^sho_/),
        payments: [{ status: 'captured' }],
      });
      expect(response.headers.location).toBe(`/api/v1/orders/${response.json<{ id: string }>().id}`);
    });

    it('answers with the waiting order when the payment is declined or unanswered', async () => {
      expect((await place('tok_decline')).json()).toMatchObject({
        status: 'pending_payment',
        paymentStatus: 'unpaid',
        payments: [{ status: 'failed' }],
      });
      expect((await unanswered(app, () => place('tok_timeout'))).json()).toMatchObject({
        status: 'pending_payment',
        paymentStatus: 'processing',
      });
    });

    it('refuses a shopper who would pay by hand with 403, before anything is placed', async () => {
      const { token } = await createUser(app);
      const refused = await place('', { email: 'by-hand@example.com', payment: { provider: 'manual' } }, { token });
      expect(refused.json()).toMatchObject({ status: 403, code: 'auth.insufficient_scope' });
      expect(await app.database.query(`SELECT id FROM orders WHERE email = 'by-hand@example.com'`)).toEqual([]);
    });
  });

  describe('by hand', () => {
    it('is for staff with payments:capture: authorised at once for the whole amount, which confirms the order', async () => {
      const order = await createOrder(app);
      const { token } = await createStaff(app, ['payments:capture']);
      const response = await app.post(`/orders/${order.id}/payments`, { provider: 'manual' }, { key: true, token });
      expect(response.json()).toMatchObject({
        status: 'authorised',
        authorisedAmount: order.total,
        capturedAmount: { amount: 0 },
      });
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'authorised' });
      const history = (await app.get(`/orders/${order.id}/history`, guestOf(order))).json<{ data: unknown[] }>();
      expect(history.data[1]).toMatchObject({ type: 'order.confirmed', actorKind: 'staff' });

      const { id } = response.json<PaymentResponseDto>();
      const captured = await app.post(`/payments/${id}/capture`, undefined, { key: true, token });
      expect(captured.statusCode).toBe(200);
      expect(captured.json()).toMatchObject({ status: 'captured', capturedAmount: order.total });
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
      expect((await app.post(`/payments/${id}/capture`, undefined, { key: true, token })).json()).toMatchObject({
        status: 409,
        code: 'payment.invalid_transition',
        paymentStatus: 'captured',
        allowed: [],
      });
      expect((await app.post(`/payments/${id}/void`, undefined, { key: true, token })).statusCode).toBe(409);
    });

    it('is refused to guests, customers and other staff with 403, and changes nothing', async () => {
      const owner = await createUser(app);
      const order = await createOrder(app, { token: owner.token });
      const support = await createStaff(app, ['orders:read', 'orders:write']);
      for (const token of [owner.token, support.token, undefined]) {
        const response = await app.post(`/orders/${order.id}/payments`, { provider: 'manual' }, { key: true, token });
        expect(response.json()).toMatchObject({ status: 403, code: 'auth.insufficient_scope' });
      }
      expect(await app.database.query(`SELECT id FROM payments WHERE order_id = $1`, [order.id])).toEqual([]);
    });

    it('can be given up while nothing is captured', async () => {
      const order = await createOrder(app);
      const { token } = await createStaff(app, ['payments:capture']);
      const { id } = (
        await app.post(`/orders/${order.id}/payments`, { provider: 'manual' }, { key: true, token })
      ).json<PaymentResponseDto>();
      expect((await app.post(`/payments/${id}/void`, undefined, { key: true, token })).json()).toMatchObject({
        status: 'voided',
      });
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'unpaid' });
      expect((await app.post(`/payments/${id}/capture`, undefined, { key: true, token })).statusCode).toBe(409);
    });

    it('is captured once by twenty simultaneous requests', async () => {
      const order = await createOrder(app);
      const { token } = await createStaff(app, ['payments:capture']);
      const { id } = (
        await app.post(`/orders/${order.id}/payments`, { provider: 'manual' }, { key: true, token })
      ).json<PaymentResponseDto>();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => app.post(`/payments/${id}/capture`, undefined, { key: true, token })),
      );
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(409)]);
      expect(await eventsOf(id)).toEqual(['payment.created', 'payment.authorised', 'payment.captured']);
    });

    it('is not captured while the order is on hold (O8)', async () => {
      const order = await createOrder(app);
      const { token } = await createStaff(app, ['payments:capture']);
      const { id } = (
        await app.post(`/orders/${order.id}/payments`, { provider: 'manual' }, { key: true, token })
      ).json<PaymentResponseDto>();
      await app.database.execute(`UPDATE orders SET status = 'on_hold' WHERE id = $1`, [order.id]);
      expect((await app.post(`/payments/${id}/capture`, undefined, { key: true, token })).json()).toMatchObject({
        code: 'payment.order_on_hold',
      });
      await app.database.execute(`UPDATE orders SET status = 'confirmed' WHERE id = $1`, [order.id]);
    });

    it('cannot capture or void what another provider has taken', async () => {
      const order = await createOrder(app);
      const { token } = await createStaff(app, ['payments:capture']);
      const { id } = (await pay(order, 'tok_success')).json<PaymentResponseDto>();
      for (const action of ['capture', 'void']) {
        expect((await app.post(`/payments/${id}/${action}`, undefined, { key: true, token })).json()).toMatchObject({
          code: 'payment.invalid_transition',
        });
      }
    });
  });
});

describe('paying in production', () => {
  it('does not offer the fake provider (422), to anyone', async () => {
    const app = await TestApp.start({ NODE_ENV: 'production', HOST: '127.0.0.1', REDIS_FLAVOUR: 'server' });
    try {
      const { variants } = await createProduct(app);
      const place = (payment: object) =>
        app.post('/orders', { ...buildOrder(variants[0]!.id), payment }, { key: true });
      expect((await place({ provider: 'fake', token: 'tok_success' })).json()).toMatchObject({
        status: 422,
        code: 'payment.provider_not_offered',
      });
      const order = await createOrder(app);
      const { token } = await createStaff(app);
      for (const request of [guestOf(order), { token }]) {
        const refused = await app.post(
          `/orders/${order.id}/payments`,
          { provider: 'fake', token: 'tok_success' },
          { key: true, ...request },
        );
        expect(refused.json()).toMatchObject({ status: 422, code: 'payment.provider_not_offered' });
      }
    } finally {
      await app.close();
    }
  });
});

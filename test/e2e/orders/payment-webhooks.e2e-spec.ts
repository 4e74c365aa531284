import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { OrderExpiryService } from '../../../src/orders/order-expiry.service.js';
import type { FakeCharge, FakeStatus } from '../../../src/orders/payments/fake-company.js';
import { FakePaymentProvider } from '../../../src/orders/payments/fake.provider.js';
import type { PaymentResponseDto } from '../../../src/orders/payments/dto/payment-response.dto.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import { PaymentWebhooksRepository } from '../../../src/orders/payments/webhooks/payment-webhooks.repository.js';
import {
  PaymentWebhooksService,
  WebhookEffects,
} from '../../../src/orders/payments/webhooks/payment-webhooks.service.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';
import { unanswered } from '../../support/unanswered.js';

const TWO_HOURS_MS = 7_200_000;
const LATE_MS = 6 * 60_000;

describe('payment webhooks', () => {
  let app: TestApp;
  let fake: FakePaymentProvider;
  let staff: string;
  let network: FakePaymentProvider['company']['send'];
  let delivered: string[] = [];
  beforeAll(async () => {
    app = await TestApp.start();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    fake = app.app.get(FakePaymentProvider);
    network = fake.company.send;
    fake.company.send = async (body, headers) => {
      delivered.push(body);
      return (await send(body, headers)).statusCode;
    };
    ({ token: staff } = await createStaff(app, ['payments:capture', 'payments:refund', 'orders:write']));
  });
  beforeEach(() => {
    delivered = [];
  });
  afterEach(async () => {
    fake.company.tellsAll = false;
    for (const fault of Object.keys(fake.faults)) delete fake.faults[fault as keyof typeof fake.faults];
    await sweep();
    await expectInvariants(app);
  });
  afterAll(async () => {
    fake.company.send = network;
    await app.close();
  });

  const send = (body: string, headers: Readonly<Record<string, string>>, provider = 'fake') =>
    app.send('POST', `/payment-webhooks/${provider}`, { raw: body, headers });
  const sweep = async () => {
    await app.app.get(PaymentWebhooksService).sweep();
    await app.app.get(PaymentSweepService).sweep();
  };
  const pay = async (order: PlacedOrderResponseDto, token: string, body = {}) =>
    (
      await app.post(
        `/orders/${order.id}/payments`,
        { provider: 'fake', token, ...body },
        { key: true, ...guestOf(order) },
      )
    ).json<PaymentResponseDto>();
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const chargeOf = async ({ id }: { id: string }): Promise<FakeCharge> => {
    const [row] = await app.database.query<{ key: string }>(`SELECT provider_key AS key FROM payments WHERE id = $1`, [
      id,
    ]);
    return (await fake.company.find(row!.key))!;
  };
  const decide = async (payment: { id: string }, decision: 'confirmed' | 'refused') =>
    fake.company.decide((await chargeOf(payment)).reference, decision);
  const kept = (eventId: string) =>
    app.database.query<{ id: string; status: string; attempts: number; paymentId: string | null; error: string }>(
      `SELECT id, status, attempts, payment_id AS "paymentId", error FROM payment_webhooks WHERE event_id = $1`,
      [eventId],
    );
  /** A signed event about a charge, as it stood at a version. */
  const eventOf = (charge: FakeCharge, changes: Partial<FakeCharge> = {}, sentAt = new Date()) => {
    const id = `fake_evt_${crypto.randomUUID()}`;
    const body = JSON.stringify({ id, created: sentAt.toISOString(), charge: { ...charge, ...changes } });
    return { id, body, headers: fake.company.sign(id, body, sentAt) };
  };

  describe('a payment that the shopper has to confirm', () => {
    it('tells what is to be done, and confirms the order when the company says that it was', async () => {
      const order = await createOrder(app);
      const payment = await pay(order, 'tok_action');
      expect(payment).toMatchObject({
        status: 'requires_action',
        nextAction: { type: 'redirect', url: expect.stringMatching(/\/dev\/payments\/fake_ch_/) },
      });
      expect(await read(order)).toMatchObject({ status: 'pending_payment', paymentStatus: 'processing' });
      await decide(payment, 'confirmed');
      expect(delivered).toHaveLength(1);
      expect(await read(order)).toMatchObject({
        status: 'confirmed',
        paymentStatus: 'paid',
        payments: [{ status: 'captured', nextAction: null, capturedAmount: order.total }],
      });
    });

    it('fails when the shopper refuses, and the order can be paid again', async () => {
      const order = await createOrder(app);
      await decide(await pay(order, 'tok_action'), 'refused');
      expect(await read(order)).toMatchObject({
        status: 'pending_payment',
        payments: [{ status: 'failed', failureCode: 'action_refused' }],
      });
      expect(await pay(order, 'tok_success')).toMatchObject({ status: 'captured' });
    });

    it('is found by the sweep when its webhook is lost, and given up past the limit of the provider', async () => {
      const [confirmed, idle] = [await createOrder(app), await createOrder(app)];
      const payment = await pay(confirmed, 'tok_action');
      await pay(idle, 'tok_action');
      await fake.company.decide((await chargeOf(payment)).reference, 'confirmed', false);
      await sweep();
      expect(await read(confirmed)).toMatchObject({ status: 'confirmed' });
      expect(await read(idle)).toMatchObject({ payments: [{ status: 'requires_action' }] });
      await app.app.get(PaymentSweepService).sweep(new Date(Date.now() + TWO_HOURS_MS));
      expect(await read(idle)).toMatchObject({ payments: [{ status: 'expired' }], paymentStatus: 'unpaid' });
    });
  });

  describe('what is believed (WH-10)', () => {
    it('keeps the bytes of a signed event, processes it, and answers 200', async () => {
      const order = await createOrder(app);
      const payment = await pay(order, 'tok_success');
      const { id, body, headers } = eventOf(await chargeOf(payment));
      const response = await send(body, headers);
      expect([response.statusCode, response.json()]).toEqual([200, { isReceived: true }]);
      expect(await kept(id)).toMatchObject([{ status: 'processed', attempts: 1, paymentId: payment.id }]);
      const [row] = await app.database.query<{ body: Buffer }>(
        `SELECT body FROM payment_webhooks WHERE event_id = $1`,
        [id],
      );
      expect(row!.body.toString()).toBe(body);
    });

    it('refuses with 400 a changed byte, a wrong, a missing and an old signature, and keeps nothing', async () => {
      const order = await createOrder(app);
      const payment = await pay(order, 'tok_action');
      const charge = { ...(await chargeOf(payment)), status: 'captured' as const, capturedAmount: 1999, version: 9 };
      const { body, headers } = eventOf(charge);
      const [past, future] = [-LATE_MS, LATE_MS].map((ms) => eventOf(charge, {}, new Date(Date.now() + ms)));
      const count = async () =>
        (await app.database.query<{ count: string }>(`SELECT count(*) FROM payment_webhooks`))[0]!.count;
      const before = await count();
      for (const [sent, signed] of [
        [body.replace('captured', 'captureD'), headers],
        [` ${body}`, headers],
        [body, { ...headers, 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` }],
        [body, { ...headers, 'webhook-signature': headers['webhook-signature']!.replace('v1,', 'v2,') }],
        [body, { ...headers, 'webhook-id': 'another' }],
        [body, {}],
        [past!.body, past!.headers],
        [future!.body, future!.headers],
        ['', headers],
      ] as const)
        expect((await send(sent, signed)).json()).toMatchObject({ status: 400, code: 'payment_webhook.forged' });
      expect(await count()).toBe(before);
      expect(await read(order)).toMatchObject({ payments: [{ status: 'requires_action' }] });
    });

    it.each(['manual', 'nobody', 'constructor', '__proto__'])('takes none from %s (404)', async (provider) => {
      const { body, headers } = eventOf({ key: 'x' } as FakeCharge);
      expect((await send(body, headers, provider)).json()).toMatchObject({
        status: 404,
        code: 'payment_webhook.provider_unknown',
      });
    });

    it('refuses what is too large (413) or no JSON by its type (415)', async () => {
      expect((await send('x'.repeat(1024 * 1024 + 1), {})).statusCode).toBe(413);
      expect((await send('a=b', { 'content-type': 'application/x-www-form-urlencoded' })).statusCode).toBe(415);
    });

    it('takes what is about nothing of ours, and does nothing', async () => {
      for (const key of ['unknown', "'; --", 'x'.repeat(500)]) {
        const { id, body, headers } = eventOf({ key, status: 'captured', version: 1 } as FakeCharge);
        expect((await send(body, headers)).statusCode).toBe(200);
        expect(await kept(id)).toMatchObject([{ status: 'processed', paymentId: null }]);
      }
    });
  });

  it('has one effect and twenty times 200 when one event comes twenty times at once', async () => {
    const order = await createOrder(app);
    const payment = await pay(order, 'tok_action');
    await fake.company.decide((await chargeOf(payment)).reference, 'confirmed', false);
    const { id, body, headers } = eventOf(await chargeOf(payment));
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(body, headers)));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array<number>(20).fill(200));
    expect(await kept(id)).toMatchObject([{ status: 'processed', attempts: 1 }]);
    expect(await read(order)).toMatchObject({ status: 'confirmed', version: 2, payments: [{ version: 3 }] });
  });

  it('reaches one state by all 24 orders of four events, each sent twice (I2)', async () => {
    const steps: Partial<FakeCharge>[] = [
      { status: 'processing', version: 2 },
      { status: 'authorised', authorisedAmount: 1999, version: 3 },
      { status: 'partially_captured', authorisedAmount: 1999, capturedAmount: 700, version: 4 },
      { status: 'captured', authorisedAmount: 1999, capturedAmount: 1999, version: 5 },
    ];
    const ends = new Set<string>();
    for (const order of permutations(steps)) {
      const placed = await createOrder(app);
      const payment = await pay(placed, 'tok_action', {});
      const charge = await chargeOf(payment);
      await fake.company.decide(charge.reference, 'confirmed', false);
      for (const step of [...order, ...order]) {
        const { body, headers } = eventOf(charge, step);
        expect((await send(body, headers)).statusCode).toBe(200);
      }
      const { status, paymentStatus, payments } = await read(placed);
      const [{ status: reached, authorisedAmount, capturedAmount }] = payments as [PaymentResponseDto];
      ends.add(JSON.stringify([status, paymentStatus, reached, authorisedAmount, capturedAmount]));
    }
    const all = { amount: 1999, currency: 'EUR' };
    expect([...ends]).toEqual([JSON.stringify(['confirmed', 'paid', 'captured', all, all])]);
  });

  it.each<[string, FakeStatus[]]>([
    ['authorised, voided', ['authorised', 'voided']],
    ['processing, failed', ['processing', 'failed']],
    ['processing, expired', ['processing', 'expired']],
  ])('reaches one state by both orders of %s, also where the provider does not count', async (_, statuses) => {
    const ends = new Set<string>();
    for (const order of permutations(statuses)) {
      const placed = await createOrder(app);
      const payment = await pay(placed, 'tok_action');
      const charge = await chargeOf(payment);
      await fake.company.decide(charge.reference, 'refused', false);
      for (const status of order) {
        const { body, headers } = eventOf(charge, { status, authorisedAmount: 1999, version: undefined });
        await send(body, headers);
      }
      ends.add((await read(placed)).payments[0]!.status);
      // The books of the company are those of a refused charge.
      await app.database.execute(`UPDATE payments SET status = 'failed', authorised_amount = 0 WHERE id = $1`, [
        payment.id,
      ]);
      await app.database.execute(`UPDATE orders SET payment_status = 'unpaid' WHERE id = $1`, [placed.id]);
    }
    expect(ends.size).toBe(1);
  });

  it('records an event that is older than what is known, and ignores it', async () => {
    const order = await createOrder(app);
    const payment = await pay(order, 'tok_action');
    const early = eventOf(await chargeOf(payment));
    await decide(payment, 'confirmed');
    expect((await send(early.body, early.headers)).statusCode).toBe(200);
    expect(await kept(early.id)).toMatchObject([{ status: 'processed' }]);
    expect(await read(order)).toMatchObject({ payments: [{ status: 'captured' }] });
  });

  it('tells of captures and refunds whose answers were lost, without a second effect', async () => {
    const order = await createOrder(app);
    const { id } = (
      await app.post(
        `/orders/${order.id}/payments`,
        { provider: 'fake', token: 'tok_success', capture: 'later' },
        { key: true, token: staff },
      )
    ).json<PaymentResponseDto>();
    fake.company.tellsAll = true;
    // The answer is lost; the webhook comes all the same.
    fake.faults.isSilent = true;
    const ask = (operation: string, amount: number) =>
      unanswered(app, () =>
        app.post(`/payments/${id}/${operation}`, { amount: { amount, currency: 'EUR' } }, { key: true, token: staff }),
      );
    await ask('capture', 1000);
    expect(await read(order)).toMatchObject({
      payments: [{ status: 'partially_captured', claimedAmount: { amount: 0 } }],
    });
    await ask('refunds', 300);
    delete fake.faults.isSilent;
    expect(await read(order)).toMatchObject({
      payments: [
        { capturedAmount: { amount: 1000 }, refundedAmount: { amount: 300 }, refundPendingAmount: { amount: 0 } },
      ],
    });
    await sweep();
    expect(await read(order)).toMatchObject({
      payments: [{ capturedAmount: { amount: 1000 }, refundedAmount: { amount: 300 } }],
    });
  });

  it('counts a capture once whose webhook, of the charge as a whole, comes before its answer', async () => {
    const order = await createOrder(app);
    const { id } = (
      await app.post(
        `/orders/${order.id}/payments`,
        { provider: 'fake', token: 'tok_success', capture: 'later' },
        { key: true, token: staff },
      )
    ).json<PaymentResponseDto>();
    fake.faults.afterOperation = async () => {
      delete fake.faults.afterOperation;
      const { body, headers } = eventOf(await chargeOf({ id }));
      expect((await send(body, headers)).statusCode).toBe(200);
    };
    const amount = { amount: 1000, currency: 'EUR' };
    await app.post(`/payments/${id}/capture`, { amount }, { key: true, token: staff });
    expect(await read(order)).toMatchObject({ payments: [{ capturedAmount: amount, claimedAmount: { amount: 0 } }] });
  });

  describe('late money', () => {
    const late = async (token: 'tok_action' | 'tok_processing' = 'tok_action') => {
      const { variants } = await createProduct(app, { stock: 1 });
      const lines = [{ variantId: variants[0]!.id, quantity: 1 }];
      const order = await createOrder(app, { lines });
      return { lines, order, payment: await pay(order, token) };
    };
    const expireLate = () => app.app.get(OrderExpiryService).expireDue(new Date(Date.now() + TWO_HOURS_MS));

    it('confirms an expired order whose stock can be had again (O6)', async () => {
      const { order, payment } = await late();
      await expireLate();
      expect(await read(order)).toMatchObject({ status: 'expired' });
      await decide(payment, 'confirmed');
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
    });

    it('goes back when the stock is gone (O7)', async () => {
      const { order, payment, lines } = await late();
      await expireLate();
      await createOrder(app, { lines });
      await decide(payment, 'confirmed');
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'expired', paymentStatus: 'refunded' });
    });

    it('goes back when the order has been cancelled (O7), and what is only held is given up', async () => {
      const taken = await late();
      const held = await createOrder(app);
      const heldPayment = (
        await app.post(
          `/orders/${held.id}/payments`,
          { provider: 'fake', token: 'tok_action', capture: 'later' },
          { key: true, token: staff },
        )
      ).json<PaymentResponseDto>();
      for (const order of [taken.order, held]) await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
      await decide(taken.payment, 'confirmed');
      await decide(heldPayment, 'confirmed');
      await sweep();
      expect(await read(taken.order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
      expect(await read(held)).toMatchObject({ status: 'cancelled', payments: [{ status: 'voided' }] });
    });

    it('races a cancellation: the order ends cancelled with its money back, whichever came first', async () => {
      for (let round = 0; round < 10; round++) {
        const { order, payment } = await late();
        const [cancelled] = await Promise.all([
          app.post(`/orders/${order.id}/cancel`, {}, guestOf(order)),
          decide(payment, 'confirmed'),
        ]);
        expect(cancelled.statusCode).toBe(200);
        await sweep();
        expect(await read(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
      }
    });
  });

  describe('what is kept', () => {
    const failing = async () => {
      const order = await createOrder(app);
      const payment = await pay(order, 'tok_action');
      await fake.company.decide((await chargeOf(payment)).reference, 'confirmed', false);
      const event = eventOf(await chargeOf(payment));
      return { order, payment, event };
    };

    it('is processed by the sweep when the process died in between, or something failed', async () => {
      const { order, event } = await failing();
      jest.spyOn(app.app.get(PaymentWebhooksRepository), 'settle').mockRejectedValueOnce(new Error('killed'));
      jest.spyOn(app.app.get(WebhookEffects), 'apply').mockRejectedValueOnce(new Error('killed'));
      expect((await send(event.body, event.headers)).statusCode).toBe(500);
      expect(await kept(event.id)).toMatchObject([{ status: 'received', attempts: 0 }]);
      // The company sends it again, which changes nothing.
      expect((await send(event.body, event.headers)).statusCode).toBe(200);
      expect(await read(order)).toMatchObject({ status: 'pending_payment' });
      await app.app.get(PaymentWebhooksService).sweep();
      expect(await kept(event.id)).toMatchObject([{ status: 'processed', attempts: 1 }]);
      expect(await read(order)).toMatchObject({ status: 'confirmed' });
    });

    it('is listed for staff without its body, and processed once more when they ask for it', async () => {
      const { order, payment, event } = await failing();
      await send(event.body, event.headers);
      const { id } = (await kept(event.id))[0]!;
      const { data } = (
        await app.get('/payment-webhooks/events?provider=fake&status=processed', { token: staff })
      ).json<{
        data: { id: string }[];
      }>();
      expect(data[0]).toMatchObject({ id, eventId: event.id, paymentId: payment.id, attempts: 1, error: null });
      expect(Object.keys(data[0]!)).not.toContain('body');
      const again = await app.post(`/payment-webhooks/events/${id}/replay`, undefined, { token: staff });
      expect([again.statusCode, again.json()]).toMatchObject([200, { status: 'processed', attempts: 2 }]);
      expect(await read(order)).toMatchObject({ status: 'confirmed', version: 2 });
    });

    it('loses its body after 30 days and is forgotten after 90; then it cannot be replayed', async () => {
      const { event } = await failing();
      await send(event.body, event.headers);
      const { id } = (await kept(event.id))[0]!;
      const webhooks = app.app.get(PaymentWebhooksRepository);
      const age = (days: number) =>
        app.database.execute(`UPDATE payment_webhooks SET received_at = now() - $2 * interval '1 day' WHERE id = $1`, [
          id,
          days,
        ]);
      await age(29);
      await webhooks.forgetBodies(1000);
      expect((await app.post(`/payment-webhooks/events/${id}/replay`, undefined, { token: staff })).statusCode).toBe(
        200,
      );
      await age(31);
      await webhooks.forgetBodies(1000);
      expect(
        (await app.post(`/payment-webhooks/events/${id}/replay`, undefined, { token: staff })).json(),
      ).toMatchObject({
        code: 'payment_webhook.past',
      });
      await age(91);
      await webhooks.purge(1000);
      expect(
        (await app.post(`/payment-webhooks/events/${id}/replay`, undefined, { token: staff })).json(),
      ).toMatchObject({
        code: 'payment_webhook.not_found',
      });
    });
  });
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, index) =>
    permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  );
}

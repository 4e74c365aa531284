import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { FakePaymentProvider } from '../../../src/orders/payments/fake.provider.js';
import type { PaymentResponseDto } from '../../../src/orders/payments/dto/payment-response.dto.js';
import type { RefundResponseDto } from '../../../src/orders/payments/dto/refund-response.dto.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';
import { unanswered } from '../../support/unanswered.js';

const AT_ONCE = 20;
const DAY_MS = 86_400_000;
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('captures, voids and refunds', () => {
  let app: TestApp;
  let staff: string;
  let fake: FakePaymentProvider;
  beforeAll(async () => {
    app = await TestApp.start();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    fake = app.app.get(FakePaymentProvider);
    ({ token: staff } = await createStaff(app, ['payments:capture', 'payments:refund', 'orders:read', 'orders:write']));
  });
  afterEach(async () => {
    for (const fault of Object.keys(fake.faults)) delete fake.faults[fault as keyof typeof fake.faults];
    await sweep();
    await expectInvariants(app);
  });
  afterAll(() => app.close());

  const sweep = (now = new Date()) => app.app.get(PaymentSweepService).sweep(now);
  const post = (path: string, body?: object, key: true | string = true) => app.post(path, body, { key, token: staff });
  const pay = async (order: PlacedOrderResponseDto, body: object = {}) =>
    (
      await post(`/orders/${order.id}/payments`, { provider: 'fake', token: 'tok_success', ...body })
    ).json<PaymentResponseDto>();
  const capture = (id: string, body?: object, key: true | string = true) => post(`/payments/${id}/capture`, body, key);
  const refund = (id: string, body?: object, key: true | string = true) => post(`/payments/${id}/refunds`, body, key);
  const read = async (id: string) => (await app.get(`/payments/${id}`, { token: staff })).json<PaymentResponseDto>();
  const orderOf = async ({ id }: { id: string }) =>
    (await app.get(`/orders/${id}`, { token: staff })).json<OrderDetailResponseDto>();
  const codes = (responses: { statusCode: number }[]) => responses.map(({ statusCode }) => statusCode).sort();
  const eventsOf = async (id: string) =>
    (
      await app.database.query<{ type: string }>(
        `SELECT type FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version, id`,
        [id],
      )
    ).map(({ type }) => type);
  /** An order of ten pieces at 19.99, and its payment, which is held. */
  const held = async (amount?: number) => {
    const { variants } = await createProduct(app, { stock: 10 });
    const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 10 }] });
    const payment = await pay(order, { capture: 'later', ...(amount ? { amount: eur(amount) } : {}) });
    return { order, id: payment.id, payment };
  };
  /** The same, taken. */
  const paid = async () => {
    const { variants } = await createProduct(app, { stock: 10 });
    const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 10 }] });
    const payment = await pay(order);
    return { order, id: payment.id, payment };
  };

  describe('a payment that is held', () => {
    it('confirms the order without taking anything, and is captured in parts until nothing is left', async () => {
      const { order, id, payment } = await held();
      expect(payment).toMatchObject({ status: 'authorised', authorisedAmount: eur(19990), capturedAmount: eur(0) });
      expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'authorised' });
      expect((await capture(id, { amount: eur(9990) })).json()).toMatchObject({
        status: 'partially_captured',
        capturedAmount: eur(9990),
        claimedAmount: eur(0),
      });
      expect(await orderOf(order)).toMatchObject({ paymentStatus: 'partially_paid' });
      const last = await capture(id);
      expect([last.statusCode, last.json()]).toMatchObject([200, { status: 'captured', capturedAmount: eur(19990) }]);
      expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
      expect(await eventsOf(id)).toEqual([
        'payment.created',
        'payment.authorised',
        'payment.capture_requested',
        'payment.partially_captured',
        'payment.capture_requested',
        'payment.captured',
      ]);
    });

    it('gives up what is left with the last capture, and then that is due again', async () => {
      const { order, id } = await held();
      expect((await capture(id, { amount: eur(9990), isFinal: true })).json()).toMatchObject({
        status: 'captured',
        authorisedAmount: eur(9990),
        capturedAmount: eur(9990),
      });
      expect((await capture(id, { amount: eur(1) })).json()).toMatchObject({ code: 'payment.invalid_transition' });
      expect(await pay(order)).toMatchObject({ status: 'captured', amount: eur(10000) });
      expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
    });

    it('refuses more than is held (409), nothing (422) and another currency (422), and takes nothing', async () => {
      const { id } = await held();
      expect((await capture(id, { amount: eur(19991) })).json()).toMatchObject({
        status: 409,
        code: 'payment.capture_exceeds',
        capturable: eur(19990),
      });
      for (const amount of [eur(0), { amount: 1, currency: 'USD' }])
        expect((await capture(id, { amount })).json()).toMatchObject({ status: 422, code: 'payment.invalid_amount' });
      for (const amount of [eur(-1), eur(1.5), { amount: '1', currency: 'EUR' }, 5])
        expect((await capture(id, { amount })).statusCode).toBe(400);
      expect(await read(id)).toMatchObject({ capturedAmount: eur(0), version: 2 });
    });

    it('is given up, after which nothing can be captured and the order is unpaid', async () => {
      const { order, id } = await held();
      expect((await post(`/payments/${id}/void`)).json()).toMatchObject({ status: 'voided', capturedAmount: eur(0) });
      expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'unpaid' });
      expect((await capture(id)).json()).toMatchObject({ code: 'payment.invalid_transition' });
      const [charge] = await app.database.query(
        `SELECT c.status FROM fake_provider.charges c JOIN payments p ON p.provider_key = c.key WHERE p.id = $1`,
        [id],
      );
      expect(charge).toEqual({ status: 'voided' });
    });

    it('is given up as far as it is not captured', async () => {
      const { id } = await held();
      await capture(id, { amount: eur(5000) });
      expect((await post(`/payments/${id}/void`)).json()).toMatchObject({
        status: 'captured',
        authorisedAmount: eur(5000),
        capturedAmount: eur(5000),
      });
      expect((await eventsOf(id)).at(-1)).toBe('payment.released');
    });

    it('is not captured while the order is on hold, and is once it is released (O8)', async () => {
      const { order, id } = await held();
      expect((await post(`/orders/${order.id}/hold`)).statusCode).toBe(200);
      expect((await capture(id)).json()).toMatchObject({ status: 409, code: 'payment.order_on_hold' });
      expect((await post(`/orders/${order.id}/release`)).statusCode).toBe(200);
      expect((await capture(id)).json()).toMatchObject({ status: 'captured' });
    });

    it('is given up at the provider when the order is cancelled, in part captured money goes back', async () => {
      const { order, id } = await held();
      await capture(id, { amount: eur(5000) });
      expect((await post(`/orders/${order.id}/cancel`)).json()).toMatchObject({ status: 'cancelled' });
      await sweep();
      expect(await read(id)).toMatchObject({
        status: 'captured',
        authorisedAmount: eur(5000),
        refundedAmount: eur(5000),
        claimedAmount: eur(0),
      });
      expect(await orderOf(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    });

    it('is asked for again an hour after the provider has refused to give up what a cancelled order holds', async () => {
      const { order, id } = await held();
      await post(`/orders/${order.id}/cancel`);
      fake.faults.refusesOperations = true;
      await sweep();
      expect(await read(id)).toMatchObject({ status: 'authorised', claimedAmount: eur(0) });
      delete fake.faults.refusesOperations;
      await sweep();
      expect(await read(id)).toMatchObject({ status: 'authorised' });
      await sweep(new Date(Date.now() + 3_700_000));
      await sweep(new Date(Date.now() + 3_700_000));
      expect(await read(id)).toMatchObject({ status: 'voided' });
    });

    it('expires with the provider, and the sweep finds out', async () => {
      const { order, id } = await held();
      const { send } = fake.company;
      fake.company.send = () => Promise.resolve(500);
      const [{ reference }] = (await app.database.query<{ reference: string }>(
        `SELECT provider_reference AS reference FROM payments WHERE id = $1`,
        [id],
      )) as [{ reference: string }];
      await fake.company.lapse(reference);
      fake.company.send = send;
      await sweep(new Date(Date.now() + 6 * DAY_MS));
      expect(await read(id)).toMatchObject({ status: 'authorised' });
      await sweep(new Date(Date.now() + 8 * DAY_MS));
      expect(await read(id)).toMatchObject({ status: 'expired' });
      expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'unpaid' });
    });

    it('answers 422 with the code of the provider when it refuses, and frees what was claimed', async () => {
      const { id } = await held();
      fake.faults.refusesOperations = true;
      for (const action of ['capture', 'void']) {
        expect((await post(`/payments/${id}/${action}`)).json()).toMatchObject({
          status: 422,
          code: 'payment.provider_refused',
          failureCode: 'refused',
        });
      }
      expect(await read(id)).toMatchObject({ status: 'authorised', claimedAmount: eur(0), capturedAmount: eur(0) });
      delete fake.faults.refusesOperations;
      expect((await capture(id)).json()).toMatchObject({ status: 'captured' });
    });

    it('is captured once when the answer is lost: claimed at first, found by the sweep, found by a repeat', async () => {
      const { id } = await held();
      fake.faults.isSilent = true;
      const key = `lost-${id}`;
      const first = await unanswered(app, () => capture(id, { amount: eur(700) }, key));
      expect([first.statusCode, first.json()]).toMatchObject([
        200,
        { status: 'authorised', claimedAmount: eur(700), capturedAmount: eur(0) },
      ]);
      expect((await capture(id, { amount: eur(19500) })).json()).toMatchObject({ code: 'payment.capture_exceeds' });
      expect((await capture(id, { amount: eur(1), isFinal: true })).json()).toMatchObject({
        status: 409,
        code: 'payment.invalid_transition',
      });
      delete fake.faults.isSilent;
      await sweep();
      expect(await read(id)).toMatchObject({ capturedAmount: eur(700), claimedAmount: eur(0) });
      expect((await capture(id, { amount: eur(700) }, key)).headers['idempotent-replayed']).toBe('true');
    });

    it.each(['beforeOperation', 'afterOperation'] as const)(
      'is captured once when the process dies at %s, by the repeat of the request',
      async (place) => {
        const { id } = await held();
        fake.faults[place] = () => {
          throw new Error('killed');
        };
        const key = `${place}-${id}`;
        expect((await capture(id, { amount: eur(700) }, key)).statusCode).toBe(500);
        delete fake.faults[place];
        expect((await capture(id, { amount: eur(700) }, key)).json()).toMatchObject({ capturedAmount: eur(700) });
        expect(await app.database.query(`SELECT status FROM payment_operations WHERE payment_id = $1`, [id])).toEqual([
          { status: 'succeeded' },
        ]);
      },
    );

    it('is captured only by staff who may, with a key', async () => {
      const { order, id } = await held();
      const { token } = await createUser(app);
      expect((await app.post(`/payments/${id}/capture`, undefined, { key: true, token })).statusCode).toBe(403);
      expect((await app.post(`/payments/${id}/capture`, undefined, { token: staff })).json()).toMatchObject({
        code: 'request.idempotency_key_required',
      });
      const choosing = { provider: 'fake', token: 'tok_success', capture: 'later' };
      expect(
        (await app.post(`/orders/${order.id}/payments`, choosing, { key: true, ...guestOf(order) })).statusCode,
      ).toBe(403);
    });
  });

  it('holds the money of shoppers where the shop has set PAYMENT_CAPTURE=later, also in the call that places', async () => {
    const holding = await TestApp.start({ PAYMENT_CAPTURE: 'later' });
    try {
      const order = await createOrder(holding, { payment: { provider: 'fake', token: 'tok_success' } });
      expect(order).toMatchObject({ status: 'confirmed', paymentStatus: 'authorised' });
      const other = await createOrder(holding);
      const choosing = { provider: 'fake', token: 'tok_success', capture: 'now' };
      const refused = await holding.post(`/orders/${other.id}/payments`, choosing, { key: true, ...guestOf(other) });
      expect(refused.json()).toMatchObject({ status: 403, code: 'auth.insufficient_scope' });
    } finally {
      await holding.close();
    }
  });

  it('is refused with 422 where the provider is not offered any more, and nothing is claimed', async () => {
    const { id } = await held();
    const taken = await paid();
    for (const payment of [id, taken.id])
      await app.database.execute(`UPDATE payments SET provider = 'stripe' WHERE id = $1`, [payment]);
    for (const answer of [await capture(id), await post(`/payments/${id}/void`), await refund(taken.id)])
      expect(answer.json()).toMatchObject({ status: 422, code: 'payment.provider_not_offered' });
    for (const payment of [id, taken.id]) {
      expect(await read(payment)).toMatchObject({ claimedAmount: eur(0), refundPendingAmount: eur(0) });
      await app.database.execute(`UPDATE payments SET provider = 'fake' WHERE id = $1`, [payment]);
    }
  });

  it('forgets the words of a refund, and what providers told, with the person', async () => {
    const { variants } = await createProduct(app);
    const owner = await createUser(app);
    const order = await createOrder(app, { token: owner.token, lines: [{ variantId: variants[0]!.id, quantity: 1 }] });
    const { id } = await pay(order);
    await refund(id, { amount: eur(1), note: 'Ada says that it squeaks' });
    await app.database.execute(
      `INSERT INTO payment_webhooks (id, provider, event_id, body, payment_id, status, received_at)
       VALUES (gen_random_uuid(), 'fake', $1::text, 'Ada', $1::uuid, 'processed', now())`,
      [id],
    );
    const { token: eraser } = await createStaff(app, ['users:write']);
    expect((await app.post(`/users/${owner.user.id}/erase`, {}, { token: eraser })).statusCode).toBeLessThan(300);
    const kept = await app.database.query(
      `SELECT note, (SELECT body FROM payment_webhooks w WHERE w.payment_id = r.payment_id) AS body
       FROM refunds r WHERE payment_id = $1`,
      [id],
    );
    expect(kept).toEqual([{ note: null, body: null }]);
  });

  describe('by hand', () => {
    it('is captured in parts, in one transaction each, and once by a repeat', async () => {
      const { variants } = await createProduct(app, { stock: 10 });
      const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 10 }] });
      const { id } = await pay(order, { provider: 'manual' });
      for (const key of [`hand-${id}`, `hand-${id}`])
        expect((await capture(id, { amount: eur(4000) }, key)).json()).toMatchObject({ capturedAmount: eur(4000) });
      expect((await post(`/payments/${id}/void`)).json()).toMatchObject({ authorisedAmount: eur(4000) });
      expect((await refund(id, { amount: eur(1000) })).json()).toMatchObject({ status: 'succeeded' });
    });
  });

  describe('several payments of an order', () => {
    it('confirm it once they come to its total; each takes its part', async () => {
      const { variants } = await createProduct(app, { stock: 10 });
      const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 10 }] });
      expect(await pay(order, { amount: eur(9000) })).toMatchObject({ status: 'captured', amount: eur(9000) });
      expect(await orderOf(order)).toMatchObject({ status: 'pending_payment', paymentStatus: 'partially_paid' });
      for (const amount of [eur(10991), eur(0), { amount: 1, currency: 'USD' }]) {
        const response = await post(`/orders/${order.id}/payments`, { provider: 'fake', token: 'tok_success', amount });
        expect(response.json()).toMatchObject({ code: 'payment.invalid_amount', limit: eur(10990) });
      }
      expect(await pay(order)).toMatchObject({ status: 'captured', amount: eur(10990) });
      expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
      const list = (await app.get(`/orders/${order.id}/payments`, guestOf(order))).json<{ data: unknown[] }>();
      expect(list).toMatchObject({ data: [{ amount: eur(9000) }, { amount: eur(10990) }], nextCursor: null });
    });

    it('all go back when it is cancelled before the rest is paid', async () => {
      const { variants } = await createProduct(app, { stock: 10 });
      const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 10 }] });
      const { id } = await pay(order, { amount: eur(9000) });
      await post(`/orders/${order.id}/cancel`);
      await sweep();
      expect(await read(id)).toMatchObject({ refundedAmount: eur(9000) });
    });
  });

  describe('a refund', () => {
    it('gives back an amount, then the rest, and never more', async () => {
      const { order, id } = await paid();
      const response = await refund(id, { amount: eur(5000), reason: 'damaged', note: 'One was broken' });
      expect(response.statusCode).toBe(201);
      const made = response.json<RefundResponseDto>();
      expect(made).toMatchObject({
        paymentId: id,
        orderId: order.id,
        status: 'succeeded',
        amount: eur(5000),
        reason: 'damaged',
        note: 'One was broken',
        lines: [],
      });
      expect(response.headers.location).toBe(`/api/v1/refunds/${made.id}`);
      expect((await app.get(`/refunds/${made.id}`, { token: staff })).json()).toEqual(made);
      expect((await app.get(`/refunds/${made.id}`, guestOf(order))).json()).toEqual({ ...made, note: null });
      expect(await orderOf(order)).toMatchObject({ paymentStatus: 'partially_refunded' });
      expect((await refund(id, { amount: eur(14991) })).json()).toMatchObject({
        status: 409,
        code: 'payment.refund_exceeds',
        refundable: eur(14990),
      });
      expect((await refund(id)).json()).toMatchObject({
        amount: eur(14990),
        status: 'succeeded',
        reason: 'requested_by_customer',
      });
      expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'refunded' });
      expect((await refund(id)).json()).toMatchObject({ code: 'payment.refund_exceeds' });
      const list = (await app.get(`/payments/${id}/refunds`, guestOf(order))).json<{ data: unknown[] }>();
      expect(list.data).toMatchObject([{ amount: eur(5000), note: null }, { amount: eur(14990) }]);
    });

    it('by lines comes to their share to the penny, in any parts, and to no more pieces than were ordered', async () => {
      const { order, id } = await paid();
      const [line] = order.lines;
      // Three of ten at a discount that does not divide: 19990 - 7 over ten pieces.
      await app.database.execute(
        `UPDATE order_lines SET discount_amount = 7, total_amount = total_amount - 7 WHERE id = $1`,
        [line!.id],
      );
      const amounts: number[] = [];
      for (const quantity of [3, 1, 4, 2]) {
        const made = (await refund(id, { lines: [{ lineId: line!.id, quantity }] })).json<RefundResponseDto>();
        expect(made.lines).toEqual([{ lineId: line!.id, quantity, amount: made.amount, tax: eur(0) }]);
        amounts.push(made.amount.amount);
      }
      expect(amounts).toEqual([5997, 1998, 7992, 3996]);
      expect((await refund(id, { lines: [{ lineId: line!.id, quantity: 1 }] })).json()).toMatchObject({
        status: 422,
        code: 'payment.refund_line',
        errors: [{ pointer: '/lines/0/quantity', code: 'max' }],
      });
      await app.database.execute(`UPDATE order_lines SET discount_amount = 0, total_amount = 19990 WHERE id = $1`, [
        line!.id,
      ]);
    });

    it('refuses lines of another order, lines twice, lines with an amount, unknown reasons, nothing', async () => {
      const { order, id } = await paid();
      const other = await createOrder(app);
      const lineId = order.lines[0]!.id;
      expect((await refund(id, { lines: [{ lineId: other.lines[0]!.id, quantity: 1 }] })).json()).toMatchObject({
        code: 'payment.refund_line',
        errors: [{ pointer: '/lines/0/lineId' }],
      });
      for (const body of [
        { lines: [{ lineId, quantity: 1 }], amount: eur(1) },
        {
          lines: [
            { lineId, quantity: 1 },
            { lineId, quantity: 1 },
          ],
        },
        { lines: [] },
        { lines: [{ lineId, quantity: 0 }] },
        { lines: [null] },
        { reason: 'paid_twice' },
        { amount: eur(-1) },
      ])
        expect((await refund(id, body)).statusCode).toBe(400);
      expect((await refund(id, { amount: eur(0) })).json()).toMatchObject({ code: 'payment.invalid_amount' });
      expect((await refund(id, { amount: { amount: 1, currency: 'JPY' } })).statusCode).toBe(422);
      expect((await read(id)).refundedAmount).toEqual(eur(0));
    });

    it('frees its amount and its pieces when the provider refuses it', async () => {
      const { order, id } = await paid();
      const lines = [{ lineId: order.lines[0]!.id, quantity: 10 }];
      fake.faults.refusesRefunds = true;
      expect((await refund(id, { lines })).json()).toMatchObject({ status: 'failed', failureCode: 'refused' });
      delete fake.faults.refusesRefunds;
      expect(await read(id)).toMatchObject({ refundPendingAmount: eur(0), refundedAmount: eur(0) });
      expect((await refund(id, { lines })).json()).toMatchObject({ status: 'succeeded', amount: eur(19990) });
    });

    it('is made once when the answer is lost, or the process dies', async () => {
      const { id } = await paid();
      fake.faults.isSilent = true;
      const lost = await unanswered(app, () => refund(id, { amount: eur(700) }));
      expect(lost.json()).toMatchObject({ status: 'pending' });
      delete fake.faults.isSilent;
      await sweep();
      fake.faults.afterRefund = () => {
        throw new Error('killed');
      };
      expect((await refund(id, { amount: eur(300) }, `died-${id}`)).statusCode).toBe(500);
      delete fake.faults.afterRefund;
      expect((await refund(id, { amount: eur(300) }, `died-${id}`)).json()).toMatchObject({ status: 'succeeded' });
      expect(await read(id)).toMatchObject({ refundedAmount: eur(1000), refundPendingAmount: eur(0) });
    });

    it('is for staff with payments:refund, and is read by nobody else than the owner', async () => {
      const { id, order } = await paid();
      const { token } = await createStaff(app, ['payments:capture']);
      expect((await app.post(`/payments/${id}/refunds`, {}, { key: true, token })).statusCode).toBe(403);
      const made = (await refund(id, { amount: eur(1) })).json<RefundResponseDto>();
      const stranger = await createUser(app);
      for (const path of [`/refunds/${made.id}`, `/payments/${id}/refunds`, `/orders/${order.id}/payments`])
        expect((await app.get(path, { token: stranger.token })).statusCode).toBe(404);
    });
  });

  describe('twenty at once', () => {
    it('captures of a part each never take more than is held', async () => {
      const { id } = await held();
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => capture(id, { amount: eur(3000) })));
      expect(codes(answers)).toEqual([...Array<number>(6).fill(200), ...Array<number>(14).fill(409)]);
      // What the company has not answered in time is asked after.
      await sweep();
      expect(await read(id)).toMatchObject({ capturedAmount: eur(18000), claimedAmount: eur(0) });
    });

    it('captures of everything take it once', async () => {
      const { id } = await held();
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => capture(id)));
      expect(codes(answers)).toEqual([200, ...Array<number>(19).fill(409)]);
      await sweep();
      expect(await read(id)).toMatchObject({ status: 'captured', capturedAmount: eur(19990) });
    });

    it('refunds of a part each never give back more than is captured', async () => {
      const { id } = await paid();
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => refund(id, { amount: eur(3000) })));
      expect(codes(answers)).toEqual([...Array<number>(6).fill(201), ...Array<number>(14).fill(409)]);
      await sweep();
      expect(await read(id)).toMatchObject({ refundedAmount: eur(18000), refundPendingAmount: eur(0) });
    });

    it('refunds of pieces never give back more pieces than were ordered', async () => {
      const { order, id } = await paid();
      const lines = [{ lineId: order.lines[0]!.id, quantity: 3 }];
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => refund(id, { lines })));
      expect(codes(answers)).toEqual([...Array<number>(3).fill(201), ...Array<number>(17).fill(422)]);
      await sweep();
      expect(await read(id)).toMatchObject({ refundedAmount: eur(17991) });
    });

    it('of one key capture and refund once', async () => {
      const { id } = await held();
      const captured = await Promise.all(
        Array.from({ length: AT_ONCE }, () => capture(id, { amount: eur(900) }, `c-${id}`)),
      );
      expect(captured.filter(({ statusCode }) => statusCode === 200).length).toBeGreaterThan(0);
      expect(captured.every(({ statusCode }) => statusCode === 200 || statusCode === 409)).toBe(true);
      const refunded = await Promise.all(
        Array.from({ length: AT_ONCE }, () => refund(id, { amount: eur(90) }, `r-${id}`)),
      );
      expect(refunded.every(({ statusCode }) => statusCode === 201 || statusCode === 409)).toBe(true);
      await sweep();
      expect(await read(id)).toMatchObject({ capturedAmount: eur(900), refundedAmount: eur(90) });
    });

    it('either capture or give up, never both', async () => {
      for (let round = 0; round < 10; round++) {
        const { id } = await held();
        const [taken, given] = await Promise.all([capture(id), post(`/payments/${id}/void`)]);
        expect([taken.statusCode, given.statusCode].sort()).toEqual([200, 409]);
        expect((await read(id)).status).toBe(taken.statusCode === 200 ? 'captured' : 'voided');
      }
    });

    it('holding and capturing ends in one order of the two: no capture begins once it is held (O8)', async () => {
      for (let round = 0; round < 10; round++) {
        const { order, id } = await held();
        const [taken, hold] = await Promise.all([capture(id), post(`/orders/${order.id}/hold`)]);
        expect(hold.statusCode).toBe(200);
        expect([200, 409]).toContain(taken.statusCode);
        const [row] = await app.database.query<{ wasHeld: boolean }>(
          `SELECT coalesce((SELECT operation.created_at > history.occurred_at FROM payment_operations operation,
             order_history history WHERE operation.payment_id = $1 AND history.order_id = $2 AND history.type = 'order.held'), false) AS "wasHeld"`,
          [id, order.id],
        );
        expect(row).toEqual({ wasHeld: false });
      }
    });

    it('cancelling while a capture is with the provider gives all of it back', async () => {
      const { order, id } = await held();
      fake.faults.beforeOperation = async () => {
        delete fake.faults.beforeOperation;
        expect((await post(`/orders/${order.id}/cancel`)).statusCode).toBe(200);
      };
      expect((await capture(id, { amount: eur(5000) })).statusCode).toBe(200);
      await sweep();
      await sweep();
      expect(await read(id)).toMatchObject({
        capturedAmount: eur(5000),
        refundedAmount: eur(5000),
        claimedAmount: eur(0),
      });
      expect(await orderOf(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    });
  });
});

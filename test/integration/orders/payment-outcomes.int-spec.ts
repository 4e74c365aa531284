import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { OrderExpiryService } from '../../../src/orders/order-expiry.service.js';
import { FakePaymentProvider } from '../../../src/orders/payments/fake.provider.js';
import { PaymentProviders } from '../../../src/orders/payments/payment-providers.js';
import { ProviderUnreachableError } from '../../../src/orders/payments/payment-provider.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import { RefundsService } from '../../../src/orders/payments/refunds.service.js';
import { newId } from '../../../src/common/ids.js';
import { buildOrder, createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';
import { unanswered } from '../../support/unanswered.js';

const TWO_HOURS_MS = 7_200_000;

describe('payments whose outcome comes late, twice or not at all', () => {
  let app: TestApp;
  let fake: FakePaymentProvider;
  let timings: PaymentTimings;
  beforeAll(async () => {
    app = await TestApp.start();
    fake = app.app.get(FakePaymentProvider);
    timings = app.app.get(PaymentTimings);
    timings.sweepAfterMs = 0;
  });
  afterEach(async () => {
    for (const fault of Object.keys(fake.faults)) delete fake.faults[fault as keyof typeof fake.faults];
    await sweep();
    await expectInvariants(app);
  });
  afterAll(() => app.close());

  const sweep = () => app.app.get(PaymentSweepService).sweep();
  const expireLate = () => app.app.get(OrderExpiryService).expireDue(new Date(Date.now() + TWO_HOURS_MS));
  const pay = (order: PlacedOrderResponseDto, token: string, key: true | string = true) => {
    const send = () =>
      app.post(`/orders/${order.id}/payments`, { provider: 'fake', token }, { key, ...guestOf(order) });
    return token === 'tok_timeout' ? unanswered(app, send) : send();
  };
  const cancel = (order: PlacedOrderResponseDto) => app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const chargesOf = (order: PlacedOrderResponseDto) =>
    app.database.query(
      `SELECT c.status FROM fake_provider.charges c JOIN payments p ON p.provider_key = c.key WHERE p.order_id = $1`,
      [order.id],
    );
  const eventsOf = async (order: PlacedOrderResponseDto) =>
    (
      await app.database.query<{ type: string }>(
        `SELECT e.type FROM outbox_events e JOIN payments p ON p.id = e.aggregate_id WHERE p.order_id = $1 ORDER BY aggregate_version, type`,
        [order.id],
      )
    ).map(({ type }) => type);
  const oneOf = async (stock: number) => {
    const { variants } = await createProduct(app, { stock });
    return [{ variantId: variants[0]!.id, quantity: 1 }];
  };
  /** The process dies here, as far as the request is concerned. */
  const dies = () => {
    throw new Error('killed');
  };

  describe('a process that dies between the call and its record', () => {
    it('is made good by the sweep: charged once, order confirmed', async () => {
      const order = await createOrder(app);
      fake.faults.afterCharge = dies;
      expect((await pay(order, 'tok_success')).statusCode).toBe(500);
      expect(await read(order)).toMatchObject({ status: 'pending_payment', paymentStatus: 'processing' });
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
      expect(await chargesOf(order)).toHaveLength(1);
    });

    it('is made good by a retry with the same key: charged once, one payment', async () => {
      const order = await createOrder(app);
      fake.faults.afterCharge = dies;
      const key = `retry-${order.id}`;
      expect((await pay(order, 'tok_success', key)).statusCode).toBe(500);
      delete fake.faults.afterCharge;
      const response = await pay(order, 'tok_success', key);
      expect([response.statusCode, response.json<{ status: string }>().status]).toEqual([201, 'captured']);
      expect((await read(order)).payments).toHaveLength(1);
      expect(await chargesOf(order)).toHaveLength(1);
    });

    it('is taken over once its lease has run out, and changes nothing should it wake up after all', async () => {
      const { variants } = await createProduct(app);
      const body = { ...buildOrder(variants[0]!.id), payment: { provider: 'fake', token: 'tok_success' } };
      let wake = (): void => undefined;
      const reached = new Promise<void>((called) => {
        fake.faults.afterCharge = () => {
          called();
          return new Promise<void>((resolve) => (wake = resolve));
        };
      });
      const sleeper = app.post('/orders', body, { key: 'sleeper' });
      await reached;
      delete fake.faults.afterCharge;
      await app.database.execute(`UPDATE idempotency_keys SET lease_until = now() WHERE key = 'sleeper'`);
      const second = await app.post('/orders', body, { key: 'sleeper' });
      expect(second.json()).toMatchObject({ status: 'confirmed', payments: [{ status: 'captured' }] });
      wake();
      expect((await sleeper).json()).toMatchObject({ id: second.json<{ id: string }>().id, status: 'confirmed' });
      expect(await app.database.query(`SELECT id FROM orders WHERE email = $1`, [body.email])).toHaveLength(1);
      expect(await chargesOf(second.json())).toHaveLength(1);
    });

    it('is made good by a retry when it died between placing and paying: one order, even of the last piece', async () => {
      const { variants } = await createProduct(app, { stock: 1 });
      const body = { ...buildOrder(variants[0]!.id), payment: { provider: 'fake', token: 'tok_success' } };
      fake.faults.beforeCharge = dies;
      expect((await app.post('/orders', body, { key: 'twice' })).statusCode).toBe(500);
      delete fake.faults.beforeCharge;
      expect((await app.post('/orders', body, { key: 'twice' })).json()).toMatchObject({ status: 'confirmed' });
      expect(await app.database.query(`SELECT id FROM orders WHERE email = $1`, [body.email])).toHaveLength(1);
    });
  });

  describe('no answer', () => {
    it('is settled by the sweep when the provider has taken the money', async () => {
      const order = await createOrder(app);
      expect((await pay(order, 'tok_timeout')).json()).toMatchObject({ status: 'processing' });
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
      expect(await eventsOf(order)).toEqual(['payment.created', 'payment.processing', 'payment.captured']);
    });

    it('fails the payment when the request never arrived, closes its key, and lets the shopper pay again', async () => {
      const order = await createOrder(app);
      fake.faults.beforeCharge = () => {
        throw new ProviderUnreachableError('fake', '503');
      };
      expect((await pay(order, 'tok_success')).json()).toMatchObject({ status: 'processing' });
      delete fake.faults.beforeCharge;
      await sweep();
      expect(await read(order)).toMatchObject({
        status: 'pending_payment',
        payments: [{ status: 'failed', failureCode: 'not_received' }],
      });
      const [{ provider_key: key }] = (await app.database.query<{ provider_key: string }>(
        `SELECT provider_key FROM payments WHERE order_id = $1`,
        [order.id],
      )) as [{ provider_key: string }];
      const late = await fake.charge({ key, amount: order.total, token: 'tok_success' }, new AbortController().signal);
      expect(late).toMatchObject({ status: 'failed', failureCode: 'not_received' });
      expect((await pay(order, 'tok_success')).json()).toMatchObject({ status: 'captured' });
    });

    it('stays open while the provider does not answer the sweep either', async () => {
      const order = await createOrder(app);
      await pay(order, 'tok_timeout');
      fake.faults.beforeRetrieve = () => {
        throw new ProviderUnreachableError('fake', '503');
      };
      await sweep();
      expect((await read(order)).paymentStatus).toBe('processing');
    });

    it('is asked for once a run: a provider that is down is not waited for again and again', async () => {
      const orders = [await createOrder(app), await createOrder(app), await createOrder(app)];
      for (const order of orders) await pay(order, 'tok_timeout');
      let asked = 0;
      fake.faults.beforeRetrieve = () => {
        asked += 1;
        throw new ProviderUnreachableError('fake', '503');
      };
      await sweep();
      expect(asked).toBe(1);
    });

    it('is not asked about before a minute has passed', async () => {
      const order = await createOrder(app);
      await pay(order, 'tok_timeout');
      timings.sweepAfterMs = 60_000;
      await sweep();
      expect((await read(order)).paymentStatus).toBe('processing');
      await app.app.get(PaymentSweepService).sweep(new Date(Date.now() + 61_000));
      expect((await read(order)).paymentStatus).toBe('paid');
      timings.sweepAfterMs = 0;
    });

    it('keeps the stock held: the order is not expired while its payment may still come (O4)', async () => {
      const order = await createOrder(app);
      await pay(order, 'tok_timeout');
      const due = new Date(Date.now() + 31 * 60_000);
      await app.app.get(OrderExpiryService).expireDue(due);
      const waiting = await read(order);
      expect(waiting.status).toBe('pending_payment');
      expect(Date.parse(waiting.expiresAt!)).toBeGreaterThan(due.getTime());
    });
  });

  it('a provider is never called inside a transaction', async () => {
    const ask = jest.fn(() => Promise.resolve());
    await expect(app.database.run(() => app.app.get(PaymentProviders).call('fake', ask))).rejects.toThrow(
      'never called inside a transaction',
    );
    expect(ask).not.toHaveBeenCalled();
  });

  describe('late money', () => {
    it('confirms an expired order whose stock can be had again (O6)', async () => {
      const lines = await oneOf(1);
      const order = await createOrder(app, { lines });
      await pay(order, 'tok_timeout');
      await expireLate();
      expect(await read(order)).toMatchObject({ status: 'expired', version: 2, expiresAt: null });
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', version: 3 });
      expect((await app.post('/orders', buildOrder('', { lines }), { key: true })).statusCode).toBe(409);
    });

    it('goes back in full when the stock of an expired order is gone (O7)', async () => {
      const lines = await oneOf(1);
      const order = await createOrder(app, { lines });
      await pay(order, 'tok_timeout');
      await expireLate();
      await createOrder(app, { lines });
      await sweep();
      await sweep();
      expect(await read(order)).toMatchObject({
        status: 'expired',
        paymentStatus: 'refunded',
        version: 2,
        payments: [{ refundedAmount: order.total }],
      });
      expect(await eventsOf(order)).toEqual([
        'payment.created',
        'payment.processing',
        'payment.captured',
        'payment.late_refunded',
        'payment.refund_requested',
        'payment.refunded',
      ]);
    });

    it('goes back with the part that was paid before, for which the order has expired (O7)', async () => {
      const order = await createOrder(app);
      const part = { provider: 'fake', token: 'tok_success', amount: { amount: 500, currency: 'EUR' } };
      await app.post(`/orders/${order.id}/payments`, part, { key: true, ...guestOf(order) });
      await pay(order, 'tok_timeout');
      await expireLate();
      const later = new Date(Date.now() + TWO_HOURS_MS);
      await app.app.get(PaymentSweepService).sweep(later);
      await app.app.get(PaymentSweepService).sweep(later);
      const end = await read(order);
      expect(end).toMatchObject({ status: 'expired', paymentStatus: 'refunded' });
      expect(end.payments.map(({ refundedAmount }) => refundedAmount.amount)).toEqual([500, order.total.amount - 500]);
    });

    it('goes back in full when the order has been cancelled (O7)', async () => {
      const order = await createOrder(app);
      await pay(order, 'tok_timeout');
      expect((await cancel(order)).json()).toMatchObject({ status: 'cancelled', paymentStatus: 'processing' });
      await sweep();
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
    });

    it('goes back as far as it is beyond the total when the order was paid twice (O7b)', async () => {
      const order = await createOrder(app);
      await pay(order, 'tok_success');
      const key = newId();
      await fake.charge({ key, amount: order.total, token: 'tok_success' }, new AbortController().signal);
      await app.database.execute(
        `WITH second AS (
           INSERT INTO payments (id, order_id, provider, status, currency, amount, provider_key, version, created_at, updated_at)
           VALUES ($1, $2, 'fake', 'processing', 'EUR', $3, $4, 1, now() - interval '1 s', now()))
         INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
         VALUES ($1, 'payment.created', 'payment', $1, 1, '{}', now())`,
        [newId(), order.id, order.total.amount, key],
      );
      await sweep();
      await sweep();
      const end = await read(order);
      expect(end).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
      expect(end.payments.map(({ refundedAmount }) => refundedAmount.amount)).toEqual([0, order.total.amount]);
    });
  });

  describe('a refund', () => {
    const paidAndCancelled = async () => {
      const order = await createOrder(app);
      await pay(order, 'tok_success');
      expect((await cancel(order)).json()).toMatchObject({
        status: 'cancelled',
        paymentStatus: 'paid',
        payments: [{ refundPendingAmount: order.total, refundedAmount: { amount: 0 } }],
      });
      const [refund] = await app.database.query<{ id: string }>(`SELECT id FROM refunds WHERE order_id = $1`, [
        order.id,
      ]);
      return { order, refundId: refund!.id };
    };
    const refundsMade = (order: PlacedOrderResponseDto) =>
      app.database.query(
        `SELECT r.key FROM fake_provider.refunds r JOIN fake_provider.charges c ON c.reference = r.charge_reference
         JOIN payments p ON p.provider_key = c.key WHERE p.order_id = $1`,
        [order.id],
      );

    it('is made once, however often and by however many workers it is asked for', async () => {
      const { order, refundId } = await paidAndCancelled();
      await Promise.all(Array.from({ length: 8 }, () => app.app.get(RefundsService).execute(refundId)));
      expect(await refundsMade(order)).toHaveLength(1);
      expect(await read(order)).toMatchObject({
        paymentStatus: 'refunded',
        payments: [{ refundedAmount: order.total }],
      });
      expect((await eventsOf(order)).filter((type) => type === 'payment.refunded')).toHaveLength(1);
    });

    it('stays promised when the provider does not answer, counts the attempt, and is made later without a second one', async () => {
      const { order, refundId } = await paidAndCancelled();
      fake.faults.afterRefund = () => {
        throw new ProviderUnreachableError('fake', '503');
      };
      await expect(app.app.get(RefundsService).execute(refundId)).rejects.toThrow(ProviderUnreachableError);
      const [row] = await app.database.query(`SELECT status, attempts FROM refunds WHERE id = $1`, [refundId]);
      expect(row).toEqual({ status: 'pending', attempts: 1 });
      delete fake.faults.afterRefund;
      await sweep();
      expect(await refundsMade(order)).toHaveLength(1);
      expect((await read(order)).paymentStatus).toBe('refunded');
    });

    it('that is refused frees its amount, is told, and is promised anew after an hour, because the shop owes it', async () => {
      const { order, refundId } = await paidAndCancelled();
      fake.faults.refusesRefunds = true;
      await app.app.get(RefundsService).execute(refundId);
      expect(await read(order)).toMatchObject({
        paymentStatus: 'paid',
        payments: [{ refundPendingAmount: { amount: 0 } }],
      });
      expect(await eventsOf(order)).toContain('payment.refund_failed');
      await expectInvariants(app);
      const promised = async () =>
        (await app.database.query(`SELECT id FROM refunds WHERE order_id = $1`, [order.id])).length;
      await sweep();
      expect(await promised()).toBe(1);
      await app.database.execute(`UPDATE refunds SET settled_at = now() - interval '61 min' WHERE id = $1`, [refundId]);
      await sweep();
      await sweep();
      await sweep();
      expect(await promised()).toBe(2);
      fake.faults.refusesRefunds = false;
      await app.app.get(PaymentSweepService).sweep(new Date(Date.now() + 3_601_000));
      expect((await read(order)).paymentStatus).toBe('refunded');
      expect(await refundsMade(order)).toHaveLength(1);
    });
  });
});

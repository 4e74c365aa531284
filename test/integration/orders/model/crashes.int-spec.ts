import type { Response } from 'light-my-request';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../../src/orders/dto/order-response.dto.js';
import { PaymentSweepService } from '../../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../../src/orders/payments/payment-timings.js';
import { buildOrder, createOrder, guestOf } from '../../../factories/order.factory.js';
import { createProduct } from '../../../factories/product.factory.js';
import { createStaff, unique } from '../../../factories/user.factory.js';
import { type Crash, dying, installCrashes } from '../../../support/crash.js';
import { expectInvariants } from '../../../support/invariants.js';
import { TestApp } from '../../../support/test-app.js';

const success = { provider: 'fake' as const, token: 'tok_success' };

describe('a process that dies at any statement (I3)', () => {
  let app: TestApp;
  let staff: string;
  let crashes: ReturnType<typeof installCrashes>;

  beforeAll(async () => {
    app = await TestApp.startOwn();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    staff = (await createStaff(app)).token;
    crashes = installCrashes();
  });
  afterAll(async () => {
    crashes.uninstall();
    await app.close();
  });

  const sweep = () => app.app.get(PaymentSweepService).sweep();
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const chargesOf = (order: { id: string }) =>
    app.database.query<{ captured: number; refunded: number }>(
      `SELECT c.captured_amount::int AS captured, c.refunded_amount::int AS refunded
       FROM fake_provider.charges c JOIN payments p ON p.provider_key = c.key WHERE p.order_id = $1`,
      [order.id],
    );

  /** Calls `round` for every statement of the work, and for both sides of it, until the work comes to its end alive. */
  async function everywhere(round: (crash: Crash) => Promise<boolean>): Promise<number> {
    for (let step = 1; ; step++) {
      const died = await round({ step, when: 'before' });
      if (died) await round({ step, when: 'after' });
      if (!died) {
        await expectInvariants(app);
        return step - 1;
      }
    }
  }

  /** The next process comes when the lease of the dead one has run out. */
  const afterTheLease = async (request: () => Promise<Response>): Promise<Response> => {
    await app.database.execute(`UPDATE idempotency_keys SET lease_until = now() WHERE status IS NULL`);
    return request();
  };

  it('places and charges an order once, whatever is repeated', async () => {
    const { variants } = await createProduct(app, { stock: 1_000 });
    let orders = 0;
    const steps = await everywhere(async (crash) => {
      const key = `checkout-${unique()}`;
      const body = { ...buildOrder(variants[0]!.id), payment: success };
      const send = () => app.post('/orders', body, { key });
      const died = await dying(crash, send);
      if (crash.step % 2 === 0) await sweep();
      const answer = await afterTheLease(send);
      expect([crash, answer.statusCode]).toEqual([crash, 201]);
      expect((await send()).body).toBe(answer.body);
      const order = answer.json<PlacedOrderResponseDto>();
      orders += 1;
      await sweep();
      const { status } = await read(order);
      // A sweep that comes first closes the key of a charge that never arrived.
      expect(crash.step % 2 === 0 ? ['confirmed', 'pending_payment'] : ['confirmed']).toContain(status);
      const captured = (await chargesOf(order)).map((charge) => charge.captured);
      expect(captured).toEqual([status === 'confirmed' ? order.total.amount : 0]);
      expect(await app.database.query(`SELECT id FROM orders WHERE email = $1`, [body.email])).toHaveLength(1);
      return died;
    });
    expect(steps).toBeGreaterThan(8);
    expect(await app.database.query(`SELECT reserved FROM stock WHERE variant_id = $1`, [variants[0]!.id])).toEqual([
      { reserved: orders },
    ]);
  }, 60_000);

  it('leaves an order without a client to the sweep, which finds out whether it is paid', async () => {
    const { variants } = await createProduct(app, { stock: 1_000 });
    const ends = new Set<string>();
    await everywhere(async (crash) => {
      const body = { ...buildOrder(variants[0]!.id), payment: success };
      const died = await dying(crash, () => app.post('/orders', body, { key: true }));
      await sweep();
      const [order] = await app.database.query<{ id: string; status: string; payment_status: string }>(
        `SELECT id, status, payment_status FROM orders WHERE email = $1`,
        [body.email],
      );
      const charged = order ? (await chargesOf(order)).map(({ captured }) => captured) : [];
      ends.add(order ? `${order.status} ${order.payment_status}` : 'none');
      if (order?.status === 'confirmed') expect(charged).toEqual([1999]);
      else expect(charged.filter((amount) => amount > 0)).toEqual([]);
      return died;
    });
    expect(ends).toEqual(new Set(['none', 'pending_payment unpaid', 'confirmed paid']));
  }, 60_000);

  it('charges an order that waits once', async () => {
    await everywhere(async (crash) => {
      const order = await createOrder(app);
      const key = `pay-${unique()}`;
      const send = () => app.post(`/orders/${order.id}/payments`, success, { key, ...guestOf(order) });
      const died = await dying(crash, send);
      if (crash.step % 2 === 0) await sweep();
      expect((await afterTheLease(send)).statusCode).toBe(201);
      await sweep();
      const { status } = await read(order);
      // A sweep that comes first closes the key of a charge that never arrived.
      expect(crash.step % 2 === 0 ? ['confirmed', 'pending_payment'] : ['confirmed']).toContain(status);
      const captured = (await chargesOf(order)).reduce((sum, charge) => sum + charge.captured, 0);
      expect(captured).toBe(status === 'confirmed' ? order.total.amount : 0);
      return died;
    });
  }, 60_000);

  it('captures once what staff have vouched for', async () => {
    await everywhere(async (crash) => {
      const order = await createOrder(app);
      const paid = await app.post(`/orders/${order.id}/payments`, { provider: 'manual' }, { key: true, token: staff });
      const { id } = paid.json<{ id: string }>();
      const key = `capture-${unique()}`;
      const send = () => app.post(`/payments/${id}/capture`, {}, { key, token: staff });
      const died = await dying(crash, send);
      const answer = await afterTheLease(send);
      expect(answer.json()).toMatchObject({ status: 'captured', capturedAmount: order.total });
      expect((await send()).body).toBe(answer.body);
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
      return died;
    });
  }, 60_000);

  it('cancels a paid order once, and gives its money back once', async () => {
    await everywhere(async (crash) => {
      const order = await createOrder(app, { payment: success });
      const key = `cancel-${unique()}`;
      const send = () => app.post(`/orders/${order.id}/cancel`, {}, { key, ...guestOf(order) });
      const died = await dying(crash, send);
      expect((await afterTheLease(send)).statusCode).toBe(200);
      // The refund itself dies at the same statement, and the next sweep makes it.
      await dying(crash, sweep);
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: order.total.amount }]);
      return died;
    });
  }, 60_000);

  it('makes a refund that is promised once, wherever the sweep dies', async () => {
    const steps = await everywhere(async (crash) => {
      const order = await createOrder(app, { payment: success });
      await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
      const died = await dying(crash, sweep);
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: order.total.amount }]);
      return died;
    });
    expect(steps).toBeGreaterThan(6);
  }, 60_000);
});

import type { Response } from 'light-my-request';
import { IdempotencyService } from '../../../../src/common/idempotency/idempotency.service.js';
import type { PlacedOrderResponseDto } from '../../../../src/orders/dto/order-response.dto.js';
import { PaymentSweepService } from '../../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../../src/orders/payments/payment-timings.js';
import { buildOrder, createOrder, guestOf } from '../../../factories/order.factory.js';
import { createProduct } from '../../../factories/product.factory.js';
import { createStaff, createUser, TEST_PASSWORD, unique } from '../../../factories/user.factory.js';
import { FaultProxy, isCommit, type PostgresMessage } from '../../../support/fault-proxy.js';
import { expectInvariants } from '../../../support/invariants.js';
import { TestApp } from '../../../support/test-app.js';

const success = { provider: 'fake' as const, token: 'tok_success' };
const isAnswerToWrite = ({ from, kind, text }: PostgresMessage): boolean =>
  from === 'server' && kind === 'C' && /^(COMMIT|INSERT|UPDATE|DELETE)/.test(text);

describe('PostgreSQL cut off while the process lives on', () => {
  let proxy: FaultProxy;
  /** Behind the proxy. */
  let app: TestApp;
  /** Beside it. */
  let world: TestApp;
  let staff: string;
  let variantId: string;

  beforeAll(async () => {
    proxy = await FaultProxy.to(process.env.DATABASE_URL!);
    [app, world] = [await TestApp.start({ DATABASE_URL: proxy.url }), await TestApp.start()];
    for (const { app: each } of [app, world]) each.get(PaymentTimings).sweepAfterMs = 0;
    app.app.get(IdempotencyService).patienceMs = 2_000;
    staff = (await createStaff(world)).token;
    variantId = (await createProduct(world, { stock: 10_000 })).variants[0]!.id;
  });
  afterAll(async () => {
    await Promise.all([app.close(), world.close()]);
    await proxy.close();
  });

  /** Lets the `step`-th message of a kind be lost during `work`, with its connection. @returns whether there was one. */
  async function losing(isMeant: (message: PostgresMessage) => boolean, step: number, work: () => Promise<unknown>) {
    let met = 0;
    proxy.fault = (message) => (isMeant(message) && ++met === step ? 'cut' : undefined);
    try {
      await work();
    } finally {
      proxy.fault = () => undefined;
    }
    return met >= step;
  }

  /**
   * Calls `command` for every write of it whose answer is lost, COMMIT among them, and for every COMMIT that is lost itself.
   *
   * The client gets 503 and sends its request again as it was, until it is answered.
   */
  async function everywhere(command: (lost: (send: () => Promise<Response>) => Promise<Response>) => Promise<void>) {
    for (const isMeant of [isAnswerToWrite, isCommit]) {
      for (let step = 1, isLost = true; isLost; step++) {
        await command(async (send) => {
          let first: Response | undefined;
          isLost = await losing(isMeant, step, async () => (first = await send()));
          if (step === 1) expect(isLost).toBe(true);
          if (first!.statusCode >= 400)
            expect(first).toMatchObject({
              statusCode: 503,
              headers: { 'retry-after': expect.stringMatching(/^\d+$/) },
            });
          return first!.statusCode < 400 && !isLost ? first! : until(send);
        });
      }
      await expectInvariants(world);
    }
  }

  async function until(send: () => Promise<Response>): Promise<Response> {
    for (;;) {
      await world.database.execute(`UPDATE idempotency_keys SET lease_until = now() WHERE status IS NULL`);
      const response = await send();
      if (response.json<{ code?: string }>().code !== 'request.in_progress') return response;
    }
  }

  const sweep = () => world.app.get(PaymentSweepService).sweep();
  const chargesOf = (order: { id: string }) =>
    world.database.query<{ captured: number; refunded: number }>(
      `SELECT c.captured_amount::int AS captured, c.refunded_amount::int AS refunded
       FROM fake_provider.charges c JOIN payments p ON p.provider_key = c.key WHERE p.order_id = $1`,
      [order.id],
    );

  it('places and charges an order once', async () => {
    await everywhere(async (lost) => {
      const [body, key] = [{ ...buildOrder(variantId), payment: success }, `lost-${unique()}`];
      const answer = await lost(() => app.post('/orders', body, { key }));
      expect(answer.statusCode).toBe(201);
      const order = answer.json<PlacedOrderResponseDto>();
      if (order.status !== 'confirmed') await sweep();
      expect((await world.get(`/orders/${order.id}`, guestOf(order))).json()).toMatchObject({ status: 'confirmed' });
      const found = await world.database.query(`SELECT id FROM orders WHERE email = $1`, [body.email]);
      expect(found).toEqual([{ id: order.id }]);
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: 0 }]);
    });
  });

  it('refunds a part once', async () => {
    await everywhere(async (lost) => {
      const order = await createOrder(world, { lines: [{ variantId, quantity: 1 }], payment: success });
      const [path, key] = [`/payments/${order.payments[0]!.id}/refunds`, `lost-${unique()}`];
      const part = { amount: { amount: 700, currency: 'EUR' } };
      const answer = await lost(() => app.post(path, part, { key, token: staff }));
      expect(answer.statusCode).toBe(201);
      if (answer.json<{ status: string }>().status !== 'succeeded') await sweep();
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: 700 }]);
    });
  });

  it('captures once what the company holds', async () => {
    await everywhere(async (lost) => {
      const order = await createOrder(world, { lines: [{ variantId, quantity: 1 }] });
      const held = { ...success, capture: 'later' };
      const paid = await world.post(`/orders/${order.id}/payments`, held, { key: true, token: staff });
      const [path, key] = [`/payments/${paid.json<{ id: string }>().id}/capture`, `lost-${unique()}`];
      const answer = await lost(() => app.post(path, {}, { key, token: staff }));
      expect(answer.statusCode).toBe(200);
      if (answer.json<{ status: string }>().status !== 'captured') await sweep();
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: 0 }]);
    });
  });

  it('cancels once, and gives the money back once', async () => {
    await everywhere(async (lost) => {
      const order = await createOrder(world, { lines: [{ variantId, quantity: 1 }], payment: success });
      const key = `lost-${unique()}`;
      const answer = await lost(() => app.post(`/orders/${order.id}/cancel`, {}, { key, ...guestOf(order) }));
      expect([answer.statusCode, answer.json()]).toMatchObject([200, { status: 'cancelled' }]);
      await sweep();
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: order.total.amount }]);
    });
  });

  it('counts a delivery once', async () => {
    await everywhere(async (lost) => {
      const [note, key] = [`delivery ${unique()}`, `lost-${unique()}`];
      const body = { variantId, delta: 3, reason: 'received', note };
      const answer = await lost(() => app.post('/inventory/adjustments', body, { key, token: staff }));
      expect(answer.statusCode).toBe(201);
      const movements = await world.database.query(`SELECT id FROM inventory_movements WHERE note = $1`, [note]);
      expect(movements).toHaveLength(1);
    });
  });

  it('registers a shopper once, who signs in where the answer was lost', async () => {
    await everywhere(async (lost) => {
      const [credentials, key] = [
        { email: `lost-${unique()}@example.com`, password: TEST_PASSWORD },
        `lost-${unique()}`,
      ];
      const answer = await lost(() => app.post('/auth/register', credentials, { key }));
      // The account is there, and the tokens of the first answer are nowhere but in it.
      if (answer.statusCode !== 201) expect(answer.json()).toMatchObject({ code: 'user.email_taken' });
      expect(await world.database.query(`SELECT id FROM users WHERE email = $1`, [credentials.email])).toHaveLength(1);
      expect((await app.post('/auth/login', credentials)).statusCode).toBe(200);
    });
  });

  it('lets a shopper whose refresh was lost go on with the session', async () => {
    await everywhere(async (lost) => {
      const { sessionId, refreshToken } = await createUser(world);
      const key = `lost-${unique()}`;
      const answer = await lost(() => app.post('/auth/refresh', { refreshToken }, { key }));
      expect([answer.statusCode, answer.json()]).toMatchObject([200, { refreshToken: expect.any(String) }]);
      const { refreshToken: next } = answer.json<{ refreshToken: string }>();
      expect((await world.post('/auth/refresh', { refreshToken: next })).statusCode).toBe(200);
      const ended = `SELECT id FROM sessions WHERE id = $1 AND revoked_at IS NOT NULL`;
      expect(await world.database.query(ended, [sessionId])).toEqual([]);
    });
  });
});

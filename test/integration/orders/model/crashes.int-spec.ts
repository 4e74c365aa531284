import type { Response } from 'light-my-request';
import { IdempotencyService } from '../../../../src/common/idempotency/idempotency.service.js';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../../src/orders/dto/order-response.dto.js';
import { FakePaymentProvider } from '../../../../src/orders/payments/fake.provider.js';
import { PaymentSweepService } from '../../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../../src/orders/payments/payment-timings.js';
import { createCart, holderOf } from '../../../factories/cart.factory.js';
import { buildOrder, createOrder, guestOf, type TestOrderOptions } from '../../../factories/order.factory.js';
import { createGiftCard } from '../../../factories/gift-card.factory.js';
import { createProduct } from '../../../factories/product.factory.js';
import { createStaff, createUser, unique } from '../../../factories/user.factory.js';
import { type Crash, dying, installCrashes } from '../../../support/crash.js';
import { expectInvariants } from '../../../support/invariants.js';
import { TestApp } from '../../../support/test-app.js';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const success = { provider: 'fake' as const, token: 'tok_success' };

describe('a process that dies at any statement (I3)', () => {
  let app: TestApp;
  let staff: string;
  let variantId: string;
  let crashes: ReturnType<typeof installCrashes>;

  beforeAll(async () => {
    app = await TestApp.start();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    app.app.get(IdempotencyService).patienceMs = 2_000;
    staff = (await createStaff(app)).token;
    variantId = (await createProduct(app, { stock: 10_000 })).variants[0]!.id;
    crashes = installCrashes();
  });
  afterAll(async () => {
    crashes.uninstall();
    await app.close();
  });

  /** All of one product, of which there is enough. */
  const placed = (options: TestOrderOptions = {}) =>
    createOrder(app, { lines: [{ variantId, quantity: 1 }], ...options });
  const sweep = () => app.app.get(PaymentSweepService).sweep();
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const chargesOf = (order: { id: string }) =>
    app.database.query<{ captured: number; refunded: number }>(
      `SELECT c.captured_amount::int AS captured, c.refunded_amount::int AS refunded
       FROM fake_provider.charges c JOIN payments p ON p.provider_key = c.key WHERE p.order_id = $1`,
      [order.id],
    );

  const referenceOf = async (order: { id: string }): Promise<string> => {
    const payment = await app.database.queryOne<{ reference: string }>(
      `SELECT provider_reference AS reference FROM payments WHERE order_id = $1`,
      [order.id],
    );
    return payment!.reference;
  };

  /**
   * Calls `round` for a death before the first statement of the work, and after each of them, until the work comes to its end alive. To die
   * before a statement leaves the same behind as to die after the one before it.
   */
  async function everywhere(round: (crash: Crash) => Promise<boolean>): Promise<number> {
    await round({ step: 1, when: 'before' });
    for (let step = 1; ; step++) {
      if (await round({ step, when: 'after' })) continue;
      await expectInvariants(app);
      return step - 1;
    }
  }

  /** The next process comes when the lease of the dead one has run out. */
  const afterTheLease = async (request: () => Promise<Response>): Promise<Response> => {
    for (;;) {
      await app.database.execute(`UPDATE idempotency_keys SET lease_until = now() WHERE status IS NULL`);
      const response = await request();
      // What the dead one had sent already, the database may have committed only since, and with it another lease.
      if (response.json<{ code?: string }>().code !== 'request.in_progress') return response;
    }
  };

  it('places and charges an order once, whatever is repeated', async () => {
    const { variants } = await createProduct(app, { stock: 1_000 });
    let orders = 0;
    const steps = await everywhere(async (crash) => {
      const key = `checkout-${unique()}`;
      const body = { ...buildOrder(variants[0]!.id), payment: success };
      const send = () => app.post('/orders', body, { key });
      const died = await dying(app, crash, send);
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
  });

  it('orders a cart and charges it once, whatever is repeated', async () => {
    await everywhere(async (crash) => {
      const cart = await createCart(app, {
        lines: [{ variantId, quantity: 2 }],
        email: `crash-${unique()}@example.com`,
      });
      const send = (key: string) =>
        app.post('/orders', { cartId: cart.id, payment: success }, { key, ...holderOf(cart) });
      const key = `cart-${unique()}`;
      const died = await dying(app, crash, () => send(key));
      if (crash.step % 2 === 0) await sweep();
      const answer = await afterTheLease(() => send(key));
      expect([crash, answer.statusCode]).toEqual([crash, 201]);
      const order = answer.json<PlacedOrderResponseDto>();
      expect((await send(`cart-${unique()}`)).json()).toMatchObject({
        code: 'cart.already_ordered',
        orderId: order.id,
      });
      await sweep();
      const { status } = await read(order);
      // A sweep that comes first closes the key of a charge that never arrived.
      expect(crash.step % 2 === 0 ? ['confirmed', 'pending_payment'] : ['confirmed']).toContain(status);
      const captured = (await chargesOf(order)).map((charge) => charge.captured);
      expect(captured).toEqual([status === 'confirmed' ? order.total.amount : 0]);
      expect(await app.database.query(`SELECT id FROM orders WHERE cart_id = $1`, [cart.id])).toEqual([
        { id: order.id },
      ]);
      return died;
    });
  });

  it('leaves an order without a client to the sweep, which finds out whether it is paid', async () => {
    const ends = new Set<string>();
    await everywhere(async (crash) => {
      const body = { ...buildOrder(variantId), payment: success };
      const died = await dying(app, crash, () => app.post('/orders', body, { key: true }));
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
    expect([...ends].sort()).toEqual(['confirmed paid', 'none', 'pending_payment unpaid']);
  });

  it('charges an order that waits once', async () => {
    await everywhere(async (crash) => {
      const order = await placed();
      const key = `pay-${unique()}`;
      const send = () => app.post(`/orders/${order.id}/payments`, success, { key, ...guestOf(order) });
      const died = await dying(app, crash, send);
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
  });

  const heldFor = async (order: PlacedOrderResponseDto, payment: object): Promise<string> => {
    const paid = await app.post(`/orders/${order.id}/payments`, payment, { key: true, token: staff });
    return paid.json<{ id: string }>().id;
  };
  const held = { ...success, capture: 'later' };

  it.each([
    ['what staff have vouched for', { provider: 'manual' }],
    ['what the company holds', held],
  ])(
    'captures once %s',
    async (_, payment) => {
      await everywhere(async (crash) => {
        const order = await placed();
        const id = await heldFor(order, payment);
        const key = `capture-${unique()}`;
        const send = () =>
          app.post(`/payments/${id}/capture`, { amount: { amount: 500, currency: 'EUR' } }, { key, token: staff });
        const died = await dying(app, crash, send);
        if (crash.step % 2 === 0) await sweep();
        const answer = await afterTheLease(send);
        expect(answer.json()).toMatchObject({ status: 'partially_captured', capturedAmount: { amount: 500 } });
        expect((await send()).body).toBe(answer.body);
        await sweep();
        expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'partially_paid' });
        if (payment === held) expect(await chargesOf(order)).toEqual([{ captured: 500, refunded: 0 }]);
        return died;
      });
    },
    60_000,
  );

  it('gives up once what the company holds of a cancelled order', async () => {
    await everywhere(async (crash) => {
      const order = await placed();
      await heldFor(order, held);
      const died = await dying(app, crash, async () => {
        await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
        await sweep();
      });
      await sweep();
      const { status, paymentStatus, payments } = await read(order);
      if (status === 'cancelled') expect([paymentStatus, payments[0]!.status]).toEqual(['unpaid', 'voided']);
      else expect([status, paymentStatus]).toEqual(['confirmed', 'authorised']);
      expect(await chargesOf(order)).toEqual([{ captured: 0, refunded: 0 }]);
      return died;
    });
  });

  it('refunds a part once', async () => {
    await everywhere(async (crash) => {
      const order = await placed({ payment: success });
      const { id } = order.payments[0]!;
      const key = `refund-${unique()}`;
      const send = () =>
        app.post(`/payments/${id}/refunds`, { amount: { amount: 700, currency: 'EUR' } }, { key, token: staff });
      const died = await dying(app, crash, send);
      if (crash.step % 2 === 0) await sweep();
      const answer = await afterTheLease(send);
      expect([answer.statusCode, answer.json()]).toMatchObject([201, { status: 'succeeded', amount: { amount: 700 } }]);
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'partially_refunded' });
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: 700 }]);
      return died;
    });
  });

  const entriesOf = async (accountId: string): Promise<number[]> =>
    (
      await app.database.query<{ amount: number }>(
        `SELECT amount::int AS amount FROM credit_entries WHERE account_id = $1 ORDER BY id`,
        [accountId],
      )
    ).map(({ amount }) => amount);

  it('spends two gift cards and charges the rest of an order once, whatever is repeated', async () => {
    const steps = await everywhere(async (crash) => {
      const cards = [await createGiftCard(app, { amount: eur(500) }), await createGiftCard(app, { amount: eur(700) })];
      const key = `gift-${unique()}`;
      const body = { ...buildOrder(variantId), giftCards: cards.map(({ code }) => code), payment: success };
      const send = () => app.post('/orders', body, { key });
      const died = await dying(app, crash, send);
      if (crash.step % 2 === 0) await sweep();
      const answer = await afterTheLease(send);
      expect([crash, answer.statusCode]).toEqual([crash, 201]);
      const order = answer.json<PlacedOrderResponseDto>();
      await sweep();
      const { status } = await read(order);
      // A sweep that comes first closes the key of a charge that never arrived, and what comes after it is left to the shopper.
      expect(crash.step % 2 === 0 ? ['confirmed', 'pending_payment'] : ['confirmed']).toContain(status);
      const spent = [await entriesOf(cards[0]!.id), await entriesOf(cards[1]!.id)];
      for (const [index, amount] of [500, 700].entries())
        expect(status === 'confirmed' ? [[amount, -amount]] : [[amount, -amount], [amount]]).toContainEqual(
          spent[index],
        );
      if (status === 'confirmed') expect((await chargesOf(order)).map(({ captured }) => captured)).toEqual([799]);
      return died;
    });
    expect(steps).toBeGreaterThan(20);
  });

  it('gives the money of a cancelled order back to the gift card once', async () => {
    await everywhere(async (crash) => {
      const card = await createGiftCard(app, { amount: eur(5000) });
      const order = await placed({ giftCards: [card.code] });
      await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
      const died = await dying(app, crash, sweep);
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
      expect(await entriesOf(card.id)).toEqual([5000, -1999, 1999]);
      return died;
    });
  });

  it('refunds onto the store credit of the customer once', async () => {
    await everywhere(async (crash) => {
      const { user, token } = await createUser(app);
      const order = await placed({ token, payment: success });
      const key = `credit-${unique()}`;
      const body = { amount: eur(700), to: 'store_credit' };
      const send = () => app.post(`/payments/${order.payments[0]!.id}/refunds`, body, { key, token: staff });
      const died = await dying(app, crash, send);
      if (crash.step % 2 === 0) await sweep();
      expect((await afterTheLease(send)).json()).toMatchObject({ status: 'succeeded', to: 'store_credit' });
      await sweep();
      const account = await app.database.queryOne<{ id: string }>(
        `SELECT id FROM credit_accounts WHERE customer_id = $1`,
        [user.id],
      );
      expect(await entriesOf(account!.id)).toEqual([700]);
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: 0 }]);
      return died;
    });
  });

  it('hears of a payment once, wherever the webhook is lost', async () => {
    const { company } = app.app.get(FakePaymentProvider);
    await everywhere(async (crash) => {
      const order = await placed({ payment: { provider: 'fake', token: 'tok_processing' } });
      let told = '';
      company.send = (body) => {
        told = body;
        return Promise.resolve(200);
      };
      await company.decide(await referenceOf(order), 'confirmed');
      const event = JSON.parse(told) as { id: string };
      const bring = () => app.post('/payment-webhooks/fake', event, { headers: company.sign(event.id, told) });
      const died = await dying(app, crash, bring);
      // The company tries again, or the shop finds what it has kept, or asks by itself.
      expect((await bring()).statusCode).toBe(200);
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
      return died;
    });
  });

  it('cancels a paid order once, and gives its money back once', async () => {
    await everywhere(async (crash) => {
      const order = await placed({ payment: success });
      const key = `cancel-${unique()}`;
      const send = () => app.post(`/orders/${order.id}/cancel`, {}, { key, ...guestOf(order) });
      const died = await dying(app, crash, send);
      expect((await afterTheLease(send)).statusCode).toBe(200);
      // The refund itself dies at the same statement, and the next sweep makes it.
      await dying(app, crash, sweep);
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: order.total.amount }]);
      return died;
    });
  });

  it('makes a refund that is promised once, wherever the sweep dies', async () => {
    const steps = await everywhere(async (crash) => {
      const order = await placed({ payment: success });
      await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
      const died = await dying(app, crash, sweep);
      await sweep();
      expect(await read(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: order.total.amount }]);
      return died;
    });
    expect(steps).toBeGreaterThan(6);
  });

  const address = { name: 'Mo Dell', line1: 'Model Street 1', city: 'Yaren', countryCode: 'NR' };
  const stocked = async (): Promise<string> => (await createProduct(app, { stock: 1_000 })).variants[0]!.id;
  const stockOf = async (id: string) =>
    app.database.queryOne(`SELECT on_hand AS "onHand", reserved FROM stock WHERE variant_id = $1`, [id]);
  /** A paid order of two pieces, and a parcel of both. */
  const packed = async (variant: string): Promise<{ order: PlacedOrderResponseDto; parcel: string }> => {
    const lines = [{ variantId: variant, quantity: 2 }];
    const order = await placed({ lines, payment: success, shippingAddress: address });
    const made = await app.post(`/orders/${order.id}/fulfilments`, {}, { token: staff });
    return { order, parcel: made.json<{ id: string }>().id };
  };
  /** One that has arrived, and of which a return is approved. */
  const approved = async (variant: string) => {
    const { order, parcel } = await packed(variant);
    for (const move of ['ship', 'deliver']) await app.post(`/fulfilments/${parcel}/${move}`, {}, { token: staff });
    const lines = [{ lineId: order.lines[0]!.id, quantity: 2 }];
    const asked = await app.post(`/orders/${order.id}/returns`, { lines }, { token: staff });
    const { id } = asked.json<{ id: string }>();
    await app.post(`/returns/${id}/approve`, {}, { token: staff });
    return { order, id };
  };
  const receive = (order: PlacedOrderResponseDto, id: string, refund: boolean, key: string | true) => {
    const lines = [
      { lineId: order.lines[0]!.id, condition: 'sellable', quantity: 1 },
      { lineId: order.lines[0]!.id, condition: 'damaged', quantity: 1 },
    ];
    return app.post(`/returns/${id}/receive`, { lines, refund }, { key, token: staff });
  };

  it('ships a parcel once', async () => {
    const variant = await stocked();
    let shipped = 0;
    await everywhere(async (crash) => {
      const { order, parcel } = await packed(variant);
      const key = `ship-${unique()}`;
      const send = () => app.post(`/fulfilments/${parcel}/ship`, {}, { key, token: staff });
      const died = await dying(app, crash, send);
      const answer = await afterTheLease(send);
      expect([crash, answer.statusCode]).toEqual([crash, 200]);
      expect((await send()).body).toBe(answer.body);
      shipped += 2;
      expect(await read(order)).toMatchObject({ status: 'confirmed', fulfilmentStatus: 'fulfilled' });
      expect(await stockOf(variant)).toEqual({ onHand: 1_000 - shipped, reserved: 0 });
      return died;
    });
  });

  it('takes the money for a parcel once, where shipping does so', async () => {
    const shop = await TestApp.start({ CAPTURE_ON: 'shipping' });
    try {
      shop.app.get(PaymentTimings).sweepAfterMs = 0;
      shop.app.get(IdempotencyService).patienceMs = 2_000;
      const sweepAll = () => shop.app.get(PaymentSweepService).sweep();
      const variant = await stocked();
      await everywhere(async (crash) => {
        const order = await placed({ lines: [{ variantId: variant, quantity: 3 }], shippingAddress: address });
        await heldFor(order, held);
        const lines = [{ lineId: order.lines[0]!.id, quantity: 2 }];
        const made = await app.post(`/orders/${order.id}/fulfilments`, { lines }, { token: staff });
        const key = `ship-${unique()}`;
        const send = () => shop.post(`/fulfilments/${made.json<{ id: string }>().id}/ship`, {}, { key, token: staff });
        const died = await dying(shop, crash, send);
        if (crash.step % 2 === 0) await sweepAll();
        const answer = await afterTheLease(send);
        expect([crash, answer.statusCode]).toEqual([crash, 200]);
        expect((await send()).body).toBe(answer.body);
        // The capture itself dies at the same statement, and the next sweep makes it.
        await dying(shop, crash, sweepAll);
        await sweepAll();
        expect(await chargesOf(order)).toEqual([{ captured: (order.total.amount / 3) * 2, refunded: 0 }]);
        expect(await read(order)).toMatchObject({ paymentStatus: 'partially_paid' });
        return died;
      });
    } finally {
      await shop.close();
    }
  });

  it('receives a return once, and refunds it once', async () => {
    const variant = await stocked();
    let kept = 0;
    await everywhere(async (crash) => {
      const { order, id } = await approved(variant);
      const key = `receive-${unique()}`;
      const send = () => receive(order, id, true, key);
      const died = await dying(app, crash, send);
      const answer = await afterTheLease(send);
      expect([crash, answer.statusCode]).toEqual([crash, 200]);
      expect((await send()).body).toBe(answer.body);
      // The refund itself dies at the same statement, and the next sweep makes it.
      await dying(app, crash, sweep);
      await sweep();
      kept += 1;
      expect(await read(order)).toMatchObject({ returnStatus: 'returned', paymentStatus: 'refunded' });
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: order.total.amount }]);
      expect(await stockOf(variant)).toEqual({ onHand: 1_000 - kept, reserved: 0 });
      return died;
    });
  });

  it('refunds a return once that has been received before', async () => {
    const variant = await stocked();
    await everywhere(async (crash) => {
      const { order, id } = await approved(variant);
      await receive(order, id, false, true);
      const key = `refund-${unique()}`;
      const send = () => app.post(`/returns/${id}/refund`, {}, { key, token: staff });
      const died = await dying(app, crash, send);
      if (crash.step % 2 === 0) await sweep();
      const answer = await afterTheLease(send);
      expect([crash, answer.statusCode]).toEqual([crash, 200]);
      expect((await send()).body).toBe(answer.body);
      await sweep();
      expect(await read(order)).toMatchObject({ paymentStatus: 'refunded' });
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: order.total.amount }]);
      return died;
    });
  });

  it('takes the money of a gift card once', async () => {
    await everywhere(async (crash) => {
      const amount = { amount: 5_000, currency: 'EUR' };
      const issued = await app.post('/gift-cards', { amount }, { key: true, token: staff });
      const { id, code } = issued.json<{ id: string; code: string }>();
      const order = await placed();
      const key = `redeem-${unique()}`;
      const body = { provider: 'gift_card', code };
      const send = () => app.post(`/orders/${order.id}/payments`, body, { key, ...guestOf(order) });
      const died = await dying(app, crash, send);
      if (crash.step % 2 === 0) await sweep();
      expect((await afterTheLease(send)).statusCode).toBe(201);
      await sweep();
      const { status } = await read(order);
      // A sweep that comes first closes the key of a charge that never arrived.
      expect(crash.step % 2 === 0 ? ['confirmed', 'pending_payment'] : ['confirmed']).toContain(status);
      const card = await app.get(`/gift-cards/${id}`, { token: staff });
      const left = status === 'confirmed' ? 5_000 - order.total.amount : 5_000;
      expect(card.json()).toMatchObject({ balance: { amount: left } });
      return died;
    });
  });

  it('makes of an order once what an edit says, and gives back once what is paid beyond it', async () => {
    const variant = await stocked();
    let held = 0;
    await everywhere(async (crash) => {
      const lines = [{ variantId: variant, quantity: 3 }];
      const order = await placed({ lines, payment: success, shippingAddress: address });
      const body = { lines: [{ lineId: order.lines[0]!.id, quantity: 1 }] };
      const proposed = await app.post(`/orders/${order.id}/edits`, body, { key: true, token: staff });
      const { id } = proposed.json<{ id: string }>();
      const key = `edit-${unique()}`;
      const send = () => app.post(`/order-edits/${id}/confirm`, {}, { key, token: staff });
      const died = await dying(app, crash, send);
      if (crash.step % 2 === 0) await sweep();
      const answer = await afterTheLease(send);
      expect([crash, answer.statusCode]).toEqual([crash, 200]);
      expect((await send()).body).toBe(answer.body);
      await dying(app, crash, sweep);
      await sweep();
      held += 1;
      const left = order.total.amount / 3;
      expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', total: { amount: left } });
      expect(await chargesOf(order)).toEqual([{ captured: order.total.amount, refunded: order.total.amount - left }]);
      expect(await stockOf(variant)).toEqual({ onHand: 1_000, reserved: held });
      return died;
    });
  });
});

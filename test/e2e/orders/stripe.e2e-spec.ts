import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type { PaymentResponseDto } from '../../../src/orders/payments/dto/payment-response.dto.js';
import { OrderExpiryService } from '../../../src/orders/order-expiry.service.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createStaff, type SignedInUser } from '../../factories/user.factory.js';
import { StripeCompany } from '../../support/fakes/stripe-company.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';
import { unanswered } from '../../support/unanswered.js';

const TWO_MINUTES_MS = 120_000;

describe('paying with Stripe', () => {
  let company: StripeCompany;
  let app: TestApp;
  let later: TestApp;
  let staff: SignedInUser;
  beforeAll(async () => {
    company = await StripeCompany.start();
    app = await TestApp.start(company.settings);
    later = await TestApp.start({ ...company.settings, PAYMENT_CAPTURE: 'later' });
    staff = await createStaff(app);
  });
  afterEach(async () => {
    company.fault = null;
    await expectInvariants(app);
  });
  afterAll(async () => {
    await app.close();
    await later.close();
    await company.stop();
  });

  const pay = (order: PlacedOrderResponseDto, token: string, where = app) =>
    where.post(`/orders/${order.id}/payments`, { provider: 'stripe', token }, { key: true, ...guestOf(order) });
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const asStaff = (path: string, body: object) => app.post(path, body, { key: true, token: staff.token });
  const sweep = () => app.app.get(PaymentSweepService).sweep(new Date(Date.now() + TWO_MINUTES_MS));
  const intentOf = ({ providerReference }: { providerReference?: string }) => company.intents.get(providerReference!)!;
  /** The PaymentIntent of an order's last payment. */
  const lastIntent = async (order: PlacedOrderResponseDto) => {
    const [row] = await app.database.query<{ providerReference: string }>(
      `SELECT provider_reference AS "providerReference" FROM payments WHERE order_id = $1 ORDER BY id DESC LIMIT 1`,
      [order.id],
    );
    return intentOf(row!);
  };

  it('confirms the order in one call, and charges its total once', async () => {
    const order = await createOrder(app, { payment: { provider: 'stripe', token: 'pm_card_visa' } });
    expect(order).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', payments: [{ status: 'captured' }] });
    expect(await lastIntent(order)).toMatchObject({ amount_received: 1999, currency: 'eur', status: 'succeeded' });
  });

  describe('its webhooks', () => {
    const deliver = (body: string, headers = company.sign(body)) =>
      app.send('POST', '/payment-webhooks/stripe', { raw: body, headers });
    const kept = async (body: string) =>
      app.database.query<{ status: string }>(`SELECT status FROM payment_webhooks WHERE event_id = $1`, [
        (JSON.parse(body) as { id: string }).id,
      ]);
    const waiting = async () => {
      const order = await createOrder(app);
      await pay(order, 'pm_card_threeDSecure2Required');
      return { order, intent: await lastIntent(order) };
    };

    it('confirm the order once the shopper has authenticated, however often and in whatever order they come', async () => {
      const { order, intent } = await waiting();
      const early = company.event('payment_intent.requires_action', intent);
      const processing = company.event('payment_intent.processing', { ...intent, status: 'processing' });
      const succeeded = company.event('payment_intent.succeeded', company.authenticate(intent.id));
      const answers = await Promise.all([succeeded, succeeded, processing, early].map((body) => deliver(body)));
      for (const body of [early, processing, succeeded]) answers.push(await deliver(body));
      for (const { statusCode } of answers) expect(statusCode).toBe(200);
      expect(await read(order)).toMatchObject({
        status: 'confirmed',
        paymentStatus: 'paid',
        payments: [{ status: 'captured', capturedAmount: { amount: 1999 } }],
      });
      expect(await kept(succeeded)).toHaveLength(1);
    });

    it('leave a payment that failed in the action open until it is cancelled, and then it has failed', async () => {
      const { order, intent } = await waiting();
      const body = company.event('payment_intent.payment_failed', company.authenticate(intent.id, false));
      expect((await deliver(body)).statusCode).toBe(200);
      expect(await read(order)).toMatchObject({ payments: [{ status: 'processing' }] });
      await sweep();
      expect(await read(order)).toMatchObject({ payments: [{ status: 'failed' }] });
      await deliver(company.event('payment_intent.canceled', intent));
      expect((await pay(order, 'pm_card_visa')).json()).toMatchObject({ status: 'captured' });
    });

    it('that come when the order has expired confirm it, or send the money back when it was cancelled', async () => {
      const [expired, cancelled] = [await waiting(), await waiting()];
      await app.post(`/orders/${cancelled.order.id}/cancel`, {}, guestOf(cancelled.order));
      await app.app.get(OrderExpiryService).expireDue(new Date(Date.now() + 2 * 3_600_000));
      expect(await read(expired.order)).toMatchObject({ status: 'expired' });
      for (const { intent } of [expired, cancelled])
        await deliver(company.event('payment_intent.succeeded', company.authenticate(intent.id)));
      expect(await read(expired.order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
      await sweep();
      expect(await read(cancelled.order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
      expect([...company.refunds.values()].at(-1)).toMatchObject({ amount: 1999, payment_intent: cancelled.intent.id });
    });

    it('end a refund that the bank takes its time for', async () => {
      const order = await createOrder(app, { payment: { provider: 'stripe', token: 'pm_card_visa' } });
      company.refundStatus = 'pending';
      const path = `/payments/${order.payments[0]!.id}/refunds`;
      const refund = (await asStaff(path, {})).json<{ id: string }>();
      company.refundStatus = 'succeeded';
      expect(refund).toMatchObject({ status: 'pending' });
      const body = company.event('refund.updated', { ...company.refundsOf(refund.id)[0]!, status: 'succeeded' });
      await deliver(body);
      expect((await app.get(`/refunds/${refund.id}`, guestOf(order))).json()).toMatchObject({ status: 'succeeded' });
      expect(await read(order)).toMatchObject({ paymentStatus: 'refunded' });
    });

    it('are refused when forged, changed or old, and nothing of them is kept', async () => {
      const { order, intent } = await waiting();
      const body = company.event('payment_intent.succeeded', { ...intent, status: 'succeeded', amount_received: 1999 });
      const { 'stripe-signature': signature } = company.sign(body);
      const forged = [
        { 'stripe-signature': signature.replace(/v1=\w+/, `v1=${'0'.repeat(64)}`) },
        { 'stripe-signature': signature.replace('v1=', 'v0=') },
        { 'stripe-signature': `t=2${signature.slice(3)}` },
        company.sign(`${body} `),
        company.sign(body, new Date(Date.now() - 360_000)),
        company.sign(body, new Date(Date.now() + 360_000)),
        {} as { 'stripe-signature': string },
      ];
      for (const headers of forged) {
        const response = await deliver(body, headers);
        expect(response.json()).toMatchObject({ status: 400, code: 'payment_webhook.forged' });
      }
      expect(await kept(body)).toEqual([]);
      expect(await read(order)).toMatchObject({ status: 'pending_payment', payments: [{ status: 'requires_action' }] });
    });

    it('about what is not of the shop are taken, and change nothing', async () => {
      for (const body of [
        company.event('charge.refunded', { id: 'ch_1', object: 'charge', metadata: {} }),
        company.event('payment_intent.succeeded', { id: 'pi_1', object: 'payment_intent', metadata: { order: '7' } }),
        company.event('payment_intent.succeeded', {
          id: 'pi_2',
          object: 'payment_intent',
          status: 'succeeded',
          currency: 'eur',
          amount_received: 1,
          metadata: { storehouse_charge: 'of-nobody' },
        }),
      ]) {
        expect((await deliver(body)).statusCode).toBe(200);
        expect(await kept(body)).toHaveLength(1);
      }
    });
  });

  it('is not offered where its settings are missing', async () => {
    const other = await TestApp.start();
    const order = await createOrder(other);
    const response = await pay(order, 'pm_card_visa', other);
    expect(response.json()).toMatchObject({ status: 422, code: 'payment.provider_not_offered' });
    await other.close();
  });

  it('answers a decline with its code, and takes another card', async () => {
    const order = await createOrder(app);
    const declined = await pay(order, 'pm_card_visa_chargeDeclinedInsufficientFunds');
    expect(declined.statusCode).toBe(201);
    expect(declined.json()).toMatchObject({ status: 'failed', failureCode: 'insufficient_funds' });
    expect((await pay(order, 'pm_card_visa')).json()).toMatchObject({ status: 'captured' });
    expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
  });

  it('finds what was charged by an answer that never came, by the sweep', async () => {
    const order = await createOrder(app);
    company.fault = 'silent';
    const lost = await unanswered(app, () => pay(order, 'pm_card_visa'));
    expect(lost.json()).toMatchObject({ status: 'processing' });
    company.fault = null;
    await sweep();
    expect(await read(order)).toMatchObject({ status: 'confirmed', payments: [{ status: 'captured' }] });
    expect([...company.intents.values()].filter(({ amount_received }) => amount_received > 0)).not.toHaveLength(0);
  });

  it('fails a payment by the sweep that never reached Stripe, and lets another one begin', async () => {
    const order = await createOrder(app);
    company.fault = 'down';
    expect((await pay(order, 'pm_card_visa')).json()).toMatchObject({ status: 'processing' });
    company.fault = null;
    await sweep();
    expect(await read(order)).toMatchObject({ status: 'pending_payment', payments: [{ status: 'failed' }] });
    expect((await pay(order, 'pm_card_visa')).json()).toMatchObject({ status: 'captured' });
  });

  it('holds the money, captures a part of it, and gives a part of that back', async () => {
    const order = await createOrder(app);
    const held = (await pay(order, 'pm_card_visa', later)).json<PaymentResponseDto>();
    expect(held).toMatchObject({ status: 'authorised', authorisedAmount: { amount: 1999 } });
    expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'authorised' });
    const amount = { amount: 1500, currency: 'EUR' };
    const taken = await asStaff(`/payments/${held.id}/capture`, { amount });
    expect(taken.json()).toMatchObject({ status: 'captured', capturedAmount: { amount: 1500 } });
    expect(await lastIntent(order)).toMatchObject({ status: 'succeeded', amount_received: 1500 });
    const refund = await asStaff(`/payments/${held.id}/refunds`, { amount: { amount: 500, currency: 'EUR' } });
    expect(refund.json()).toMatchObject({ status: 'succeeded', amount: { amount: 500 } });
    expect(company.refundsOf(refund.json<{ id: string }>().id)).toMatchObject([{ amount: 500 }]);
  });

  it('gives up what it holds', async () => {
    const order = await createOrder(app);
    const held = (await pay(order, 'pm_card_visa', later)).json<PaymentResponseDto>();
    expect((await asStaff(`/payments/${held.id}/void`, {})).json()).toMatchObject({ status: 'voided' });
    expect(await lastIntent(order)).toMatchObject({ status: 'canceled' });
  });

  it('fails what the shopper does not authenticate, once it is cancelled', async () => {
    const order = await createOrder(app);
    const waiting = await pay(order, 'pm_card_threeDSecure2Required');
    expect(waiting.json()).toMatchObject({
      status: 'requires_action',
      nextAction: { type: 'client_secret', clientSecret: expect.stringContaining('_secret_') },
    });
    company.authenticate((await lastIntent(order)).id, false);
    await sweep();
    expect(await read(order)).toMatchObject({
      status: 'pending_payment',
      payments: [{ status: 'failed', failureCode: 'payment_intent_authentication_failure' }],
    });
    expect(await lastIntent(order)).toMatchObject({ status: 'canceled' });
  });

  it('confirms what the shopper has authenticated, also when its webhook is lost', async () => {
    const order = await createOrder(app);
    await pay(order, 'pm_card_threeDSecure2Required');
    company.authenticate((await lastIntent(order)).id);
    await sweep();
    expect(await read(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
  });
});

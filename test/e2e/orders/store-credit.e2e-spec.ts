import type { OrderDetailResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type { StoreCreditListDto } from '../../../src/orders/gift-cards/store-credit.controller.js';
import { OrderAccess } from '../../../src/orders/order-access.js';
import type { PaymentResponseDto } from '../../../src/orders/payments/dto/payment-response.dto.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import { PersonalData } from '../../../src/users/personal-data.js';
import { createGiftCard } from '../../factories/gift-card.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

const AT_ONCE = 20;
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('store credit', () => {
  let app: TestApp;
  let staff: string;
  let ada: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    ({ token: staff } = await createStaff(app, ['payments:refund', 'payments:capture', 'orders:read', 'orders:write']));
  });
  beforeEach(async () => {
    ada = await createUser(app);
  });
  afterEach(async () => {
    await sweep();
    await expectInvariants(app);
  });
  afterAll(() => app.close());

  const sweep = () => app.app.get(PaymentSweepService).sweep();
  const post = (path: string, body?: object) => app.post(path, body, { key: true, token: staff });
  const adjust = (amount: object, userId = ada.user.id) =>
    post(`/users/${userId}/store-credit/adjustments`, { amount, reason: 'For the late delivery' });
  const mine = async () => (await app.get('/users/me/store-credit', { token: ada.token })).json<StoreCreditListDto>();
  const balances = async () => (await mine()).data.map(({ balance }) => balance);
  const ofAda = () => createOrder(app, { token: ada.token });
  const pay = async (order: { id: string }, body: object = {}, token: string | undefined = ada.token) =>
    (await app.post(`/orders/${order.id}/payments`, { provider: 'store_credit', ...body }, { key: true, token })).json<
      PaymentResponseDto & { code?: string }
    >();
  const orderOf = async ({ id }: { id: string }) =>
    (await app.get(`/orders/${id}`, { token: staff })).json<OrderDetailResponseDto>();

  it('is adjusted by staff by currency, never below zero, and only the customer reads it without the reasons', async () => {
    expect((await adjust(eur(2000))).json()).toMatchObject({ data: [{ balance: eur(2000) }] });
    expect((await adjust({ amount: 300, currency: 'JPY' })).statusCode).toBe(200);
    expect((await adjust(eur(-2001))).json()).toMatchObject({
      status: 409,
      code: 'gift_card.insufficient_balance',
      balance: eur(2000),
    });
    expect((await adjust(eur(0))).json()).toMatchObject({ status: 422, code: 'gift_card.invalid_amount' });
    expect((await adjust(eur(1), '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f')).json()).toMatchObject({ status: 404 });
    expect((await adjust(eur(-500))).statusCode).toBe(200);
    expect(await mine()).toMatchObject({
      data: [
        {
          balance: eur(1500),
          entries: [
            { kind: 'adjust', amount: eur(-500), balance: eur(1500), reason: null },
            { kind: 'adjust', amount: eur(2000), balance: eur(2000), reason: null },
          ],
        },
        { balance: { amount: 300, currency: 'JPY' } },
      ],
      nextCursor: null,
    });
    const seen = await app.get(`/users/${ada.user.id}/store-credit`, { token: staff });
    expect(seen.json()).toMatchObject({ data: [{ entries: [{ reason: 'For the late delivery' }, {}] }, {}] });
    expect((await app.get(`/users/${ada.user.id}/store-credit`, { token: ada.token })).statusCode).toBe(403);
  });

  it('is opened once, however many open it at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => adjust(eur(100))));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(AT_ONCE).fill(200));
    expect(await balances()).toEqual([eur(100 * AT_ONCE)]);
  });

  it('pays what it can of an order of its customer, and another payment the rest', async () => {
    await adjust(eur(1500));
    const order = await ofAda();
    expect(await pay(order)).toMatchObject({ status: 'captured', amount: eur(1999), capturedAmount: eur(1500) });
    expect(await balances()).toEqual([eur(0)]);
    expect(await pay(order)).toMatchObject({ status: 'failed', failureCode: 'no_credit' });
    expect(await pay(order, { provider: 'fake', token: 'tok_success' })).toMatchObject({ capturedAmount: eur(499) });
    expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
  });

  it('pays together with a gift card when the order is placed', async () => {
    await adjust(eur(5000));
    const { code } = await createGiftCard(app, { amount: eur(700) });
    const order = await createOrder(app, {
      token: ada.token,
      giftCards: [code],
      payment: { provider: 'store_credit' },
    });
    expect(order).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
    expect(await balances()).toEqual([eur(5000 - 1299)]);
  });

  it('is spent by its customer, or by staff for them, and by nobody else', async () => {
    await adjust(eur(5000));
    const guest = await createOrder(app);
    const answer = await app.post(
      `/orders/${guest.id}/payments`,
      { provider: 'store_credit' },
      { key: true, ...guestOf(guest) },
    );
    expect(answer.json()).toMatchObject({ status: 'failed', failureCode: 'no_credit' });
    // Bob orders by himself with a token of Ada's id: the means of payment is who he is.
    const bob = await createUser(app);
    const other = await createOrder(app, { token: bob.token });
    expect(await pay(other, { token: ada.user.id }, bob.token)).toMatchObject({ status: 'failed' });
    expect(await balances()).toEqual([eur(5000)]);
    const order = await ofAda();
    expect(await pay(order, {}, staff)).toMatchObject({ status: 'captured' });
    expect(await balances()).toEqual([eur(3001)]);
  });

  it('is not spent by whoever holds the link of an order that staff have written', async () => {
    await adjust(eur(5000));
    const { variants } = await createProduct(app);
    const draft = await post('/orders/drafts', {
      customerId: ada.user.id,
      lines: [{ variantId: variants[0]!.id, quantity: 1 }],
    });
    const { id } = draft.json<{ id: string }>();
    expect((await post(`/orders/${id}/send`)).statusCode).toBe(200);
    const orderToken = app.app.get(OrderAccess).tokenOf(id);
    const answer = await app.post(
      `/orders/${id}/payments`,
      { provider: 'store_credit' },
      { key: true, headers: { 'x-order-token': orderToken } },
    );
    expect(answer.json()).toMatchObject({ status: 'failed', failureCode: 'no_credit' });
    expect(await balances()).toEqual([eur(5000)]);
  });

  it('is spent once, however many orders want it at the same moment', async () => {
    await adjust(eur(1999 * 4 + 1));
    const orders = await Promise.all(Array.from({ length: AT_ONCE }, ofAda));
    const payments = await Promise.all(orders.map((order) => pay(order)));
    const taken = payments.map(({ capturedAmount }) => capturedAmount.amount).sort((one, other) => other - one);
    expect(taken).toEqual([...Array<number>(4).fill(1999), 1, ...Array<number>(AT_ONCE - 5).fill(0)]);
    expect(await balances()).toEqual([eur(0)]);
  });

  describe('refunds onto it', () => {
    const paid = async (token: string | undefined) => {
      const order = await createOrder(app, { token, payment: { provider: 'fake', token: 'tok_success' } });
      return { order, payment: order.payments[0]! };
    };
    const refund = (id: string, body: object = {}) => post(`/payments/${id}/refunds`, { to: 'store_credit', ...body });
    const companyRefunds = (paymentId: string) =>
      app.database.query(
        `SELECT r.amount FROM fake_provider.refunds r JOIN payments p ON p.provider_reference = r.charge_reference WHERE p.id = $1`,
        [paymentId],
      );

    it('put what a card paid onto the credit of the customer, and ask nothing of the company', async () => {
      const { order, payment } = await paid(ada.token);
      expect((await refund(payment.id, { amount: eur(700) })).json()).toMatchObject({
        status: 'succeeded',
        to: 'store_credit',
        amount: eur(700),
      });
      const rest = await post(`/payments/${payment.id}/refunds`);
      expect(rest.json()).toMatchObject({ status: 'succeeded', to: 'payment', amount: eur(1299) });
      expect((await refund(payment.id)).json()).toMatchObject({ code: 'payment.refund_exceeds' });
      expect(await orderOf(order)).toMatchObject({ paymentStatus: 'refunded' });
      expect(await companyRefunds(payment.id)).toEqual([{ amount: '1299' }]);
      // In the books the money is where it was, and owed to the customer.
      const ledger = await app.database.query(
        `SELECT account, sum(amount)::int AS amount FROM ledger_entries
         WHERE order_id = $1 AND account IN ('cash:fake', 'store_credit') GROUP BY account ORDER BY account`,
        [order.id],
      );
      expect(ledger).toEqual([
        { account: 'cash:fake', amount: 700 },
        { account: 'store_credit', amount: -700 },
      ]);
      expect(await mine()).toMatchObject({
        data: [{ balance: eur(700), entries: [{ kind: 'refund', amount: eur(700), orderId: order.id }] }],
      });
    });

    it('come to exactly what was captured, in any parts and at the same moment', async () => {
      const { payment } = await paid(ada.token);
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, (_, index) =>
          index % 2
            ? refund(payment.id, { amount: eur(333) })
            : post(`/payments/${payment.id}/refunds`, { amount: eur(333) }),
        ),
      );
      expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(6);
      expect((await refund(payment.id)).json()).toMatchObject({ amount: eur(1) });
      const [{ amount: credit } = eur(0)] = await balances();
      const company = (await companyRefunds(payment.id)) as { amount: string }[];
      expect(credit + company.reduce((sum, { amount }) => sum + Number(amount), 0)).toBe(1999);
    });

    it('are refused for an order without an account with 422 store_credit.no_account, and nothing is promised', async () => {
      const { order, payment } = await paid(undefined);
      expect((await refund(payment.id)).json()).toMatchObject({ status: 422, code: 'store_credit.no_account' });
      expect(await orderOf(order)).toMatchObject({ payments: [{ refundPendingAmount: eur(0) }] });
    });
  });

  it('is exported to its customer, with the cards they were mailed, and survives them without their name', async () => {
    await adjust(eur(2000));
    const { id } = await createGiftCard(app, {
      customerId: ada.user.id,
      recipientEmail: ada.user.email,
      note: 'For Ada',
    });
    const section = app.app
      .get(PersonalData, { strict: false })
      .all()
      .find(({ section: name }) => name === 'credit')!;
    const exported = [];
    for await (const row of section.export!(ada.user.id) as AsyncIterable<unknown>) exported.push(row);
    expect(exported).toMatchObject([
      { kind: 'store_credit', currency: 'EUR', balance: 2000, entries: [{ kind: 'adjust', amount: 2000 }] },
      { kind: 'gift_card', balance: 5000, recipientEmail: ada.user.email, entries: [{ kind: 'issue' }] },
    ]);
    expect(JSON.stringify(exported)).not.toMatch(/late delivery|codeHash/);
    const { token: admin } = await createStaff(app);
    expect((await app.post(`/users/${ada.user.id}/erase`, {}, { token: admin })).statusCode).toBeLessThan(300);
    const rows = await app.database.query(
      `SELECT kind, balance_amount::int AS balance, recipient_email, note,
         (SELECT count(*) FROM credit_entries e WHERE e.account_id = a.id AND e.reason IS NOT NULL)::int AS reasons
       FROM credit_accounts a WHERE customer_id = $1 ORDER BY kind`,
      [ada.user.id],
    );
    expect(rows).toEqual([
      { kind: 'gift_card', balance: 5000, recipient_email: null, note: null, reasons: 0 },
      { kind: 'store_credit', balance: 2000, recipient_email: null, note: null, reasons: 0 },
    ]);
    const mails = await app.database.query(`SELECT recipient FROM mails WHERE dedupe_key = $1`, [
      `gift_card.issued:${id}`,
    ]);
    expect(JSON.stringify(mails)).not.toContain(ada.user.email);
  });
});

import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { CreditLedger } from '../../../src/orders/gift-cards/credit-ledger.service.js';
import type {
  GiftCardDetailResponseDto,
  GiftCardPageDto,
  IssuedGiftCardResponseDto,
} from '../../../src/orders/gift-cards/gift-card.dto.js';
import { OrderExpiryService } from '../../../src/orders/order-expiry.service.js';
import type { PaymentResponseDto } from '../../../src/orders/payments/dto/payment-response.dto.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import { createGiftCard } from '../../factories/gift-card.factory.js';
import { buildOrder, createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { onlyMailTo } from '../../support/queued-mails.js';
import { TestApp } from '../../support/test-app.js';

const AT_ONCE = 20;
const DAY_MS = 86_400_000;
const LATER = '2099-01-01T00:00:00.000Z';
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('gift cards', () => {
  let app: TestApp;
  let staff: string;
  beforeAll(async () => {
    app = await TestApp.start();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    ({ token: staff } = await createStaff(app, ['payments:refund', 'payments:capture', 'orders:read', 'orders:write']));
  });
  afterEach(async () => {
    await sweep();
    await expectInvariants(app);
  });
  afterAll(() => app.close());

  const sweep = () => app.app.get(PaymentSweepService).sweep();
  const post = (path: string, body?: object, headers: Record<string, string> = {}) =>
    app.post(path, body, { key: true, token: staff, headers });
  const issue = (body: object) => post('/gift-cards', body);
  const cardOf = async (id: string) =>
    (await app.get(`/gift-cards/${id}`, { token: staff })).json<GiftCardDetailResponseDto>();
  const balanceOf = async (id: string) => (await cardOf(id)).balance.amount;
  const kindsOf = async (id: string) => (await cardOf(id)).entries.map(({ kind, amount }) => [kind, amount.amount]);
  const eventsOf = async (id: string) =>
    (
      await app.database.query<{ type: string }>(
        `SELECT type FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version`,
        [id],
      )
    ).map(({ type }) => type);
  const orderOf = async ({ id }: { id: string }) =>
    (await app.get(`/orders/${id}`, { token: staff })).json<OrderDetailResponseDto>();
  /** Pays an order of 19.99 EUR. */
  const pay = async (order: PlacedOrderResponseDto, code: string, body: object = {}) =>
    (
      await app.post(
        `/orders/${order.id}/payments`,
        { provider: 'gift_card', code, ...body },
        { key: true, ...guestOf(order) },
      )
    ).json<PaymentResponseDto>();
  const lookUp = (code: string) => app.post('/gift-cards/balance', { code });
  const expired = (id: string) =>
    app.database.execute(`UPDATE credit_accounts SET expires_at = now() - interval '1 second' WHERE id = $1`, [id]);

  describe('issuing', () => {
    it('shows the code once, mails it, and keeps only its keyed hash', async () => {
      const recipientEmail = `grace-${unique()}@example.com`;
      const response = await issue({
        amount: eur(2500),
        expiresAt: LATER,
        recipientEmail,
        language: 'de',
        note: 'Sorry',
      });
      expect(response.statusCode).toBe(201);
      const { code, ...card } = response.json<IssuedGiftCardResponseDto>();
      expect(response.headers.location).toBe(`/api/v1/gift-cards/${card.id}`);
      expect(card).toMatchObject({
        status: 'active',
        balance: eur(2500),
        initialAmount: eur(2500),
        lastFour: code.slice(-4),
        expiresAt: LATER,
        recipientEmail,
        note: 'Sorry',
        version: 1,
      });
      const mail = await onlyMailTo(app, recipientEmail, 'gift-card');
      expect(mail).toMatchObject({ locale: 'de', data: { code, amount: eur(2500), until: LATER } });
      const [row] = await app.database.query(`SELECT * FROM credit_accounts WHERE id = $1`, [card.id]);
      expect(JSON.stringify(row)).not.toContain(code.replaceAll('-', ''));
      expect(JSON.stringify(row)).not.toContain(code);
      expect(await cardOf(card.id)).toMatchObject({
        entries: [{ kind: 'issue', amount: eur(2500), balance: eur(2500) }],
      });
      expect(await eventsOf(card.id)).toEqual(['gift_card.issued']);
      const [audited] = await app.database.query<{ action: string; text: string }>(
        `SELECT action, after::text AS text FROM audit_log WHERE target_id = $1`,
        [card.id],
      );
      expect(audited?.action).toBe('gift_card.issued');
      expect(audited?.text).not.toMatch(/grace/);
    });

    it('answers a repeat with the same card', async () => {
      const send = () => app.post('/gift-cards', { amount: eur(100) }, { key: 'gift-twice', token: staff });
      const [one, other] = [await send(), await send()];
      expect(other.body).toBe(one.body);
    });

    it.each([
      [{ amount: eur(0) }, 422, 'gift_card.invalid_amount'],
      [{ amount: eur(1_000_000_000_001) }, 422, 'gift_card.invalid_amount'],
      [{ amount: eur(-1) }, 400, 'request.invalid'],
      [{ amount: { amount: 1, currency: 'eur' } }, 400, 'request.invalid'],
      [{ amount: eur(1), expiresAt: '2020-01-01T00:00:00Z' }, 400, 'request.invalid'],
      [{ amount: eur(1), recipientEmail: 'grace' }, 400, 'request.invalid'],
      [{ amount: eur(1), customerId: '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f' }, 422, 'gift_card.customer_unknown'],
      [{}, 400, 'request.invalid'],
      [{ amount: null }, 400, 'request.invalid'],
    ])('refuses %j with %i %s', async (body, status, code) => {
      expect((await issue(body)).json()).toMatchObject({ status, code });
    });
  });

  describe('looking after cards', () => {
    it('lists them newest first, by status, customer and last four characters', async () => {
      const { user } = await createUser(app);
      const of = { customerId: user.id };
      const cards = [await createGiftCard(app, of), await createGiftCard(app, of), await createGiftCard(app, of)];
      cards.push(await createGiftCard(app, of));
      await expired(cards[1]!.id);
      await post(`/gift-cards/${cards[2]!.id}/disable`);
      await post(`/gift-cards/${cards[3]!.id}/adjustments`, { amount: eur(-5000), reason: 'Lost' });
      const list = async (query: string) =>
        (await app.get(`/gift-cards?customerId=${user.id}${query}`, { token: staff })).json<GiftCardPageDto>();
      const ids = async (query: string) => (await list(query)).data.map(({ id }) => id);
      expect(await ids('')).toEqual(cards.map(({ id }) => id).reverse());
      for (const [index, status] of ['active', 'expired', 'disabled', 'used'].entries())
        expect(await ids(`&status=${status}`)).toEqual([cards[index]!.id]);
      expect(await ids(`&q=${cards[0]!.code.slice(-4).toLowerCase()}`)).toEqual([cards[0]!.id]);
      const page = await list('&limit=3');
      expect(await ids(`&limit=3&cursor=${page.nextCursor!}`)).toEqual([cards[0]!.id]);
      await app.database.execute(`UPDATE credit_accounts SET expires_at = NULL WHERE id = $1`, [cards[1]!.id]);
    });

    it('changes end and note against the version, and tells it', async () => {
      const { id } = await createGiftCard(app);
      const patch = (body: object, version?: number) =>
        app.patch(`/gift-cards/${id}`, body, {
          token: staff,
          headers: version === undefined ? {} : { 'if-match': `"${version}"` },
        });
      expect((await patch({ expiresAt: LATER, note: 'Birthday' }, 1)).json()).toMatchObject({
        expiresAt: LATER,
        note: 'Birthday',
        version: 2,
      });
      expect((await patch({ note: null }, 1)).statusCode).toBe(412);
      expect((await patch({ note: null, expiresAt: null })).json()).toMatchObject({ note: null, expiresAt: null });
      expect((await patch({ note: null })).json()).toMatchObject({ version: 3 });
      expect((await patch({ expiresAt: '2020-01-01T00:00:00Z' })).statusCode).toBe(400);
      expect((await patch({ amount: eur(1) })).statusCode).toBe(400);
      expect(await eventsOf(id)).toEqual(['gift_card.issued', 'gift_card.changed', 'gift_card.changed']);
    });

    it('adjusts a balance, and never below zero, in no other currency and beyond no measure', async () => {
      const { id } = await createGiftCard(app);
      const adjust = async (amount: object) =>
        (await post(`/gift-cards/${id}/adjustments`, { amount, reason: 'Counted again' })).json<object>();
      expect(await adjust(eur(-2000))).toMatchObject({ balance: eur(3000), version: 2 });
      expect(await adjust(eur(500))).toMatchObject({ balance: eur(3500) });
      expect(await adjust(eur(-3501))).toMatchObject({ code: 'gift_card.insufficient_balance', balance: eur(3500) });
      for (const body of [{}, { reason: 'None' }, { amount: eur(1) }, { amount: eur(1), reason: ' ' }])
        expect((await post(`/gift-cards/${id}/adjustments`, body)).statusCode).toBe(400);
      for (const amount of [eur(0), { amount: 1, currency: 'JPY' }, eur(1_000_000_000_000)])
        expect(await adjust(amount)).toMatchObject({ status: 422, code: 'gift_card.invalid_amount' });
      expect(await adjust(eur(0.5))).toMatchObject({ status: 400 });
      expect(await kindsOf(id)).toEqual([
        ['adjust', 500],
        ['adjust', -2000],
        ['issue', 5000],
      ]);
    });

    it('takes off only what is there, however many want it at the same moment', async () => {
      const { id } = await createGiftCard(app);
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () =>
          post(`/gift-cards/${id}/adjustments`, { amount: eur(-1000), reason: 'All at once' }),
        ),
      );
      expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(5);
      expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(AT_ONCE - 5);
      expect(await balanceOf(id)).toBe(0);
    });
  });

  describe('the balance, for whoever holds the code', () => {
    it('is told for a code as it is typed', async () => {
      const { code } = await createGiftCard(app, { expiresAt: LATER });
      for (const typed of [code, code.toLowerCase().replaceAll('-', ' '), code.replaceAll('-', '')]) {
        const response = await lookUp(typed);
        expect([response.statusCode, response.json()]).toEqual([200, { balance: eur(5000), expiresAt: LATER }]);
      }
    });

    it('has one answer for a code that is unknown, mistyped, or of a disabled card', async () => {
      const disabled = await createGiftCard(app);
      await post(`/gift-cards/${disabled.id}/disable`);
      const { code } = await createGiftCard(app);
      const mistyped = code.slice(0, -1) + (code.endsWith('7') ? '8' : '7');
      const answers = [];
      for (const text of [disabled.code, mistyped, '0000-0000-0000-0000-0000', 'hello'])
        answers.push((await lookUp(text)).json<object>());
      for (const answer of answers) expect(answer).toEqual({ ...answers[0], requestId: expect.anything() });
      expect(answers[0]).toMatchObject({ status: 404, code: 'gift_card.not_found' });
      await post(`/gift-cards/${disabled.id}/enable`);
      expect((await lookUp(disabled.code)).statusCode).toBe(200);
    });
  });

  describe('paying', () => {
    it('takes what is due from a card that has more, and confirms the order', async () => {
      const { id, code } = await createGiftCard(app);
      const order = await createOrder(app);
      expect(await pay(order, code)).toMatchObject({
        provider: 'gift_card',
        status: 'captured',
        capturedAmount: eur(1999),
      });
      expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', total: eur(1999) });
      expect(await cardOf(id)).toMatchObject({
        balance: eur(3001),
        entries: [{ kind: 'redeem', amount: eur(-1999), balance: eur(3001), orderId: order.id }, { kind: 'issue' }],
      });
      expect(await eventsOf(id)).toEqual(['gift_card.issued', 'gift_card.redeemed']);
    });

    it('takes what a card has, and leaves the rest to another payment', async () => {
      const { id, code } = await createGiftCard(app, { amount: eur(500) });
      const order = await createOrder(app);
      expect(await pay(order, code)).toMatchObject({
        status: 'captured',
        amount: eur(1999),
        authorisedAmount: eur(500),
        capturedAmount: eur(500),
      });
      expect(await orderOf(order)).toMatchObject({ status: 'pending_payment', paymentStatus: 'partially_paid' });
      expect(await cardOf(id)).toMatchObject({ status: 'used', balance: eur(0) });
      expect(await pay(order, code)).toMatchObject({ status: 'failed', failureCode: 'card_empty' });
      const rest = await app.post(
        `/orders/${order.id}/payments`,
        { provider: 'fake', token: 'tok_success' },
        { key: true, ...guestOf(order) },
      );
      expect(rest.json()).toMatchObject({ amount: eur(1499), status: 'captured' });
      expect(await orderOf(order)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' });
    });

    it('takes no more than a part that is asked for', async () => {
      const { id, code } = await createGiftCard(app);
      const order = await createOrder(app);
      expect(await pay(order, code, { amount: eur(700) })).toMatchObject({
        status: 'captured',
        capturedAmount: eur(700),
      });
      expect(await balanceOf(id)).toBe(4300);
      expect(await pay(order, code, { amount: eur(1300) })).toMatchObject({ code: 'payment.invalid_amount' });
    });

    it('is refused with a card that cannot pay, and says why', async () => {
      const [over, off, yen] = [
        await createGiftCard(app),
        await createGiftCard(app),
        await createGiftCard(app, { amount: { amount: 5000, currency: 'JPY' } }),
      ];
      await expired(over.id);
      await post(`/gift-cards/${off.id}/disable`);
      const order = await createOrder(app);
      for (const [code, failureCode] of [
        [over.code, 'card_expired'],
        [off.code, 'code_unknown'],
        [yen.code, 'wrong_currency'],
        ['0000-0000-0000-0000-0000', 'code_unknown'],
        ['0000-0000-0000-0000-0001', 'code_mistyped'],
      ] as const)
        expect(await pay(order, code)).toMatchObject({ status: 'failed', failureCode, capturedAmount: eur(0) });
      expect(await orderOf(order)).toMatchObject({ status: 'pending_payment', paymentStatus: 'unpaid' });
    });

    it('holds the money of a card for staff who capture later, and gives it back when they do not', async () => {
      const { id, code } = await createGiftCard(app);
      const order = await createOrder(app);
      const held = await post(`/orders/${order.id}/payments`, { provider: 'gift_card', code, capture: 'later' });
      const payment = held.json<PaymentResponseDto>();
      expect(payment).toMatchObject({ status: 'authorised', authorisedAmount: eur(1999), capturedAmount: eur(0) });
      expect(await balanceOf(id)).toBe(3001);
      const part = await post(`/payments/${payment.id}/capture`, { amount: eur(1000) });
      expect(part.json()).toMatchObject({ status: 'partially_captured', capturedAmount: eur(1000) });
      expect((await post(`/payments/${payment.id}/void`)).json()).toMatchObject({ status: 'captured' });
      expect(await balanceOf(id)).toBe(4000);
      expect(await kindsOf(id)).toEqual([
        ['release', 999],
        ['redeem', -1999],
        ['issue', 5000],
      ]);
    });

    it('spends one card on one order, however many want it at the same moment', async () => {
      const { id, code } = await createGiftCard(app, { amount: eur(1999 * 5 + 1000) });
      const { variants } = await createProduct(app, { stock: AT_ONCE });
      const orders = await Promise.all(
        Array.from({ length: AT_ONCE }, () =>
          createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 1 }] }),
        ),
      );
      const payments = await Promise.all(orders.map((order) => pay(order, code)));
      const taken = payments.map(({ capturedAmount }) => capturedAmount.amount).sort((one, other) => other - one);
      expect(taken).toEqual([...Array<number>(5).fill(1999), 1000, ...Array<number>(AT_ONCE - 6).fill(0)]);
      expect(await balanceOf(id)).toBe(0);
    });

    it('either pays or does not with a card that is disabled, emptied or booked out at the same moment', async () => {
      for (let round = 0; round < 6; round++) {
        const { id, code } = await createGiftCard(app, { amount: eur(1999) });
        const order = await createOrder(app);
        const rivals = [
          () => post(`/gift-cards/${id}/disable`),
          () => post(`/gift-cards/${id}/adjustments`, { amount: eur(-1999), reason: 'Gone' }),
          async () => {
            await expired(id);
            await app.app.get(CreditLedger, { strict: false }).expire(100);
          },
        ];
        const [payment] = await Promise.all([pay(order, code), rivals[round % 3]!()]);
        const left = await balanceOf(id);
        if (payment.status === 'captured') expect([payment.capturedAmount.amount, left]).toEqual([1999, 0]);
        else expect(payment).toMatchObject({ status: 'failed', capturedAmount: eur(0) });
      }
    });
  });

  describe('placing an order with cards', () => {
    const place = (body: object, key: true | string = true) => app.post('/orders', body, { key });
    const anOrder = async () => buildOrder((await createProduct(app)).variants[0]!.id);

    it('spends one after the other, and charges the rest', async () => {
      const cards = [await createGiftCard(app, { amount: eur(300) }), await createGiftCard(app, { amount: eur(700) })];
      const body = {
        ...(await anOrder()),
        giftCards: cards.map(({ code }) => code),
        payment: { provider: 'fake', token: 'tok_success' },
      };
      const response = await place(body, `cards-${cards[0]!.id}`);
      expect(response.statusCode).toBe(201);
      const order = response.json<PlacedOrderResponseDto>();
      expect(order).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', total: eur(1999) });
      expect(order.payments.map(({ provider, capturedAmount }) => [provider, capturedAmount.amount])).toEqual([
        ['gift_card', 300],
        ['gift_card', 700],
        ['fake', 999],
      ]);
      expect((await place(body, `cards-${cards[0]!.id}`)).body).toBe(response.body);
    });

    it('leaves alone what is not needed', async () => {
      const cards = [await createGiftCard(app), await createGiftCard(app)];
      const response = await place({
        ...(await anOrder()),
        giftCards: cards.map(({ code }) => code),
        payment: { provider: 'fake', token: 'tok_success' },
      });
      expect(response.json()).toMatchObject({ status: 'confirmed', payments: [{ provider: 'gift_card' }] });
      expect(response.json<PlacedOrderResponseDto>().payments).toHaveLength(1);
      expect([await balanceOf(cards[0]!.id), await balanceOf(cards[1]!.id)]).toEqual([3001, 5000]);
    });

    it('charges nothing else when a card pays nothing, and the order waits', async () => {
      const response = await place({
        ...(await anOrder()),
        giftCards: ['0000-0000-0000-0000-0001'],
        payment: { provider: 'fake', token: 'tok_success' },
      });
      expect(response.json()).toMatchObject({
        status: 'pending_payment',
        payments: [{ provider: 'gift_card', status: 'failed', failureCode: 'code_mistyped' }],
      });
      expect(response.json<PlacedOrderResponseDto>().payments).toHaveLength(1);
    });

    it.each([[[]], [[1]], [Array(11).fill('0000-0000-0000-0000-0000')], ['0000-0000-0000-0000-0000']])(
      'refuses %j for cards with 400',
      async (giftCards) => {
        expect((await place({ ...(await anOrder()), giftCards })).statusCode).toBe(400);
      },
    );
  });

  describe('money that goes back', () => {
    const paidBy = async (card: { code: string }) => {
      const order = await createOrder(app);
      return { order, payment: await pay(order, card.code) };
    };
    const refund = (id: string, body: object = {}) => post(`/payments/${id}/refunds`, body);

    it('is on the card again in parts, also on one that is used up, and never more than was taken', async () => {
      const card = await createGiftCard(app, { amount: eur(1999) });
      const { payment } = await paidBy(card);
      expect((await refund(payment.id, { amount: eur(999) })).json()).toMatchObject({ status: 'succeeded' });
      expect(await cardOf(card.id)).toMatchObject({ status: 'active', balance: eur(999) });
      expect((await refund(payment.id, { amount: eur(1001) })).statusCode).toBe(409);
      expect((await refund(payment.id)).json()).toMatchObject({ amount: eur(1000), status: 'succeeded' });
      expect(await kindsOf(card.id)).toEqual([
        ['refund', 1000],
        ['refund', 999],
        ['redeem', -1999],
        ['issue', 1999],
      ]);
    });

    it('is on the card once, however often it is asked for at the same moment', async () => {
      const card = await createGiftCard(app);
      const { payment } = await paidBy(card);
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => refund(payment.id)));
      expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
      expect(await balanceOf(card.id)).toBe(5000);
    });

    it('makes an expired card valid for 90 days more, and leaves a disabled one disabled', async () => {
      const [over, off] = [await createGiftCard(app), await createGiftCard(app)];
      const payments = [await paidBy(over), await paidBy(off)];
      await expired(over.id);
      await app.app.get(CreditLedger, { strict: false }).expire(100);
      expect(await cardOf(over.id)).toMatchObject({ status: 'expired', balance: eur(0) });
      await post(`/gift-cards/${off.id}/disable`);
      for (const { payment } of payments) expect((await refund(payment.id)).statusCode).toBe(201);
      const card = await cardOf(over.id);
      expect(card).toMatchObject({ status: 'active', balance: eur(1999) });
      expect(Date.parse(String(card.expiresAt)) - Date.now()).toBeGreaterThan(89 * DAY_MS);
      expect(await kindsOf(over.id)).toEqual([
        ['refund', 1999],
        ['expire', -3001],
        ['redeem', -1999],
        ['issue', 5000],
      ]);
      expect(await cardOf(off.id)).toMatchObject({ status: 'disabled', balance: eur(5000) });
    });

    it('comes back from an order that is cancelled, and from one that expires paid in part', async () => {
      const card = await createGiftCard(app);
      const { order } = await paidBy(card);
      expect((await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order))).statusCode).toBe(200);
      await sweep();
      expect(await orderOf(order)).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' });
      expect(await balanceOf(card.id)).toBe(5000);
      const part = await createOrder(app);
      await pay(part, card.code, { amount: eur(1000) });
      expect(await balanceOf(card.id)).toBe(4000);
      await app.database.execute(`UPDATE orders SET expires_at = now() - interval '1 second' WHERE id = $1`, [part.id]);
      await app.app.get(OrderExpiryService).expireDue();
      await sweep();
      expect(await orderOf(part)).toMatchObject({ status: 'expired' });
      expect(await balanceOf(card.id)).toBe(5000);
    });
  });

  it('books out what an expired card has left, once, by an entry', async () => {
    const { id } = await createGiftCard(app);
    await expired(id);
    const ledger = app.app.get(CreditLedger, { strict: false });
    await Promise.all([ledger.expire(100), ledger.expire(100), ledger.expire(100)]);
    expect(await cardOf(id)).toMatchObject({
      status: 'expired',
      balance: eur(0),
      entries: [{ kind: 'expire', amount: eur(-5000) }, { kind: 'issue' }],
    });
    expect(await eventsOf(id)).toEqual(['gift_card.issued', 'gift_card.expired']);
  });
});

describe('guesses at codes', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start({ TRUST_PROXY: 'loopback', RATE_LIMIT_SCALE: '1' });
  });
  afterAll(() => app.close());

  it('are counted by address, and refused beyond ten a minute', async () => {
    const headers = { 'x-forwarded-for': '203.0.113.200' };
    const codes = [];
    for (let guess = 0; guess < 12; guess++)
      codes.push((await app.post('/gift-cards/balance', { code: 'hello' }, { headers })).statusCode);
    expect(codes).toEqual([...Array<number>(10).fill(404), 429, 429]);
  });
});

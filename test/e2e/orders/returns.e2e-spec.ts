import fc from 'fast-check';
import type { PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { FakePaymentProvider } from '../../../src/orders/payments/fake.provider.js';
import type { RefundResponseDto } from '../../../src/orders/payments/dto/refund-response.dto.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import type { ReturnPageDto, ReturnResponseDto } from '../../../src/orders/returns/return.dto.js';
import { newId } from '../../../src/common/ids.js';
import { deliverOrder } from '../../factories/fulfilment.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

const AT_ONCE = 20;
const DAY_MS = 86_400_000;
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('returns', () => {
  let app: TestApp;
  let staff: string;
  let fake: FakePaymentProvider;
  beforeAll(async () => {
    app = await TestApp.start();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    fake = app.app.get(FakePaymentProvider);
    ({ token: staff } = await createStaff(app, [
      'returns:write',
      'payments:capture',
      'payments:refund',
      'orders:read',
      'inventory:read',
    ]));
  });
  afterEach(async () => {
    for (const fault of Object.keys(fake.faults)) delete fake.faults[fault as keyof typeof fake.faults];
    await sweep();
    await expectInvariants(app);
  });
  afterAll(() => app.close());

  const sweep = () => app.app.get(PaymentSweepService).sweep(new Date());
  const post = (path: string, body?: object) => app.post(path, body, { key: true, token: staff });
  const request = (order: PlacedOrderResponseDto, quantity: number, more: object = {}) =>
    app.post(
      `/orders/${order.id}/returns`,
      { lines: [{ lineId: order.lines[0]!.id, quantity }], ...more },
      guestOf(order),
    );
  const receive = (id: string, lineId: string, sellable: number, damaged = 0, more: object = {}) =>
    post(`/returns/${id}/receive`, {
      lines: [
        ...(sellable > 0 ? [{ lineId, condition: 'sellable', quantity: sellable }] : []),
        ...(damaged > 0 ? [{ lineId, condition: 'damaged', quantity: damaged }] : []),
      ],
      ...more,
    });
  const read = async (id: string) => (await app.get(`/returns/${id}`, { token: staff })).json<ReturnResponseDto>();
  const orderOf = async ({ id }: { id: string }) =>
    (await app.get(`/orders/${id}`, { token: staff })).json<PlacedOrderResponseDto>();
  const onHand = async (order: PlacedOrderResponseDto) =>
    (
      await app.database.queryOne<{ onHand: number }>(
        `SELECT on_hand AS "onHand" FROM stock WHERE variant_id = $1 AND location_id = '01970000-0000-7000-8000-000000000001'`,
        [order.lines[0]!.variantId],
      )
    )?.onHand;
  const codes = (responses: { statusCode: number }[]) => responses.map(({ statusCode }) => statusCode).sort();
  /** A guest's order of ten pieces at 19.99, paid and delivered; 10 more lie in stock. */
  const delivered = async ({
    payments = [undefined] as (number | undefined)[],
    at = undefined as Date | undefined,
  } = {}) => {
    const { variants } = await createProduct(app, { stock: 20 });
    const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 10 }] });
    for (const amount of payments)
      await post(`/orders/${order.id}/payments`, {
        provider: 'fake',
        token: 'tok_success',
        ...(amount === undefined ? {} : { amount: eur(amount) }),
      });
    await deliverOrder(app, order);
    if (at)
      await app.database.execute(`UPDATE fulfilments SET shipped_at = $2, delivered_at = $2 WHERE order_id = $1`, [
        order.id,
        at,
      ]);
    return order;
  };
  /** Such an order with a return of some pieces that has been approved. */
  const approved = async (quantity: number, options: Parameters<typeof delivered>[0] = {}) => {
    const order = await delivered(options);
    const { id } = (await request(order, quantity)).json<ReturnResponseDto>();
    await post(`/returns/${id}/approve`);
    return { order, id, lineId: order.lines[0]!.id };
  };

  describe('asking for one', () => {
    it('is for the customer, of shipped pieces, and shows on the order until they are back', async () => {
      const order = await delivered();
      const response = await request(order, 2, { note: 'Too many' });
      expect([response.statusCode, response.json()]).toMatchObject([
        201,
        {
          orderId: order.id,
          status: 'requested',
          note: 'Too many',
          lines: [{ lineId: order.lines[0]!.id, quantity: 2, reason: null, sellableQuantity: 0 }],
          refunds: [],
          version: 1,
        },
      ]);
      const { id } = response.json<ReturnResponseDto>();
      expect(response.headers.location).toBe(`/api/v1/returns/${id}`);
      expect(await orderOf(order)).toMatchObject({ returnStatus: 'requested', version: order.version + 1 });
      expect((await app.get(`/returns/${id}`, guestOf(order))).json()).toMatchObject({ id, status: 'requested' });
      expect((await app.get(`/orders/${order.id}/returns`, guestOf(order))).json()).toMatchObject({ data: [{ id }] });
      expect((await app.get(`/returns/${id}`)).statusCode).toBe(404);
      expect((await app.get(`/orders/${order.id}/returns`)).statusCode).toBe(404);
    });

    it('refuses more pieces than are shipped and not in another return (409), and lines of other orders (422)', async () => {
      const order = await delivered();
      expect((await request(order, 11)).json()).toMatchObject({
        status: 409,
        code: 'return.exceeds',
        errors: [{ pointer: '/lines/0/quantity', code: 'max', message: 'must not be greater than 10' }],
      });
      expect((await request(order, 6)).statusCode).toBe(201);
      expect((await request(order, 5)).json()).toMatchObject({ code: 'return.exceeds' });
      const unknown = await app.post(
        `/orders/${order.id}/returns`,
        { lines: [{ lineId: newId(), quantity: 1 }] },
        guestOf(order),
      );
      expect(unknown.json()).toMatchObject({ status: 422, code: 'return.line_unknown' });
      const unshipped = await createOrder(app);
      expect((await request(unshipped, 1)).json()).toMatchObject({ status: 409, code: 'return.exceeds' });
      expect(
        (await app.post(`/orders/${order.id}/returns`, { lines: [{ lineId: order.lines[0]!.id, quantity: 1 }] }))
          .statusCode,
      ).toBe(404);
      for (const lines of [[], [{ lineId: order.lines[0]!.id, quantity: 0 }], [{ quantity: 1 }], 'all'])
        expect((await app.post(`/orders/${order.id}/returns`, { lines }, guestOf(order))).statusCode).toBe(400);
    });

    it('ends for customers 30 days after the goods arrived, and never for staff', async () => {
      const order = await delivered({ at: new Date(Date.now() - 31 * DAY_MS) });
      expect((await request(order, 1)).json()).toMatchObject({ status: 409, code: 'return.window_closed' });
      const body = { lines: [{ lineId: order.lines[0]!.id, quantity: 1, reason: 'Broken' }] };
      const byStaff = await post(`/orders/${order.id}/returns`, body);
      expect([byStaff.statusCode, byStaff.json()]).toMatchObject([201, { lines: [{ reason: 'Broken' }] }]);
    });
  });

  describe('deciding on one', () => {
    it('approves it, rejects it with a reason, or gives it up; what is decided stays so (409)', async () => {
      const order = await delivered();
      const ask = async () => (await request(order, 1)).json<ReturnResponseDto>().id;
      const [taken, refused, dropped] = [await ask(), await ask(), await ask()];
      expect((await post(`/returns/${taken}/approve`)).json()).toMatchObject({ status: 'approved', version: 2 });
      expect((await post(`/returns/${refused}/reject`, { reason: 'The seal is broken' })).json()).toMatchObject({
        status: 'rejected',
        rejectReason: 'The seal is broken',
      });
      expect((await app.post(`/returns/${dropped}/cancel`, undefined, guestOf(order))).json()).toMatchObject({
        status: 'cancelled',
      });
      for (const id of [refused, dropped])
        expect((await post(`/returns/${id}/approve`)).json()).toMatchObject({
          status: 409,
          code: 'return.invalid_transition',
          allowed: [],
        });
      expect((await post(`/returns/${taken}/reject`, { reason: 'no' })).json()).toMatchObject({
        returnStatus: 'approved',
        allowed: ['received', 'cancelled'],
      });
      expect((await post(`/returns/${taken}/reject`, {})).statusCode).toBe(400);
      expect((await app.post(`/returns/${taken}/cancel`)).statusCode).toBe(404);
      expect((await post(`/returns/${newId()}/approve`)).json()).toMatchObject({ code: 'return.not_found' });
      expect((await app.post(`/returns/${taken}/cancel`, undefined, guestOf(order))).statusCode).toBe(200);
      expect(await orderOf(order)).toMatchObject({ returnStatus: 'none' });
      const page = await app.get(`/returns?orderId=${order.id}&status=rejected,cancelled&count=exact`, {
        token: staff,
      });
      expect(page.json<ReturnPageDto>()).toMatchObject({
        total: 3,
        data: [{ id: dropped }, { id: refused }, { id: taken }],
      });
    });

    it('tells of every step once, for everybody and for the record', async () => {
      const { id, lineId } = await approved(1);
      await receive(id, lineId, 1);
      const told = await app.database.query(
        `SELECT type, aggregate_version AS version FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version`,
        [id],
      );
      expect(told).toEqual(
        ['requested', 'approved', 'received', 'refunded'].map((state, index) => ({
          type: `return.${state}`,
          version: index + 1,
        })),
      );
      const recorded = await app.database.query(
        `SELECT action FROM audit_log WHERE target_type = 'return' AND target_id = $1 ORDER BY sequence`,
        [id],
      );
      expect(recorded).toEqual(['approved', 'received', 'refunded'].map((state) => ({ action: `return.${state}` })));
    });
  });

  describe('receiving one', () => {
    it('puts sellable pieces on hand, writes damaged ones off, lets missing ones be returned again, and refunds what came', async () => {
      const { order, id, lineId } = await approved(4);
      expect(await onHand(order)).toBe(10);
      const response = await receive(id, lineId, 2, 1);
      expect([response.statusCode, response.json()]).toMatchObject([
        200,
        {
          status: 'refunded',
          lines: [{ quantity: 4, sellableQuantity: 2, damagedQuantity: 1, missingQuantity: 1 }],
          refunds: [
            {
              reason: 'returned',
              returnId: id,
              amount: eur(5997),
              lines: [{ lineId, quantity: 3, amount: eur(5997) }],
            },
          ],
        },
      ]);
      expect(await onHand(order)).toBe(12);
      const { data } = (
        await app.get(`/inventory/movements?variantId=${order.lines[0]!.variantId}`, { token: staff })
      ).json<{ data: { reason: string }[] }>();
      expect(data.filter(({ reason }) => reason !== 'sale')).toMatchObject([
        { reason: 'write_off', onHandDelta: 0, note: '1 came back damaged', orderId: order.id },
        { reason: 'return', onHandDelta: 2, orderId: order.id },
        { reason: 'received' },
      ]);
      await sweep();
      expect(await orderOf(order)).toMatchObject({
        returnStatus: 'partially_returned',
        paymentStatus: 'partially_refunded',
      });
      expect((await read(id)).refunds).toMatchObject([{ status: 'succeeded' }]);
      expect((await request(order, 7)).statusCode).toBe(201);
    });

    it('refuses what is not approved (409), of the return (422), or more of it (409), and then nothing has changed', async () => {
      const order = await delivered();
      const lineId = order.lines[0]!.id;
      const { id } = (await request(order, 2)).json<ReturnResponseDto>();
      expect((await receive(id, lineId, 1)).json()).toMatchObject({ status: 409, code: 'return.invalid_transition' });
      await post(`/returns/${id}/approve`);
      expect((await receive(id, lineId, 2, 1)).json()).toMatchObject({ status: 409, code: 'return.exceeds' });
      expect((await receive(id, newId(), 1)).json()).toMatchObject({ status: 422, code: 'return.line_unknown' });
      expect((await receive(id, lineId, 1, 0, { locationId: newId() })).json()).toMatchObject({
        code: 'location.not_found',
      });
      for (const lines of [[], [{ lineId, quantity: 1 }], [{ lineId, condition: 'used', quantity: 1 }]])
        expect((await post(`/returns/${id}/receive`, { lines })).statusCode).toBe(400);
      expect(await read(id)).toMatchObject({ status: 'approved', lines: [{ sellableQuantity: 0 }], version: 2 });
      expect(await onHand(order)).toBe(10);
      expect((await receive(id, lineId, 2)).statusCode).toBe(200);
      expect((await receive(id, lineId, 2)).json()).toMatchObject({ code: 'return.invalid_transition' });
    });

    it('spreads the refund over the payments of the order, oldest first', async () => {
      const { order, id, lineId } = await approved(10, { payments: [5000, 5000, undefined] });
      const { refunds } = (await receive(id, lineId, 10)).json<ReturnResponseDto>();
      expect(refunds.map(({ amount, lines }) => [amount.amount, lines[0]!.quantity])).toEqual([
        [5000, 10],
        [5000, 0],
        [9990, 0],
      ]);
      await sweep();
      expect(await orderOf(order)).toMatchObject({ returnStatus: 'returned', paymentStatus: 'refunded' });
    });
  });

  describe('refunding one', () => {
    it('waits for staff if they say so, who may keep a part for good and give shipping back', async () => {
      const { order, id, lineId } = await approved(10);
      expect((await post(`/returns/${id}/refund`, {})).json()).toMatchObject({ code: 'return.invalid_transition' });
      expect((await receive(id, lineId, 10, 0, { refund: false })).json()).toMatchObject({
        status: 'received',
        refunds: [],
      });
      for (const amount of [eur(19991), { amount: 1, currency: 'USD' }])
        expect((await post(`/returns/${id}/refund`, { amount })).json()).toMatchObject({
          status: 422,
          code: 'payment.invalid_amount',
          limit: eur(19990),
        });
      expect((await post(`/returns/${id}/refund`, { shipping: eur(1) })).json()).toMatchObject({ limit: eur(0) });
      for (const shipping of [false, 'all', 5, { amount: -1, currency: 'EUR' }])
        expect((await post(`/returns/${id}/refund`, { shipping })).statusCode).toBe(400);
      expect((await app.post(`/returns/${id}/refund`, {}, { token: staff })).statusCode).toBe(400);
      const refunded = await post(`/returns/${id}/refund`, { amount: eur(19000), shipping: true, note: 'Scratches' });
      expect(refunded.json()).toMatchObject({
        status: 'refunded',
        refunds: [{ amount: eur(19000), note: 'Scratches' }],
      });
      expect((await app.get(`/returns/${id}`, guestOf(order))).json()).toMatchObject({ refunds: [{ note: null }] });
      expect((await post(`/returns/${id}/refund`, {})).json()).toMatchObject({
        status: 409,
        code: 'return.nothing_due',
      });
    });

    it('promises what a provider has refused once more', async () => {
      const { id, lineId } = await approved(3);
      await receive(id, lineId, 3);
      fake.faults.refusesRefunds = true;
      await sweep();
      delete fake.faults.refusesRefunds;
      const [refused] = (await read(id)).refunds;
      expect(refused).toMatchObject({ status: 'failed', amount: eur(5997) });
      const again = (await post(`/returns/${id}/refund`, {})).json<ReturnResponseDto>();
      expect(again).toMatchObject({ status: 'refunded', version: 4 });
      expect(again.refunds.map(({ status, amount }) => [status, amount.amount])).toEqual([
        ['failed', 5997],
        ['pending', 5997],
      ]);
    });

    it('has nothing to give of what was refunded before, or never paid (409)', async () => {
      const before = await approved(10);
      const [payment] = (await orderOf(before.order)).payments;
      await post(`/payments/${payment!.id}/refunds`, {});
      expect((await receive(before.id, before.lineId, 10)).json()).toMatchObject({ status: 'received', refunds: [] });
      expect((await post(`/returns/${before.id}/refund`, {})).json()).toMatchObject({ code: 'payment.refund_exceeds' });
    });
  });

  describe('exchanging one', () => {
    it('sends the customer another order whose stock is held, to be paid by itself, and refunds what came back', async () => {
      const { order, id, lineId } = await approved(2);
      const variantId = (await createProduct(app, { stock: 3 })).variants[0]!.id;
      const response = await post(`/returns/${id}/exchange`, { lines: [{ variantId, quantity: 2 }], note: 'In blue' });
      const { exchangeOrderId, ...exchanged } = response.json<ReturnResponseDto>();
      expect([response.statusCode, exchanged]).toMatchObject([200, { status: 'approved', version: 3 }]);
      const other = await orderOf({ id: exchangeOrderId! });
      expect(other).toMatchObject({
        status: 'pending_payment',
        origin: 'staff',
        email: order.email,
        note: 'In blue',
        due: eur(3998),
      });
      const [stock] = await app.database.query(`SELECT reserved FROM stock WHERE variant_id = $1`, [variantId]);
      expect(stock).toEqual({ reserved: 2 });
      expect((await receive(id, lineId, 2)).json()).toMatchObject({
        status: 'refunded',
        refunds: [{ amount: eur(3998) }],
      });
      expect(
        (await post(`/orders/${other.id}/payments`, { provider: 'fake', token: 'tok_success' })).json(),
      ).toMatchObject({ status: 'captured' });
    });

    it('is for returns that are taken on, once, and of what is there (409); nothing is left behind of one that fails', async () => {
      const { id } = await approved(1);
      const variantId = (await createProduct(app, { stock: 30 })).variants[0]!.id;
      const lines = (quantity: number) => ({ lines: [{ variantId, quantity }] });
      const orders = async () =>
        (await app.database.query(`SELECT id FROM order_lines WHERE variant_id = $1`, [variantId])).length;
      expect((await post(`/returns/${id}/exchange`, lines(31))).json()).toMatchObject({
        status: 409,
        code: 'product.insufficient_stock',
      });
      expect((await post(`/returns/${id}/exchange`, { lines: [] })).statusCode).toBe(400);
      expect(await orders()).toBe(0);
      const answers = await Promise.all(
        Array.from({ length: AT_ONCE }, () => post(`/returns/${id}/exchange`, lines(1))),
      );
      expect(codes(answers)).toEqual([200, ...Array.from({ length: AT_ONCE - 1 }, () => 409)]);
      expect((await post(`/returns/${id}/exchange`, lines(1))).json()).toMatchObject({
        code: 'return.already_exchanged',
      });
      expect(await orders()).toBe(1);
      const { id: requested } = (await request(await delivered(), 1)).json<ReturnResponseDto>();
      expect((await post(`/returns/${requested}/exchange`, lines(1))).json()).toMatchObject({
        code: 'return.invalid_transition',
      });
    });
  });

  it('refunds pieces, shipping and their tax exactly, in any order, over two payments, by returns and by hand (M8)', async () => {
    const staffToken = staff;
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          lineTax: fc.integer({ min: 0, max: 997 }),
          shipping: fc.integer({ min: 1, max: 700 }),
          first: fc.integer({ min: 1, max: 4000 }),
          parts: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        }),
        async ({ lineTax, shipping, first, parts }) => {
          const { variants } = await createProduct(app, { stock: 3 });
          const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 3 }] });
          const lineId = order.lines[0]!.id;
          const shippingTax = Math.floor(shipping / 9);
          await app.database.execute(
            `WITH line AS (UPDATE order_lines SET tax_amount = $2, total_amount = total_amount + $2 WHERE order_id = $1)
             UPDATE orders SET tax_total_amount = $2::bigint + $4, shipping_tax_amount = $4, shipping_total_amount = $3,
               total_amount = subtotal_amount + $2 + $3 + $4 WHERE id = $1`,
            [order.id, lineTax, shipping, shippingTax],
          );
          const total = 5997 + lineTax + shipping + shippingTax;
          const pay = (amount?: number) =>
            post(`/orders/${order.id}/payments`, {
              provider: 'fake',
              token: 'tok_success',
              ...(amount && { amount: eur(amount) }),
            });
          await pay(first);
          await pay();
          await deliverOrder(app, order);
          for (const part of parts) {
            if (part === 3) {
              const { payments } = await orderOf(order);
              const left = payments.map(({ id, capturedAmount, refundedAmount, refundPendingAmount }) => ({
                id,
                left: capturedAmount.amount - refundedAmount.amount - refundPendingAmount.amount,
              }));
              let open = shipping + shippingTax;
              for (const { id, left: amount } of left) {
                const given = Math.min(open, amount);
                if (given > 0) {
                  const answer = await app.post(
                    `/payments/${id}/refunds`,
                    { shipping: eur(given) },
                    { key: true, token: staffToken },
                  );
                  expect(answer.statusCode).toBe(201);
                }
                open -= given;
              }
            } else {
              const { id } = (await request(order, 1)).json<ReturnResponseDto>();
              await post(`/returns/${id}/approve`);
              expect((await receive(id, lineId, 1)).statusCode).toBe(200);
            }
          }
          await sweep();
          const after = await orderOf(order);
          expect(after).toMatchObject({ paymentStatus: 'refunded', returnStatus: 'returned' });
          const refunds: RefundResponseDto[] = [];
          for (const { id } of after.payments)
            refunds.push(
              ...(await app.get(`/payments/${id}/refunds`, { token: staff })).json<{ data: RefundResponseDto[] }>()
                .data,
            );
          const sum = (amounts: number[]) => amounts.reduce((left, right) => left + right, 0);
          const lines = refunds.flatMap((refund) => refund.lines);
          expect({
            all: sum(refunds.map(({ amount }) => amount.amount)),
            pieces: sum(lines.map(({ quantity }) => quantity)),
            lineTax: sum(lines.map(({ tax }) => tax.amount)),
            shipping: sum(refunds.map((refund) => refund.shipping.amount)),
            shippingTax: sum(refunds.map((refund) => refund.shippingTax.amount)),
          }).toEqual({ all: total, pieces: 3, lineTax, shipping: shipping + shippingTax, shippingTax });
        },
      ),
      { numRuns: 5 },
    );
  });

  describe('many at the same moment', () => {
    it('take no piece into two returns (S4)', async () => {
      const order = await delivered();
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => request(order, 3)));
      expect(codes(answers).filter((code) => code === 201)).toHaveLength(3);
      expect(new Set(codes(answers))).toEqual(new Set([201, 409]));
    });

    it('receive the goods once', async () => {
      const { order, id, lineId } = await approved(2);
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => receive(id, lineId, 2)));
      expect(codes(answers)).toEqual([200, ...Array.from({ length: AT_ONCE - 1 }, () => 409)]);
      expect(await onHand(order)).toBe(12);
      expect((await read(id)).refunds).toHaveLength(1);
    });

    it('refund what came back once, by the return and by hand together at most what was paid (M1)', async () => {
      const { order, id, lineId } = await approved(10);
      const [payment] = (await orderOf(order)).payments;
      const answers = await Promise.all([
        receive(id, lineId, 10),
        ...Array.from({ length: AT_ONCE }, (_, index) =>
          index % 2 === 0
            ? post(`/returns/${id}/refund`, {})
            : post(`/payments/${payment!.id}/refunds`, { lines: [{ lineId, quantity: 10 }] }),
        ),
      ]);
      expect(answers.filter(({ statusCode }) => statusCode >= 500)).toEqual([]);
      await sweep();
      const after = (await orderOf(order)).payments[0]!;
      expect(after).toMatchObject({ refundedAmount: eur(19990), refundPendingAmount: eur(0) });
    });
  });

  it('exports what a customer sent back, and forgets their words with them', async () => {
    const { user, token } = await createUser(app);
    const { variants } = await createProduct(app, { stock: 5 });
    const order = await createOrder(app, { token, lines: [{ variantId: variants[0]!.id, quantity: 1 }] });
    await post(`/orders/${order.id}/payments`, { provider: 'fake', token: 'tok_success' });
    await deliverOrder(app, order);
    const body = { lines: [{ lineId: order.lines[0]!.id, quantity: 1, reason: 'Ada is too tall' }], note: 'From Ada' };
    const { id } = (await app.post(`/orders/${order.id}/returns`, body, { token })).json<ReturnResponseDto>();
    const { PersonalData } = await import('../../../src/users/personal-data.js');
    const section = app.app
      .get(PersonalData, { strict: false })
      .all()
      .find(({ section: name }) => name === 'returns')!;
    expect(await section.export!(user.id)).toMatchObject([
      { id, note: 'From Ada', lines: [{ reason: 'Ada is too tall' }] },
    ]);
    const { token: admin } = await createStaff(app);
    await post(`/returns/${id}/cancel`);
    await app.post(`/users/${user.id}/erase`, undefined, { token: admin });
    expect(await read(id)).toMatchObject({ note: null, lines: [{ reason: null, quantity: 1 }] });
  });
});

import type {
  OrderStaffDetailResponseDto,
  PlacedOrderResponseDto,
} from '../../../src/orders/dto/order-response.dto.js';
import type { OrderEditResponseDto } from '../../../src/orders/edits/order-edit.dto.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import { newId } from '../../../src/common/ids.js';
import type { ReturnResponseDto } from '../../../src/orders/returns/return.dto.js';
import { createFulfilments, deliverOrder, shipOrder } from '../../factories/fulfilment.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

const AT_ONCE = 20;
const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('order edits', () => {
  let app: TestApp;
  let staff: string;
  beforeAll(async () => {
    app = await TestApp.start();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    ({ token: staff } = await createStaff(app, [
      'orders:read',
      'orders:write',
      'payments:capture',
      'payments:refund',
      'fulfilments:write',
      'returns:write',
    ]));
  });
  afterEach(async () => {
    await sweep();
    await expectInvariants(app);
  });
  afterAll(() => app.close());

  const sweep = () => app.app.get(PaymentSweepService).sweep(new Date());
  const post = (path: string, body?: object) => app.post(path, body, { key: true, token: staff });
  const orderOf = async ({ id }: { id: string }) =>
    (await app.get(`/orders/${id}`, { token: staff })).json<OrderStaffDetailResponseDto>();
  const propose = async (order: { id: string }, body: object) => {
    const response = await post(`/orders/${order.id}/edits`, body);
    if (response.statusCode !== 201) throw new Error(response.body);
    return response.json<OrderEditResponseDto>();
  };
  const confirm = (edit: { id: string }) => post(`/order-edits/${edit.id}/confirm`);
  const pay = (order: { id: string }, more: object = {}) =>
    post(`/orders/${order.id}/payments`, { provider: 'fake', token: 'tok_success', ...more });
  const codes = (responses: { statusCode: number }[]) => responses.map(({ statusCode }) => statusCode).sort();
  const variant = async (stock = 10) => (await createProduct(app, { stock })).variants[0]!.id;
  /** A guest's order of ten pieces at 19.99 that is paid; `stock` of the variant are there in all. */
  const paid = async ({ stock = 20, capture = 'now' } = {}) => {
    const variantId = await variant(stock);
    const order = await createOrder(app, { lines: [{ variantId, quantity: 10 }] });
    await pay(order, { capture });
    return { order, variantId, lineId: order.lines[0]!.id };
  };
  const reserved = async (variantId: string) =>
    (await app.database.queryOne<{ reserved: number }>(
      `SELECT sum(reserved)::int AS reserved FROM stock WHERE variant_id = $1`,
      [variantId],
    ))!.reserved;
  const totalsOf = ({
    subtotal,
    shippingTotal,
    taxTotal,
    total,
    version,
    lines,
  }: PlacedOrderResponseDto | OrderStaffDetailResponseDto) => ({
    subtotal,
    shippingTotal,
    taxTotal,
    total,
    version,
    lines: lines.map(({ id, quantity, total: amount }) => [id, quantity, amount.amount]),
  });

  describe('proposing one', () => {
    it('shows lines, totals and what is due, and changes nothing (T4)', async () => {
      const { order, lineId } = await paid();
      const added = await variant();
      const before = await orderOf(order);
      const response = await post(`/orders/${order.id}/edits`, {
        lines: [
          { lineId, quantity: 8 },
          { variantId: added, quantity: 3 },
          { name: 'Engraving', unitPrice: eur(500), quantity: 1 },
        ],
        shippingTotal: eur(490),
        reason: 'The customer called',
      });
      const edit = response.json<OrderEditResponseDto>();
      expect([response.statusCode, edit]).toMatchObject([
        201,
        {
          orderId: order.id,
          status: 'proposed',
          orderVersion: before.version,
          reason: 'The customer called',
          lines: [
            { lineId, before: { quantity: 10, total: eur(19990) }, after: { quantity: 8, total: eur(15992) } },
            { variantId: added, before: null, after: { quantity: 3, unitPrice: eur(1999), total: eur(5997) } },
            { variantId: null, sku: 'CUSTOM', before: null, after: { total: eur(500) } },
          ],
          due: eur(2989),
          refund: eur(0),
          shortages: [],
          version: 1,
        },
      ]);
      expect(edit.totals.at(-1)).toEqual({
        name: 'total',
        before: eur(19990),
        after: eur(22979),
        difference: eur(2989),
      });
      expect(response.headers.location).toBe(`/api/v1/orders/${order.id}/edits/${edit.id}`);
      expect((await app.get(`/orders/${order.id}/edits/${edit.id}`, { token: staff })).json()).toEqual(edit);
      expect((await app.get(`/orders/${order.id}/edits`, { token: staff })).json()).toMatchObject({
        data: [{ id: edit.id }],
      });
      expect((await app.get(`/orders/${newId()}/edits/${edit.id}`, { token: staff })).statusCode).toBe(404);
      expect(await orderOf(order)).toEqual(before);
      expect(await reserved(added)).toBe(0);
    });

    it('tells of stock that is missing', async () => {
      const { order, lineId, variantId } = await paid({ stock: 12 });
      expect(await propose(order, { lines: [{ lineId, quantity: 15 }] })).toMatchObject({
        shortages: [{ variantId, requested: 5, available: 2 }],
      });
    });

    it('refuses what says too little or too much (400), unknown lines and variants (422), and orders that are over or unpaid (409)', async () => {
      const { order, lineId, variantId } = await paid();
      for (const body of [
        {},
        { lines: [] },
        { lines: [{ lineId }] },
        { lines: [{ lineId, quantity: 1, variantId }] },
        { lines: [{ lineId, unitPrice: eur(1) }] },
        { lines: [{ lineId, quantity: -1 }] },
        { lines: [{ lineId, quantity: 1.5 }] },
        { lines: [{ variantId, quantity: 0 }] },
        { lines: [{ variantId }] },
        { lines: [{ name: 'Engraving', quantity: 1 }] },
        {
          lines: [
            { lineId, quantity: 1 },
            { lineId, quantity: 2 },
          ],
        },
        { lines: [{ lineId, unitPrice: { amount: 1, currency: 'USD' }, priceReason: 'Promised' }] },
        { shippingTotal: { amount: 1, currency: 'USD' } },
      ])
        expect([body, (await post(`/orders/${order.id}/edits`, body)).statusCode]).toEqual([body, 400]);
      for (const [body, code] of [
        [{ lines: [{ lineId: newId(), quantity: 1 }] }, 'order_edit.line_unknown'],
        [{ lines: [{ lineId, quantity: 0 }] }, 'order_edit.no_lines'],
        [{ lines: [{ variantId: newId(), quantity: 1 }] }, 'order.variant_not_sellable'],
        [
          { lines: [{ lineId, quantity: 10_000, unitPrice: eur(Number.MAX_SAFE_INTEGER), priceReason: 'No' }] },
          'order.total_too_large',
        ],
      ] as const)
        expect((await post(`/orders/${order.id}/edits`, body)).json()).toMatchObject({ status: 422, code });
      const body = { lines: [{ lineId, quantity: 1 }] };
      expect((await post(`/orders/${newId()}/edits`, body)).json()).toMatchObject({ code: 'order.not_found' });
      const waiting = await createOrder(app);
      await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order));
      for (const { id } of [waiting, order])
        expect((await post(`/orders/${id}/edits`, body)).json()).toMatchObject({
          status: 409,
          code: 'order.not_editable',
        });
    });

    it('is dropped, and then cannot be confirmed (409)', async () => {
      const { order, lineId } = await paid();
      const edit = await propose(order, { lines: [{ lineId, quantity: 1 }] });
      expect((await post(`/order-edits/${edit.id}/cancel`)).json()).toMatchObject({ status: 'cancelled', version: 2 });
      for (const action of ['cancel', 'confirm'])
        expect((await post(`/order-edits/${edit.id}/${action}`)).json()).toMatchObject({
          status: 409,
          code: 'order_edit.invalid_transition',
        });
      for (const action of ['cancel', 'confirm'])
        expect((await post(`/order-edits/${newId()}/${action}`)).json()).toMatchObject({
          code: 'order_edit.not_found',
        });
    });
  });

  describe('confirming one', () => {
    it('holds what is added, and leaves the difference to be paid; until then the order cannot be completed', async () => {
      const { order, lineId, variantId } = await paid();
      const added = await variant();
      const edit = await propose(order, {
        lines: [
          { lineId, quantity: 12 },
          { variantId: added, quantity: 3 },
        ],
      });
      const confirmed = await confirm(edit);
      expect([confirmed.statusCode, confirmed.json()]).toMatchObject([200, { status: 'confirmed', version: 2 }]);
      expect(await orderOf(order)).toMatchObject({
        status: 'confirmed',
        paymentStatus: 'partially_paid',
        total: eur(29985),
        due: eur(9995),
        version: edit.orderVersion + 1,
        lines: [
          { id: lineId, quantity: 12 },
          { variantId: added, quantity: 3 },
        ],
      });
      expect([await reserved(variantId), await reserved(added)]).toEqual([12, 3]);
      const { data: history } = (await app.get(`/orders/${order.id}/history`, { token: staff })).json<{
        data: object[];
      }>();
      expect(history.at(-1)).toMatchObject({ type: 'order.edited', toStatus: 'confirmed', actorKind: 'staff' });
      await deliverOrder(app, order);
      expect((await post(`/orders/${order.id}/complete`)).json()).toMatchObject({
        status: 409,
        code: 'order.not_completable',
        isSettled: false,
      });
      expect((await pay(order, { amount: eur(9996) })).json()).toMatchObject({
        code: 'payment.invalid_amount',
        limit: eur(9995),
      });
      expect((await pay(order)).json()).toMatchObject({ status: 'captured', amount: eur(9995) });
      expect(await orderOf(order)).toMatchObject({ paymentStatus: 'paid', due: eur(0) });
      expect((await post(`/orders/${order.id}/complete`)).statusCode).toBe(200);
    });

    it('frees what goes, and gives back what was paid beyond the new total; what is added later is due again', async () => {
      const { order, lineId, variantId } = await paid();
      await confirm(await propose(order, { lines: [{ lineId, quantity: 7 }] }));
      expect(await reserved(variantId)).toBe(7);
      await sweep();
      const less = await orderOf(order);
      expect(less).toMatchObject({ total: eur(13993), paymentStatus: 'paid', due: eur(0) });
      const { data } = (await app.get(`/payments/${less.payments[0]!.id}/refunds`, { token: staff })).json<{
        data: object[];
      }>();
      expect(data).toMatchObject([{ amount: eur(5997), reason: 'order_edited', status: 'succeeded' }]);
      await confirm(await propose(order, { lines: [{ lineId, quantity: 8 }] }));
      expect(await orderOf(order)).toMatchObject({ total: eur(15992), due: eur(1999) });
      expect((await pay(order)).json()).toMatchObject({ amount: eur(1999), status: 'captured' });
      await deliverOrder(app, order);
      const { id } = (
        await post(`/orders/${order.id}/returns`, { lines: [{ lineId, quantity: 8 }] })
      ).json<ReturnResponseDto>();
      await post(`/returns/${id}/approve`);
      await post(`/returns/${id}/receive`, { lines: [{ lineId, condition: 'sellable', quantity: 8 }] });
      await sweep();
      expect(await orderOf(order)).toMatchObject({ paymentStatus: 'refunded', returnStatus: 'returned' });
    });

    it('removes lines, also those that were once in a parcel, and sets prices with a reason', async () => {
      const [first, second] = [await variant(), await variant()];
      const order = await createOrder(app, {
        lines: [
          { variantId: first, quantity: 2 },
          { variantId: second, quantity: 3 },
        ],
      });
      await pay(order);
      const [kept, gone] = order.lines;
      await app.patch(
        `/orders/${order.id}`,
        {
          shippingAddress: {
            name: 'Ada',
            line1: 'Main Street 1',
            city: 'Berlin',
            postalCode: '10115',
            countryCode: 'DE',
          },
        },
        { token: staff },
      );
      const [parcel] = await createFulfilments(app, order, [{ lineId: gone!.id, quantity: 3 }]);
      expect(
        (await post(`/orders/${order.id}/edits`, { lines: [{ lineId: gone!.id, quantity: 2 }] })).json(),
      ).toMatchObject({
        status: 409,
        code: 'order_edit.too_low',
        least: { quantity: 3 },
      });
      await post(`/fulfilments/${parcel!.id}/cancel`);
      const lines = [
        { lineId: gone!.id, quantity: 0 },
        { lineId: kept!.id, unitPrice: eur(1500), priceReason: 'Promised on the phone' },
      ];
      await confirm(await propose(order, { lines }));
      expect(await orderOf(order)).toMatchObject({
        lines: [{ id: kept!.id, quantity: 2, unitPrice: eur(1500), priceReason: 'Promised on the phone' }],
        total: eur(3000),
      });
      expect([await reserved(first), await reserved(second)]).toEqual([2, 0]);
      await sweep();
      expect(await orderOf(order)).toMatchObject({ paymentStatus: 'paid' });
    });

    it('keeps what is taken off each piece, rounded down, and all amounts of lines that are not named', async () => {
      const { order, lineId } = await paid();
      const promotion = { promotionId: newId(), code: 'SPRING', name: 'Spring' };
      await app.database.execute(
        `WITH line AS (UPDATE order_lines SET discount_amount = 1005, total_amount = total_amount - 1005,
             adjustments = jsonb_build_array($2::jsonb || '{"amount": 1005}') WHERE order_id = $1)
         UPDATE orders SET discount_total_amount = 1005, total_amount = total_amount - 1005,
           promotions = jsonb_build_array($2::jsonb || '{"amount": 1005}') WHERE id = $1`,
        [order.id, JSON.stringify(promotion)],
      );
      await app.database.execute(`UPDATE orders SET payment_status = 'paid' WHERE id = $1`, [order.id]);
      await confirm(await propose(order, { lines: [{ name: 'Engraving', unitPrice: eur(500), quantity: 1 }] }));
      expect(await orderOf(order)).toMatchObject({
        total: eur(19485),
        lines: [{ id: lineId, discount: eur(1005) }, {}],
      });
      await confirm(await propose(order, { lines: [{ lineId, quantity: 3 }] }));
      expect(await orderOf(order)).toMatchObject({
        lines: [{ id: lineId, discount: eur(301), total: eur(5997 - 301) }, {}],
        promotions: [{ ...promotion, amount: eur(301) }],
        total: eur(6196),
      });
    });

    it('refuses less than is shipped or refunded, and a proposal that the order has left behind (409)', async () => {
      const { order, lineId } = await paid();
      const proposed = await propose(order, { lines: [{ lineId, quantity: 3 }] });
      await shipOrder(app, order, [{ lineId, quantity: 4 }]);
      expect((await confirm(proposed)).json()).toMatchObject({
        status: 409,
        code: 'order_edit.too_low',
        lineId,
        least: { quantity: 4 },
      });
      const [payment] = (await orderOf(order)).payments;
      await post(`/payments/${payment!.id}/refunds`, { lines: [{ lineId, quantity: 6 }] });
      expect((await post(`/orders/${order.id}/edits`, { lines: [{ lineId, quantity: 5 }] })).json()).toMatchObject({
        code: 'order_edit.too_low',
        least: { quantity: 6, total: 11994 },
      });
      const [one, two] = [
        await propose(order, { lines: [{ lineId, quantity: 9 }] }),
        await propose(order, { lines: [{ lineId, quantity: 8 }] }),
      ];
      expect((await confirm(one)).statusCode).toBe(200);
      expect((await confirm(two)).json()).toMatchObject({
        status: 409,
        code: 'order_edit.outdated',
        orderVersion: one.orderVersion + 1,
      });
      await confirm(await propose(order, { lines: [{ lineId, quantity: 6 }] }));
      expect(await orderOf(order)).toMatchObject({ fulfilmentStatus: 'partially_fulfilled', total: eur(11994) });
    });

    it('edits an order that is held, which takes what is due once it is released', async () => {
      const { order, lineId } = await paid();
      await post(`/orders/${order.id}/hold`, {});
      await confirm(await propose(order, { lines: [{ lineId, quantity: 11 }] }));
      expect(await orderOf(order)).toMatchObject({ status: 'on_hold', due: eur(1999) });
      expect((await pay(order)).json()).toMatchObject({ status: 409, code: 'order.invalid_transition' });
      await post(`/orders/${order.id}/release`);
      expect((await pay(order)).json()).toMatchObject({ status: 'captured', amount: eur(1999) });
    });

    it('takes all that is added or nothing', async () => {
      const { order, lineId } = await paid();
      const [scarce, plenty] = [await variant(1), await variant()];
      const edit = await propose(order, {
        lines: [
          { variantId: plenty, quantity: 1 },
          { variantId: scarce, quantity: 2 },
          { lineId, quantity: 9 },
        ],
      });
      const before = await orderOf(order);
      expect((await confirm(edit)).json()).toMatchObject({ status: 409, code: 'product.insufficient_stock' });
      expect(await orderOf(order)).toEqual(before);
      expect(await reserved(plenty)).toBe(0);
    });

    it('leaves what is held but not taken: a capture gives the rest back', async () => {
      const { order, lineId } = await paid({ capture: 'later' });
      await confirm(await propose(order, { lines: [{ lineId, quantity: 5 }] }));
      const [payment] = (await orderOf(order)).payments;
      expect(payment).toMatchObject({ status: 'authorised', refundPendingAmount: eur(0) });
      expect((await post(`/payments/${payment!.id}/capture`, { amount: eur(5000) })).json()).toMatchObject({
        status: 'partially_captured',
        refundPendingAmount: eur(0),
      });
      await post(`/payments/${payment!.id}/capture`);
      await sweep();
      expect(await orderOf(order)).toMatchObject({ paymentStatus: 'paid', due: eur(0), total: eur(9995) });
    });
  });

  it('taxes the pieces that are left by the rates of where they go, and takes tax that is not charged off once', async () => {
    const { token } = await createStaff(app, ['settings:write', 'users:write', 'products:write']);
    const settings = (exceptCurrencies: string[]) =>
      app.patch('/tax-settings', { pricesIncludeTax: false, exceptCurrencies }, { token });
    await settings(['NOK']);
    const rate = await app.post('/tax-rates', { name: 'MVA', rate: '0.25', country: 'LI' }, { token });
    try {
      const { user, token: exempt } = await createUser(app);
      await app.put(`/users/${user.id}/tax-exemption`, { reason: 'Diplomat', countries: ['LI'] }, { token });
      const variants = [{ sku: `EDIT-${unique()}`, prices: [{ amount: 999, currency: 'NOK' }] }];
      const variantId = (await createProduct(app, { variants })).variants[0]!.id;
      const shippingAddress = { name: 'Ada', line1: 'Städtle 1', city: 'Vaduz', postalCode: '9490', countryCode: 'LI' };
      // 2997 contain 2997 × 0.25 / 1.25 = 599.4; 1998 contain 399.6.
      for (const [buyer, before, after] of [
        [undefined, [2997, 599, 0], [1998, 400, 0]],
        [exempt, [2398, 0, 599], [1598, 0, 400]],
      ] as const) {
        const lines = [{ variantId, quantity: 3 }];
        const order = await createOrder(app, { token: buyer, lines, currency: 'NOK', shippingAddress });
        await pay(order);
        const amounts = ({ total, tax, discount }: PlacedOrderResponseDto['lines'][number]) => [
          total.amount,
          tax.amount,
          discount.amount,
        ];
        expect(amounts(order.lines[0]!)).toEqual(before);
        await confirm(await propose(order, { lines: [{ lineId: order.lines[0]!.id, quantity: 2 }] }));
        const edited = await orderOf(order);
        expect([amounts(edited.lines[0]!), edited.total.amount, edited.taxTotal.amount]).toEqual([
          after,
          after[0],
          after[1],
        ]);
      }
    } finally {
      await app.delete(`/tax-rates/${rate.json<{ id: string }>().id}`, { token });
      await settings([]);
    }
  });

  describe('many at the same moment', () => {
    it('confirm one edit once, and of two that differ only one', async () => {
      const { order, lineId, variantId } = await paid();
      const edits = [
        await propose(order, { lines: [{ lineId, quantity: 12 }] }),
        await propose(order, { lines: [{ lineId, quantity: 15 }] }),
      ];
      const answers = await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => confirm(edits[index % 2]!)));
      expect(codes(answers)).toEqual([200, ...Array.from({ length: AT_ONCE - 1 }, () => 409)]);
      expect(await reserved(variantId)).toBe((await orderOf(order)).lines[0]!.quantity);
    });

    it('edit and cancel, or edit and ship, one after the other', async () => {
      for (const other of ['cancel', 'ship'] as const) {
        const { order, lineId, variantId } = await paid();
        const edit = await propose(order, { lines: [{ lineId, quantity: 5 }] });
        const [answer] = await Promise.all([
          confirm(edit),
          other === 'cancel'
            ? app.post(`/orders/${order.id}/cancel`, {}, guestOf(order))
            : shipOrder(app, order, [{ lineId, quantity: 6 }]).catch(() => undefined),
        ]);
        expect([200, 409]).toContain(answer.statusCode);
        const after = await orderOf(order);
        if (other === 'cancel') expect([after.status, await reserved(variantId)]).toEqual(['cancelled', 0]);
        await sweep();
        await expectInvariants(app);
      }
    });

    it('take no piece twice for two orders', async () => {
      const scarce = await variant(3);
      const edits = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const { order } = await paid();
          return propose(order, { lines: [{ variantId: scarce, quantity: 1 }] });
        }),
      );
      expect(codes(await Promise.all(edits.map(confirm)))).toEqual([200, 200, 200, 409, 409, 409]);
      expect(await reserved(scarce)).toBe(3);
    });
  });

  it('changes the totals of an order that has been placed in no other way (T4)', async () => {
    const { order } = await paid();
    const { version: _, ...before } = totalsOf(await orderOf(order));
    await app.patch(`/orders/${order.id}`, { email: 'new@example.com', tags: ['vip'] }, { token: staff });
    await post(`/orders/${order.id}/hold`, {});
    await post(`/orders/${order.id}/release`);
    await app.patch(`/orders/${order.id}/draft`, { shippingTotal: eur(1) }, { token: staff });
    const [payment] = (await orderOf(order)).payments;
    await post(`/payments/${payment!.id}/refunds`, { amount: eur(100) });
    await deliverOrder(app, order);
    await post(`/orders/${order.id}/complete`);
    const { version: __, ...after } = totalsOf(await orderOf(order));
    expect(after).toEqual(before);
  });
});

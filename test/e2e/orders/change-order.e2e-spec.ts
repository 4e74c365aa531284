import type { OrderStatus } from '../../../src/orders/order-status.js';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { OrderExpiryService } from '../../../src/orders/order-expiry.service.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import { shipOrder } from '../../factories/fulfilment.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

const ADDRESS = { name: 'Ada', line1: '1 Main Street', city: 'London', postalCode: 'SW1Y 4JH', countryCode: 'GB' };

describe('changing an order', () => {
  let app: TestApp;
  let staff: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start();
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    staff = await createStaff(app);
  });
  afterAll(() => app.close());

  const pay = (order: PlacedOrderResponseDto) =>
    app.post(
      `/orders/${order.id}/payments`,
      { provider: 'fake', token: 'tok_success' },
      { key: true, ...guestOf(order) },
    );
  const cancel = (order: PlacedOrderResponseDto, body: object = {}, request: object = guestOf(order)) =>
    app.post(`/orders/${order.id}/cancel`, body, request);
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const expireAll = () => app.app.get(OrderExpiryService).expireDue(new Date(Date.now() + 1_801_000));

  describe('POST /orders/{id}/cancel', () => {
    it('frees the stock of an unpaid order at once and tells why', async () => {
      const { variants } = await createProduct(app, { stock: 1 });
      const lines = [{ variantId: variants[0]!.id, quantity: 1 }];
      const order = await createOrder(app, { lines });
      const response = await cancel(order, { reason: 'Ordered by mistake' });
      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({
        status: 'cancelled',
        cancelReason: 'Ordered by mistake',
        expiresAt: null,
        version: 2,
      });
      await createOrder(app, { lines });
      await expectInvariants(app);
    });

    it('gives up an authorisation at once', async () => {
      const order = await createOrder(app);
      await app.post(`/orders/${order.id}/payments`, { provider: 'manual' }, { key: true, token: staff.token });
      expect((await cancel(order)).json()).toMatchObject({ paymentStatus: 'unpaid', payments: [{ status: 'voided' }] });
      await expectInvariants(app);
    });

    it('promises captured money back in the same transaction, and a job gives it back', async () => {
      const order = await createOrder(app);
      await pay(order);
      expect((await cancel(order)).json()).toMatchObject({
        status: 'cancelled',
        payments: [{ refundPendingAmount: order.total }],
      });
      const events = await app.database.query(
        `SELECT type, data->>'refundId' = r.id::text AS "isThisRefund" FROM outbox_events JOIN refunds r ON r.order_id = $1 WHERE type = 'payment.refund_requested' AND aggregate_id = r.payment_id`,
        [order.id],
      );
      expect(events).toEqual([{ type: 'payment.refund_requested', isThisRefund: true }]);
      await app.app.get(PaymentSweepService).sweep();
      expect((await read(order)).paymentStatus).toBe('refunded');
      await expectInvariants(app);
    });

    it('books money back at once that staff had captured by hand', async () => {
      const order = await createOrder(app);
      const { id } = (
        await app.post(`/orders/${order.id}/payments`, { provider: 'manual' }, { key: true, token: staff.token })
      ).json<{ id: string }>();
      await app.post(`/payments/${id}/capture`, undefined, { key: true, token: staff.token });
      await cancel(order);
      await app.app.get(PaymentSweepService).sweep();
      expect((await read(order)).paymentStatus).toBe('refunded');
    });

    it('is for customers, guests and staff with orders:write alike', async () => {
      const customer = await createUser(app);
      const support = await createStaff(app, ['orders:write']);
      const [own, guests, any] = await Promise.all([
        createOrder(app, { token: customer.token }),
        createOrder(app),
        createOrder(app, { token: customer.token }),
      ]);
      expect((await cancel(own, {}, { token: customer.token })).statusCode).toBe(200);
      expect((await cancel(guests)).statusCode).toBe(200);
      expect((await cancel(any, {}, { token: support.token })).statusCode).toBe(200);
    });

    it('refuses an order something has been shipped of with 409', async () => {
      const order = await createOrder(app);
      await pay(order);
      await shipOrder(app, order);
      expect((await cancel(order)).json()).toMatchObject({
        status: 409,
        code: 'order.invalid_transition',
        allowed: [],
      });
    });

    it.each([[{ reason: '' }], [{ reason: 5 }], [{ reason: 'x'.repeat(501) }], [{ refund: true }], [[]]])(
      'refuses the body %j with 400',
      async (body) => {
        const order = await createOrder(app);
        expect((await cancel(order, body)).statusCode).toBe(400);
        expect((await read(order)).status).toBe('pending_payment');
      },
    );

    it('replays its answer to a repeated key instead of refusing', async () => {
      const order = await createOrder(app);
      const first = await cancel(order, {}, { key: 'cancel-once', ...guestOf(order) });
      const second = await cancel(order, {}, { key: 'cancel-once', ...guestOf(order) });
      expect(second.statusCode).toBe(200);
      expect(second.json()).toEqual(first.json());
    });
  });

  describe('expiry', () => {
    it('frees the stock of an order that is not paid in time, and leaves a history entry and an event', async () => {
      const { variants } = await createProduct(app, { stock: 1 });
      const lines = [{ variantId: variants[0]!.id, quantity: 1 }];
      const order = await createOrder(app, { lines });
      await expireAll();
      expect(await read(order)).toMatchObject({ status: 'expired', expiresAt: null, version: 2 });
      await createOrder(app, { lines });
      await expectInvariants(app);
    });

    it('leaves alone what is not due, what is paid, and what is over', async () => {
      const [early, paid, over] = await Promise.all([createOrder(app), createOrder(app), createOrder(app)]);
      await pay(paid);
      await cancel(over);
      expect(await app.app.get(OrderExpiryService).expireDue()).toBe(0);
      expect((await read(early)).status).toBe('pending_payment');
      await expireAll();
      expect((await read(paid)).status).toBe('confirmed');
      expect((await read(over)).status).toBe('cancelled');
    });
  });

  describe('what an order can do from where it is (IN-14)', () => {
    const into: Record<OrderStatus, (order: PlacedOrderResponseDto) => Promise<unknown>> = {
      draft: (order) => app.database.execute(`UPDATE orders SET status = 'draft' WHERE id = $1`, [order.id]),
      pending_payment: () => Promise.resolve(),
      confirmed: pay,
      on_hold: async (order) => {
        await pay(order);
        await app.database.execute(`UPDATE orders SET status = 'on_hold' WHERE id = $1`, [order.id]);
      },
      completed: async (order) => {
        await pay(order);
        await app.database.execute(`UPDATE orders SET status = 'completed' WHERE id = $1`, [order.id]);
      },
      cancelled: cancel,
      expired: expireAll,
    };
    // What is a draft still does not exist for its customer, so that staff are asked instead.
    const holder = (status: OrderStatus, order: PlacedOrderResponseDto) =>
      status === 'draft' ? { token: staff.token } : guestOf(order);
    const actions = {
      pay: (order: PlacedOrderResponseDto, as: object) =>
        app.post(`/orders/${order.id}/payments`, { provider: 'fake', token: 'tok_success' }, { key: true, ...as }),
      cancel: (order: PlacedOrderResponseDto, as: object) => cancel(order, {}, as),
      edit: (order: PlacedOrderResponseDto, as: object) =>
        app.patch(`/orders/${order.id}`, { shippingAddress: ADDRESS }, as),
    };
    const matrix: Record<OrderStatus, [pay: number, cancel: number, edit: number]> = {
      draft: [409, 409, 200],
      pending_payment: [201, 200, 200],
      confirmed: [409, 200, 200],
      on_hold: [409, 200, 200],
      completed: [409, 409, 409],
      cancelled: [409, 409, 409],
      expired: [409, 409, 409],
    };
    const pairs = Object.entries(matrix).flatMap(([status, answers]) =>
      Object.keys(actions).map(
        (action, index) => [status, action, answers[index]] as [OrderStatus, keyof typeof actions, number],
      ),
    );

    /** Undoes what only SQL could do: the order is where its history says. */
    const restore = ({ id }: PlacedOrderResponseDto) =>
      app.database.execute(
        `UPDATE orders SET status = (SELECT to_status FROM order_history WHERE order_id = $1 ORDER BY version DESC LIMIT 1) WHERE id = $1`,
        [id],
      );

    it.each(pairs)('%s order, %s: %i', async (status, action, expected) => {
      const order = await createOrder(app);
      await into[status](order);
      const as = holder(status, order);
      const readIt = async () => (await app.get(`/orders/${order.id}`, as)).json<OrderDetailResponseDto>();
      const before = await readIt();
      const response = await actions[action](order, as);
      expect(response.statusCode).toBe(expected);
      if (expected === 409) {
        expect(['order.invalid_transition', 'order.not_editable']).toContain(response.json<{ code: string }>().code);
        expect(await readIt()).toEqual(before);
      }
      if (status === 'draft') expect((await app.get(`/orders/${order.id}`, guestOf(order))).statusCode).toBe(404);
      await restore(order);
    });
  });

  describe('PATCH /orders/{id}', () => {
    const patch = (order: PlacedOrderResponseDto, body: object, headers: Record<string, string> = {}) =>
      app.patch(`/orders/${order.id}`, body, { headers: { ...guestOf(order).headers, ...headers } });

    it('merges e-mail and addresses, and raises the version with an entry and an event (T1)', async () => {
      const order = await createOrder(app, { shippingAddress: { ...ADDRESS, line2: 'Flat 3' } });
      const response = await patch(order, {
        email: 'new@example.com',
        shippingAddress: { line1: '2 Main Street', line2: null },
        billingAddress: ADDRESS,
      });
      expect(response.statusCode).toBe(200);
      expect(response.json()).toMatchObject({ email: 'new@example.com', billingAddress: ADDRESS, version: 2 });
      expect(response.json<OrderDetailResponseDto>().shippingAddress).toEqual({ ...ADDRESS, line1: '2 Main Street' });
      expect(response.headers.etag).toMatch(/^"2-/);
      expect((await patch(order, { billingAddress: null })).json()).toMatchObject({
        billingAddress: null,
        version: 3,
        total: order.total,
      });
      await expectInvariants(app);
    });

    it('leaves an order alone that is like that already: same version, no event', async () => {
      const order = await createOrder(app, { shippingAddress: ADDRESS });
      for (const body of [
        {},
        { email: order.email },
        { shippingAddress: { city: ADDRESS.city } },
        { billingAddress: null },
      ]) {
        const response = await patch(order, body);
        expect([response.statusCode, response.json<OrderDetailResponseDto>().version]).toEqual([200, 1]);
      }
    });

    it('lets one of 20 simultaneous changes of one version through; the others get 412 with the current tag', async () => {
      const order = await createOrder(app);
      const responses = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          patch(order, { email: `p${index}@example.com` }, { 'if-match': '"1"' }),
        ),
      );
      expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
      const refused = responses.find(({ statusCode }) => statusCode === 412)!;
      expect(refused.json()).toMatchObject({ code: 'request.version_mismatch' });
      expect(refused.headers.etag).toMatch(/^"2-/);
      expect((await read(order)).version).toBe(2);
    });

    it.each([
      [{ email: null }, '/email'],
      [{ email: 'nobody' }, '/email'],
      [{ shippingAddress: { name: 'Ada' } }, '/shippingAddress/line1'],
      [{ shippingAddress: { ...ADDRESS, name: null } }, '/shippingAddress/name'],
      [{ shippingAddress: { ...ADDRESS, country: 'GB' } }, '/shippingAddress/country'],
      [{ shippingAddress: 'London' }, '/shippingAddress'],
      [{ status: 'confirmed' }, '/status'],
      [{ paymentStatus: 'paid' }, '/paymentStatus'],
      [{ total: { amount: 1, currency: 'EUR' } }, '/total'],
      [{ lines: [] }, '/lines'],
    ])('refuses %j with 400 at %s and changes nothing (AC-4)', async (body, pointer) => {
      const order = await createOrder(app);
      const response = await patch(order, body);
      expect(response.json()).toMatchObject({ status: 400, code: 'request.invalid' });
      expect(response.json<{ errors: { pointer: string }[] }>().errors.map((error) => error.pointer)).toContainEqual(
        expect.stringContaining(pointer),
      );
      expect((await read(order)).version).toBe(1);
    });

    it('is refused once something has been shipped (409 order.not_editable)', async () => {
      const order = await createOrder(app);
      await pay(order);
      await shipOrder(app, order);
      expect((await patch(order, { shippingAddress: ADDRESS })).json()).toMatchObject({
        status: 409,
        code: 'order.not_editable',
      });
    });
  });
});

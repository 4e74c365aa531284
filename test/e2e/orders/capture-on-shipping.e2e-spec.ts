import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { FakePaymentProvider } from '../../../src/orders/payments/fake.provider.js';
import type { PaymentResponseDto } from '../../../src/orders/payments/dto/payment-response.dto.js';
import { PaymentSweepService } from '../../../src/orders/payments/payment-sweep.service.js';
import { PaymentTimings } from '../../../src/orders/payments/payment-timings.js';
import { createFulfilments, shipOrder } from '../../factories/fulfilment.factory.js';
import { createOrder } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

const eur = (amount: number) => ({ amount, currency: 'EUR' });

describe('shipping that captures', () => {
  let app: TestApp;
  let staff: string;
  let fake: FakePaymentProvider;
  beforeAll(async () => {
    app = await TestApp.start({ CAPTURE_ON: 'shipping' });
    app.app.get(PaymentTimings).sweepAfterMs = 0;
    fake = app.app.get(FakePaymentProvider);
    ({ token: staff } = await createStaff(app));
  });
  afterEach(async () => {
    delete fake.faults.refusesOperations;
    await sweep();
    await expectInvariants(app);
  });
  afterAll(() => app.close());

  /** Jobs do the same at once; what a dead process has left, the sweep finds. */
  const sweep = () => app.app.get(PaymentSweepService).sweep(new Date());
  const post = (path: string, body?: object) => app.post(path, body, { key: true, token: staff });
  const pay = async (order: PlacedOrderResponseDto, body: object = {}) =>
    (
      await post(`/orders/${order.id}/payments`, {
        provider: 'fake',
        token: 'tok_success',
        capture: 'later',
        ...body,
      })
    ).json<PaymentResponseDto>();
  const read = async ({ id }: { id: string }) =>
    (await app.get(`/orders/${id}`, { token: staff })).json<OrderDetailResponseDto>();
  const capturedOf = async (order: PlacedOrderResponseDto) =>
    (await read(order)).payments.map(({ capturedAmount }) => capturedAmount.amount);
  const eventsOf = async (id: string) =>
    (
      await app.database.query<{ type: string }>(
        `SELECT type FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version, id`,
        [id],
      )
    ).map(({ type }) => type);
  /** An order of three pieces at 19.99, whose line comes to 60.00 with its shipping of 0.03. */
  const placed = async () => {
    const { variants } = await createProduct(app, { stock: 10 });
    const order = await createOrder(app, { lines: [{ variantId: variants[0]!.id, quantity: 3 }] });
    await app.database.execute(
      `UPDATE orders SET shipping_total_amount = 3, total_amount = total_amount + 3 WHERE id = $1`,
      [order.id],
    );
    return order;
  };
  const ship = (order: PlacedOrderResponseDto, quantity: number) =>
    shipOrder(app, order, [{ lineId: order.lines[0]!.id, quantity }]);

  it('takes with each shipment what its pieces come to, shipping with the first, and exactly the total in the end', async () => {
    const order = await placed();
    const payment = await pay(order);
    const [first] = await ship(order, 1);
    expect((await read(order)).payments).toMatchObject([{ capturedAmount: eur(0), claimedAmount: eur(2_002) }]);
    expect(await eventsOf(first!.id)).toEqual([
      'fulfilment.created',
      'fulfilment.shipped',
      'fulfilment.capture_requested',
    ]);
    await sweep();
    expect(await capturedOf(order)).toEqual([2_002]);
    expect((await read(order)).paymentStatus).toBe('partially_paid');
    await ship(order, 1);
    await ship(order, 1);
    await sweep();
    expect(await read(order)).toMatchObject({
      paymentStatus: 'paid',
      payments: [{ status: 'captured', capturedAmount: eur(6_000), claimedAmount: eur(0) }],
    });
    expect((await eventsOf(payment.id)).filter((type) => type === 'payment.capture_requested')).toHaveLength(3);
  });

  it('counts what was captured by hand, and goes on with the next payment where one has no more', async () => {
    const order = await placed();
    const first = await pay(order, { amount: eur(2_500) });
    await pay(order);
    await post(`/payments/${first.id}/capture`, { amount: eur(1_000) });
    await ship(order, 2);
    await sweep();
    expect(await capturedOf(order)).toEqual([2_500, 1_501]);
    await ship(order, 1);
    await sweep();
    expect(await capturedOf(order)).toEqual([2_500, 3_500]);
  });

  it('leaves money alone that moves outside the system, or was taken already', async () => {
    const [byHand, taken] = [await placed(), await placed()];
    await post(`/orders/${byHand.id}/payments`, { provider: 'manual' });
    await pay(taken, { capture: 'now' });
    for (const order of [byHand, taken]) {
      const [shipped] = await ship(order, 3);
      expect(await eventsOf(shipped!.id)).toEqual(['fulfilment.created', 'fulfilment.shipped']);
    }
    await sweep();
    expect([await capturedOf(byHand), await capturedOf(taken)]).toEqual([[0], [6_000]]);
  });

  it('asks a provider that captures once with the last shipment only', async () => {
    const order = await placed();
    await pay(order);
    Object.defineProperty(fake, 'capturesInParts', { value: false, configurable: true, writable: true });
    try {
      await ship(order, 2);
      await sweep();
      expect(await capturedOf(order)).toEqual([0]);
      await ship(order, 1);
      await sweep();
      expect(await capturedOf(order)).toEqual([6_000]);
    } finally {
      Object.assign(fake, { capturesInParts: true });
    }
  });

  it('ships all the same when the provider refuses, tells so, and makes up for it with the next shipment', async () => {
    const order = await placed();
    const payment = await pay(order);
    fake.faults.refusesOperations = true;
    await ship(order, 1);
    await sweep();
    delete fake.faults.refusesOperations;
    expect(await read(order)).toMatchObject({
      fulfilmentStatus: 'partially_fulfilled',
      paymentStatus: 'authorised',
      payments: [{ capturedAmount: eur(0), claimedAmount: eur(0) }],
    });
    expect(await eventsOf(payment.id)).toContain('payment.capture_failed');
    await ship(order, 1);
    await sweep();
    expect(await capturedOf(order)).toEqual([4_001]);
  });

  it('tells of goods that left without money behind them', async () => {
    const order = await placed();
    const payment = await pay(order);
    await post(`/payments/${payment.id}/void`);
    const [shipped] = await ship(order, 1);
    expect(await eventsOf(shipped!.id)).toEqual(['fulfilment.created', 'fulfilment.shipped', 'fulfilment.uncovered']);
    const [event] = await app.database.query<{ data: object }>(
      `SELECT data FROM outbox_events WHERE aggregate_id = $1 AND type = 'fulfilment.uncovered'`,
      [shipped!.id],
    );
    expect(event!.data).toMatchObject({ orderId: order.id, lacking: eur(2_002) });
  });

  it('ends a race of shipping and voiding in money that is taken or given up, and never both', async () => {
    for (let round = 0; round < 8; round++) {
      const order = await placed();
      const payment = await pay(order);
      const [fulfilment] = await createFulfilments(app, order);
      await app.patch(
        `/orders/${order.id}`,
        {
          shippingAddress: { name: 'Ada', line1: '1 Main', city: 'London', postalCode: 'SW1Y 4JH', countryCode: 'GB' },
        },
        { token: staff },
      );
      const [shipped, voided] = await Promise.all([
        post(`/fulfilments/${fulfilment!.id}/ship`),
        post(`/payments/${payment.id}/void`),
      ]);
      expect(shipped.statusCode).toBe(200);
      await sweep();
      const [{ status, capturedAmount }] = (await read(order)).payments as [PaymentResponseDto];
      expect([status, capturedAmount.amount]).toEqual(
        voided.statusCode === 200 ? ['voided', 0] : ['captured', order.total.amount + 3],
      );
    }
  });
});

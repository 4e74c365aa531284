import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import { OrderStatesService } from '../../../src/orders/order-states.service.js';
import { deliverOrder } from '../../factories/fulfilment.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { TestApp } from '../../support/test-app.js';

describe('holding and completing orders', () => {
  let app: TestApp;
  let staff: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start();
    staff = await createStaff(app);
  });
  afterEach(() => expectInvariants(app));
  afterAll(() => app.close());

  const act = (order: PlacedOrderResponseDto, command: string, body?: object, token = staff.token) =>
    app.post(`/orders/${order.id}/${command}`, body, { token });
  const paid = (options = {}) => createOrder(app, { payment: { provider: 'fake', token: 'tok_success' }, ...options });
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const typesOf = async (order: PlacedOrderResponseDto, request: object = { token: staff.token }) =>
    (await app.get(`/orders/${order.id}/history`, request)).json<{ data: { type: string; reason: string | null }[] }>()
      .data;
  /** Every piece is with the customer, and holds stock no longer. */
  const deliver = (order: PlacedOrderResponseDto) => deliverOrder(app, order);

  it('holds and releases a confirmed order, with one entry and one event each, and tells the reason to staff alone', async () => {
    const order = await paid();
    const held = await act(order, 'hold', { reason: 'The address looks made up' });
    expect([held.statusCode, held.json<OrderDetailResponseDto>().status]).toEqual([200, 'on_hold']);
    const released = await act(order, 'release');
    expect(released.json()).toMatchObject({ status: 'confirmed', confirmedAt: order.confirmedAt });
    const types = ['order.placed', 'order.confirmed', 'order.held', 'order.released'];
    const history = await typesOf(order);
    expect(history.map(({ type }) => type)).toEqual(types);
    expect(history[2]!.reason).toBe('The address looks made up');
    expect((await typesOf(order, guestOf(order)))[2]).toMatchObject({ type: 'order.held', reason: null });
    const audit = await app.get(`/audit-log?targetId=${order.id}`, { token: staff.token });
    expect(audit.json<{ data: { action: string }[] }>().data.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['order.held', 'order.released']),
    );
  });

  it('captures nothing while an order is held, and cancels it as any other', async () => {
    const order = await createOrder(app);
    const path = `/orders/${order.id}/payments`;
    const payment = (await app.post(path, { provider: 'manual' }, { key: true, token: staff.token })).json<{
      id: string;
    }>();
    await act(order, 'hold');
    const capture = () => app.post(`/payments/${payment.id}/capture`, undefined, { key: true, token: staff.token });
    expect((await capture()).json()).toMatchObject({ status: 409, code: 'payment.order_on_hold' });
    await act(order, 'release');
    expect((await capture()).statusCode).toBe(200);
    await act(order, 'hold');
    expect((await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order))).statusCode).toBe(200);
  });

  it('is for staff with orders:write: others get 401, 403 or 404', async () => {
    const order = await paid();
    const customer = await createUser(app);
    const reader = await createStaff(app, ['orders:read']);
    for (const command of ['hold', 'release', 'complete']) {
      expect((await app.post(`/orders/${order.id}/${command}`, undefined, guestOf(order))).statusCode).toBe(401);
      expect((await act(order, command, undefined, customer.token)).statusCode).toBe(403);
      expect((await act(order, command, undefined, reader.token)).statusCode).toBe(403);
      const unknown = await act({ ...order, id: '01970000-0000-7000-8000-000000000000' }, command);
      expect(unknown.json()).toMatchObject({ status: 404, code: 'order.not_found' });
    }
    expect((await read(order)).status).toBe('confirmed');
  });

  it('completes what is delivered and settled, by hand or by the job, and frees what it might still hold', async () => {
    const [byHand, byJob, undelivered] = [await paid(), await paid(), await paid()];
    await Promise.all([deliver(byHand), deliver(byJob)]);
    expect((await act(byHand, 'complete')).json()).toMatchObject({ status: 'completed', version: 3 });
    expect(await app.app.get(OrderStatesService).completeDue()).toBeGreaterThanOrEqual(1);
    expect([(await read(byJob)).status, (await read(undelivered)).status]).toEqual(['completed', 'confirmed']);
    expect(await typesOf(byJob)).toContainEqual(
      expect.objectContaining({ type: 'order.completed', actorKind: 'system' }),
    );
    expect((await act(undelivered, 'complete')).json()).toMatchObject({
      status: 409,
      code: 'order.not_completable',
      openLines: 1,
      isSettled: true,
    });
  });

  it('does not complete what is delivered and not paid', async () => {
    const order = await createOrder(app);
    await app.post(`/orders/${order.id}/payments`, { provider: 'manual' }, { key: true, token: staff.token });
    await deliver(order);
    await app.app.get(OrderStatesService).completeDue();
    expect((await act(order, 'complete')).json()).toMatchObject({
      code: 'order.not_completable',
      openLines: 0,
      isSettled: false,
      paymentStatus: 'authorised',
    });
    await act(order, 'hold');
  });

  it.each([
    ['hold', { reason: '' }],
    ['hold', { reason: 7 }],
    ['hold', { reason: 'x'.repeat(501) }],
    ['hold', { status: 'confirmed' }],
  ])('refuses %s with the body %j: 400', async (command, body) => {
    const order = await paid();
    expect((await act(order, command, body)).statusCode).toBe(400);
  });

  it('completes once when 20 requests complete one order; the others get 409', async () => {
    const order = await paid();
    await deliver(order);
    const responses = await Promise.all(Array.from({ length: 20 }, () => act(order, 'complete')));
    expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(409)]);
    expect((await read(order)).version).toBe(3);
  });

  it('ends a race of hold, cancel and capture in one order of which each step is told once', async () => {
    for (let round = 0; round < 8; round++) {
      const order = await createOrder(app);
      const path = `/orders/${order.id}/payments`;
      const payment = (await app.post(path, { provider: 'manual' }, { key: true, token: staff.token })).json<{
        id: string;
      }>();
      const [held, cancelled, captured] = await Promise.all([
        act(order, 'hold'),
        round % 2 === 0 ? app.post(`/orders/${order.id}/cancel`, {}, guestOf(order)) : null,
        app.post(`/payments/${payment.id}/capture`, undefined, { key: true, token: staff.token }),
      ]);
      expect([200, 409]).toContain(held.statusCode);
      expect([200, 409]).toContain(captured.statusCode);
      if (cancelled) expect(cancelled.statusCode).toBe(200);
      expect((await read(order)).status).toBe(cancelled ? 'cancelled' : 'on_hold');
      await expectInvariants(app);
    }
  });
});

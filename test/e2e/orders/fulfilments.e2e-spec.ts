import { newId } from '../../../src/common/ids.js';
import type { Environment } from '../../../src/config/environment.js';
import { RetentionTasks } from '../../../src/jobs/retention-tasks.js';
import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type {
  CreatedFulfilmentResponseDto,
  FulfilmentStaffResponseDto,
} from '../../../src/orders/fulfilments/fulfilment.dto.js';
import { OverdueDeliveries } from '../../../src/orders/fulfilments/overdue-deliveries.service.js';
import { FulfilmentsRepository } from '../../../src/orders/fulfilments/fulfilments.repository.js';
import { ShipmentsService } from '../../../src/orders/fulfilments/shipments.service.js';
import { OrderStatesService } from '../../../src/orders/order-states.service.js';
import { InventoryService, MAIN_LOCATION_ID } from '../../../src/products/inventory/inventory.service.js';
import { PersonalData } from '../../../src/users/personal-data.js';
import { TEST_ADDRESS } from '../../factories/fulfilment.factory.js';
import { createOrder, guestOf, type TestOrderOptions } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, type SignedInUser, unique } from '../../factories/user.factory.js';
import { expectInvariants } from '../../support/invariants.js';
import { pdfText } from '../../support/pdf-text.js';
import { TestApp } from '../../support/test-app.js';

const NOBODY = '01970000-0000-7000-8000-0000000000ff';

describe('fulfilments', () => {
  let app: TestApp;
  let staff: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start();
    staff = await createStaff(app, ['fulfilments:write', 'orders:write']);
  });
  afterEach(() => expectInvariants(app));
  afterAll(() => app.close());

  const paid = (options: TestOrderOptions = {}) =>
    createOrder(app, {
      payment: { provider: 'fake', token: 'tok_success' },
      shippingAddress: TEST_ADDRESS,
      ...options,
    });
  const paidFor = async (quantity: number, options: TestOrderOptions = {}) => {
    const { variants } = await createProduct(app);
    return paid({ lines: [{ variantId: variants[0]!.id, quantity }], ...options });
  };
  const create = (order: { id: string }, body?: object, token = staff.token) =>
    app.post(`/orders/${order.id}/fulfilments`, body, { token });
  const made = async (order: { id: string }, body?: object) =>
    (await create(order, body)).json<CreatedFulfilmentResponseDto>();
  const act = (fulfilment: { id: string }, command: string, body?: object, token = staff.token) =>
    app.post(`/fulfilments/${fulfilment.id}/${command}`, body, { token });
  const read = async (order: PlacedOrderResponseDto) =>
    (await app.get(`/orders/${order.id}`, guestOf(order))).json<OrderDetailResponseDto>();
  const list = async (order: PlacedOrderResponseDto, request: object = { token: staff.token }) =>
    (await app.get(`/orders/${order.id}/fulfilments`, request)).json<{ data: FulfilmentStaffResponseDto[] }>().data;
  const stockOf = async (variantId: string) => {
    const [row] = await app.database.query<{ onHand: number; reserved: number }>(
      `SELECT sum(on_hand)::int AS "onHand", sum(reserved)::int AS reserved FROM stock WHERE variant_id = $1`,
      [variantId],
    );
    return row!;
  };
  const eventsOf = async (id: string) => {
    const rows = await app.database.query<{ type: string; version: number }>(
      `SELECT type, aggregate_version AS version FROM outbox_events WHERE aggregate_id = $1 ORDER BY aggregate_version`,
      [id],
    );
    return rows.map(({ type, version }) => `${version} ${type}`);
  };
  /** A location of its own with pieces of a variant. */
  const stockElsewhere = async (variantId: string, delta: number) => {
    const id = newId();
    await app.database.execute(`INSERT INTO locations (id, code, name) VALUES ($1, $2, 'Elsewhere')`, [id, unique()]);
    await app.app.get(InventoryService).adjust({ variantId, locationId: id, delta, reason: 'received' }, null);
    return id;
  };

  it('ships all of an order and lets it arrive, and completes it', async () => {
    const order = await paidFor(3);
    const { id: lineId, variantId, sku, name } = order.lines[0]!;
    expect(await stockOf(variantId!)).toEqual({ onHand: 100, reserved: 3 });
    const created = await create(order);
    expect(created.statusCode).toBe(201);
    const fulfilment = created.json<CreatedFulfilmentResponseDto>();
    expect(created.headers.location).toBe(`/api/v1/fulfilments/${fulfilment.id}`);
    expect(fulfilment).toMatchObject({
      orderId: order.id,
      orderNumber: order.number,
      locationId: MAIN_LOCATION_ID,
      status: 'pending',
      lines: [{ lineId, sku, name, quantity: 3 }],
      trackingNumber: null,
      shippedAt: null,
      version: 1,
      others: [],
    });
    expect(await stockOf(variantId!)).toEqual({ onHand: 100, reserved: 3 });
    const tracking = { carrier: 'DHL', trackingNumber: '0034', trackingUrl: 'https://track.example/0034' };
    const shipped = await act(fulfilment, 'ship', tracking);
    expect([shipped.statusCode, shipped.json<object>()]).toEqual([
      200,
      expect.objectContaining({ ...tracking, status: 'shipped', version: 2, shippedAt: expect.any(String) as string }),
    ]);
    expect(await stockOf(variantId!)).toEqual({ onHand: 97, reserved: 0 });
    expect(await read(order)).toMatchObject({ fulfilmentStatus: 'fulfilled', status: 'confirmed', deliveredAt: null });
    const sales = await app.database.query(
      `SELECT on_hand_delta AS delta, reason FROM inventory_movements WHERE order_id = $1`,
      [order.id],
    );
    expect(sales).toEqual([{ delta: -3, reason: 'sale' }]);
    await app.app.get(OrderStatesService).completeDue();
    expect((await read(order)).status).toBe('confirmed');
    expect((await act(fulfilment, 'deliver')).json()).toMatchObject({ status: 'delivered', version: 3 });
    expect(await read(order)).toMatchObject({ deliveredAt: expect.any(String) as string });
    await app.app.get(OrderStatesService).completeDue();
    expect((await read(order)).status).toBe('completed');
    expect(await eventsOf(fulfilment.id)).toEqual([
      '1 fulfilment.created',
      '2 fulfilment.shipped',
      '3 fulfilment.delivered',
    ]);
    const audited = await app.database.query<{ action: string }>(
      `SELECT action FROM audit_log WHERE target_id = $1 ORDER BY sequence`,
      [fulfilment.id],
    );
    expect(audited.map(({ action }) => action)).toEqual([
      'fulfilment.created',
      'fulfilment.shipped',
      'fulfilment.delivered',
    ]);
  });

  it('ships in parts, and counts what is in a fulfilment against what is left', async () => {
    const order = await paidFor(5);
    const line = order.lines[0]!;
    const first = await made(order, { lines: [{ lineId: line.id, quantity: 2 }] });
    expect((await create(order, { lines: [{ lineId: line.id, quantity: 4 }] })).json()).toMatchObject({
      status: 409,
      code: 'fulfilment.exceeds',
      errors: [{ pointer: '/lines/0/quantity', message: 'must not be greater than 3' }],
    });
    await act(first, 'ship');
    expect(await read(order)).toMatchObject({ fulfilmentStatus: 'partially_fulfilled' });
    expect(await stockOf(line.variantId!)).toEqual({ onHand: 98, reserved: 3 });
    await expectInvariants(app);
    const rest = await made(order);
    expect(rest.lines).toMatchObject([{ quantity: 3 }]);
    expect((await create(order)).json()).toMatchObject({ status: 409, code: 'fulfilment.exceeds' });
    await act(rest, 'ship');
    expect(await read(order)).toMatchObject({ fulfilmentStatus: 'fulfilled' });
    expect(await stockOf(line.variantId!)).toEqual({ onHand: 95, reserved: 0 });
    await act(first, 'deliver');
    expect((await read(order)).deliveredAt).toBeNull();
    await act(rest, 'deliver');
    expect((await read(order)).deliveredAt).not.toBeNull();
  });

  it('makes one fulfilment for each location at which the pieces lie', async () => {
    const { variants } = await createProduct(app, { stock: 3 });
    const variantId = variants[0]!.id;
    const elsewhere = await stockElsewhere(variantId, 2);
    const order = await paid({ lines: [{ variantId, quantity: 5 }] });
    const lineId = order.lines[0]!.id;
    expect((await create(order, { locationId: elsewhere })).json()).toMatchObject({
      status: 409,
      code: 'fulfilment.not_there',
      errors: [{ pointer: '/lines/0/quantity', message: 'must not be greater than 2' }],
    });
    const { others, ...first } = await made(order);
    expect([first, ...others]).toMatchObject([
      { locationId: MAIN_LOCATION_ID, lines: [{ lineId, quantity: 3 }] },
      { locationId: elsewhere, lines: [{ lineId, quantity: 2 }] },
    ]);
    await act(others[0]!, 'ship');
    expect(
      await app.database.query(
        `SELECT location_id AS "locationId", on_hand AS "onHand", reserved FROM stock WHERE variant_id = $1 ORDER BY 2`,
        [variantId],
      ),
    ).toEqual([
      { locationId: elsewhere, onHand: 0, reserved: 0 },
      { locationId: MAIN_LOCATION_ID, onHand: 3, reserved: 3 },
    ]);
    await act(first, 'cancel');
    expect(await made(order, { locationId: MAIN_LOCATION_ID })).toMatchObject({ lines: [{ quantity: 3 }], others: [] });
    const ofPlace = await app.get(`/fulfilments?location=${elsewhere}&count=exact`, { token: staff.token });
    expect(ofPlace.json()).toMatchObject({ data: [{ id: others[0]!.id }], total: 1 });
  });

  it('gives pieces of a cancelled fulfilment back to the order, and does not ship it', async () => {
    const order = await paidFor(1);
    const fulfilment = await made(order);
    expect((await act(fulfilment, 'deliver')).json()).toMatchObject({
      status: 409,
      code: 'fulfilment.invalid_transition',
      fulfilmentStatus: 'pending',
      allowed: ['shipped', 'cancelled'],
    });
    expect((await act(fulfilment, 'cancel')).json()).toMatchObject({ status: 'cancelled', version: 2 });
    for (const command of ['ship', 'deliver', 'cancel'])
      expect((await act(fulfilment, command)).json()).toMatchObject({ status: 409, allowed: [] });
    const again = await made(order);
    expect((await act(again, 'ship')).statusCode).toBe(200);
    for (const command of ['ship', 'cancel'])
      expect((await act(again, command)).json()).toMatchObject({ status: 409, allowed: ['delivered'] });
  });

  it('ships only what is confirmed and not held, to an address', async () => {
    const waiting = await createOrder(app);
    expect((await create(waiting)).json()).toMatchObject({
      status: 409,
      code: 'order.invalid_transition',
      orderStatus: 'pending_payment',
    });
    const order = await paid({ shippingAddress: undefined });
    const fulfilment = await made(order);
    expect((await act(fulfilment, 'ship')).json()).toMatchObject({ status: 409, code: 'fulfilment.address_missing' });
    await app.patch(`/orders/${order.id}`, { shippingAddress: TEST_ADDRESS }, { token: staff.token });
    await app.post(`/orders/${order.id}/hold`, undefined, { token: staff.token });
    expect((await act(fulfilment, 'ship')).json()).toMatchObject({
      status: 409,
      code: 'order.invalid_transition',
      orderStatus: 'on_hold',
    });
    await app.post(`/orders/${order.id}/release`, undefined, { token: staff.token });
    expect((await act(fulfilment, 'ship')).statusCode).toBe(200);
  });

  it('ships without an address what is picked up', async () => {
    const order = await paid({ shippingAddress: undefined });
    const shipping = {
      methodId: null,
      code: 'pickup',
      name: 'Pickup',
      price: 0,
      discount: 0,
      taxes: [],
      carrier: null,
    };
    await app.database.execute(`UPDATE orders SET shipping = $2 WHERE id = $1`, [
      order.id,
      { ...shipping, reference: null, isPickup: true },
    ]);
    expect((await act(await made(order), 'ship')).statusCode).toBe(200);
  });

  it('cancels what waits to be shipped when its order is cancelled, which a shipment prevents', async () => {
    const order = await paidFor(2);
    const fulfilment = await made(order, { lines: [{ lineId: order.lines[0]!.id, quantity: 1 }] });
    expect((await app.post(`/orders/${order.id}/cancel`, {}, guestOf(order))).statusCode).toBe(200);
    expect(await list(order)).toMatchObject([{ id: fulfilment.id, status: 'cancelled' }]);
    expect(await eventsOf(fulfilment.id)).toEqual(['1 fulfilment.created', '2 fulfilment.cancelled']);
    const shipped = await paid();
    await act(await made(shipped), 'ship');
    expect((await app.post(`/orders/${shipped.id}/cancel`, {}, guestOf(shipped))).json()).toMatchObject({
      code: 'order.invalid_transition',
    });
  });

  it('shows customers their fulfilments with the tracking link, and nothing of the staff', async () => {
    const customer = await createUser(app);
    const order = await paid({ token: customer.token });
    const given = await made(order);
    await act(given, 'cancel');
    const fulfilment = await made(order);
    await act(fulfilment, 'ship', { trackingUrl: 'https://track.example/7' });
    const request = { token: customer.token };
    const [own, ...more] = await list(order, request);
    expect(more).toEqual([]);
    expect(own).toMatchObject({ id: fulfilment.id, status: 'shipped', trackingUrl: 'https://track.example/7' });
    expect(Object.keys(own!)).not.toEqual(expect.arrayContaining(['locationId']));
    expect((await app.get(`/fulfilments/${fulfilment.id}`, request)).json()).toEqual(own);
    expect((await app.get(`/fulfilments/${given.id}`, request)).statusCode).toBe(404);
    const stranger = await createUser(app);
    for (const path of [`/orders/${order.id}/fulfilments`, `/fulfilments/${fulfilment.id}`]) {
      expect((await app.get(path, { token: stranger.token })).statusCode).toBe(404);
      expect((await app.get(path)).statusCode).toBe(404);
    }
    const guests = await paid();
    const theirs = await made(guests);
    expect((await app.get(`/fulfilments/${theirs.id}`, guestOf(guests))).json()).toMatchObject({ status: 'pending' });
    expect(await list(guests, guestOf(guests))).toMatchObject([{ id: theirs.id }]);
  });

  it('changes how a fulfilment is followed, at the version that was seen', async () => {
    const fulfilment = await made(await paid());
    const path = `/fulfilments/${fulfilment.id}`;
    const patch = (body: object, headers = {}) => app.patch(path, body, { token: staff.token, headers });
    const changed = await patch({ carrier: 'UPS', trackingNumber: '1Z' }, { 'if-match': '"1"' });
    expect(changed.json()).toMatchObject({ carrier: 'UPS', trackingNumber: '1Z', version: 2 });
    expect((await patch({ carrier: 'UPS' })).json()).toMatchObject({ version: 2 });
    expect((await patch({ carrier: 'DHL' }, { 'if-match': '"1"' })).statusCode).toBe(412);
    expect((await act(fulfilment, 'ship', { trackingNumber: '2Z' })).json()).toMatchObject({
      carrier: 'UPS',
      trackingNumber: '2Z',
    });
    expect((await patch({ carrier: null })).json()).toMatchObject({ carrier: null, version: 4 });
    expect(await eventsOf(fulfilment.id)).toEqual([
      '1 fulfilment.created',
      '2 fulfilment.updated',
      '3 fulfilment.shipped',
      '4 fulfilment.updated',
    ]);
    const cancelled = await made(await paid());
    await act(cancelled, 'cancel');
    const response = await app.patch(`/fulfilments/${cancelled.id}`, { carrier: 'DHL' }, { token: staff.token });
    expect(response.json()).toMatchObject({ status: 409, code: 'fulfilment.invalid_transition' });
  });

  it.each([
    [{ trackingUrl: 'javascript:alert(1)' }],
    [{ trackingUrl: 'https://user:secret@track.example/' }],
    [{ trackingUrl: 'track.example' }],
    [{ trackingNumber: 'two\nlines' }],
    [{ trackingNumber: ' ' }],
    [{ carrier: null }],
    [{ carrier: 'x'.repeat(101) }],
    [{ status: 'shipped' }],
  ])('refuses to ship with %j: 400', async (body) => {
    const fulfilment = await made(await paid());
    expect((await act(fulfilment, 'ship', body)).json()).toMatchObject({ status: 400, code: 'request.invalid' });
  });

  it.each<[string, number, (line: string) => object]>([
    ['no lines', 400, () => ({ lines: [] })],
    ['nothing of a line', 400, (lineId) => ({ lines: [{ lineId, quantity: 0 }] })],
    ['half a piece', 400, (lineId) => ({ lines: [{ lineId, quantity: 1.5 }] })],
    [
      'a line twice',
      400,
      (lineId) => ({
        lines: [
          { lineId, quantity: 1 },
          { lineId, quantity: 1 },
        ],
      }),
    ],
    ['null as a line', 400, () => ({ lines: [null] })],
    ['a line of no order', 422, () => ({ lines: [{ lineId: NOBODY, quantity: 1 }] })],
    ['more than was ordered', 409, (lineId) => ({ lines: [{ lineId, quantity: 1_000_000 }] })],
    ['a location that does not exist', 409, () => ({ locationId: NOBODY })],
    ['a location that is none', 400, () => ({ locationId: 'main' })],
    ['what it does not know', 400, () => ({ status: 'shipped' })],
  ])('refuses %s with %i', async (_, status, bodyOf) => {
    const order = await paid();
    expect((await create(order, bodyOf(order.lines[0]!.id))).statusCode).toBe(status);
    expect(await list(order)).toEqual([]);
  });

  it('ships lines that hold no stock from anywhere', async () => {
    const admin = await createStaff(app);
    const draft = await app.post(
      '/orders/drafts',
      {
        email: `guest-${unique()}@example.com`,
        lines: [
          { name: 'Engraving', quantity: 2, unitPrice: { amount: 500, currency: 'EUR' }, priceReason: 'By hand' },
        ],
      },
      { token: admin.token },
    );
    const { id } = draft.json<{ id: string }>();
    await app.post(`/orders/${id}/send`, undefined, { token: admin.token });
    await app.post(`/orders/${id}/payments`, { provider: 'manual' }, { key: true, token: admin.token });
    await app.patch(`/orders/${id}`, { shippingAddress: TEST_ADDRESS }, { token: admin.token });
    expect((await create({ id }, { locationId: NOBODY })).json()).toMatchObject({ code: 'location.not_found' });
    const fulfilment = await made({ id });
    expect(fulfilment).toMatchObject({ locationId: MAIN_LOCATION_ID, lines: [{ quantity: 2, name: 'Engraving' }] });
    expect((await act(fulfilment, 'ship')).statusCode).toBe(200);
  });

  it('lists what a warehouse has to do, page by page', async () => {
    const { variants } = await createProduct(app, { stock: 0 });
    const variantId = variants[0]!.id;
    const place = await stockElsewhere(variantId, 3);
    const made: string[] = [];
    for (let index = 0; index < 3; index++) {
      const order = await paid({ lines: [{ variantId, quantity: 1 }] });
      made.push((await create(order)).json<{ id: string }>().id);
    }
    await act({ id: made[1]! }, 'cancel');
    const page = async (query: string) =>
      (await app.get(`/fulfilments?location=${place}&${query}`, { token: staff.token })).json<{
        data: { id: string }[];
        nextCursor: string | null;
      }>();
    const idsOf = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);
    expect(idsOf(await page('status=pending&sort=createdAt'))).toEqual([made[0], made[2]]);
    const first = await page('limit=2');
    expect(idsOf(first)).toEqual([made[2], made[1]]);
    expect(idsOf(await page(`limit=2&cursor=${first.nextCursor}`))).toEqual([made[0]]);
    for (const query of ['status=sent', 'sort=id', 'location=', `cursor=${first.nextCursor}&status=pending`]) {
      const response = await app.get(`/fulfilments?${query}`, { token: staff.token });
      expect(response.statusCode).toBe(400);
    }
    expect(idsOf((await app.get('/fulfilments?location=nowhere', { token: staff.token })).json())).toEqual([]);
  });

  it('is for staff with fulfilments:write: others get 401, 403 or 404', async () => {
    const order = await paid();
    const fulfilment = await made(order);
    const customer = await createUser(app);
    const reader = await createStaff(app, ['orders:read']);
    expect((await app.post(`/orders/${order.id}/fulfilments`, {}, guestOf(order))).statusCode).toBe(401);
    for (const token of [customer.token, reader.token]) {
      expect((await create(order, undefined, token)).statusCode).toBe(403);
      for (const command of ['ship', 'deliver', 'cancel'])
        expect((await act(fulfilment, command, undefined, token)).statusCode).toBe(403);
      expect((await app.patch(`/fulfilments/${fulfilment.id}`, {}, { token })).statusCode).toBe(403);
    }
    expect((await app.get('/fulfilments', { token: customer.token })).statusCode).toBe(403);
    expect((await app.get('/fulfilments', { token: reader.token })).statusCode).toBe(200);
    expect((await create({ id: NOBODY })).json()).toMatchObject({ status: 404, code: 'order.not_found' });
    for (const command of ['ship', 'deliver', 'cancel'])
      expect((await act({ id: NOBODY }, command)).json()).toMatchObject({ status: 404, code: 'fulfilment.not_found' });
    expect((await app.patch(`/fulfilments/${NOBODY}`, {}, { token: staff.token })).statusCode).toBe(404);
    expect((await app.get(`/fulfilments/${NOBODY}`, { token: staff.token })).statusCode).toBe(404);
  });

  it('prints what to take from the shelves, by SKU, as JSON and as PDF', async () => {
    const { variants } = await createProduct(app, {
      options: [{ name: 'size', values: ['L', 'S'] }],
      variants: ['L', 'S'].map((size) => ({
        sku: `PICK-${unique()}-${size}`,
        barcode: size === 'S' ? '4006381333931' : undefined,
        options: { size },
        prices: [{ amount: 500, currency: 'EUR' }],
      })),
    });
    const lines = [...variants].reverse().map(({ id }, index) => ({ variantId: id, quantity: index + 2 }));
    const order = await paid({ lines, note: 'Ring twice, please' });
    const fulfilment = await made(order);
    const path = `/fulfilments/${fulfilment.id}/picking-list`;
    const list = await app.get(path, { token: staff.token });
    expect(list.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(list.json()).toEqual({
      fulfilmentId: fulfilment.id,
      orderNumber: order.number,
      status: 'pending',
      createdAt: fulfilment.createdAt,
      location: { id: MAIN_LOCATION_ID, code: 'main', name: expect.any(String) as string },
      shippingAddress: TEST_ADDRESS,
      shippingMethod: null,
      isPickup: false,
      note: 'Ring twice, please',
      lines: [
        { lineId: order.lines[1]!.id, sku: variants[0]!.sku, name: order.lines[1]!.name, quantity: 3, barcode: null },
        {
          lineId: order.lines[0]!.id,
          sku: variants[1]!.sku,
          name: order.lines[0]!.name,
          quantity: 2,
          barcode: '4006381333931',
        },
      ],
    });
    const pdf = await app.get(path, { token: staff.token, headers: { accept: 'application/pdf' } });
    expect([pdf.statusCode, pdf.headers['content-type']]).toEqual([200, 'application/pdf']);
    const text = pdfText(pdf.rawPayload).join(' ');
    for (const part of [order.number, 'Invalidenstraße 117', '10115 Berlin', 'Germany', 'Ring twice', '4006381333931'])
      expect(text).toContain(part);
    expect(text).toMatch(/Pieces altogether 5/);
    const both = { accept: 'application/json, application/pdf;q=0.5' };
    expect((await app.get(path, { token: staff.token, headers: both })).json()).toMatchObject({ status: 'pending' });
    const other = await app.get(path, { token: staff.token, headers: { accept: 'image/png' } });
    expect(other.statusCode).toBe(406);
    for (const [token, id, status] of [
      [undefined, fulfilment.id, 401],
      [staff.token, NOBODY, 404],
    ] as const)
      expect((await app.get(`/fulfilments/${id}/picking-list`, { token })).statusCode).toBe(status);
  });

  it('counts a parcel as delivered once it has been on its way for DELIVERED_AFTER, however many workers look', async () => {
    const deliveries = app.app.get(OverdueDeliveries, { strict: false });
    const [early, late] = [await paid(), await paid()];
    const [first, second] = [await made(early), await made(late)];
    await act(first, 'ship');
    await act(second, 'ship');
    await app.database.execute(`UPDATE fulfilments SET shipped_at = now() - interval '14 days' WHERE id = $1`, [
      first.id,
    ]);
    const counts = await Promise.all(Array.from({ length: 5 }, () => deliveries.deliver()));
    expect(counts.reduce((sum, count) => sum + count)).toBe(1);
    expect((await read(early)).deliveredAt).not.toBeNull();
    expect((await read(late)).deliveredAt).toBeNull();
    expect(await eventsOf(first.id)).toEqual([
      '1 fulfilment.created',
      '2 fulfilment.shipped',
      '3 fulfilment.delivered',
    ]);
  });

  it('counts nothing as delivered by itself where DELIVERED_AFTER is 0', async () => {
    const fulfilment = await made(await paid());
    await act(fulfilment, 'ship');
    const { app: nest } = app;
    const never = new OverdueDeliveries(
      { DELIVERED_AFTER: 0 } as Environment,
      nest.get(FulfilmentsRepository, { strict: false }),
      nest.get(ShipmentsService, { strict: false }),
    );
    expect(await never.deliver(new Date(Date.now() + 366 * 86_400_000))).toBe(0);
  });

  it('exports what was sent to a person, and forgets by what it is followed with them', async () => {
    const { user, token } = await createUser(app);
    const order = await paid({ token });
    const fulfilment = await made(order);
    await act(fulfilment, 'ship', {
      carrier: 'DHL',
      trackingNumber: '0034',
      trackingUrl: 'https://track.example/0034',
    });
    const section = app.app
      .get(PersonalData, { strict: false })
      .all()
      .find(({ section: name }) => name === 'fulfilments')!;
    expect(await section.export!(user.id)).toMatchObject([
      { id: fulfilment.id, number: order.number, trackingNumber: '0034', lines: [{ quantity: 1 }] },
    ]);
    const { token: admin } = await createStaff(app);
    await app.post(`/users/${user.id}/erase`, undefined, { token: admin });
    const path = `/fulfilments/${fulfilment.id}`;
    const { json } = await app.get(path, { token: staff.token });
    expect(json()).toMatchObject({ carrier: 'DHL', trackingNumber: null, trackingUrl: null });
    await app.patch(path, { trackingNumber: '0035' }, { token: staff.token });
    await act(fulfilment, 'deliver');
    const tasks = app.app.get(RetentionTasks, { strict: false }).all();
    await tasks.find(({ name }) => name === 'tracking numbers of erased people')!.purge(1_000);
    expect((await app.get(path, { token: staff.token })).json()).toMatchObject({ trackingNumber: null });
  });

  it('puts each piece into one fulfilment when 20 requests want 5 pieces; the others get 409', async () => {
    const order = await paidFor(5);
    const body = { lines: [{ lineId: order.lines[0]!.id, quantity: 1 }] };
    const responses = await Promise.all(Array.from({ length: 20 }, () => create(order, body)));
    const codes = responses.map(({ statusCode }) => statusCode).sort();
    expect(codes).toEqual([...Array<number>(5).fill(201), ...Array<number>(15).fill(409)]);
    expect(await list(order)).toHaveLength(5);
  });

  it('ships once when 20 requests ship one fulfilment; the others get 409', async () => {
    const order = await paidFor(2);
    const fulfilment = await made(order);
    const responses = await Promise.all(Array.from({ length: 20 }, () => act(fulfilment, 'ship')));
    expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(409)]);
    expect(await stockOf(order.lines[0]!.variantId!)).toEqual({ onHand: 98, reserved: 0 });
  });

  it('ends a race of shipping and cancelling in one or the other', async () => {
    for (let round = 0; round < 8; round++) {
      const order = await paidFor(1);
      const fulfilment = await made(order);
      const [shipped, cancelled] = await Promise.all([
        act(fulfilment, 'ship'),
        app.post(`/orders/${order.id}/cancel`, {}, guestOf(order)),
      ]);
      expect([shipped.statusCode, cancelled.statusCode].sort()).toEqual([200, 409]);
      const { status, fulfilmentStatus } = await read(order);
      expect([status, fulfilmentStatus]).toEqual(
        shipped.statusCode === 200 ? ['confirmed', 'fulfilled'] : ['cancelled', 'unfulfilled'],
      );
      await expectInvariants(app);
    }
  });
});

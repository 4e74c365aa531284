import { newId } from '../../../src/common/ids.js';
import type { EventListResponseDto } from '../../../src/events/dto/list-events.dto.js';
import { EventLogRepository } from '../../../src/events/event-log.repository.js';
import { exampleOfData } from '../../../src/events/event-schemas.js';
import { EVENT_TYPES } from '../../../src/events/event-types.js';
import { EventAudience, type Room } from '../../../src/events/streams/event-audience.js';
import { Outbox } from '../../../src/jobs/outbox.js';
import { CUSTOMER_EVENTS } from '../../../src/orders/events/order-event-audience.service.js';
import { deliverOrder, TEST_ADDRESS } from '../../factories/fulfilment.factory.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { EventStreamClient, publishEvents, type StreamOptions, until } from '../../support/event-stream.js';
import { listen } from '../../support/raw-http.js';
import { SocketClient } from '../../support/socket-client.js';
import { TestApp } from '../../support/test-app.js';

/** Far beyond the versions that anything of a test has. */
const MADE_UP_VERSION = 1_000;

describe('who hears of events', () => {
  let app: TestApp;
  let port: number;
  let staff: SignedInUser;
  const closings: (() => void)[] = [];

  beforeAll(async () => {
    app = await TestApp.start();
    port = await listen(app.app);
    staff = await createStaff(app);
    await publishEvents(app);
  });
  afterEach(() => closings.splice(0).forEach((close) => close()));
  afterAll(() => app.close());

  const stream = async (options: StreamOptions): Promise<EventStreamClient> => {
    const client = await EventStreamClient.open(port, options);
    closings.push(() => client.close());
    await client.until(() => client.comments.length > 0);
    return client;
  };
  const subscribe = async (channel: string, token?: string, more: object = {}): Promise<SocketClient> => {
    const client = await SocketClient.open(port, token === undefined ? {} : { token });
    closings.push(() => client.close());
    expect(await client.ask('subscribe', { channel, ...more })).toMatchObject({ type: 'subscribed' });
    return client;
  };
  const newest = () => app.app.get(EventLogRepository).newest();

  describe('about orders', () => {
    /** An order of somebody, or of a guest, with one of everything that can hang on it: the ids by the names of aggregates. */
    const ordered = async (customer: SignedInUser | null): Promise<Record<string, string>> => {
      const token = customer?.token;
      const payment = { provider: 'fake', token: 'tok_success' } as const;
      const order = await createOrder(app, { ...(token ? { token } : {}), payment, shippingAddress: TEST_ADDRESS });
      const [fulfilment] = await deliverOrder(app, order);
      const lines = [{ lineId: order.lines[0]!.id, quantity: 1 }];
      const who = token ? { token } : guestOf(order);
      const asked = await app.post(`/orders/${order.id}/returns`, { lines }, { ...who, key: true });
      expect([asked.statusCode, asked.body]).toEqual([201, asked.body]);
      const invoice = newId();
      await app.database.execute(
        `INSERT INTO invoices (id, kind, number, order_id, currency, total_amount, tax_amount, source, content, issued_at)
         VALUES ($1::uuid, 'invoice', $1::uuid::text, $2, 'EUR', 1, 0, 'test', '{}', now())`,
        [invoice, order.id],
      );
      return {
        order: order.id,
        payment: order.payments[0]!.id,
        fulfilment: fulfilment!.id,
        return: asked.json<{ id: string }>().id,
        invoice,
        user: customer?.user.id ?? newId(),
      };
    };

    it('hears exactly what GET /events shows of them, over every type of event, and nothing of others', async () => {
      const [ada, bob] = [await createUser(app), await createUser(app)];
      const subjects = [await ordered(ada), await ordered(bob), await ordered(null)];
      await publishEvents(app);
      const begin = await newest();
      const streams = await Promise.all([ada, bob].map(({ token }) => stream({ token })));
      const sockets = await Promise.all([ada, bob].map(({ token }) => subscribe('orders', token)));
      try {
        // Whatever an event may say of somebody's order, account or stock, it says.
        const made = subjects.flatMap((ids) =>
          EVENT_TYPES.map((described, index) => {
            const data = exampleOfData(described);
            for (const [aggregate, id] of Object.entries(ids))
              if (`${aggregate}Id` in data) data[`${aggregate}Id`] = id;
            if ('customerId' in data) data.customerId = ids.user;
            const { type, aggregateType } = described;
            const aggregateId = ids[aggregateType] ?? newId();
            return { type, aggregateType, aggregateId, aggregateVersion: MADE_UP_VERSION + index, data };
          }),
        );
        await app.database.run(() => app.app.get(Outbox, { strict: false }).add(...made));
        await publishEvents(app);
        const audience = app.app.get(EventAudience, { strict: false });
        const log = await audience.readAll(begin, made.length + 1);
        expect(log).toHaveLength(made.length);
        const rooms = await audience.roomsOf(log, true);
        const heardIn = (room: Room) =>
          log.flatMap(({ sequence }, index) => (rooms[index]!.includes(room) ? [sequence] : []));
        const kept = async (room: Room) =>
          (
            await audience.read(
              room,
              begin,
              EVENT_TYPES.map(({ type }) => type),
              made.length,
            )
          ).map(({ sequence }) => sequence);

        for (const [index, { token, user }] of [ada, bob].entries()) {
          const { data: shown } = (
            await app.get(`/events?after=${begin}&limit=100`, { token })
          ).json<EventListResponseDto>();
          expect(shown.map(({ type }) => type).sort()).toEqual([...CUSTOMER_EVENTS].sort());
          expect(new Set(shown.map(({ data }) => data.orderId))).toEqual(new Set([subjects[index]!.order]));
          const sequences = shown.map(({ sequence }) => sequence);
          expect(heardIn(`user:${user.id}`)).toEqual(sequences);
          expect(await kept(`user:${user.id}`)).toEqual(sequences);
          const [live, past, socket] = [
            streams[index]!,
            await stream({ token, query: `after=${begin}` }),
            sockets[index]!,
          ];
          for (const client of [live, past]) {
            await client.until(() => client.events.length >= shown.length);
            expect(client.events.map(({ data }) => data)).toEqual(shown);
          }
          await until(() => socket.eventsOn('orders').length >= shown.length);
          expect(socket.eventsOn('orders')).toEqual(shown);
        }
        // The room of an order is the same for all who may enter it, whoever ordered.
        for (const { order } of subjects) {
          expect(heardIn(`order:${order!}`)).toHaveLength(CUSTOMER_EVENTS.length);
          expect(await kept(`order:${order!}`)).toEqual(heardIn(`order:${order!}`));
        }
        expect(heardIn('events')).toHaveLength(made.length);
        const named = new Set(rooms.flat().filter((room) => !room.startsWith('stock:')));
        expect(named).toEqual(
          new Set([
            'events',
            `user:${ada.user.id}`,
            `user:${bob.user.id}`,
            ...subjects.map(({ order }) => `order:${order!}`),
          ]),
        );
      } finally {
        await app.database.execute(`DELETE FROM outbox_events WHERE aggregate_version >= $1 AND sequence > $2`, [
          MADE_UP_VERSION,
          begin,
        ]);
      }
    });
  });

  describe('about stock', () => {
    it('follows a variant that sells out and comes back: everybody by socket, staff by stream as well, and nobody what is of another', async () => {
      const [followed, other] = [await createProduct(app, { stock: 1 }), await createProduct(app, { stock: 1 })];
      const [variantId, otherId] = [followed.variants[0]!.id, other.variants[0]!.id];
      await publishEvents(app);
      const begin = await newest();
      const customer = await createUser(app);
      const channel = `stock:${variantId}`;
      const [guest, shopper] = [await subscribe(channel), await subscribe(channel, customer.token)];
      const [ofStaff, ofShopper] = [
        await stream({ token: staff.token, query: 'types=variant.availability_changed' }),
        await stream({ token: customer.token }),
      ];

      const order = await createOrder(app, { lines: [{ variantId, quantity: 1 }], token: customer.token });
      await createOrder(app, { lines: [{ variantId: otherId, quantity: 1 }] });
      await publishEvents(app);
      await until(() => guest.eventsOn(channel).length === 1);
      const { token } = staff;
      expect((await app.post(`/orders/${order.id}/cancel`, {}, { token, key: true })).statusCode).toBe(200);
      await publishEvents(app);
      await until(() => guest.eventsOn(channel).length === 2);
      const adjustment = { variantId, delta: 20, reason: 'received' };
      expect((await app.post('/inventory/adjustments', adjustment, { token, key: true })).statusCode).toBe(201);
      await publishEvents(app);

      const told = ['out', 'low', 'in_stock'].map((availability) => ({
        type: 'variant.availability_changed',
        aggregate: { type: 'variant', id: variantId, version: expect.any(Number) as unknown },
        data: { variantId, productId: followed.id, availability },
      }));
      const late = await subscribe(channel, undefined, { after: begin });
      for (const client of [guest, shopper, late]) {
        await until(() => client.eventsOn(channel).length >= told.length);
        expect(client.eventsOn(channel)).toMatchObject(told);
        expect(client.messages.filter(({ type }) => type === 'event')).toHaveLength(told.length);
      }
      await ofStaff.until(() => ofStaff.events.length >= told.length + 1);
      const seen = ofStaff.events.map(({ data }) => data);
      expect(seen.filter(({ aggregate }) => aggregate.id === variantId)).toMatchObject(told);
      expect(seen.filter(({ aggregate }) => aggregate.id === otherId)).toMatchObject([
        { data: { availability: 'out' } },
      ]);
      // A stream of a customer is about their orders.
      await ofShopper.until(() => ofShopper.events.some(({ event }) => event === 'order.cancelled'));
      expect(ofShopper.events.map(({ event }) => event)).toEqual(['order.placed', 'order.cancelled']);
    });
  });
});

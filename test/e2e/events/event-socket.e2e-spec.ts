import { connect } from 'node:net';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../../src/common/ids.js';
import { OpenStreams } from '../../../src/events/streams/open-streams.service.js';
import { Outbox } from '../../../src/jobs/outbox.js';
import { OperationsService } from '../../../src/operations/operations.service.js';
import { OrderEvent } from '../../../src/orders/events/order.event.js';
import { createKey } from '../../factories/api-key.factory.js';
import { createOrder } from '../../factories/order.factory.js';
import { createProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, signIn, type SignedInUser } from '../../factories/user.factory.js';
import { publishEvents, until } from '../../support/event-stream.js';
import { listen, sendRaw } from '../../support/raw-http.js';
import { SocketClient } from '../../support/socket-client.js';
import { TestApp } from '../../support/test-app.js';

describe('/events/socket', () => {
  let app: TestApp;
  let port: number;
  let staff: SignedInUser;
  const clients: SocketClient[] = [];

  beforeAll(async () => {
    app = await TestApp.start({ CORS_ORIGINS: 'https://shop.example' });
    port = await listen(app.app);
    staff = await createStaff(app, ['events:read']);
    await publishEvents(app);
  });
  afterEach(() => clients.splice(0).forEach((client) => client.close()));
  afterAll(() => app.close());

  const open = async (options: Parameters<typeof SocketClient.open>[1] = {}) => {
    const client = await SocketClient.open(port, options);
    clients.push(client);
    await client.next(({ type }) => type === 'connected');
    return client;
  };
  const happen = (count: number) =>
    app.database.run(() =>
      app.app
        .get(Outbox, { strict: false })
        .add(
          ...Array.from({ length: count }, () => new OrderEvent('order.placed', { id: newId(), customerId: null }, 1)),
        ),
    );
  const prunedSequence = async () =>
    (await app.database.query<{ sequence: number }>(`SELECT pruned_sequence::int AS sequence FROM event_log`))[0]!
      .sequence;
  const codeOf = async (client: SocketClient, type: string, message: object = {}) => {
    const { problem } = await client.ask(type, message);
    return problem?.code;
  };

  it('tells staff everything in the envelope of the log, whether the token comes in the header or in the first message', async () => {
    const [byHeader, byMessage] = [await open({ token: staff.token }), await open()];
    expect(await codeOf(byMessage, 'subscribe', { channel: 'events' })).toBe('auth.required');
    expect(await byMessage.ask('authenticate', { token: staff.token })).toMatchObject({
      type: 'authenticated',
      endsAt: expect.stringMatching(/Z$/) as unknown,
    });
    for (const client of [byHeader, byMessage])
      expect(await client.ask('subscribe', { channel: 'events', types: ['order.*'] })).toMatchObject({
        type: 'subscribed',
        channel: 'events',
        sequence: expect.any(Number) as unknown,
      });
    const order = await createOrder(app);
    await publishEvents(app);
    for (const client of [byHeader, byMessage]) {
      const { event } = await client.next(({ event }) => event?.aggregate.id === order.id);
      expect(event).toMatchObject({ type: 'order.placed', data: { orderId: order.id }, apiVersion: 'v1' });
    }
    expect(await byHeader.ask('unsubscribe', { channel: 'events' })).toMatchObject({ type: 'unsubscribed' });
    const heard = byHeader.messages.length;
    await createOrder(app);
    await publishEvents(app);
    await byMessage.next(({ event }) => event !== undefined && event.aggregate.id !== order.id);
    expect(byHeader.messages).toHaveLength(heard);
  });

  it('tells customers of their own orders, and of no others', async () => {
    const [ada, bob] = [await createUser(app), await createUser(app)];
    const [ofAda, ofBob] = [await open({ token: ada.token }), await open({ token: bob.token })];
    for (const client of [ofAda, ofBob]) await client.ask('subscribe', { channel: 'orders' });
    const orders = [await createOrder(app, { token: ada.token }), await createOrder(app, { token: bob.token })];
    await publishEvents(app);
    for (const [index, client] of [ofAda, ofBob].entries()) {
      await client.next(({ event }) => event?.type === 'order.placed');
      await delay(50);
      expect(new Set(client.eventsOn('orders').map(({ data }) => data.orderId))).toEqual(new Set([orders[index]!.id]));
    }
    expect(await codeOf(ofAda, 'subscribe', { channel: 'events' })).toBe('auth.insufficient_scope');
    expect(await codeOf(ofAda, 'subscribe', { channel: `order:${orders[1]!.id}` })).toBe('order.not_found');
    expect(await ofAda.ask('subscribe', { channel: `order:${orders[0]!.id}` })).toMatchObject({ type: 'subscribed' });
  });

  it('opens the order of a guest to who shows its token, and to nobody else', async () => {
    const [mine, other] = [await createOrder(app), await createOrder(app)];
    await publishEvents(app);
    const guest = await open();
    const channel = `order:${mine.id}`;
    expect(await codeOf(guest, 'subscribe', { channel })).toBe('order.not_found');
    expect(await codeOf(guest, 'subscribe', { channel, orderToken: other.orderToken })).toBe('order.not_found');
    expect(await guest.ask('subscribe', { channel, orderToken: mine.orderToken })).toMatchObject({
      type: 'subscribed',
    });
    for (const order of [other, mine])
      await app.post(`/orders/${order.id}/cancel`, {}, { headers: { 'x-order-token': order.orderToken! }, key: true });
    await publishEvents(app);
    await guest.next(({ event }) => event?.type === 'order.cancelled');
    await delay(50);
    expect(guest.messages.filter(({ event }) => event && event.data.orderId !== mine.id)).toEqual([]);
    // The past of the order is its own, payments included, and comes in the order of the log.
    const late = await open();
    const from = Math.max(0, await prunedSequence());
    await late.ask('subscribe', { channel, orderToken: mine.orderToken, after: from });
    await late.next(({ event }) => event?.type === 'order.cancelled');
    expect(late.eventsOn(channel).map(({ type }) => type)).toEqual(['order.placed', 'order.cancelled']);
  });

  it('opens the stock of what is for sale to everybody, and of what is not to nobody', async () => {
    const [sold, draft] = [await createProduct(app), await createProduct(app, { status: 'draft' })];
    const shopper = await open();
    expect(await shopper.ask('subscribe', { channel: `stock:${sold.variants[0]!.id}` })).toMatchObject({
      type: 'subscribed',
    });
    expect(await codeOf(shopper, 'subscribe', { channel: `stock:${draft.variants[0]!.id}` })).toBe('variant.not_found');
    expect(await codeOf(shopper, 'subscribe', { channel: `stock:${newId()}` })).toBe('variant.not_found');
  });

  it('resumes a channel after 1,000 events were missed: none twice, none left out', async () => {
    const first = await open({ token: staff.token });
    const { sequence } = await first.ask('subscribe', { channel: 'events', types: ['order.placed'] });
    await happen(200);
    await publishEvents(app);
    await until(() => first.eventsOn('events').length > 0);
    first.close();
    await happen(400);
    await publishEvents(app);
    const second = await open({ token: staff.token });
    const heard = first.eventsOn('events').map((event) => event.sequence);
    await second.ask('subscribe', { channel: 'events', types: ['order.placed'], after: heard.at(-1) });
    for (let part = 0; part < 4; part++) {
      await happen(100);
      await publishEvents(app);
    }
    await until(() => heard.length + second.eventsOn('events').length >= 1_000);
    await delay(50);
    const all = [...heard, ...second.eventsOn('events').map((event) => event.sequence)];
    const rows = await app.database.query<{ sequence: number }>(
      `SELECT sequence::int FROM outbox_events WHERE sequence > $1 AND type = 'order.placed' ORDER BY sequence`,
      [sequence],
    );
    expect(all).toEqual(rows.map((row) => row.sequence));
  });

  it('tells who started long work how far it is, and nobody else', async () => {
    const [ada, bob] = [await createUser(app), await createUser(app)];
    const [ofAda, ofBob] = [await open({ token: ada.token }), await open({ token: bob.token })];
    for (const client of [ofAda, ofBob]) await client.ask('subscribe', { channel: 'operations' });
    const operations = app.app.get(OperationsService, { strict: false });
    const start = { kind: 'user_export', startedBy: ada.user.id, starterScope: null, subjectId: ada.user.id };
    const { id } = await app.database.run(() => operations.start(start));
    await operations.begin(id);
    await operations.progress(id, 3, 7);
    const told = await ofAda.next(({ operation }) => operation?.progress.done === 3);
    expect(told).toMatchObject({
      type: 'operation.progress',
      operation: { id, status: 'running', kind: 'user_export' },
    });
    await operations.succeed(id, {});
    await ofAda.next(({ operation }) => operation?.status === 'succeeded');
    await delay(1_200);
    expect(ofAda.messages.filter(({ operation }) => operation?.status === 'succeeded')).toHaveLength(1);
    expect(ofBob.messages.filter(({ operation }) => operation)).toEqual([]);
  });

  describe('is refused', () => {
    it.each<[string, string, Parameters<typeof SocketClient.open>[1]]>([
      ['with a token that is none', '401 auth.invalid_token', { token: 'not.a.token' }],
      ['with another scheme', '401 auth.required', { headers: { authorization: 'Basic YTpi' } }],
      ['with a token in the address', '400 request.invalid', { query: '?access_token=abc' }],
      [
        'to pages of an origin that is not listed',
        '403 request.origin_not_allowed',
        { headers: { origin: 'https://evil.example' } },
      ],
      ['to pages of no origin at all', '403 request.origin_not_allowed', { headers: { origin: 'null' } }],
    ])('%s: %s', async (_, answer, options) => {
      await expect(SocketClient.open(port, options)).rejects.toThrow(answer);
    });

    it('to more than 20 sockets of one caller: 429 event.too_many_streams', async () => {
      const own = await TestApp.start({ RATE_LIMIT_SCALE: '1' });
      const ownPort = await listen(own.app);
      const results = await Promise.allSettled(
        Array.from({ length: 21 }, () => SocketClient.open(ownPort, { token: staff.token })),
      );
      // One that was admitted at the same moment as the others is closed again.
      const kept = () => own.app.get(OpenStreams).countOf('websocket');
      await until(() => kept() === 20);
      await expect(SocketClient.open(ownPort, { token: staff.token })).rejects.toThrow('429 event.too_many_streams');
      expect({ opened: results.length, kept: kept() }).toEqual({ opened: 21, kept: 20 });
      await own.close();
    });

    it('at other addresses, and to what is no WebSocket, which is served as ever', async () => {
      const upgrade = 'Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
      const key = `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`;
      const elsewhere = await sendRaw(port, [`GET /api/v1/products HTTP/1.1\r\n${upgrade}${key}`]);
      expect(elsewhere.statuses).toEqual([404]);
      const bad = await sendRaw(port, [`GET /api/v1/events/socket HTTP/1.1\r\n${upgrade}\r\n`]);
      expect(bad.statuses).toEqual([400]);
      expect((await app.get('/events/socket')).statusCode).toBe(404);
      const post = await sendRaw(port, [`POST /api/v1/events/socket HTTP/1.1\r\n${upgrade}${key}`]);
      expect(post.statuses).toEqual([405]);
    });
  });

  it('takes pages of listed origins and of its own', async () => {
    for (const origin of ['https://shop.example', 'http://localhost:3000'])
      expect((await open({ headers: { origin } })).closed).toBeUndefined();
  });

  it.each<[string, string, string?]>([
    ['no JSON', 'hello', 'request.malformed_json'],
    ['a list', '[]', 'request.invalid'],
    ['null', 'null', 'request.invalid'],
    ['no type', '{}', 'request.invalid'],
    ['an unknown type', '{"type":"shout"}', 'request.invalid'],
    ['a type that is inherited', '{"type":"__proto__"}', 'request.invalid'],
    ['a channel that there is not', '{"type":"subscribe","channel":"secrets"}', 'request.invalid'],
    ['a channel of no order', '{"type":"subscribe","channel":"order:1 OR 1=1"}', 'request.invalid'],
    ['no channel', '{"type":"subscribe"}', 'request.invalid'],
    ['a member too many', '{"type":"subscribe","channel":"orders","admin":true}', 'request.invalid'],
    ['types that there are not', '{"type":"subscribe","channel":"orders","types":["order.lost"]}', 'request.invalid'],
    ['types that are none', '{"type":"subscribe","channel":"orders","types":{"0":"*"}}', 'request.invalid'],
    ['an after that is no number', '{"type":"subscribe","channel":"orders","after":"1"}', 'request.invalid'],
    ['a token of no text', '{"type":"authenticate","token":{"a":1}}', 'request.invalid'],
    ['a token that is none', '{"type":"authenticate","token":"abc"}', 'auth.invalid_token'],
    ['an id that is no text', '{"type":"unsubscribe","channel":"orders","id":5}', 'request.invalid'],
    ['a NUL', '{"type":"subscribe","channel":"order:\\u0000"}', 'request.invalid'],
  ])('answers %s with a problem, and goes on', async (_, text, code) => {
    const client = await open();
    client.socket.send(text);
    const { problem } = await client.next(({ type }) => type === 'error');
    expect(problem).toMatchObject({
      code,
      status: expect.any(Number) as unknown,
      title: expect.any(String) as unknown,
    });
    expect(problem!.status).toBeLessThan(500);
    expect(await client.ask('unsubscribe', { channel: 'orders' })).toMatchObject({ type: 'unsubscribed' });
  });

  it('outlives any bytes: 300 random frames, messages and cuts', async () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const handshake = `GET /api/v1/events/socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`;
    for (let attempt = 0; attempt < 60; attempt++) {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(handshake);
      for (let part = 0; part < 5; part++)
        socket.write(Buffer.from(Array.from({ length: 1 + random(300) }, () => random(256))));
      await delay(2);
      socket.destroy();
    }
    const pieces = [
      '{',
      '}',
      '"type"',
      ':',
      '"subscribe"',
      ',',
      '"channel"',
      '"events"',
      '[',
      ']',
      '1e999',
      'null',
      '"\\ud800"',
      '"__proto__"',
      '{"a":'.repeat(500),
    ];
    const client = await open({ token: staff.token });
    for (let attempt = 0; attempt < 90; attempt++)
      client.socket.send(Array.from({ length: 1 + random(12) }, () => pieces[random(pieces.length)]).join(''));
    await until(() => client.messages.length >= 90);
    expect(client.messages.filter(({ problem }) => (problem?.status ?? 0) >= 500)).toEqual([]);
    const other = await open({ token: staff.token });
    expect(await other.ask('subscribe', { channel: 'events' })).toMatchObject({ type: 'subscribed' });
  });

  describe('is closed', () => {
    it('with 1009 on a message of more than 16 KiB', async () => {
      const client = await open();
      client.socket.send(JSON.stringify({ type: 'authenticate', token: 'x'.repeat(20_000) }));
      await until(() => client.closed !== undefined);
      expect(client.closed!.code).toBe(1009);
    });

    it('with 4429 on more than 100 messages in ten seconds', async () => {
      const client = await open();
      for (let sent = 0; sent < 101; sent++) client.socket.send('{}');
      await until(() => client.closed !== undefined);
      expect(client.closed).toEqual({ code: 4429, reason: 'request.rate_limited' });
    });

    it("with 4408 when it is nobody's and listens to nothing for ten seconds", async () => {
      const client = await open();
      await until(() => client.closed !== undefined, 12_000);
      expect(client.closed).toEqual({ code: 4408, reason: 'auth.required' });
    });

    it('with 4401 when the session ends, and with 4403 when the scope is taken away', async () => {
      const [ended, lessened] = [await createStaff(app, ['events:read']), await createStaff(app, ['events:read'])];
      const [first, second] = [await open({ token: ended.token }), await open({ token: lessened.token })];
      for (const client of [first, second]) await client.ask('subscribe', { channel: 'events' });
      await app.post('/auth/logout', undefined, { token: ended.token });
      await app.database.execute(`DELETE FROM user_roles WHERE user_id = $1`, [lessened.user.id]);
      await until(() => first.closed !== undefined && second.closed !== undefined);
      expect(first.closed).toEqual({ code: 4401, reason: 'auth.invalid_token' });
      expect(second.closed).toEqual({ code: 4403, reason: 'auth.insufficient_scope' });
    });

    it('with 4401 when the access token ends, unless a newer one of the same caller was shown', async () => {
      const user = await createUser(app);
      const [client, renewed] = [await open({ token: user.token }), await open({ token: user.token })];
      for (const one of [client, renewed]) await one.ask('subscribe', { channel: 'orders' });
      expect(await codeOf(renewed, 'authenticate', { token: staff.token })).toBe('event.other_caller');
      const { token } = await signIn(app, user.user.id);
      expect(await renewed.ask('authenticate', { token })).toMatchObject({ type: 'authenticated' });
      await app.post('/auth/logout', undefined, { token: user.token });
      await until(() => client.closed !== undefined);
      expect(client.closed!.code).toBe(4401);
      expect(renewed.closed).toBeUndefined();
    });

    it('with 1001 when the server stops', async () => {
      const own = await TestApp.start();
      const client = await SocketClient.open(await listen(own.app), { token: staff.token });
      await own.close();
      await until(() => client.closed !== undefined);
      expect(client.closed).toEqual({ code: 1001, reason: 'server.stopping' });
    });
  });

  it('cuts off who does not read, and keeps next to nothing for them meanwhile', async () => {
    const client = await open({ token: staff.token });
    const { sequence } = await client.ask('subscribe', { channel: 'events' });
    await app.database.run(() =>
      app.app.get(Outbox, { strict: false }).add(
        ...Array.from({ length: 1_200 }, () => ({
          ...new OrderEvent('order.placed', { id: newId(), customerId: null }, 1),
          data: { padding: 'x'.repeat(10_000) },
        })),
      ),
    );
    client.socket.pause();
    await publishEvents(app);
    const streams = app.app.get(OpenStreams, { strict: false });
    await until(() => streams.mostWaiting > 0);
    await delay(2_500);
    expect(streams.mostWaiting).toBeLessThan(1024 * 1024);
    expect(streams.countOf('websocket')).toBe(1);
    const now = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + 16_000);
    await until(() => streams.countOf('websocket') === 0).finally(() => clock.mockRestore());
    await app.database.execute(`DELETE FROM outbox_events WHERE sequence > $1`, [sequence]);
  });

  it("lets a key with events:read listen to events, and to nobody's orders", async () => {
    const { key } = await createKey(app, { scopes: ['events:read'] });
    const client = await open({ token: key });
    expect(await client.ask('subscribe', { channel: 'events' })).toMatchObject({ type: 'subscribed' });
    expect(await codeOf(client, 'subscribe', { channel: 'orders' })).toBe('auth.insufficient_scope');
  });
});

import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { StandingCredentials } from '../../../src/auth/standing-credentials.service.js';
import { newId } from '../../../src/common/ids.js';
import { OpenStreams } from '../../../src/events/streams/open-streams.service.js';
import { createLogger } from '../../../src/common/logging/logger.js';
import { Outbox } from '../../../src/jobs/outbox.js';
import { OrderEvent } from '../../../src/orders/events/order.event.js';
import { createKey } from '../../factories/api-key.factory.js';
import { createOrder } from '../../factories/order.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { EventStreamClient, publishEvents, type StreamOptions, until } from '../../support/event-stream.js';
import { listen } from '../../support/raw-http.js';
import { TestApp } from '../../support/test-app.js';

describe('GET /events/stream', () => {
  let app: TestApp;
  let port: number;
  let staff: SignedInUser;
  const clients: EventStreamClient[] = [];

  beforeAll(async () => {
    app = await TestApp.start();
    port = await listen(app.app);
    staff = await createStaff(app, ['events:read']);
    await publishEvents(app);
  });
  afterEach(() => clients.splice(0).forEach((client) => client.close()));
  afterAll(() => app.close());

  const open = async (options: StreamOptions = {}) => {
    const client = await EventStreamClient.open(port, { token: staff.token, ...options });
    clients.push(client);
    if (client.status === 200) await client.until(() => client.comments.length > 0);
    return client;
  };
  const refused = async (options: StreamOptions) => {
    const client = await open(options);
    return { status: client.status, code: (await client.problem()).code };
  };
  /** Orders of nobody, without their rows: the log does not mind. */
  const happen = (count: number, customerId: string | null = null) =>
    app.database.run(() =>
      app.app
        .get(Outbox, { strict: false })
        .add(...Array.from({ length: count }, () => new OrderEvent('order.placed', { id: newId(), customerId }, 1))),
    );

  it('sends what happens as it happens: id is the sequence, event the type, data the envelope', async () => {
    const client = await open();
    expect(client.response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'cache-control': expect.stringContaining('no-store') as unknown,
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String) as unknown,
    });
    const order = await createOrder(app);
    await publishEvents(app);
    await client.until(() => client.events.some(({ data }) => data.aggregate.id === order.id));
    const { id, event, data } = client.events.find((one) => one.data.aggregate.id === order.id)!;
    expect({ id, event, data }).toEqual({
      id: data.sequence,
      event: 'order.placed',
      data: {
        id: expect.any(String) as unknown,
        type: 'order.placed',
        occurredAt: expect.stringMatching(/Z$/) as unknown,
        sequence: expect.any(Number) as unknown,
        aggregate: { type: 'order', id: order.id, version: 1 },
        data: { orderId: order.id, customerId: null },
        apiVersion: 'v1',
        requestId: expect.any(String) as unknown,
      },
    });
  });

  it('resumes after 20 cuts in 1,000 events: none twice, none left out, whether from Last-Event-ID or after', async () => {
    let client = await open();
    const begin = client.lastEventId!;
    const heard: number[] = [];
    for (let part = 0; part < 20; part++) {
      await happen(50);
      await publishEvents(app);
      // Cut off anywhere: some of the part has come, or none.
      await client.until(() => client.events.length > (part * 7) % 40);
      heard.push(...client.sequences);
      client.close();
      client = await open(part % 2 ? { lastEventId: client.lastEventId! } : { query: `after=${client.lastEventId!}` });
    }
    const { sequences } = (
      await app.database.query<{ sequences: number[] }>(
        `SELECT array_agg(sequence::int ORDER BY sequence) AS sequences FROM outbox_events WHERE sequence > $1`,
        [begin],
      )
    )[0]!;
    expect(sequences).toHaveLength(1_000);
    await client.until(() => heard.length + client.events.length >= 1_000);
    await delay(50);
    expect([...heard, ...client.sequences]).toEqual(sequences);
  });

  it('lets nothing slip between the past and what is new, when both come at once', async () => {
    const begin = (await open()).lastEventId!;
    await happen(450);
    const opened = Array.from({ length: 5 }, async (_, index) => {
      await delay(index * 7);
      return open({ query: `after=${begin}` });
    });
    const writing = (async () => {
      for (let part = 0; part < 10; part++) {
        await happen(15);
        await publishEvents(app);
      }
    })();
    const [readers] = await Promise.all([Promise.all(opened), writing]);
    for (const reader of readers) {
      await reader.until(() => reader.events.length >= 600);
      expect(reader.sequences).toEqual(Array.from({ length: 600 }, (_, index) => reader.sequences[0]! + index));
    }
  });

  it('shows customers what happens to their own orders, and nobody else', async () => {
    const [ada, bob] = [await createUser(app), await createUser(app)];
    const [ofAda, ofBob] = [await open({ token: ada.token }), await open({ token: bob.token })];
    const begin = ofAda.lastEventId!;
    const payment = { provider: 'fake', token: 'tok_success' };
    const [first, second] = [
      await createOrder(app, { token: ada.token }),
      await createOrder(app, { token: bob.token }),
    ];
    await createOrder(app);
    await app.post(`/orders/${first.id}/payments`, payment, { token: ada.token, key: true });
    await publishEvents(app);
    const past = await open({ token: ada.token, lastEventId: begin });
    for (const client of [ofAda, past])
      await client.until(() => client.events.some(({ event }) => event === 'order.confirmed'));
    await ofBob.until(() => ofBob.events.length > 0);
    await delay(100);
    const ordersOf = (client: EventStreamClient) => [...new Set(client.events.map(({ data }) => data.data.orderId))];
    expect(ordersOf(ofAda)).toEqual([first.id]);
    expect(ofAda.events.map(({ event }) => event)).toContain('payment.created');
    expect(past.events).toEqual(ofAda.events);
    expect(ordersOf(past)).toEqual([first.id]);
    expect(ordersOf(ofBob)).toEqual([second.id]);
  });

  it('sends the types that are asked for', async () => {
    const client = await open({ query: 'types=order.cancelled,order.expired' });
    const order = await createOrder(app);
    await app.post(`/orders/${order.id}/cancel`, {}, { headers: { 'x-order-token': order.orderToken! }, key: true });
    await publishEvents(app);
    await client.until(() => client.events.length > 0);
    expect(client.events.map(({ event }) => event)).toEqual(['order.cancelled']);
  });

  it.each([
    ['an unknown type', { query: 'types=order.lost' }, 'request.invalid'],
    ['a filter that is none', { query: 'types=order.placed;drop' }, 'request.invalid'],
    ['too many types', { query: `types=${'order.placed,'.repeat(60)}order.placed` }, 'request.invalid'],
    ['an after that is no number', { query: 'after=1e3' }, 'request.invalid'],
    ['a negative after', { query: 'after=-1' }, 'request.invalid'],
    ['a Last-Event-ID that is no sequence', { lastEventId: 'x1' }, 'request.invalid'],
    ['a Last-Event-ID beyond all numbers', { lastEventId: '9999999999999999' }, 'request.invalid'],
    ['an unknown parameter', { query: 'since=1' }, 'request.invalid'],
    ['a token in the address', { query: 'access_token=abc' }, 'request.invalid'],
  ])('refuses %s with 400', async (_, options, code) => {
    expect(await refused(options)).toEqual({ status: 400, code });
  });

  it('refuses a point in the log that has been pruned with 410 event.pruned', async () => {
    const oldest = await app.database.queryOne<{ sequence: number }>(
      `SELECT min(sequence)::int AS sequence FROM outbox_events`,
    );
    await happen(3);
    await publishEvents(app);
    await app.database.execute(
      `WITH gone AS (
         DELETE FROM outbox_events WHERE sequence <= (SELECT min(sequence) + 1 FROM outbox_events) RETURNING sequence
       )
       UPDATE event_log SET pruned_sequence = (SELECT max(sequence) FROM gone)`,
    );
    expect(await refused({ query: `after=${oldest!.sequence - 1}` })).toEqual({ status: 410, code: 'event.pruned' });
    expect((await open({ lastEventId: oldest!.sequence + 1 })).status).toBe(200);
  });

  it('answers a key with events:read like staff, and refuses one without with 403', async () => {
    const [good, bad] = [await createKey(app, { scopes: ['events:read'] }), await createKey(app)];
    const client = await open({ token: good.key });
    await happen(1);
    await publishEvents(app);
    await client.until(() => client.events.some(({ event }) => event === 'order.placed'));
    expect(await refused({ token: bad.key })).toEqual({ status: 403, code: 'auth.insufficient_scope' });
    expect(await refused({ token: undefined })).toEqual({ status: 401, code: 'auth.required' });
  });

  it('lives through a HEAD, which gets no stream', async () => {
    const answer = await app.send('HEAD', '/events/stream', { token: staff.token });
    expect({ status: answer.statusCode, body: answer.body }).toEqual({ status: 200, body: '' });
  });

  describe('ends within about a second', () => {
    const END: Record<string, () => Promise<{ token: string; end: () => Promise<unknown> }>> = {
      'when the session is ended': async () => {
        const user = await createStaff(app, ['events:read']);
        return { token: user.token, end: () => app.post('/auth/logout', undefined, { token: user.token }) };
      },
      'when another instance ends the session': async () => {
        const user = await createStaff(app, ['events:read']);
        const end = () =>
          app.database.execute(`UPDATE sessions SET revoked_at = now(), revoked_reason = 'ended' WHERE id = $1`, [
            user.sessionId,
          ]);
        return { token: user.token, end };
      },
      'when the user is disabled': async () => {
        const user = await createUser(app);
        const end = () => app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [user.user.id]);
        return { token: user.token, end };
      },
      'when the scope is taken away': async () => {
        const user = await createStaff(app, ['events:read']);
        const end = () => app.database.execute(`DELETE FROM user_roles WHERE user_id = $1`, [user.user.id]);
        return { token: user.token, end };
      },
      'when the key is revoked': async () => {
        const key = await createKey(app, { scopes: ['events:read'] });
        return {
          token: key.key,
          end: () =>
            app.delete(`/api-keys/${key.id}`, {
              token: key.creator.token,
              headers: { 'if-match': `"${key.version}"` },
            }),
        };
      },
      'when the token of a service account is revoked': async () => {
        const key = await createKey(app, { scopes: ['events:read'] });
        const basic = Buffer.from(`${key.id}:${key.key}`).toString('base64');
        const form = {
          headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
        };
        const answer = await app.send('POST', '/oauth/token', { ...form, raw: 'grant_type=client_credentials' });
        const { access_token: token } = answer.json<{ access_token: string }>();
        return { token, end: () => app.send('POST', '/oauth/revoke', { ...form, raw: `token=${token}` }) };
      },
    };

    afterEach(() => jest.restoreAllMocks());

    it.each(Object.keys(END))('%s', async (name) => {
      const { token, end } = await END[name]!();
      const looks = jest.spyOn(app.app.get(StandingCredentials, { strict: false }), 'check').mock;
      const ends = jest.spyOn(app.app.get(OpenStreams), 'end').mock;
      const client = await open({ token });
      expect(client.status).toBe(200);
      // Every second one look is taken.
      await until(() => looks.calls.length >= 2, 4_000);
      expect(client.isClosed).toBe(false);
      await end();
      const before = looks.calls.length;
      await client.until(() => client.isClosed);
      // One that was under way may have come too early to see it; the next one does.
      const needed = looks.invocationCallOrder.filter((order) => order < ends.invocationCallOrder[0]!).length - before;
      expect(needed).toBeLessThanOrEqual(1);
      expect(client.events.at(-1)).toMatchObject({
        event: 'end',
        data: { code: name.includes('scope') ? 'auth.insufficient_scope' : 'auth.invalid_token' },
      });
    });

    it('when the access token expires', async () => {
      const user = await createUser(app);
      const client = await open({ token: user.token });
      // The clock that counts is that of the process: a token of 15 minutes is over when it says so.
      const now = Date.now.bind(Date);
      const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + 901_000);
      await client.until(() => client.isClosed).finally(() => clock.mockRestore());
      expect(client.events.at(-1)).toMatchObject({ event: 'end', data: { code: 'auth.token_expired' } });
    });
  });

  it('drops a reader that does not read, instead of keeping what it does not take', async () => {
    const first = await open();
    const begin = first.lastEventId!;
    first.close();
    const streams = app.app.get(OpenStreams, { strict: false });
    await until(() => streams.countOf('sse') === 0);
    // Some 12 MB, which no buffers of sockets take.
    await app.database.run(() =>
      app.app.get(Outbox, { strict: false }).add(
        ...Array.from({ length: 1_200 }, () => ({
          ...new OrderEvent('order.placed', { id: newId(), customerId: null }, 1),
          data: { padding: 'x'.repeat(10_000) },
        })),
      ),
    );
    await publishEvents(app);
    const socket = connect(port, '127.0.0.1');
    let isClosed = false;
    socket.on('close', () => (isClosed = true)).on('error', () => undefined);
    socket.pause();
    socket.write(
      `GET /api/v1/events/stream?after=${begin} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${staff.token}\r\n\r\n`,
    );
    await until(() => streams.mostWaiting > 0);
    await delay(2_500);
    expect(streams.countOf('sse')).toBe(1);
    expect(streams.mostWaiting).toBeLessThan(3 * 1024 * 1024);
    const now = Date.now.bind(Date);
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now() + 16_000);
    await until(() => streams.countOf('sse') === 0).finally(() => clock.mockRestore());
    // The server has cut it off, which the pause hides from this side until it reads.
    let heard = 0;
    socket.on('data', (bytes) => (heard += bytes.length)).resume();
    await until(() => isClosed);
    expect(heard).toBeLessThan(11_000_000);
    // Whoever reads gets all of it.
    const reader = await open({ query: `after=${begin}` });
    await reader.until(() => reader.events.length >= 1_200);
    await app.database.execute(`DELETE FROM outbox_events WHERE sequence > $1`, [begin]);
  });

  it('is counted in the metrics while it is open, and writes one line of the log at its end', async () => {
    const lines: string[] = [];
    const logger = createLogger(
      { LOG_LEVEL: 'info', LOG_FORMAT: 'json', ROLE: 'api' },
      { write: (line) => void lines.push(line) },
    );
    const own = await TestApp.start({}, { logger });
    const client = await EventStreamClient.open(await listen(own.app), { token: staff.token });
    const requestId = client.response.headers['x-request-id'];
    const readOpen = () => own.app.get(OpenStreams).countOf('sse');
    expect(readOpen()).toBe(1);
    expect(lines.filter((line) => line.includes('/events/stream'))).toEqual([]);
    client.close();
    await until(() => readOpen() === 0);
    await until(() => lines.some((line) => line.includes('/events/stream')));
    expect(lines.filter((line) => line.includes('/events/stream')).map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ msg: 'request', requestId, status: 200, path: '/api/v1/events/stream' }),
    ]);
    await own.close();
  });

  it('ends with event: end when the server stops, which does not wait for it', async () => {
    const took: number[] = [];
    // Whatever else the machine is doing must not decide.
    while (took.length < 5 && !(took.at(-1)! < 3_000)) {
      const own = await TestApp.start();
      const client = await EventStreamClient.open(await listen(own.app), { token: staff.token });
      const startedAt = Date.now();
      await own.close();
      took.push(Date.now() - startedAt);
      await client.until(() => client.isClosed);
      expect(client.events.at(-1)).toEqual({ event: 'end', data: { code: 'server.stopping' } });
    }
    expect(Math.min(...took)).toBeLessThan(3_000);
  });

  it('refuses more than 20 streams of one caller with 429 event.too_many_streams', async () => {
    const own = await TestApp.start({ RATE_LIMIT_SCALE: '1' });
    const ownPort = await listen(own.app);
    const opened = await Promise.all(
      Array.from({ length: 21 }, () => EventStreamClient.open(ownPort, { token: staff.token })),
    );
    expect(opened.map(({ status }) => status).sort()).toEqual([...Array<number>(20).fill(200), 429]);
    const refused = opened.find(({ status }) => status === 429)!;
    expect((await refused.problem()).code).toBe('event.too_many_streams');
    opened.find(({ status }) => status === 200)!.close();
    await until(async () => {
      const again = await EventStreamClient.open(ownPort, { token: staff.token });
      opened.push(again);
      return again.status === 200;
    });
    opened.forEach((client) => client.close());
    await own.close();
  });
});

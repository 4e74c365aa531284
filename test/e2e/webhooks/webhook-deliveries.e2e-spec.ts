import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Module } from '@nestjs/common';
import { AppModule } from '../../../src/app.module.js';
import type { Actor } from '../../../src/common/security/principal.js';
import { newId } from '../../../src/common/ids.js';
import { EventLogRepository } from '../../../src/events/event-log.repository.js';
import type { WebhookDeliveryDetailResponseDto } from '../../../src/events/webhooks/dto/webhook-delivery.dto.js';
import type {
  NewWebhookEndpointResponseDto,
  WebhookEndpointResponseDto,
} from '../../../src/events/webhooks/dto/webhook-endpoint.dto.js';
import { WebhookDeliveriesRepository } from '../../../src/events/webhooks/webhook-deliveries.repository.js';
import { WebhookReplaysService } from '../../../src/events/webhooks/webhook-replays.service.js';
import { WebhooksWorkerModule } from '../../../src/events/webhooks/worker/webhooks-worker.module.js';
import { WebhookWorker } from '../../../src/events/webhooks/worker/webhook-worker.js';
import { JOB_TIMINGS, type JobTimings } from '../../../src/jobs/job-timings.js';
import { Outbox } from '../../../src/jobs/outbox.js';
import { OutboxRepository } from '../../../src/jobs/outbox.repository.js';
import { PublishedEvents } from '../../../src/jobs/published-events.js';
import { OperationsService } from '../../../src/operations/operations.service.js';
import { OrderEvent } from '../../../src/orders/events/order.event.js';
import { createOrder } from '../../factories/order.factory.js';
import { createStaff, type SignedInUser } from '../../factories/user.factory.js';
import { listStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';
import { testEnvironment } from '../../support/test-environment.js';
import { eventually as happens } from '../../support/test-worker.js';
import { verified, WebhookReceiver } from '../../support/webhook-receiver.js';
import { freePort } from '../../support/free-port.js';

const SETTINGS = { WEBHOOK_ALLOW_PRIVATE: 'true' };
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long a receiver may take. */
const TIMEOUT_MS = 15_000;

const changes = (count: number): OrderEvent['type'][] => [
  'order.placed',
  ...Array<'order.updated'>(count - 1).fill('order.updated'),
];

/** The API together with what sends webhooks, and without the rest of a worker. */
@Module({ imports: [AppModule.register(testEnvironment(SETTINGS)), WebhooksWorkerModule] })
class SendingApp {}

// Hundreds of deliveries take as long as they take.
jest.setTimeout(400_000);
const eventually = (condition: () => boolean | Promise<boolean>) => happens(condition, 240_000);

/** Checks WH-1 and WH-3 to WH-9. */
describe('webhooks', () => {
  let app: TestApp;
  let staff: SignedInUser;
  let receiver: WebhookReceiver;
  const receivers: WebhookReceiver[] = [];
  beforeAll(async () => {
    app = await TestApp.start(SETTINGS, { root: { module: SendingApp } });
  });
  beforeEach(async () => {
    await app.database.execute(`DELETE FROM webhook_endpoints`);
    await publish();
    staff = await createStaff(app);
    receiver = await startReceiver();
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await app.database.execute(`DELETE FROM webhook_endpoints`);
    for (const one of receivers.splice(0)) await one.stop();
  });
  afterAll(() => app.close());

  const startReceiver = async (): Promise<WebhookReceiver> => {
    const started = await WebhookReceiver.start();
    receivers.push(started);
    return started;
  };
  const post = (path: string, body?: unknown) => app.post(path, body, { token: staff.token });
  const create = async (overrides: object = {}): Promise<NewWebhookEndpointResponseDto> => {
    const answer = await post('/webhook-endpoints', { url: receiver.url, types: ['order.*'], ...overrides });
    if (answer.statusCode !== 201) throw new Error(answer.body);
    return answer.json<NewWebhookEndpointResponseDto>();
  };
  const endpoint = async (id: string): Promise<WebhookEndpointResponseDto> =>
    (await app.get(`/webhook-endpoints/${id}`, { token: staff.token })).json();
  const deliveries = async (id: string, query = ''): Promise<WebhookDeliveryDetailResponseDto[]> =>
    (await app.get(`/webhook-endpoints/${id}/deliveries?limit=100${query}`, { token: staff.token })).json().data;
  const delivery = async (id: string): Promise<WebhookDeliveryDetailResponseDto> =>
    (await app.get(`/webhook-deliveries/${id}`, { token: staff.token })).json();
  /** Gives committed events their place in the log, as a relay does. */
  const publish = async () => {
    const outbox = new OutboxRepository(app.database);
    while ((await outbox.publish(200)).events.length > 0);
    app.app.get(PublishedEvents).announce();
  };
  /** Commits events of an order, without the order. @returns its id. */
  const tell = async (...types: OrderEvent['type'][]): Promise<string> => {
    const order = { id: newId(), customerId: null };
    await app.database.run(() =>
      app.app.get(Outbox, { strict: false }).add(...types.map((type, index) => new OrderEvent(type, order, index + 1))),
    );
    await publish();
    return order.id;
  };
  /** Brings the next try forward. */
  const makeDue = () =>
    app.database.execute(
      `UPDATE webhook_deliveries SET next_attempt_at = now() WHERE status = 'pending' AND leased_until IS NULL`,
    );
  /**
   * What has failed is due again an hour later than it would be, so that only `makeDue` brings it: the first pause is of some five seconds,
   * through which a busy machine may sleep.
   */
  const putOffRetries = () => {
    const repository = app.app.get(WebhookDeliveriesRepository, { strict: false });
    const note = repository.note.bind(repository);
    jest.spyOn(repository, 'note').mockImplementation((...noted) =>
      app.database.run(async () => {
        await note(...noted);
        await app.database.execute(
          `UPDATE webhook_deliveries SET next_attempt_at = next_attempt_at + interval '1 hour' WHERE id = $1 AND status = 'pending'`,
          [noted[0].id],
        );
      }),
    );
  };
  const received = (count: number, by = receiver) => eventually(() => by.received.length >= count);
  const ended = (id: string, status: string, count = 1) =>
    eventually(async () => (await deliveries(id, `&status=${status}`)).length === count);
  /** Waits until a try has been written down. */
  const tried = (id: string, count: number) => eventually(async () => (await delivery(id)).attempts?.length === count);

  it('WH-1, WH-7 come with id, time and signature, which the package of Standard Webhooks believes, and say what the log says', async () => {
    const { id, secret } = await create();
    const orderId = await tell('order.placed');
    await received(1);
    const [webhook] = receiver.received;
    expect(verified(secret, webhook!)).toEqual(webhook!.message);
    expect(() => verified('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', webhook!)).toThrow();
    const { headers, message } = webhook!;
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': message.id,
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
      'user-agent': expect.stringMatching(/^Storehouse/),
    });
    expect(Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp']))).toBeLessThan(60);
    expect(`${String(headers['webhook-id'])}${String(headers['webhook-timestamp'])}`).not.toContain('.');
    expect(message).toEqual({
      id: expect.any(String),
      type: 'order.placed',
      occurredAt: expect.any(String),
      timestamp: message.occurredAt,
      sequence: expect.any(Number),
      aggregate: { type: 'order', id: orderId, version: 1 },
      data: { orderId, customerId: null },
      apiVersion: 'v1',
      requestId: null,
    });
    await ended(id, 'succeeded');
    const [row] = await deliveries(id);
    expect(row).toMatchObject({ eventId: message.id, sequence: message.sequence, attemptCount: 1, statusCode: 204 });
  });

  it('bring the types that were asked for, told after the endpoint was added, and nothing that was rolled back', async () => {
    await tell('order.placed');
    const { id } = await create({ types: ['order.confirmed', 'order.held'] });
    await app.database
      .run(async () => {
        await app.app
          .get(Outbox, { strict: false })
          .add(new OrderEvent('order.held', { id: newId(), customerId: null }, 1));
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await tell('order.placed', 'order.confirmed', 'order.updated', 'order.held');
    await ended(id, 'succeeded', 2);
    expect(receiver.received.map(({ message }) => message.type).sort()).toEqual(['order.confirmed', 'order.held']);
    expect(await deliveries(id)).toHaveLength(2);
  });

  it('WH-4 carry both signatures until the old secret lapses', async () => {
    const old = await create();
    const fresh = (await post(`/webhook-endpoints/${old.id}/rotate-secret`)).json<NewWebhookEndpointResponseDto>();
    await tell('order.placed');
    await received(1);
    expect(String(receiver.received[0]!.headers['webhook-signature']).split(' ')).toHaveLength(2);
    for (const { secret } of [old, fresh]) expect(verified(secret, receiver.received[0]!)).toBeTruthy();
    await app.database.execute(`UPDATE webhook_endpoints SET previous_secret_ends_at = now() - interval '1 s'`);
    await tell('order.placed');
    await received(2);
    expect(verified(fresh.secret, receiver.received[1]!)).toBeTruthy();
    expect(() => verified(old.secret, receiver.received[1]!)).toThrow();
    expect((await endpoint(old.id)).previousSecretEndsAt).toBeNull();
  });

  it('WH-3 are tried again after 500, a redirect and a reset, with the same id and a fresh signature, until they are taken', async () => {
    putOffRetries();
    const { id, secret } = await create();
    const elsewhere = await startReceiver();
    receiver.answers(500, {}, 'out of order');
    await tell('order.placed');
    await received(1);
    const deliveryId = (await deliveries(id))[0]!.id;
    await tried(deliveryId, 1);
    const first = await delivery(deliveryId);
    expect(first).toMatchObject({ status: 'pending', statusCode: 500, attemptCount: 1, endedAt: null });
    const pauseMs = Date.parse(String(first.nextAttemptAt)) - Date.parse(String(first.attempts[0]!.startedAt));
    expect(pauseMs - HOUR_MS).toBeGreaterThan(3_900);
    expect((await endpoint(id)).failingSince).toBe(first.attempts[0]!.startedAt);
    receiver.answers(302, { location: elsewhere.url });
    await makeDue();
    await tried(deliveryId, 2);
    receiver.behaves((request) => request.socket.resetAndDestroy());
    await makeDue();
    await tried(deliveryId, 3);
    receiver.answers(200);
    await makeDue();
    await ended(id, 'succeeded');
    expect(elsewhere.received).toEqual([]);
    expect(new Set(receiver.received.map((one) => one.id))).toEqual(new Set([first.eventId]));
    for (const one of receiver.received) expect(verified(secret, one)).toBeTruthy();
    const last = await delivery(deliveryId);
    expect(last.attempts.map(({ statusCode }) => statusCode)).toEqual([200, null, 302, 500]);
    expect(await endpoint(id)).toMatchObject({ failingSince: null, version: 1 });
  });

  it('WH-3 are given up after ten tries', async () => {
    putOffRetries();
    const { id } = await create();
    receiver.answers(500);
    await tell('order.placed');
    await received(1);
    const deliveryId = (await deliveries(id))[0]!.id;
    await tried(deliveryId, 1);
    await app.database.execute(`UPDATE webhook_deliveries SET attempt_count = 9, next_attempt_at = now()`);
    await ended(id, 'failed');
    expect(await delivery(deliveryId)).toMatchObject({ attemptCount: 10, nextAttemptAt: null });
  });

  it('WH-3 leave a receiver in peace for as long as Retry-After asks, other events included', async () => {
    const { id } = await create();
    receiver.answers(429, { 'retry-after': '7200' });
    await tell('order.placed');
    await received(1);
    await eventually(async () => (await endpoint(id)).pausedUntil !== null);
    const [row] = await deliveries(id);
    for (const time of [(await endpoint(id)).pausedUntil, row!.nextAttemptAt])
      expect(Math.abs(Date.parse(String(time)) - Date.now() - 2 * HOUR_MS)).toBeLessThan(10 * MINUTE_MS);
    receiver.answers(200);
    await tell('order.placed');
    await eventually(async () => (await deliveries(id)).length === 2);
    await makeDue();
    await post(`/webhook-endpoints/${(await create({ types: ['user.*'] })).id}/test`);
    await received(2);
    expect(receiver.received.map(({ message }) => message.type)).toEqual(['order.placed', 'webhook_endpoint.test']);
    // Staff may ask nevertheless.
    await post(`/webhook-endpoints/${id}/test`);
    await ended(id, 'succeeded', 3);
  });

  const disabledFor = async (id: string, reason: string) => {
    await eventually(async () => (await endpoint(id)).status === 'disabled');
    expect(await endpoint(id)).toMatchObject({ disabledReason: reason, disabledAt: expect.any(String), version: 2 });
    const events = await app.database.query(
      `SELECT type, data FROM outbox_events WHERE aggregate_id = $1 AND aggregate_version = 2`,
      [id],
    );
    expect(events).toEqual([{ type: 'webhook_endpoint.disabled', data: { endpointId: id, reason } }]);
    const mails = await app.database.query(
      `SELECT recipient FROM mails WHERE template = 'webhook-endpoint-disabled' AND recipient = $1`,
      [staff.user.email],
    );
    expect(mails).toHaveLength(1);
    const audit = await app.database.query(
      `SELECT action, actor_kind FROM audit_log WHERE target_id = $1 AND action LIKE '%disabled'`,
      [id],
    );
    expect(audit).toEqual([{ action: 'webhook_endpoint.disabled', actor_kind: 'system' }]);
  };

  it('WH-3 end with an answer of 410, and who made the endpoint hears of it', async () => {
    const { id } = await create();
    receiver.answers(410);
    await tell('order.placed');
    await disabledFor(id, 'gone');
    expect(await deliveries(id)).toMatchObject([{ status: 'failed', statusCode: 410 }]);
    await tell('order.placed');
    expect(await deliveries(id)).toHaveLength(1);
  });

  it('WH-3 end after five days of nothing but failure, and who made the endpoint hears of it', async () => {
    putOffRetries();
    const { id } = await create();
    receiver.answers(500);
    await tell('order.placed');
    await received(1);
    await eventually(async () => (await endpoint(id)).failingSince !== null);
    await app.database.execute(`UPDATE webhook_endpoints SET failing_since = now() - interval '5 days 1 minute'`);
    await makeDue();
    await disabledFor(id, 'failing');
    expect(await deliveries(id)).toMatchObject([{ status: 'pending', statusCode: 500, attemptCount: 2 }]);
    // What waits goes on once staff resume.
    receiver.answers(200);
    await app.patch(`/webhook-endpoints/${id}`, { status: 'active' }, { token: staff.token });
    await makeDue();
    await ended(id, 'succeeded');
  });

  it('WH-5 are sent again with the same id when the process dies between sending and noting', async () => {
    const { id } = await create();
    const noting = jest
      .spyOn(app.app.get(WebhookDeliveriesRepository, { strict: false }), 'note')
      .mockRejectedValueOnce(new Error('killed'));
    await tell('order.placed');
    await eventually(() => noting.mock.calls.length === 1);
    expect(await deliveries(id)).toMatchObject([{ status: 'pending', attemptCount: 1 }]);
    await app.database.execute(
      `UPDATE webhook_deliveries SET leased_until = now() - interval '1 s', next_attempt_at = now() WHERE endpoint_id = $1`,
      [id],
    );
    await ended(id, 'succeeded');
    expect(receiver.received.map((one) => one.id)).toEqual([receiver.received[0]!.id, receiver.received[0]!.id]);
  });

  it('WH-5 go on within 20 seconds of the death of a worker, whose deliveries wait for the end of their lease', async () => {
    const { id } = await create({ types: ['order.placed'] });
    const held = (leftSeconds: number) =>
      app.database.execute(
        `INSERT INTO webhook_deliveries (id, endpoint_id, event_id, type, event, attempt_count, lease_id, leased_until, next_attempt_at)
         SELECT gen_random_uuid(), $1, gen_random_uuid(), 'order.placed', '{"id":"held"}', 1, gen_random_uuid(), ends, ends
         FROM generate_series(1, 8), (SELECT now() + make_interval(secs => $2) AS ends) AS lease`,
        [id, leftSeconds],
      );
    await held(39);
    await tell('order.placed');
    await received(1);
    expect(receiver.received[0]!.message.id).not.toBe('held');
    await app.database.execute(`DELETE FROM webhook_deliveries WHERE endpoint_id = $1 AND lease_id IS NOT NULL`, [id]);
    // Of a worker that lives as far as anybody knows, all places are taken.
    await held(600);
    await tell('order.placed');
    const waiting = async () =>
      (await deliveries(id, '&status=pending')).filter(({ attemptCount }) => attemptCount === 0);
    await eventually(async () => (await waiting()).length === 1);
    await post(`/webhook-endpoints/${(await create({ types: ['user.*'] })).id}/test`);
    await received(2);
    expect(receiver.received[1]!.message.type).toBe('webhook_endpoint.test');
    expect(await waiting()).toHaveLength(1);
  });

  it('WH-5, WH-6 bring every event to every endpoint, with what puts them in order', async () => {
    const { id } = await create();
    const other = await startReceiver();
    await create({ url: other.url });
    const types = changes(100);
    const orderId = await tell(...types);
    await ended(id, 'succeeded', 100);
    await received(100, other);
    for (const { received: webhooks } of [receiver, other]) {
      const inOrder = webhooks.map(({ message }) => message).sort((left, right) => left.sequence - right.sequence);
      expect(inOrder.map(({ aggregate }) => aggregate)).toEqual(
        types.map((_, index) => ({ type: 'order', id: orderId, version: index + 1 })),
      );
    }
  });

  it('WH-9 keep nobody waiting for a receiver that takes nothing of 10,000 events, nor take more than 8 connections to it', async () => {
    const dead = await startReceiver();
    dead.behaves(() => undefined);
    const { id: deadId } = await create({ url: dead.url, types: ['user.*'] });
    await app.database.execute(
      `INSERT INTO webhook_deliveries (id, endpoint_id, event_id, type, event, next_attempt_at)
       SELECT gen_random_uuid(), $1, gen_random_uuid(), 'user.disabled',
         '{"id":"01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f","aggregate":{}}', now() - interval '1 hour' FROM generate_series(1, 10000)`,
      [deadId],
    );
    await create();
    await tell('order.placed');
    await received(8, dead);
    const took: number[] = [];
    for (let count = 1; count <= 20; count++) {
      const toldAt = Date.now();
      await tell('order.placed');
      await received(count + 1);
      took.push(Date.now() - toldAt);
    }
    // The median: a moment in which the machine does something else must not decide.
    expect(took.sort((left, right) => left - right)[10]).toBeLessThan(2_000);
    expect(dead.mostConnections).toBe(8);
    // While it fails it gets one at a time.
    const [before, failsSince] = [dead.received.length, Date.now()];
    await app.database.execute(`UPDATE webhook_endpoints SET failing_since = now() WHERE id = $1`, [deadId]);
    await app.database.execute(
      `UPDATE webhook_deliveries SET leased_until = NULL, lease_id = NULL WHERE endpoint_id = $1`,
      [deadId],
    );
    await received(before + 1, dead);
    await tell('order.placed');
    await received(22);
    const timesOut = Math.floor((Date.now() - failsSince) / TIMEOUT_MS);
    expect(dead.received.length - before).toBeLessThanOrEqual(1 + timesOut);
  });

  it('cost one short question while nobody wants anything, and for 100 events together as much as for one until they are sent', async () => {
    const { pollMs } = app.app.get<JobTimings>(JOB_TIMINGS, { strict: false });
    /** What workers ask for webhooks: in all, and to begin a round, of which each poll brings one. */
    const costOf = async (work: () => Promise<void>) => {
      const startedAt = Date.now();
      const { statements, stop } = listStatements();
      try {
        await work();
      } finally {
        stop();
      }
      const asked = statements.filter((statement) => /webhook_|event_readers/.test(statement));
      const count = (pattern: RegExp) => asked.filter((statement) => pattern.test(statement)).length;
      return {
        asked,
        count,
        rounds: count(/min\(after_sequence\)/),
        polls: Math.ceil((Date.now() - startedAt) / pollMs),
      };
    };
    const place = async () =>
      (
        await app.database.queryOne<{ sequence: number }>(
          `SELECT sequence::int FROM event_readers WHERE name = 'webhooks'`,
        )
      )?.sequence ?? 0;
    const announce = () => app.app.get(PublishedEvents).announce();

    // Nobody to send to: however often the log grows, the question is not asked again for half a poll.
    const alone = await costOf(async () => {
      for (let count = 0; count < 100; count++) {
        announce();
        await delay(5);
      }
    });
    // A round of before may have been under way.
    expect(alone.asked.length - alone.rounds).toBeLessThan(10);
    expect(alone.rounds).toBeLessThanOrEqual(2 * alone.polls + 1);

    // Somebody to send to, and nothing to send: each poll asks where it is, whether a part is to be replayed, and what is due.
    await create({ types: ['user.enabled'] });
    await eventually(async () => (await place()) >= 0);
    const atRest = await costOf(() => delay(2.5 * pollMs));
    expect(atRest.rounds).toBeLessThanOrEqual(atRest.polls + 1);
    expect(atRest.asked.length).toBeLessThanOrEqual(5 * (atRest.rounds + 1));

    // Somebody who wants none of it: each round reads the log, notes its place, and looks for what is due.
    const { id } = await create({ types: ['user.disabled'] });
    await eventually(async () => (await place()) >= 0);
    const unwanted = await costOf(async () => {
      await tell(...changes(100));
      const newest = await app.app.get(EventLogRepository, { strict: false }).newest();
      await eventually(async () => (await place()) >= newest);
    });
    expect(unwanted.count(/^(INSERT INTO|UPDATE) webhook_/)).toBe(0);
    expect(unwanted.count(/^UPDATE event_readers SET sequence/)).toBeLessThanOrEqual(3);

    // And 100 that are wanted: made by one statement, noted by one each, and looked for no oftener than there is news.
    await app.patch(`/webhook-endpoints/${id}`, { types: ['order.*'] }, { token: staff.token });
    const wanted = await costOf(async () => {
      await tell(...changes(100));
      await ended(id, 'succeeded', 100);
    });
    expect(receiver.received).toHaveLength(100);
    expect(wanted.count(/INSERT INTO webhook_deliveries/)).toBe(1);
    expect(wanted.count(/INSERT INTO webhook_attempts/)).toBe(100);
    expect(wanted.rounds).toBeLessThanOrEqual(105 + wanted.polls);
    expect(wanted.count(/^WITH open AS MATERIALIZED/)).toBeLessThanOrEqual(wanted.rounds + 1);
  });

  it('WH-8, WH-13 show what was sent and answered, cut and without secrets, and one reason for no answer at all', async () => {
    putOffRetries();
    const { id } = await create();
    receiver.answers(
      200,
      { 'set-cookie': 'session=topsecret', 'x-api-key': 'topsecret', 'x-mine': 'yes' },
      'o\0k'.repeat(2_000),
    );
    await tell('order.placed');
    await ended(id, 'succeeded');
    const deliveryId = (await deliveries(id))[0]!.id;
    const { attempts } = await delivery(deliveryId);
    expect(attempts).toHaveLength(1);
    expect(attempts[0]).toMatchObject({
      startedAt: expect.any(String),
      durationMs: expect.any(Number),
      statusCode: 200,
      requestBody: receiver.received[0]!.body,
      requestHeaders: { 'webhook-id': receiver.received[0]!.id, 'webhook-signature': '***' },
      responseHeaders: { 'set-cookie': '***', 'x-api-key': '***', 'x-mine': 'yes' },
    });
    expect(attempts[0]!.responseBody).toHaveLength(2_048);
    expect(JSON.stringify(attempts)).not.toContain('topsecret');
    const gone = await startReceiver();
    await receivers.pop()!.stop();
    const { id: closed } = await create({ url: gone.url });
    const { id: unknown } = await create({ url: 'http://nobody.invalid/' });
    const shown = [];
    for (const one of [closed, unknown]) {
      const { id: test } = (await post(`/webhook-endpoints/${one}/test`)).json<{ id: string }>();
      await makeDue();
      await tried(test, 1);
      const { statusCode, responseHeaders, responseBody } = (await delivery(test)).attempts[0]!;
      shown.push({ statusCode, responseHeaders, responseBody });
    }
    expect(shown).toEqual(Array(2).fill({ statusCode: null, responseHeaders: null, responseBody: null }));
  });

  it('WH-8 are sent once more: one by its id, and a part of the log by time or by place, under their old ids', async () => {
    const { id } = await create();
    await tell('order.placed', 'order.confirmed');
    const from = new Date();
    await tell('order.placed', 'order.held');
    await ended(id, 'succeeded', 4);
    const first = receiver.received.map((one) => one.id);
    const rows = await deliveries(id);
    const again = await post(`/webhook-deliveries/${rows[0]!.id}/retry`);
    expect(again.statusCode).toBe(202);
    expect(again.json()).toMatchObject({ id: rows[0]!.id, status: 'pending', attemptCount: 0 });
    await makeDue();
    await received(5);
    expect(receiver.received[4]!.id).toBe(rows[0]!.eventId);
    await ended(id, 'succeeded', 4);
    const replayed = async (body: object): Promise<string[]> => {
      const before = receiver.received.length;
      const answer = await post(`/webhook-endpoints/${id}/replay`, body);
      expect(answer.statusCode).toBe(202);
      const { id: operationId, kind } = answer.json<{ id: string; kind: string }>();
      expect([kind, answer.headers.location]).toEqual(['webhook_replay', `/api/v1/operations/${operationId}`]);
      await publish();
      const read = async () => (await app.get(`/operations/${operationId}`, { token: staff.token })).json();
      await eventually(async () => (await read()).status === 'succeeded');
      const { result } = await read();
      await received(before + result.events);
      await ended(id, 'succeeded', 4);
      return receiver.received
        .slice(before)
        .map((one) => one.id)
        .sort();
    };
    const idOf = (index: number) => [...first].sort()[index]!;
    expect(await replayed({ from: from.toISOString() })).toEqual([idOf(2), idOf(3)]);
    const sequence = rows.map((row) => row.sequence!).sort((left, right) => left - right);
    expect(await replayed({ after: sequence[0]! - 1, to: from.toISOString() })).toEqual([idOf(0), idOf(1)]);
    expect(await replayed({ after: sequence[0]! - 1, types: ['order.held'] })).toEqual([idOf(3)]);
    expect(await replayed({ after: sequence[3]! })).toEqual([]);
    expect(await deliveries(id)).toHaveLength(4);
  });

  it('WH-8 pause and resume: what happens meanwhile is not sent, and can be replayed', async () => {
    const { id } = await create();
    const from = new Date().toISOString();
    const turn = (status: string) => app.patch(`/webhook-endpoints/${id}`, { status }, { token: staff.token });
    await turn('disabled');
    await tell('order.placed');
    await turn('active');
    await tell('order.confirmed');
    await received(1);
    expect(receiver.received.map(({ message }) => message.type)).toEqual(['order.confirmed']);
    await post(`/webhook-endpoints/${id}/replay`, { from });
    await received(2);
    await ended(id, 'succeeded', 2);
  });

  it('WH-7 bring the resource with a full payload, as staff read it, and leave it out of the record and where it is too large', async () => {
    const { id } = await create({ types: ['order.placed', 'order.updated'], payload: 'full' });
    const order = await createOrder(app);
    await publish();
    await received(1);
    const read = await app.get(`/orders/${order.id}`, { token: staff.token });
    expect(receiver.received[0]!.message).toMatchObject({ type: 'order.placed', data: { orderId: order.id } });
    expect(receiver.received[0]!.message.resource).toEqual(read.json());
    await ended(id, 'succeeded');
    const { attempts } = await delivery((await deliveries(id))[0]!.id);
    expect(JSON.parse(attempts[0]!.requestBody)).not.toHaveProperty('resource');
    await tell('order.placed');
    await received(2);
    expect(receiver.received[1]!.message.resource).toBeNull();
  });

  it('are shared by workers, and each is sent by one', async () => {
    const second = await TestApp.start(SETTINGS, { root: { module: SendingApp } });
    try {
      const { id } = await create();
      await tell(...changes(60));
      await ended(id, 'succeeded', 60);
      expect(receiver.received).toHaveLength(60);
    } finally {
      await second.close();
    }
  });

  it('are replayed by batches, as far as the log went when it was asked for, and not after that has been cancelled', async () => {
    const { id } = await create({ types: ['order.placed', 'order.updated'] });
    await tell(...changes(450));
    await ended(id, 'succeeded', 100);
    await eventually(async () => (await deliveries(id, '&status=pending')).length === 0);
    const before = receiver.received.length;
    expect(before).toBe(450);
    const after = Math.min(...receiver.received.map(({ message }) => message.sequence)) - 1;
    const read = async (operationId: string) =>
      (await app.get(`/operations/${operationId}`, { token: staff.token })).json();
    const replay = async () => (await post(`/webhook-endpoints/${id}/replay`, { after })).json<{ id: string }>().id;
    const operationId = await replay();
    await publish();
    await eventually(async () => (await read(operationId)).status === 'succeeded');
    expect((await read(operationId)).result).toEqual({ endpointId: id, events: 450 });
    await received(900);
    await eventually(async () => (await deliveries(id, '&status=pending')).length === 0);
    // Cancelled before a worker begins.
    const cancelled = await app.database.run(async () => {
      const startedId = (
        await app.app
          .get(WebhookReplaysService, { strict: false })
          .start(id, { after }, { kind: 'user', id: staff.user.id, scopes: new Set(['*']) } as unknown as Actor)
      ).id;
      await app.app.get(OperationsService, { strict: false }).stop(startedId);
      return startedId;
    });
    await publish();
    await eventually(
      async () => (await app.database.query(`SELECT 1 FROM webhook_replays WHERE id = $1`, [cancelled])).length === 0,
    );
    expect(await deliveries(id, '&status=pending')).toEqual([]);
    expect(receiver.received).toHaveLength(900);
  });

  it('are taken by the receiver of docs/how-to/receive-webhooks.md, each once, and forged ones are not', async () => {
    const page = await readFile('docs/how-to/receive-webhooks.md', 'utf8');
    const program = /```js receiver\.mjs\n([\s\S]*?)```/.exec(page)![1]!;
    const port = String(await freePort());
    const made = await create({ url: `http://localhost:${port}/` });
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      env: { PATH: process.env.PATH, WEBHOOK_SECRET: made.secret, PORT: port },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    try {
      const knock = () => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' }).catch(() => null);
      await eventually(async () => (await knock()) !== null);
      expect((await knock())!.status).toBe(401);
      const orderId = await tell('order.placed');
      await ended(made.id, 'succeeded');
      const deliveryId = (await deliveries(made.id))[0]!.id;
      await post(`/webhook-deliveries/${deliveryId}/retry`);
      await makeDue();
      await tried(deliveryId, 2);
      expect((await delivery(deliveryId)).attempts.map(({ statusCode }) => statusCode)).toEqual([204, 204]);
      await eventually(() => printed !== '');
      expect(printed).toBe(`order.placed ${orderId} 1\n`);
    } finally {
      child.kill();
      await exit;
    }
  });

  it('are given back when the process ends before the receiver has answered', async () => {
    app.app.get(WebhookWorker, { strict: false }).onModuleDestroy();
    const second = await TestApp.start(SETTINGS, { root: { module: SendingApp } });
    receiver.behaves(() => undefined);
    const { id } = await create();
    await tell('order.placed');
    await received(1);
    await second.close();
    const [row] = await deliveries(id);
    expect(row).toMatchObject({ status: 'pending', attemptCount: 0 });
    expect(Date.parse(String(row!.nextAttemptAt))).toBeLessThanOrEqual(Date.now());
  });
});

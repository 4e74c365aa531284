import type { Queue } from 'bull';
import { newId } from '../../../src/common/ids.js';
import { Outbox } from '../../../src/jobs/outbox.js';
import { QUEUES } from '../../../src/jobs/queues.js';
import { OperationsService } from '../../../src/operations/operations.service.js';
import { createPromotion } from '../../factories/promotion.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { TestApp } from '../../support/test-app.js';
import { emptyJobs, eventually, orderConfirmed, TestWorker, type Work } from '../../support/test-worker.js';

interface Job {
  id: string;
  state: string;
  reason: string | null;
  attempts: number;
}

describe('jobs', () => {
  /** Answers requests and runs no jobs. */
  let app: TestApp;
  let reader: SignedInUser;
  let staff: SignedInUser;
  const workers: TestWorker[] = [];

  beforeAll(async () => {
    app = await TestApp.start({ ROLE: 'api' });
    [reader, staff] = [await createStaff(app, ['jobs:read']), await createStaff(app, ['jobs:read', 'jobs:write'])];
  });
  afterAll(() => app.close());
  beforeEach(emptyJobs);
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.close())));

  /**
   * A worker; without `work` it hands events to their queue, from which nobody takes them. However busy the machine is, nobody takes it for
   * dead, and a job from it.
   */
  const start = async (work?: Work): Promise<TestWorker> => {
    const worker = await TestWorker.start({ work, timings: { firstRetryMs: 1, lockMs: 60_000 } });
    workers.push(worker);
    settingsOf(worker.queue(QUEUES.orderMail)).backoffStrategies.doubling = () => 1;
    return worker;
  };
  const read = async (path: string): Promise<{ status: number; body: Job & { data: Job[]; extensions: unknown } }> => {
    const response = await app.get(path, { token: reader.token });
    return { status: response.statusCode, body: response.json() };
  };
  const command = async (path: string, who = staff) => {
    const response = await app.post(path, undefined, { token: who.token });
    return { status: response.statusCode, body: response.json<Job & { code: string }>() };
  };
  /** The job of the one event there is. */
  const onlyJob = async (): Promise<string> => {
    const rows = await app.database.query<{ id: string }>(`SELECT queue || ':' || event_id AS id FROM outbox_jobs`);
    expect(rows).toHaveLength(1);
    return rows[0]!.id;
  };
  const stateOf = async (id: string): Promise<string> => (await read(`/jobs/${id}`)).body.state;

  it('lists every queue with what it is for, how it is fed, how many jobs it has by state and since when one waits', async () => {
    const before = Date.now();
    const worker = await start();
    // Also against what a worker that has gone may still have asked Redis for.
    await worker.queue(QUEUES.orderMail).pause();
    await worker.confirmOrder();
    await worker.confirmOrder();
    await eventually(async () => (await worker.queue(QUEUES.orderMail).getWaitingCount()) === 2);
    const response = await app.get('/jobs/queues', { token: reader.token });
    const { data } = response.json<{ data: Record<string, unknown>[] }>();
    expect(data.map(({ name }) => name)).toEqual(Object.values(QUEUES));
    const mail = data.find(({ name }) => name === QUEUES.orderMail)!;
    expect(mail).toMatchObject({
      description: 'Writes to customers about what happened to their orders.',
      reads: expect.arrayContaining(['order.confirmed', 'fulfilment.shipped']) as unknown,
      everySeconds: null,
      attempts: 16,
      isPaused: true,
      counts: { waiting: 2, active: 0, delayed: 0, failed: 0 },
    });
    expect(Date.parse(mail.oldestWaitingAt as string)).toBeGreaterThanOrEqual(before);
    expect(data.find(({ name }) => name === QUEUES.retention)).toMatchObject({
      everySeconds: 600,
      reads: [],
      isPaused: false,
    });
  });

  it('shows a job that failed for good with why, without secrets, keeps it when Redis is wiped, and runs it when it is retried', async () => {
    let isBroken = true;
    let runs = 0;
    const worker = await start(() => {
      runs++;
      return isBroken
        ? Promise.reject(new Error('cannot reach smtp://us:s3cret@mail.example for ada@example.com'))
        : Promise.resolve();
    });
    const orderId = await worker.confirmOrder();
    const failed = async () => (await read('/jobs/failed')).body.data;
    await eventually(async () => (await failed()).length === 1);
    expect(runs).toBe(16);
    const id = await onlyJob();
    expect((await failed())[0]).toEqual({
      id,
      queue: 'order-mail',
      state: 'failed',
      event: {
        id: id.split(':')[1],
        type: 'order.confirmed',
        aggregate: { type: 'order', id: orderId },
        occurredAt: expect.any(String) as unknown,
      },
      attempts: 16,
      reason: 'cannot reach smtp://[redacted]@mail.example for [redacted]',
      failedAt: expect.any(String) as unknown,
      endedAt: null,
    });
    const [copy] = await worker.queue(QUEUES.orderMail).getFailed();
    expect(JSON.stringify(copy)).not.toMatch(/s3cret|ada@/);

    await worker.queue(QUEUES.orderMail).client.flushdb();
    expect(await failed()).toHaveLength(1);
    expect(
      (await read('/jobs/queues')).body.data.find((queue) => 'name' in queue && queue.name === 'order-mail'),
    ).toMatchObject({
      counts: { failed: 1 },
    });

    isBroken = false;
    expect(await command(`/jobs/${id}/retry`)).toMatchObject({ status: 200, body: { id, state: 'waiting' } });
    await eventually(async () => (await stateOf(id)) === 'completed');
    expect(runs).toBe(17);
    expect(await failed()).toEqual([]);
    expect(await command(`/jobs/${id}/retry`)).toMatchObject({
      status: 409,
      body: { code: 'job.not_failed', state: 'completed' },
    });
    const records = await app.database.query(`SELECT action FROM audit_log WHERE target_id = $1`, [id]);
    expect(records).toEqual([{ action: 'job.retried' }]);
  });

  it('gives a retried job all its tries again, also while Redis still keeps it among the failed', async () => {
    const worker = await start(() => Promise.reject(new Error('no')));
    await worker.confirmOrder();
    const queue = worker.queue(QUEUES.orderMail);
    await eventually(async () => (await queue.getFailedCount()) === 1);
    const id = await onlyJob();
    expect((await command(`/jobs/${id}/retry`)).status).toBe(200);
    await eventually(async () => (await read(`/jobs/${id}`)).body.attempts === 32);
    await eventually(async () => (await stateOf(id)) === 'failed');
  });

  it('pages the failed ones and narrows them by queue', async () => {
    const worker = await start(() => Promise.reject(new Error('no')));
    for (let index = 0; index < 5; index++) await worker.confirmOrder();
    await eventually(async () => (await read('/jobs/failed?count=exact')).body.data.length === 5);
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await read(`/jobs/failed?limit=2&queue=order-mail,mail${cursor}`);
      seen.push(...body.data.map(({ id }) => id));
      const { nextCursor } = body as unknown as { nextCursor: string | null };
      if (nextCursor === null) break;
      cursor = `&cursor=${nextCursor}`;
    }
    expect(new Set(seen).size).toBe(5);
    expect((await read('/jobs/failed?queue=mail')).body.data).toEqual([]);
    expect((await read('/jobs/failed?queue=post')).status).toBe(400);
    expect((await read('/jobs/failed?queue=')).status).toBe(400);
    expect((await read('/jobs/failed?limit=0')).status).toBe(400);
    expect((await read('/jobs/failed?cursor=AAAA')).status).toBe(400);
  });

  it('hands a failed job out again a day later, and not before, also when Redis has been wiped meanwhile', async () => {
    let runs = 0;
    const worker = await start(() => {
      runs++;
      return runs > 16 ? Promise.resolve() : Promise.reject(new Error('no'));
    });
    await worker.confirmOrder();
    await eventually(async () => (await read('/jobs/failed')).body.data.length === 1);
    await worker.queue(QUEUES.orderMail).client.flushdb();
    await app.database.execute(
      `UPDATE outbox_jobs SET enqueued_at = enqueued_at - interval '1 day', failed_at = failed_at - interval '23 hours 59 minutes'`,
    );
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(runs).toBe(16);
    await app.database.execute(`UPDATE outbox_jobs SET failed_at = failed_at - interval '2 minutes'`);
    const id = await onlyJob();
    await eventually(async () => (await stateOf(id)) === 'completed');
  });

  it('cancels a job that waits: it never runs; what is over cannot be cancelled', async () => {
    const done: string[] = [];
    const worker = await start(({ aggregateId }) => Promise.resolve(void done.push(aggregateId)));
    const queue = worker.queue(QUEUES.orderMail);
    await queue.pause();
    await worker.confirmOrder();
    await eventually(async () => (await queue.getWaitingCount()) === 1);
    const id = await onlyJob();
    expect(await stateOf(id)).toBe('waiting');
    expect(await command(`/jobs/${id}/cancel`)).toMatchObject({ status: 200, body: { id, state: 'cancelled' } });
    const next = await worker.confirmOrder();
    await queue.resume();
    await eventually(async () => done.length > 0 && (await worker.openJobs()) === 0);
    expect(done).toEqual([next]);
    expect(await command(`/jobs/${id}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'job.not_cancellable', state: 'cancelled' },
    });
    expect(await command(`/jobs/${id}/retry`)).toMatchObject({ status: 409, body: { state: 'cancelled' } });
  });

  it('cancels a job that failed for good: it is listed no more and gets no further round', async () => {
    const worker = await start(() => Promise.reject(new Error('no')));
    await worker.confirmOrder();
    await eventually(async () => (await worker.queue(QUEUES.orderMail).getFailedCount()) === 1);
    const id = await onlyJob();
    expect(await command(`/jobs/${id}/cancel`)).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect((await read('/jobs/failed')).body.data).toEqual([]);
    expect(await worker.queue(QUEUES.orderMail).getFailedCount()).toBe(0);
  });

  it('refuses to cancel a job that runs with 409, unless it works on an operation, which it is then asked to stop', async () => {
    let end: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (end = resolve));
    const started: string[] = [];
    const worker = await start(({ aggregateId }) => {
      started.push(aggregateId);
      return gate;
    });
    const operationId = newId();
    await app.database.execute(
      `INSERT INTO operations (id, kind, status, started_by) VALUES ($1, 'test', 'running', $2)`,
      [operationId, staff.user.id],
    );
    await worker.confirmOrder();
    await worker.database.run(() =>
      worker.module.get(Outbox).add({ ...orderConfirmed(), aggregateType: 'operation', aggregateId: operationId }),
    );
    await eventually(() => started.length === 2);
    const rows = await app.database.query<{ id: string; kind: string }>(
      `SELECT queue || ':' || event_id AS id, aggregate_type AS kind FROM outbox_jobs JOIN outbox_events e ON e.id = event_id`,
    );
    const idOf = (kind: string): string => rows.find((row) => row.kind === kind)!.id;
    expect(await command(`/jobs/${idOf('order')}/cancel`)).toMatchObject({
      status: 409,
      body: { code: 'job.not_cancellable', state: 'active' },
    });
    expect(await command(`/jobs/${idOf('operation')}/cancel`)).toMatchObject({
      status: 200,
      body: { state: 'active' },
    });
    const operation = await app.get(`/operations/${operationId}`, { token: staff.token });
    expect(operation.json()).toMatchObject({ status: 'cancelled' });
    end();
    await eventually(async () => (await worker.openJobs()) === 0);
  });

  it('of twenty who retry the same job at once one does, and it runs once', async () => {
    let runs = 0;
    const worker = await start(() => {
      runs++;
      return runs > 16 ? Promise.resolve() : Promise.reject(new Error('no'));
    });
    await worker.confirmOrder();
    await eventually(async () => (await worker.queue(QUEUES.orderMail).getFailedCount()) === 1);
    const id = await onlyJob();
    const answers = await Promise.all(Array.from({ length: 20 }, () => command(`/jobs/${id}/retry`)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(19);
    await eventually(async () => (await stateOf(id)) === 'completed');
    expect(runs).toBe(17);
  });

  it.each([
    ['of no queue', `post:${newId()}`],
    ['of no event', `mail:${newId()}`],
    ['that is none', 'mail:1'],
    ['of the clock', 'retention:123'],
    ['with more behind it', `mail:${newId()}:x`],
  ])('answers 404 for a job %s', async (_, id) => {
    for (const path of [`/jobs/${id}`, `/jobs/${id}/retry`, `/jobs/${id}/cancel`]) {
      const response = await (path.endsWith(id) ? read(path) : command(path));
      expect(response).toMatchObject({ status: 404, body: { code: 'job.not_found' } });
    }
  });

  it('answers 503 with Retry-After for what only Redis knows while it is away, and goes on without it elsewhere', async () => {
    const worker = await start(() => Promise.reject(new Error('no')));
    await worker.confirmOrder();
    await eventually(async () => (await read('/jobs/failed')).body.data.length === 1);
    const id = await onlyJob();
    await worker.close();
    const proxy = await TcpProxy.to(process.env.REDIS_URL!);
    const cut = await TestApp.start({ ROLE: 'api', REDIS_URL: proxy.url });
    try {
      expect((await cut.get('/jobs/queues', { token: staff.token })).statusCode).toBe(200);
      await proxy.close();
      const queues = await cut.get('/jobs/queues', { token: staff.token });
      expect([queues.statusCode, queues.headers['retry-after']]).toEqual([503, '2']);
      expect((await cut.get('/jobs/failed', { token: staff.token })).json()).toMatchObject({ data: [{ id }] });
      const retried = await cut.post(`/jobs/${id}/retry`, undefined, { token: staff.token });
      expect(retried.statusCode).toBe(200);
      expect((await cut.get(`/jobs/${id}`, { token: staff.token })).statusCode).toBe(503);
    } finally {
      await cut.close();
      await proxy.close();
    }
  });
});

describe('cancelling operations', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start({ ROLE: 'api' });
  });
  afterAll(() => app.close());

  const cancel = async (id: string, token: string) => {
    const response = await app.post(`/operations/${id}/cancel`, undefined, { token });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
  };
  const begin = async (owner: SignedInUser): Promise<string> =>
    (await app.post('/users/me/export', undefined, { token: owner.token })).json<{ id: string }>().id;

  it('is for who started it and for staff with jobs:write, once', async () => {
    const [owner, other, reader] = [
      await createUser(app),
      await createUser(app),
      await createStaff(app, ['jobs:read']),
    ];
    const staff = await createStaff(app, ['jobs:write']);
    const id = await begin(owner);
    for (const stranger of [other, reader])
      expect(await cancel(id, stranger.token)).toMatchObject({ status: 404, body: { code: 'operation.not_found' } });
    expect(await cancel(id, owner.token)).toMatchObject({
      status: 200,
      body: { id, status: 'cancelled', endedAt: expect.any(String) as unknown, file: null },
    });
    expect(await cancel(id, owner.token)).toMatchObject({
      status: 409,
      body: { code: 'operation.already_ended', operationStatus: 'cancelled' },
    });
    // The next one is not held up by it.
    const next = await begin(owner);
    expect(next).not.toBe(id);
    expect(await cancel(next, staff.token)).toMatchObject({ status: 200 });
    const records = await app.database.query(`SELECT action FROM audit_log WHERE target_id = $1`, [id]);
    expect(records).toContainEqual({ action: 'operation.cancelled' });
    expect(await cancel(newId(), owner.token)).toMatchObject({ status: 404 });
    expect(await cancel('1', owner.token)).toMatchObject({ status: 400 });
  });

  it('of twenty at once ends it once', async () => {
    const owner = await createUser(app);
    const id = await begin(owner);
    const answers = await Promise.all(Array.from({ length: 20 }, () => cancel(id, owner.token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array<number>(19).fill(409)]);
  });

  /** Cancels an operation when its job first says how far it is. */
  const cancelAtFirstCheckpoint = (token: string): void => {
    const operations = app.app.get(OperationsService);
    const { progress } = operations;
    let isFirst = true;
    jest.spyOn(operations, 'progress').mockImplementation(async (id, done, total) => {
      if (isFirst) {
        isFirst = false;
        const answer = await app.database.apart(() => cancel(id, token));
        expect(answer.status).toBe(200);
      }
      return progress.call(operations, id, done, total);
    });
  };
  afterEach(() => jest.restoreAllMocks());

  it('stops an export of a person that runs, and leaves no file', async () => {
    const { ExportsService } = await import('../../../src/users/privacy/exports.service.js');
    const owner = await createUser(app);
    const id = await begin(owner);
    cancelAtFirstCheckpoint(owner.token);
    await app.app.get(ExportsService, { strict: false }).run(id);
    await expectNothingOf(id, owner.token);
  });

  it('stops an export of orders that runs, and leaves no file', async () => {
    const { OrderExportsService } = await import('../../../src/orders/export/order-exports.service.js');
    const staff = await createStaff(app, ['orders:read']);
    const started = await app.post('/exports', { kind: 'orders', format: 'csv' }, { token: staff.token });
    const { id } = started.json<{ id: string }>();
    cancelAtFirstCheckpoint(staff.token);
    await app.app.get(OrderExportsService, { strict: false }).run(id, { format: 'csv' });
    await expectNothingOf(id, staff.token);
  });

  it('stops the making of codes that runs, and takes back those that were made', async () => {
    const { GenerateCodesService } = await import('../../../src/orders/promotions/generate-codes.service.js');
    const staff = await createStaff(app, ['promotions:write']);
    const promotionId = (await createPromotion(app, staff.token)).id;
    const wanted = { count: 4_500 };
    const started = await app.post(`/promotions/${promotionId}/codes/generate`, wanted, { token: staff.token });
    const { id } = started.json<{ id: string }>();
    cancelAtFirstCheckpoint(staff.token);
    const generation = app.app.get(GenerateCodesService, { strict: false });
    await generation.run(id, { ...wanted, promotionId });
    await expectNothingOf(id, staff.token);
    const codes = await app.database.query(`SELECT 1 FROM promotion_codes WHERE operation_id = $1`, [id]);
    expect(codes).toEqual([]);
  });

  async function expectNothingOf(id: string, token: string): Promise<void> {
    expect((await app.get(`/operations/${id}`, { token })).json()).toMatchObject({ status: 'cancelled', file: null });
    expect(await app.database.query(`SELECT 1 FROM operation_files WHERE operation_id = $1`, [id])).toEqual([]);
  }
});

/** Lets a test shorten the pauses between attempts. */
function settingsOf(queue: Queue): { backoffStrategies: Record<string, () => number> } {
  return (queue as unknown as { settings: { backoffStrategies: Record<string, () => number> } }).settings;
}

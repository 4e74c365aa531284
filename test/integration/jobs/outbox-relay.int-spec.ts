import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { newId } from '../../../src/common/ids.js';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import { OutboxListener } from '../../../src/jobs/outbox-listener.js';
import { OutboxRelay } from '../../../src/jobs/outbox-relay.js';
import { Outbox } from '../../../src/jobs/outbox.js';
import { EVENT_QUEUES, type EventJob, QUEUES } from '../../../src/jobs/queues.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import {
  emptyJobs,
  eventually,
  orderConfirmed,
  TestWorker,
  type TestWorkerOptions,
} from '../../support/test-worker.js';

const HOUR_MS = 3_600_000;

describe('outbox relay', () => {
  const workers: TestWorker[] = [];
  const proxies: TcpProxy[] = [];
  let runs: string[];
  const work = (event: EventJob): Promise<void> => {
    runs.push(event.aggregateId);
    return Promise.resolve();
  };

  const start = async (options: TestWorkerOptions = {}): Promise<TestWorker> => {
    const worker = await TestWorker.start({ work, ...options });
    workers.push(worker);
    return worker;
  };
  /** A process without a relay. */
  const startApi = async (): Promise<TestWorker> => {
    const api = await TestWorker.start({ isApi: true });
    workers.push(api);
    return api;
  };
  /** A worker whose relay does nothing by itself, for running its steps one by one. */
  const startIdle = async (): Promise<TestWorker> => {
    const worker = await start();
    await relayOf(worker).onModuleDestroy();
    return worker;
  };
  const relayOf = (worker: TestWorker): OutboxRelay => worker.module.get(OutboxRelay);
  const jobsOf = (events: readonly EventJob[]) =>
    events.flatMap((event) => (EVENT_QUEUES[event.type] ?? []).map((queue) => ({ queue, event })));

  beforeEach(async () => {
    runs = [];
    await emptyJobs();
  });

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
  });

  it('starts the job of a committed event without waiting for the poll', async () => {
    const worker = await start({ timings: { pollMs: HOUR_MS } });
    const writer = await startApi();
    await delay(300);
    const id = await writer.confirmOrder();
    await eventually(() => runs.includes(id));
    await eventually(async () => (await worker.openJobs()) === 0);
    const [job] = await worker.database.query<{ queue: string; waitMs: number }>(
      `SELECT job.queue, extract(epoch FROM job.started_at - event.occurred_at) * 1000 AS "waitMs"
       FROM outbox_jobs AS job JOIN outbox_events AS event ON event.id = job.event_id`,
    );
    expect(job!.queue).toBe('order-mail');
    expect(Number(job!.waitMs)).toBeGreaterThan(-5);
    expect(Number(job!.waitMs)).toBeLessThan(HOUR_MS);
  });

  it('starts the job of an event of its own process without a notification', async () => {
    const worker = await start({ timings: { pollMs: HOUR_MS } });
    await worker.module.get(OutboxListener).stop();
    const id = await worker.confirmOrder();
    await eventually(() => runs.length > 0);
    expect(runs).toEqual([id]);
  });

  it('finds an event whose notification was lost by polling', async () => {
    const worker = await start({ timings: { pollMs: 300 } });
    await delay(300);
    const event = orderConfirmed();
    await worker.database.execute(
      `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
       VALUES ($1, $2, 'order', $1, 1, '{}', now())`,
      [event.aggregateId, event.type],
    );
    await eventually(() => runs.length > 0);
    expect(runs).toEqual([event.aggregateId]);
  });

  it('publishes nothing of a transaction that was rolled back', async () => {
    const worker = await start();
    const outbox = worker.module.get(Outbox);
    const undone = worker.database.run(async () => {
      await outbox.add(orderConfirmed());
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow('undo');
    const id = await worker.confirmOrder();
    await eventually(() => runs.length > 0);
    await delay(300);
    expect(runs).toEqual([id]);
    expect(await worker.database.query(`SELECT id FROM outbox_events`)).toHaveLength(1);
  });

  it('keeps an event without a reader in the log only', async () => {
    const worker = await start();
    await worker.database.run(() => worker.module.get(Outbox).add({ ...orderConfirmed(), type: 'order.placed' }));
    await eventually(
      async () => (await worker.database.query(`SELECT id FROM outbox_events WHERE sequence IS NULL`)).length === 0,
    );
    expect(await worker.database.query(`SELECT queue FROM outbox_jobs`)).toEqual([]);
  });

  describe('killed', () => {
    it('before its transaction commits: nothing is published, and the next relay does it', async () => {
      const [victim, survivor] = [await startIdle(), await startIdle()];
      const id = await insertUnnoticed(victim);
      const killed = victim.database.run(async () => {
        expect((await relayOf(victim).publish()).events).toHaveLength(1);
        throw new Error('killed');
      });
      await expect(killed).rejects.toThrow('killed');
      expect(await victim.database.query(`SELECT event_id FROM outbox_jobs`)).toEqual([]);
      const { events } = await relayOf(survivor).publish();
      await relayOf(survivor).handOver(jobsOf(events));
      await eventually(async () => runs.includes(id) && (await survivor.openJobs()) === 0);
    });

    it('after the commit, before Redis has the job: the sweep of another relay hands it over', async () => {
      const [victim, survivor] = [await startIdle(), await startIdle()];
      const id = await insertUnnoticed(victim);
      await relayOf(victim).publish();
      await delay(200);
      expect(runs).toEqual([]);
      await relayOf(survivor).sweep(60_000);
      expect(runs).toEqual([]);
      await relayOf(survivor).sweep(0);
      await eventually(async () => runs.includes(id) && (await survivor.openJobs()) === 0);
      expect(runs).toEqual([id]);
    });

    it('after Redis has the job: handing it over again adds nothing', async () => {
      const worker = await startIdle();
      const id = await insertUnnoticed(worker);
      const { events } = await relayOf(worker).publish();
      const jobs = jobsOf(events);
      await Promise.all([relayOf(worker).handOver(jobs), relayOf(worker).handOver(jobs)]);
      await eventually(async () => (await worker.openJobs()) === 0);
      await relayOf(worker).handOver(jobs);
      await delay(300);
      expect(runs).toEqual([id]);
    });

    it('between the work and its acknowledgement: the job runs again and is acknowledged once', async () => {
      let attempts = 0;
      const worker = await start({
        work: async (event, module) => {
          await work(event);
          attempts += 1;
          if (attempts > 1) return;
          // The acknowledgement fails: the connection that would write it is gone. What else the worker writes meanwhile is no part of it.
          const transactions = module.get(TransactionRunner);
          const execute = transactions.execute.bind(transactions);
          const spy = jest.spyOn(transactions, 'execute').mockImplementation((sql, values) => {
            if (!/^UPDATE outbox_jobs AS job SET .*completed_at/.test(sql)) return execute(sql, values);
            spy.mockRestore();
            return Promise.reject(new Error('gone'));
          });
        },
      });
      const id = await worker.confirmOrder();
      await eventually(async () => runs.length === 2 && (await worker.openJobs()) === 0);
      expect(runs).toEqual([id, id]);
    });
  });

  it('completes a job although Redis was wiped while it waited', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const worker = await start({
      work: async (event) => {
        if (runs.length < 4) await gate;
        await work(event);
      },
    });
    // Four jobs occupy the processor, so the fifth waits in Redis when it is wiped.
    const ids = await Promise.all(Array.from({ length: 5 }, () => worker.confirmOrder()));
    const queue = worker.queue(QUEUES.orderMail);
    await eventually(async () => (await queue.getActiveCount()) === 4 && (await queue.getWaitingCount()) === 1);
    await queue.client.flushdb();
    release();
    await eventually(async () => (await worker.openJobs()) === 0, 60_000);
    expect(new Set(runs)).toEqual(new Set(ids));
  });

  it('completes a job although Redis was wiped while it waited for its next attempt', async () => {
    const worker = await start({
      timings: { firstRetryMs: HOUR_MS },
      work: async (event) => {
        await work(event);
        if (runs.length === 1) throw new Error('not yet');
      },
    });
    const id = await worker.confirmOrder();
    const queue = worker.queue(QUEUES.orderMail);
    await eventually(async () => (await queue.getDelayedCount()) === 1);
    await queue.client.flushdb();
    await eventually(async () => (await worker.openJobs()) === 0);
    expect(runs).toEqual([id, id]);
  });

  it('hands over a job of which a wiped Redis keeps no more than how far it was', async () => {
    const worker = await startIdle();
    const id = await worker.confirmOrder();
    const { events } = await relayOf(worker).publish();
    const queue = worker.queue(QUEUES.orderMail);
    // What Bull writes down of a job that it has just taken, when there is no such job any more.
    await queue.client.hset(queue.toKey(events[0]!.eventId), 'processedOn', '1');
    await relayOf(worker).handOver(jobsOf(events));
    await delay(100);
    expect(runs).toEqual([]);
    await relayOf(worker).sweep(0);
    await eventually(async () => (await worker.openJobs()) === 0);
    expect(runs).toEqual([id]);
  });

  it('brings every committed event to its end while PostgreSQL ends all connections, and Redis forgets, again and again', async () => {
    const relays = [await start(), await start()];
    const ids: string[] = [];
    let isOver = false;
    const writing = (async () => {
      while (!isOver) {
        // Whether an order whose answer was lost has been committed, the log tells.
        const id = await relays[0]!.confirmOrder().catch(() => undefined);
        if (id) ids.push(id);
        await delay(5);
      }
    })();
    const database = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await database.connect();
    for (let round = 0; round < 4; round++) {
      const before = ids.length;
      await Promise.all([delay(300), eventually(() => ids.length > before + 5)]);
      await database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      );
      if (round % 2 === 1) await relays[0]!.queue(QUEUES.orderMail).client.flushdb();
    }
    isOver = true;
    await writing;
    await eventually(async () => {
      const { rows } = await database.query<{ events: number; done: number }>(
        `SELECT count(*)::int AS events, count(job.completed_at)::int AS done
         FROM outbox_events AS event LEFT JOIN outbox_jobs AS job ON job.event_id = event.id`,
      );
      return rows[0]!.events === rows[0]!.done && rows[0]!.events >= ids.length;
    });
    await database.end();
    expect(ids.length).toBeGreaterThan(20);
    expect(ids.filter((id) => !runs.includes(id))).toEqual([]);
  });

  it('accepts events while Redis is away, and runs their jobs once it is back', async () => {
    const redis = await TcpProxy.to(process.env.REDIS_URL!);
    proxies.push(redis);
    const worker = await start({ environment: { REDIS_URL: redis.url }, timings: { reofferAfterMs: HOUR_MS } });
    await worker.confirmOrder();
    // Also for Redis it is over: otherwise it would hand the job out once more.
    const { orderMail } = QUEUES;
    await eventually(
      async () =>
        runs.length === 1 && (await worker.openJobs()) === 0 && (await worker.queue(orderMail).getActiveCount()) === 0,
    );
    await redis.close();
    const ids = await Promise.all(Array.from({ length: 5 }, () => worker.confirmOrder()));
    await eventually(async () => (await worker.openJobs()) === 5);
    expect(runs).toHaveLength(1);
    await redis.open();
    await eventually(async () => (await worker.openJobs()) === 0, 60_000);
    expect(runs.slice(1).sort()).toEqual([...ids].sort());
  });

  it('listens again after its connection was cut', async () => {
    const postgres = await TcpProxy.to(process.env.DATABASE_URL!);
    proxies.push(postgres);
    const worker = await start({ environment: { DATABASE_URL: postgres.url }, timings: { pollMs: HOUR_MS } });
    const writer = await startApi();
    await writer.confirmOrder();
    await eventually(() => runs.length === 1);
    const listening = `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'storehouse-outbox' AND query LIKE 'LISTEN%'`;
    const listener = async () => (await worker.database.query<{ pid: number }>(listening).catch(() => []))[0]?.pid;
    await eventually(async () => (await listener()) !== undefined);
    const before = await listener();
    postgres.cut();
    await eventually(async () => ![undefined, before].includes(await listener()));
    await delay(100);
    const id = await writer.confirmOrder();
    // The first job may have run again, if the cut came before its acknowledgement.
    await eventually(() => runs.includes(id), 60_000);
    expect(runs.filter((run) => run === id)).toHaveLength(1);
  });

  it('makes one job of each event with three relays at once', async () => {
    // No worker dies here: a job belongs to the one that has taken it, however long that is kept waiting.
    const options = { timings: { lockMs: 60_000 } };
    const relays = [await start(options), await start(options), await start(options)];
    const ids = await Promise.all(Array.from({ length: 120 }, (_, index) => relays[index % 3]!.confirmOrder()));
    await eventually(async () => (await relays[0]!.openJobs()) === 0 && runs.length >= ids.length, 60_000);
    await delay(500);
    expect(runs.length).toBe(ids.length);
    expect(new Set(runs)).toEqual(new Set(ids));
  });

  it('gives a late commit a later sequence than what was published before', async () => {
    const worker = await start();
    const outbox = worker.module.get(Outbox);
    let commit: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    const early = orderConfirmed();
    const slow = worker.database.run(async () => {
      await outbox.add(early);
      await held;
    });
    await delay(50);
    const late = orderConfirmed();
    await worker.database.run(() => outbox.add(late));
    await eventually(async () => (await read()).length === 1);
    commit();
    await slow;
    await eventually(async () => (await read()).length === 2);
    expect((await read()).map(({ aggregateId }) => aggregateId)).toEqual([late.aggregateId, early.aggregateId]);

    async function read() {
      return worker.database.query<{ aggregateId: string }>(
        `SELECT aggregate_id AS "aggregateId" FROM outbox_events WHERE sequence IS NOT NULL ORDER BY sequence`,
      );
    }
  });

  it('publishes in one process at a time, so that no sequence appears before a smaller one', async () => {
    const [first, second] = [await startIdle(), await startIdle()];
    const early = await insertUnnoticed(first);
    let commit: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      commit = resolve;
    });
    let hasPublished = false;
    const slow = first.database.run(async () => {
      expect((await relayOf(first).publish()).events.map(({ aggregateId }) => aggregateId)).toEqual([early]);
      hasPublished = true;
      await held;
    });
    await eventually(() => hasPublished);
    const late = await insertUnnoticed(second);
    expect(await relayOf(second).publish()).toEqual({ events: [], isBusy: true });
    commit();
    await slow;
    expect((await relayOf(second).publish()).events.map(({ aggregateId }) => aggregateId)).toEqual([late]);
    const rows = await second.database.query<{ id: string }>(
      `SELECT aggregate_id AS id FROM outbox_events ORDER BY sequence`,
    );
    expect(rows.map(({ id }) => id)).toEqual([early, late]);
  });

  it('never lets a reader that pages by sequence pass an event, with three relays and many writers', async () => {
    const relays = [await start(), await start(), await start()];
    const seen: string[] = [];
    let after = '0';
    let isReading = true;
    const reader = (async () => {
      while (isReading) {
        const rows = await relays[0]!.database.query<{ sequence: string; aggregateId: string }>(
          `SELECT sequence, aggregate_id AS "aggregateId" FROM outbox_events WHERE sequence > $1 ORDER BY sequence LIMIT 10`,
          [after],
        );
        for (const { sequence, aggregateId } of rows) {
          seen.push(aggregateId);
          after = sequence;
        }
      }
    })();
    const ids = await Promise.all(Array.from({ length: 150 }, (_, index) => relays[index % 3]!.confirmOrder()));
    await eventually(() => seen.length >= ids.length);
    isReading = false;
    await reader;
    expect(seen).toHaveLength(ids.length);
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  it('gives the versions of one thing their sequences in order, whatever the clocks of the instances say, over more than one batch', async () => {
    const worker = await startIdle();
    const order = newId();
    // The ids of an instance whose clock is behind are smaller, here the later the version.
    const ids = Array.from({ length: 250 }, () => newId()).toReversed();
    for (const [index, id] of ids.entries())
      await worker.database.execute(
        `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
         VALUES ($1, 'order.updated', 'order', $2, $3, '{}', now())`,
        [id, order, index + 1],
      );
    for (const size of [200, 50]) expect((await relayOf(worker).publish()).events).toHaveLength(size);
    const rows = await worker.database.query<{ version: number }>(
      `SELECT aggregate_version AS version FROM outbox_events ORDER BY sequence`,
    );
    expect(rows.map(({ version }) => version)).toEqual(ids.map((_, index) => index + 1));
  });

  it('wakes for what a trigger tells, without waiting for the poll', async () => {
    const worker = await start({ timings: { pollMs: HOUR_MS } });
    await delay(300);
    const variantId = newId();
    await worker.database.run(async () => {
      // In one transaction that says nothing else: a product with a variant, of which pieces come in.
      await worker.database.execute(
        `WITH product AS (INSERT INTO products (id, slug, name) VALUES ($1::uuid, $1::text, 'Told') RETURNING id)
         INSERT INTO variants (id, product_id, sku) SELECT $1::uuid, id, $1::text FROM product`,
        [variantId],
      );
      await worker.database.execute(
        `INSERT INTO stock (id, variant_id, location_id, on_hand) SELECT $1::uuid, $1::uuid, id, 10 FROM locations LIMIT 1`,
        [variantId],
      );
    });
    const told = () =>
      worker.database.query<{ availability: string }>(
        `SELECT data->>'availability' AS availability FROM outbox_events
         WHERE type = 'variant.availability_changed' AND aggregate_id = $1 AND sequence IS NOT NULL`,
        [variantId],
      );
    await eventually(async () => (await told()).length > 0);
    expect(await told()).toEqual([{ availability: 'in_stock' }]);
  });

  /** Commits an event without telling anybody. */
  async function insertUnnoticed(worker: TestWorker): Promise<string> {
    const { aggregateId, type } = orderConfirmed();
    await worker.database.execute(
      `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
       VALUES ($1, $2, 'order', $1, 1, '{}', now())`,
      [aggregateId, type],
    );
    return aggregateId;
  }
});

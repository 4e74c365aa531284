import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { newId } from '../../../src/common/ids.js';
import { SinkReadersRepository } from '../../../src/events/sinks/sink-readers.repository.js';
import { Metrics } from '../../../src/common/metrics/metrics.js';
import { Outbox } from '../../../src/jobs/outbox.js';
import { RetentionProcessor } from '../../../src/jobs/retention.processor.js';
import { FileSink } from '../../support/file-sink.js';
import { emptyJobs, eventually, TestWorker } from '../../support/test-worker.js';

const PLACE = 'sink:file';
const AGGREGATES = 7;

describe('handing the log to an engine outside', () => {
  const workers: TestWorker[] = [];
  let path: string;
  let sink: FileSink;
  let lines: string[];

  const log = (message: unknown): void => void lines.push(String(message));
  const logger = { log, error: log, warn: log, debug: log, verbose: log, fatal: log };
  const start = async (...sinks: FileSink[]): Promise<TestWorker> => {
    const worker = await TestWorker.start({ sinks: new Map(sinks.map((one) => ['file', one])), logger });
    workers.push(worker);
    return worker;
  };
  /** Writes so many events of seven orders, taking turns, in transactions of a hundred. @returns their aggregates. */
  const write = async (worker: TestWorker, count: number): Promise<string[]> => {
    const ids = Array.from({ length: AGGREGATES }, () => newId());
    const events = Array.from({ length: count }, (_, index) => ({
      type: 'order.confirmed',
      aggregateType: 'order',
      aggregateId: ids[index % AGGREGATES]!,
      aggregateVersion: Math.floor(index / AGGREGATES) + 1,
      data: { orderId: ids[index % AGGREGATES]!, customerId: null },
    }));
    for (let from = 0; from < count; from += 100)
      await worker.database.run(() => worker.module.get(Outbox).add(...events.slice(from, from + 100)));
    return ids;
  };
  const idsOf = (engine: FileSink) => new Set(engine.events.map(({ id }) => id));
  const readersOf = (worker: TestWorker) => worker.module.get(SinkReadersRepository, { strict: false });
  /** Of every aggregate each version, the first of each in order. */
  const expectAll = (ids: readonly string[], count: number) => {
    expect(idsOf(sink).size).toBe(count);
    for (const id of ids) {
      const versions = new Set(
        sink.events.filter(({ aggregate }) => aggregate.id === id).map(({ aggregate }) => aggregate.version),
      );
      expect([...versions]).toEqual(Array.from({ length: versions.size }, (_, index) => index + 1));
    }
  };

  beforeEach(async () => {
    lines = [];
    path = join(tmpdir(), `sink-${newId()}`);
    sink = new FileSink(path);
    await emptyJobs();
    const worker = await TestWorker.start({ isApi: true });
    await worker.database.execute(`DELETE FROM event_readers WHERE name LIKE 'sink:%'`);
    await worker.close();
  });

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    rmSync(path, { force: true });
  });

  it('begins with what the log has kept, and goes on with what is new, in the envelope of the API', async () => {
    const producer = await TestWorker.start();
    workers.push(producer);
    const ids = await write(producer, 20);
    await start(sink);
    await eventually(() => idsOf(sink).size === 20);
    const [first] = sink.events;
    expect(first).toEqual({
      id: expect.any(String) as string,
      type: 'order.confirmed',
      occurredAt: expect.any(String) as string,
      sequence: expect.any(Number) as number,
      aggregate: { type: 'order', id: ids[0], version: 1 },
      data: { orderId: ids[0], customerId: null },
      apiVersion: 'v1',
      requestId: null,
    });
    await write(producer, 1);
    await eventually(() => idsOf(sink).size === 21);
    const sequences = sink.events.map(({ sequence }) => sequence);
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b));
  });

  it('leaves out what is told to our own jobs only', async () => {
    const worker = await start(sink);
    const own = { type: 'mail.requested', aggregateType: 'mail', aggregateVersion: 1, data: {} };
    await worker.database.run(() => worker.module.get(Outbox).add({ ...own, aggregateId: newId() }));
    await write(worker, 1);
    await eventually(() => sink.events.length > 0);
    expect(sink.events.map(({ type }) => type)).toEqual(['order.confirmed']);
  });

  it('is done by one of two workers at a time: each event once while nothing is wrong', async () => {
    const one = await start(sink);
    await start(new FileSink(path));
    const ids = await write(one, 1_200);
    await eventually(() => idsOf(sink).size === 1_200);
    expect(sink.events).toHaveLength(1_200);
    expectAll(ids, 1_200);
  });

  it('goes on behind the last batch that was noted when the worker is killed between a batch and its note', async () => {
    const producer = await TestWorker.start();
    workers.push(producer);
    const ids = await write(producer, 1_300);
    await eventually(
      async () => (await producer.database.query(`SELECT 1 FROM outbox_events WHERE sequence IS NULL`)).length === 0,
    );
    const child = fork('test/support/sink-worker-process.ts', {
      execArgv: ['--import', './scripts/typescript.mjs'],
      env: { ...process.env, WORKER_SINK_FILE: path },
    });
    await once(child, 'exit');
    expect(sink.events).toHaveLength(1_000);
    // The dead one holds its place until its lease ends.
    await producer.database.execute(`UPDATE event_readers SET leased_until = now() WHERE name = $1`, [PLACE]);
    await start(sink);
    await eventually(() => idsOf(sink).size === 1_300);
    expect(sink.events).toHaveLength(1_800);
    expectAll(ids, 1_300);
  });

  it('waits with growing pauses while the engine is away or refuses a batch, says so once, and leaves nothing out', async () => {
    sink.before = (batch) => {
      if (batch <= 4) throw new Error('refused');
    };
    const worker = await start(sink);
    const ids = await write(worker, 30);
    const metric = worker.module
      .get(Metrics, { strict: false })
      .all()
      .find(({ name }) => name === 'storehouse_event_sink_behind')!;
    expect(await metric.read()).toEqual([{ labels: { sink: 'file' }, value: expect.any(Number) as number }]);
    await eventually(() => idsOf(sink).size === 30);
    expectAll(ids, 30);
    expect(lines.filter((line) => /file does not take events, \d+ wait: Error: refused/.test(line))).toHaveLength(1);
    await eventually(() => lines.some((line) => line === 'file takes events again'));
    await eventually(async () => (await readersOf(worker).countBehind(PLACE, ['order.confirmed'])) === 0);
    expect(await metric.read()).toEqual([{ labels: { sink: 'file' }, value: 0 }]);
  });

  it('does not note what a worker sent that has lost its place meanwhile', async () => {
    const worker = await start();
    await write(worker, 5);
    const readers = readersOf(worker);
    const [slow, quick] = [newId(), newId()];
    await readers.add(PLACE);
    const from = (await readers.take(PLACE, slow, 30))!;
    expect(await readers.take(PLACE, quick, 30)).toBeNull();
    await worker.database.execute(`UPDATE event_readers SET leased_until = now() WHERE name = $1`, [PLACE]);
    expect(await readers.take(PLACE, quick, 30)).toBe(from);
    expect(await readers.advance(PLACE, slow, from, from + 1, 30)).toBe(false);
    await readers.free(PLACE, slow);
    expect(await readers.take(PLACE, slow, 30)).toBeNull();
    expect(await readers.advance(PLACE, quick, from, from + 2, 30)).toBe(true);
    expect(await readers.advance(PLACE, quick, from, from + 1, 30)).toBe(false);
    await readers.free(PLACE, quick);
    expect(await readers.take(PLACE, slow, 30)).toBe(from + 2);
  });

  it('holds no transaction while the engine is talked to', async () => {
    let go: () => void = () => undefined;
    const paused = new Promise<void>((resolve) => (go = resolve));
    sink.before = () => paused;
    const worker = await start(sink);
    await write(worker, 1);
    await eventually(() => sink.batches === 1);
    const open = await worker.database.query(
      `SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
       WHERE c.relname = 'event_readers' AND l.pid <> pg_backend_pid() AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    expect(open).toEqual([]);
    go();
    await eventually(() => sink.events.length === 1);
  });

  it('ends at once when the worker is told to, and leaves its place to the next', async () => {
    sink.before = () => new Promise(() => undefined);
    const worker = await start(sink);
    await write(worker, 3);
    await eventually(() => sink.batches === 1);
    await worker.close();
    const next = new FileSink(path);
    const survivor = await start(next);
    await survivor.database.execute(`UPDATE event_readers SET leased_until = now() WHERE name = $1`, [PLACE]);
    await eventually(() => idsOf(next).size === 3);
    expect(sink.batches).toBe(1);
  });

  it('forgets the place of an engine that has not been offered for a month, and of no other', async () => {
    const worker = await start(sink);
    await write(worker, 1);
    await eventually(() => sink.events.length === 1);
    await worker.database.execute(
      `INSERT INTO event_readers (name, sequence) VALUES ('sink:gone', 1), ('test:other', 1)`,
    );
    await worker.database.execute(`UPDATE event_readers SET updated_at = now() - interval '31 days'`);
    await worker.module.get(RetentionProcessor).run();
    const rows = await worker.database.query<{ name: string }>(
      `DELETE FROM event_readers WHERE name IN ('sink:gone', 'test:other') RETURNING name`,
    );
    expect(rows.map(({ name }) => name)).toEqual(['test:other']);
    expect(await readersOf(worker).isBehind(PLACE, ['order.confirmed'])).toBe(false);
    await delay(0);
    expect(await worker.database.query(`SELECT name FROM event_readers WHERE name = $1`, [PLACE])).toHaveLength(1);
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { QUEUES } from '../../../src/jobs/queues.js';
import { ScheduleClock } from '../../../src/jobs/schedule-clock.js';
import { emptyJobs, eventually, TestWorker } from '../../support/test-worker.js';

const PERIOD_MS = 5_000;
const queueName = QUEUES.orderExpiry;

describe('schedule clock', () => {
  let workers: TestWorker[];
  const clocks = (): ScheduleClock[] => workers.map(({ module }) => module.get(ScheduleClock));

  beforeEach(async () => {
    await emptyJobs();
    const added = jest.spyOn(ScheduleClock.prototype, 'addJob');
    workers = await Promise.all([TestWorker.start(), TestWorker.start()]);
    // From here on the test is the clock.
    for (const clock of clocks()) clock.onModuleDestroy();
    await Promise.allSettled(added.mock.results.map(({ value }) => value as Promise<void>));
    added.mockRestore();
    await workers[0]!.queue(queueName).client.flushdb();
  });

  afterEach(() => Promise.all(workers.map((worker) => worker.close())));

  it('adds the first job at start', async () => {
    await workers[0]!.close();
    workers[0] = await TestWorker.start();
    const waiting = (): Promise<number> => workers[0]!.queue(queueName).getWaitingCount();
    await eventually(async () => (await waiting()) > 0);
    expect(await waiting()).toBe(1);
  });

  it('adds the job of a slot that began while Redis was away as soon as it answers', async () => {
    await workers[0]!.close();
    workers[0] = await TestWorker.start();
    const { client } = workers[0].queue(queueName);
    const waiting = (): Promise<number> => workers[1]!.queue(queueName).getWaitingCount();
    await eventually(async () => (await waiting()) > 0);
    await workers[1]!.queue(queueName).client.flushdb();
    client.disconnect(true);
    await eventually(async () => (await waiting()) > 0);
    expect(await waiting()).toBe(1);
  });

  it('makes one job of a slot with two workers, and one of the next slot', async () => {
    const queue = workers[0]!.queue(queueName);
    const runs: string[] = [];
    void queue.process(2, (job) => {
      runs.push(String(job.id));
      return Promise.resolve();
    });
    const now = 1_800_000_000_000;
    const addAll = (at: number) => Promise.all(clocks().map((clock) => clock.addJob(queueName, PERIOD_MS, at)));
    await addAll(now);
    await eventually(() => runs.length === 1);
    // The other worker's clock comes late, when the job of the slot has long been done.
    await addAll(now + PERIOD_MS - 1);
    await delay(200);
    expect(runs).toEqual([`order-expiry:${now / PERIOD_MS}`]);
    await addAll(now + PERIOD_MS);
    await eventually(() => runs.length === 2);
    await delay(100);
    expect(runs).toEqual([`order-expiry:${now / PERIOD_MS}`, `order-expiry:${now / PERIOD_MS + 1}`]);
  });

  it('leaves a slot out while the job of an earlier one still waits', async () => {
    const [clock] = clocks();
    for (let slot = 0; slot < 10; slot++)
      await clock!.addJob(queueName, PERIOD_MS, 1_800_000_000_000 + slot * PERIOD_MS);
    expect(await workers[0]!.queue(queueName).getWaitingCount()).toBe(1);
  });

  it('goes on with the next slot after Redis was wiped', async () => {
    const [clock] = clocks();
    const queue = workers[0]!.queue(queueName);
    await clock!.addJob(queueName, PERIOD_MS, 1_800_000_000_000);
    await queue.client.flushdb();
    expect(await queue.getWaitingCount()).toBe(0);
    await clock!.addJob(queueName, PERIOD_MS, 1_800_000_000_000 + PERIOD_MS);
    expect(await queue.getWaitingCount()).toBe(1);
  });
});

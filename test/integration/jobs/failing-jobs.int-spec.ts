import type { LoggerService } from '@nestjs/common';
import type { Queue } from 'bull';
import type { EventJob } from '../../../src/jobs/queues.js';
import { QUEUES } from '../../../src/jobs/queues.js';
import { RetentionProcessor } from '../../../src/jobs/retention.processor.js';
import { emptyJobs, eventually, TestWorker } from '../../support/test-worker.js';

describe('failing jobs', () => {
  let worker: TestWorker;
  let lines: string[];
  let work: (event: EventJob) => Promise<void>;

  const record = (message: unknown): void => void lines.push(String(message));
  const logger: LoggerService = { log: record, error: record, warn: record };

  beforeEach(async () => {
    lines = [];
    await emptyJobs();
    worker = await TestWorker.start({ work: (event) => work(event), timings: { firstRetryMs: 2 }, logger });
  });

  afterEach(() => worker.close());

  it('tries again after pauses that grow, until the job succeeds', async () => {
    const at: number[] = [];
    await worker.close();
    worker = await TestWorker.start({ work: (event) => work(event), timings: { firstRetryMs: 100 }, logger });
    const { backoffStrategies } = settingsOf(worker.queue(QUEUES.orderMail));
    const { doubling } = backoffStrategies;
    const planned: number[] = [];
    backoffStrategies.doubling = (...failure) => {
      const pause = doubling!(...failure);
      planned.push(pause);
      return pause;
    };
    work = () => {
      at.push(performance.now());
      return at.length < 5 ? Promise.reject(new Error('not yet')) : Promise.resolve();
    };
    await worker.confirmOrder();
    await eventually(async () => at.length === 5 && (await worker.openJobs()) === 0);
    const pauses = at.slice(1).map((instant, index) => instant - at[index]!);
    expect(pauses[0]).toBeGreaterThanOrEqual(45);
    expect(pauses[3]).toBeGreaterThanOrEqual(390);
    // What a busy machine adds to a pause does not count.
    expect(planned).toHaveLength(4);
    expect(planned[3]).toBeGreaterThan(planned[0]! * 2);
    for (const [index, pause] of planned.entries()) expect(pauses[index]).toBeGreaterThanOrEqual(pause - 5);
  });

  it('keeps a job that never succeeds visible among the failed, says so with its event id, and lets others pass', async () => {
    const queue = worker.queue(QUEUES.orderMail);
    settingsOf(queue).backoffStrategies.doubling = () => 1;
    const done: string[] = [];
    work = (event) => {
      if (event.data.poison === true) return Promise.reject(new Error('this one is poison'));
      done.push(event.aggregateId);
      return Promise.resolve();
    };
    const poison = await worker.confirmOrder({ poison: true });
    const others = await Promise.all(Array.from({ length: 20 }, () => worker.confirmOrder()));
    await eventually(() => done.length === 20);
    expect(new Set(done)).toEqual(new Set(others));
    await eventually(async () => (await queue.getFailedCount()) === 1);
    const [failed] = await queue.getFailed();
    expect(failed!.attemptsMade).toBe(16);
    expect((failed!.data as EventJob).aggregateId).toBe(poison);
    expect(failed!.failedReason).toBe('this one is poison');
    expect(failed!.stacktrace.length).toBeLessThanOrEqual(3);
    expect(
      lines.filter((line) => line.includes(`Job ${failed!.id} of order-mail failed (attempt 16 of 16)`)),
    ).toHaveLength(1);
    await eventually(async () => (await worker.openJobs()) === 1);
  });

  it('hands a failed job out for another round once it is no longer kept among the failed', async () => {
    const queue = worker.queue(QUEUES.orderMail);
    settingsOf(queue).backoffStrategies.doubling = () => 1;
    let isRepaired = false;
    work = () => (isRepaired ? Promise.resolve() : Promise.reject(new Error('broken')));
    await worker.confirmOrder();
    await eventually(async () => (await queue.getFailedCount()) === 1);
    isRepaired = true;
    const [failed] = await queue.getFailed();
    // As if it had failed more than a day ago.
    const longAgo = Date.now() - 25 * 3_600_000;
    await queue.client.zadd(queue.toKey('failed'), longAgo, String(failed!.id));
    await queue.client.hset(queue.toKey(String(failed!.id)), 'finishedOn', longAgo);
    await worker.database.execute(
      `UPDATE outbox_jobs SET enqueued_at = enqueued_at - interval '25 hours', failed_at = failed_at - interval '25 hours'`,
    );
    await worker.module.get(RetentionProcessor).run();
    await eventually(async () => (await worker.openJobs()) === 0);
    expect(await queue.getFailedCount()).toBe(0);
  });
});

/** Lets a test shorten the pauses between attempts; -1 gives up at once. */
function settingsOf(queue: Queue): { backoffStrategies: Record<string, (...failure: unknown[]) => number> } {
  return (queue as unknown as { settings: ReturnType<typeof settingsOf> }).settings;
}

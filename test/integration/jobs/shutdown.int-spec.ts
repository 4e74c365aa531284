import { setTimeout as delay } from 'node:timers/promises';
import { QUEUES } from '../../../src/jobs/queues.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { emptyJobs, eventually, TestWorker, type TestWorkerOptions } from '../../support/test-worker.js';

describe('shutdown of a worker', () => {
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => void rejections.push(reason);

  const workers: TestWorker[] = [];
  const proxies: TcpProxy[] = [];
  const start = async (options: TestWorkerOptions = {}): Promise<TestWorker> => {
    const worker = await TestWorker.start(options);
    workers.push(worker);
    return worker;
  };

  beforeAll(() => process.on('unhandledRejection', note));
  afterAll(() => process.off('unhandledRejection', note));
  beforeEach(async () => {
    rejections.length = 0;
    await emptyJobs();
  });
  afterEach(async () => {
    await Promise.all(proxies.splice(0).map((proxy) => proxy.close()));
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
  });

  it('lets a running job end and acknowledge before the connections close', async () => {
    let isStarted = false;
    let isDone = false;
    const worker = await start({
      work: async () => {
        isStarted = true;
        await delay(800);
        isDone = true;
      },
    });
    await worker.confirmOrder();
    await eventually(() => isStarted);
    await worker.close();
    expect(isDone).toBe(true);
    const other = await start();
    expect(await other.openJobs()).toBe(0);
    await other.close();
  });

  it('gives a job that takes too long back to its queue, where another worker takes it at once', async () => {
    let attempts = 0;
    let isTaken = false;
    let hasEnded = false;
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const hanging = await start({
      timings: { drainMs: 300, lockMs: 60_000, stalledCheckMs: 60_000 },
      work: async () => {
        attempts += 1;
        await gate;
        hasEnded = true;
      },
    });
    await hanging.confirmOrder();
    await eventually(() => attempts === 1);
    const other = await start({
      timings: { lockMs: 60_000, stalledCheckMs: 60_000, reofferAfterMs: 60_000 },
      work: () => {
        isTaken = true;
        return Promise.resolve();
      },
    });
    await hanging.close();
    await eventually(() => isTaken);
    await eventually(async () => (await other.openJobs()) === 0);
    // The abandoned run ends and finds its connections closed.
    release();
    await eventually(() => hasEnded);
    await delay(500);
    await other.close();
    expect(attempts).toBe(1);
    expect(rejections).toEqual([]);
  });

  it('takes no new job after it has begun', async () => {
    const started: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const worker = await start({
      work: async (event) => {
        started.push(event.aggregateId);
        await gate;
      },
    });
    const queue = worker.queue(QUEUES.orderMail);
    await Promise.all(Array.from({ length: 12 }, () => worker.confirmOrder()));
    // Four run at a time; the fifth would follow as soon as one of them ends.
    await eventually(async () => started.length === 4 && (await queue.getWaitingCount()) === 8);
    const closed = worker.close();
    await delay(700);
    release();
    await closed;
    const other = await start();
    const waiting = await other.queue(QUEUES.orderMail).getWaitingCount();
    await other.close();
    expect(started).toHaveLength(4);
    expect(waiting).toBe(8);
  });

  it.each([0, 1, 3, 10, 30])('leaves no unhandled rejection when it comes %i ms after the start', async (pauseMs) => {
    for (let round = 0; round < 4; round++) {
      const worker = await start({ work: () => Promise.resolve() });
      if (pauseMs > 0) await delay(pauseMs);
      await worker.close();
    }
    await delay(50);
    expect(rejections).toEqual([]);
  });

  it('ends within 10 s while Redis is away, also with a job running', async () => {
    const redis = await TcpProxy.to(process.env.REDIS_URL!);
    proxies.push(redis);
    let isStarted = false;
    const worker = await start({
      environment: { REDIS_URL: redis.url },
      work: async () => {
        isStarted = true;
        await delay(1_000);
      },
    });
    await worker.confirmOrder();
    await eventually(() => isStarted);
    await redis.close();
    const begin = performance.now();
    await worker.close();
    expect(performance.now() - begin).toBeLessThan(10_000);
    await delay(200);
    expect(rejections).toEqual([]);
  });
});

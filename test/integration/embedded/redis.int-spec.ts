import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import Queue from 'bull';
import { Redis } from 'ioredis';
import type { EmbeddedServer } from '../../../src/embedded/embedded-server.js';
import { startEmbeddedRedis } from '../../../src/embedded/redis.js';

describe('embedded Redis', () => {
  let server: EmbeddedServer;
  let clients: Redis[];

  const client = (database = 0): Redis => {
    const redis = new Redis(`${server.url}/${database}`, { retryStrategy: () => null });
    redis.on('error', () => undefined);
    clients.push(redis);
    return redis;
  };

  beforeEach(async () => {
    clients = [];
    server = await startEmbeddedRedis();
  });

  afterEach(async () => {
    // On a connection that has ended, ioredis would leave a timer of two seconds behind.
    for (const redis of clients) if (redis.status !== 'end') redis.disconnect();
    await server.stop();
  });

  it('runs a Bull job from one queue object to the processor of another, delayed ones too', async () => {
    const options: Queue.QueueOptions = { redis: server.url, settings: { drainDelay: 1 } };
    const producer = new Queue<{ n: number }>('round-trip', options);
    const consumer = new Queue<{ n: number }>('round-trip', options);
    try {
      void consumer.process((job) => Promise.resolve(job.data.n * 2));
      const results: number[] = [];
      const done = new Promise<void>((resolve) => {
        producer.on('global:completed', (_id: string, result: string) => {
          if (results.push(Number(result)) === 3) resolve();
        });
      });
      await Promise.all([producer.isReady(), consumer.isReady()]);
      await producer.add({ n: 1 }, { jobId: 'same' });
      await producer.add({ n: 1 }, { jobId: 'same' });
      await producer.add({ n: 2 });
      await producer.add({ n: 3 }, { delay: 200 });
      await done;
      expect(results.sort()).toEqual([2, 4, 6]);
      expect(await producer.getJobCounts()).toMatchObject({
        waiting: 0,
        active: 0,
        completed: 3,
        failed: 0,
        delayed: 0,
      });
    } finally {
      await Promise.all([producer.close(), consumer.close()]);
    }
  });

  it('retries a failed Bull job', async () => {
    const queue = new Queue('retry', { redis: server.url, settings: { drainDelay: 1 } });
    try {
      const done = new Promise<number>((resolve) => {
        queue.on('completed', (job: Queue.Job) => resolve(job.attemptsMade));
      });
      void queue.process((job) => (job.attemptsMade < 2 ? Promise.reject(new Error('not yet')) : Promise.resolve()));
      await queue.add({}, { attempts: 3, backoff: 50 });
      expect(await done).toBe(2);
    } finally {
      await queue.close();
    }
  });

  it('moves list entries with BRPOPLPUSH: at once, when one arrives, and null after the timeout', async () => {
    const [blocked, other] = [client(), client()];
    await other.rpush('from', 'a', 'b');
    expect(await blocked.brpoplpush('from', 'to', 1)).toBe('b');
    expect(await blocked.brpoplpush('from', 'to', 1)).toBe('a');
    const waiting = blocked.brpoplpush('from', 'to', 5);
    await other.lpush('from', 'c');
    expect(await waiting).toBe('c');
    expect(await other.lrange('to', 0, -1)).toEqual(['c', 'a', 'b']);
    expect(await blocked.brpoplpush('from', 'to', 1)).toBeNull();
    await expect(blocked.call('brpoplpush', 'from', 'to')).rejects.toThrow(/wrong number of arguments/i);
  });

  it('gives nothing to a blocking command whose client is gone', async () => {
    const [gone, other] = [client(), client()];
    await gone.ping();
    gone.brpoplpush('from', 'to', 0).catch(() => undefined);
    await other.ping();
    gone.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await other.lpush('from', 'a');
    await other.ping();
    expect([await other.llen('from'), await other.llen('to')]).toEqual([1, 0]);
  });

  it('gives nothing to a blocking command whose client is gone, when more of its commands have come meanwhile', async () => {
    const [gone, other] = [client(), client()];
    await gone.ping();
    gone.brpoplpush('from', 'to', 1).catch(() => undefined);
    await other.ping();
    gone.brpoplpush('from', 'to', 1).catch(() => undefined);
    await other.ping();
    gone.disconnect();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await other.lpush('from', 'a');
    await other.ping();
    expect([await other.llen('from'), await other.llen('to')]).toEqual([1, 0]);
  });

  it('has BLMOVE, Lua scripts, publish/subscribe and sixteen separate databases', async () => {
    const [first, second, subscriber] = [client(0), client(15), client(0)];
    await first.rpush('list', 'x');
    expect(await first.blmove('list', 'moved', 'RIGHT', 'LEFT', 1)).toBe('x');
    expect(await first.eval("return redis.call('INCRBY', KEYS[1], ARGV[1])", 1, 'counter', 5)).toBe(5);
    expect(await second.get('counter')).toBeNull();

    const message = new Promise((resolve) => subscriber.on('message', (channel, text) => resolve([channel, text])));
    await subscriber.subscribe('news');
    await second.publish('news', 'hello');
    expect(await message).toEqual(['news', 'hello']);
  });

  it('refuses a client without the password and is not reachable from other machines', async () => {
    const { port } = new URL(server.url);
    const stranger = new Redis(Number(port), '127.0.0.1', { retryStrategy: () => null });
    stranger.on('error', () => undefined);
    clients.push(stranger);
    await expect(stranger.get('anything')).rejects.toThrow('NOAUTH');

    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter((address) => !address.internal && address.family === 'IPv4');
    for (const { address } of outside) {
      const reached = await new Promise<boolean>((resolve) => {
        const socket = connect({ host: address, port: Number(port) }, () => resolve(true));
        socket.once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
      expect(reached).toBe(false);
    }
  });

  it('stops while clients are connected and one of them waits in a blocking command', async () => {
    const blocked = client();
    await blocked.ping();
    const waiting = blocked.brpoplpush('from', 'to', 0).catch((error: Error) => error);
    await client().ping();
    await server.stop();
    expect(await waiting).toBeInstanceOf(Error);
  });
});

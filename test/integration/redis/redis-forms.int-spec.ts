import { readFile, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis, RedisOptions } from 'ioredis';
import { TemporarilyUnavailableError } from '../../../src/common/errors/request.errors.js';
import { RateLimiter } from '../../../src/common/rate-limit/rate-limiter.js';
import type { RateLimitPolicy } from '../../../src/common/rate-limit/rate-limit.decorator.js';
import { REDIS } from '../../../src/common/redis/redis.module.js';
import type { RedisConnection } from '../../../src/common/redis/redis-connection.js';
import type { Environment } from '../../../src/config/environment.js';
import { PublishedEvents } from '../../../src/jobs/published-events.js';
import { QUEUES } from '../../../src/jobs/queues.js';
import { type Certificates, makeCertificates, PASSWORD, RedisServer } from '../../support/redis-servers.js';
import { emptyJobs, eventually, TestWorker } from '../../support/test-worker.js';

/** Refuses to count without Redis, so that a test sees whether it does. */
const STRICT: RateLimitPolicy = {
  name: 'redis-forms',
  limit: 3,
  windowSeconds: 600,
  per: 'address',
  withoutRedis: 'closed',
};
const LOGIN = `:${encodeURIComponent(PASSWORD)}@`;
const CLUSTER = ['cluster-enabled yes', 'cluster-port <bus>', 'cluster-announce-ip 127.0.0.1'];
const SECURED = [`requirepass ${PASSWORD}`, `masterauth ${PASSWORD}`];

describe('Redis of Debian', () => {
  const servers: RedisServer[] = [];
  const workers: TestWorker[] = [];
  const connections: Redis[] = [];
  let runs: string[];

  const startServer = async (...given: Parameters<typeof RedisServer.start>): Promise<RedisServer> => {
    const server = await RedisServer.start(...given);
    servers.push(server);
    return server;
  };
  const startWorker = async (environment: Partial<Record<keyof Environment, string>>): Promise<TestWorker> => {
    const worker = await TestWorker.start({
      environment: { RATE_LIMIT_SCALE: '1', REDIS_FLAVOUR: 'server', ...environment },
      work: async ({ aggregateId }) => {
        await delay(5);
        runs.push(aggregateId);
      },
    });
    workers.push(worker);
    // The machine may be busy; a Redis that is away refuses at once all the same.
    worker.module.get(RateLimiter).patienceMs = 30_000;
    return worker;
  };
  const connect = (server: RedisServer, options?: RedisOptions): Redis => {
    const connection = server.connect(options);
    connections.push(connection);
    return connection;
  };
  const confirmOrders = (worker: TestWorker, count: number): Promise<string[]> =>
    Promise.all(Array.from({ length: count }, () => worker.confirmOrder()));
  const isDone = async (worker: TestWorker, ids: readonly string[]): Promise<boolean> =>
    ids.every((id) => runs.includes(id)) && (await worker.openJobs()) === 0;

  /** What every form must do: run jobs, also those that failed before; count for all processes alike; carry announcements. */
  const expectToWork = async (environment: Partial<Record<keyof Environment, string>>): Promise<TestWorker> => {
    const [first, second] = [await startWorker(environment), await startWorker(environment)];
    let heard = 0;
    const stop = second.module.get(PublishedEvents).listen(() => (heard += 1));
    // Once it has subscribed, and not only heard that the connection is there.
    await eventually(() => heard > 1);
    heard = 0;
    first.module.get(PublishedEvents).announce();
    await eventually(() => heard > 0);
    stop();
    const ids = await confirmOrders(first, 20);
    await eventually(() => isDone(first, ids));
    const counts = [];
    for (const worker of [first, second, first])
      counts.push((await worker.module.get(RateLimiter).take(STRICT, 'somebody')).count);
    expect(counts).toEqual([1, 2, 3]);
    await first.module.get(RateLimiter).clear(STRICT, 'somebody');
    expect((await second.module.get(RateLimiter).take(STRICT, 'somebody')).count).toBe(1);
    await second.close();
    return first;
  };
  /** Commits orders one after the other while something goes on. @returns their ids. */
  const confirmMeanwhile = async (worker: TestWorker, event: () => Promise<unknown>): Promise<string[]> => {
    let isOver = false;
    const ids: string[] = [];
    const orders = (async () => {
      while (!isOver) {
        ids.push(await worker.confirmOrder());
        await delay(20);
      }
    })();
    await delay(100);
    await event().finally(() => (isOver = true));
    await orders;
    return ids;
  };
  const countsAgain = (worker: TestWorker): Promise<void> =>
    eventually(() =>
      worker.module
        .get(RateLimiter)
        .take(STRICT, 'somebody else')
        .then(
          () => true,
          () => false,
        ),
    );

  beforeEach(async () => {
    runs = [];
    await emptyJobs();
  });

  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.close()));
    for (const connection of connections.splice(0)) connection.disconnect();
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  describe('with TLS', () => {
    let certificates: Certificates;
    let tls: string[];

    beforeAll(async () => {
      certificates = await makeCertificates();
      const { ca, cert, key } = certificates;
      tls = [`tls-ca-cert-file ${ca}`, `tls-cert-file ${cert}`, `tls-key-file ${key}`];
    });
    afterAll(() => rm(certificates.folder, { recursive: true }));

    it('works as one server that wants to see a certificate of ours', async () => {
      const server = await startServer(['port 0', 'tls-port <port>', ...tls, ...SECURED]);
      const { ca, cert, key } = certificates;
      const settings = { REDIS_URL: `rediss://${LOGIN}127.0.0.1:${server.port}/3`, REDIS_TLS_CA: ca };
      const worker = await expectToWork({ ...settings, REDIS_TLS_CERT: cert, REDIS_TLS_KEY: key });
      const strangers = [
        await startWorker(settings),
        await startWorker({ ...settings, REDIS_TLS_CA: '', REDIS_TLS_CERT: cert, REDIS_TLS_KEY: key }),
        await startWorker({ ...settings, REDIS_TLS_CERT: cert, REDIS_TLS_KEY: key, REDIS_TLS_SERVERNAME: 'else.test' }),
      ];
      await delay(500);
      for (const stranger of strangers)
        await expect(stranger.module.get(RateLimiter).take(STRICT, 'somebody')).rejects.toThrow(
          TemporarilyUnavailableError,
        );
      expect((await worker.module.get(RateLimiter).take(STRICT, 'somebody')).count).toBe(2);
    });

    it('works behind a Sentinel, whose connections are encrypted as well', async () => {
      const settings = ['port 0', 'tls-port <port>', 'tls-replication yes', 'tls-auth-clients optional', ...tls];
      const master = await startServer([...settings, ...SECURED]);
      const watch = [`sentinel monitor main 127.0.0.1 ${master.port} 1`, `sentinel auth-pass main ${PASSWORD}`];
      const sentinel = await startServer([...settings, ...watch], 'sentinel');
      await expectToWork({
        REDIS_URL: `rediss+sentinel://${LOGIN}127.0.0.1:${sentinel.port}/main`,
        REDIS_TLS_CA: certificates.ca,
        REDIS_TLS_SERVERNAME: 'redis.test',
      });
    });

    it('works as a cluster', async () => {
      const settings = ['port 0', 'tls-port <port>', 'tls-cluster yes', 'tls-auth-clients optional', ...tls];
      const node = await startServer([...settings, ...CLUSTER, ...SECURED]);
      const { ca } = certificates;
      const redis = connect(node, { tls: { ca: await readFile(ca) } });
      await redis.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
      await eventually(() => isWhole(redis, 1));
      await expectToWork({ REDIS_URL: `rediss+cluster://${LOGIN}127.0.0.1:${node.port}`, REDIS_TLS_CA: ca });
    });
  });

  it('behind Sentinels: follows to the master that they promote, and no job is lost', async () => {
    const master = await startServer(SECURED);
    await startServer([...SECURED, `replicaof 127.0.0.1 ${master.port}`]);
    const sentinel = await startServer(
      [
        `sentinel monitor main 127.0.0.1 ${master.port} 1`,
        `sentinel auth-pass main ${PASSWORD}`,
        'sentinel down-after-milliseconds main 300',
        'sentinel failover-timeout main 2000',
        'requirepass watchman',
      ],
      'sentinel',
    );
    const worker = await expectToWork({
      REDIS_URL: `redis+sentinel://${LOGIN}127.0.0.1:${sentinel.port},127.0.0.1:1/main/2`,
      REDIS_SENTINEL_PASSWORD: 'watchman',
    });
    let heard = 0;
    worker.module.get(PublishedEvents).listen(() => (heard += 1));
    const watcher = connect(sentinel, { password: 'watchman' });
    const replicas = async () => (await watcher.call('SENTINEL', 'REPLICAS', 'main')) as string[][];
    await eventually(async () => (await replicas()).some((entry) => entry.includes('ok')));

    const ids = await confirmMeanwhile(worker, async () => {
      await master.kill();
      await countsAgain(worker);
    });
    await eventually(() => isDone(worker, ids));
    const before = heard;
    await worker.confirmOrder();
    await eventually(() => heard > before);
  });

  it('as a cluster: follows slots that move and a replica that is promoted, and no job is lost', async () => {
    const settings = [...CLUSTER, 'cluster-node-timeout 600', ...SECURED];
    const nodes = await Promise.all(Array.from({ length: 4 }, () => startServer(settings)));
    const [a, b, c, replica] = nodes.map((node) => connect(node)) as [Redis, Redis, Redis, Redis];
    const ids = await Promise.all([a, b, c, replica].map((node) => node.call('CLUSTER', 'MYID') as Promise<string>));
    await Promise.all([
      a.call('CLUSTER', 'ADDSLOTSRANGE', 0, 5_460),
      b.call('CLUSTER', 'ADDSLOTSRANGE', 5_461, 10_922),
      c.call('CLUSTER', 'ADDSLOTSRANGE', 10_923, 16_383),
    ]);
    for (const [index, { port }] of nodes.entries()) {
      const [, bus] = /@(\d+)/.exec((await [a, b, c, replica][index]!.call('CLUSTER', 'NODES')) as string)!;
      if (index > 0) await a.call('CLUSTER', 'MEET', '127.0.0.1', port, bus!);
    }
    await eventually(async () =>
      (await Promise.all([a, b, c, replica].map((node) => isWhole(node, 4)))).every(Boolean),
    );

    const worker = await expectToWork({
      REDIS_URL: `redis+cluster://${LOGIN}127.0.0.1:${nodes[0]!.port},127.0.0.1:1`,
      REDIS_PREFIX: 'shop-1',
    });
    const queue = worker.queue(QUEUES.orderMail);
    const slot = Number(await a.call('CLUSTER', 'KEYSLOT', queue.toKey('wait')));
    expect(queue.toKey('wait')).toBe('{shop-1:order-mail}:order-mail:wait');
    const owner = slot <= 5_460 ? 0 : slot <= 10_922 ? 1 : 2;
    const masters = [a, b, c];
    const target = (owner + 1) % 3;

    // One slot, with the queue that is in it, moves to another node, key by key.
    const moved = await confirmMeanwhile(worker, async () => {
      await masters[target]!.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[owner]!);
      await masters[owner]!.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[target]!);
      for (;;) {
        const keys = (await masters[owner]!.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[];
        if (keys.length === 0) break;
        const { port } = nodes[target]!;
        await masters[owner]!.call('MIGRATE', '127.0.0.1', port, '', 0, 5_000, 'AUTH', PASSWORD, 'KEYS', ...keys);
      }
      for (const node of [masters[target]!, masters[owner]!, ...masters])
        await node.call('CLUSTER', 'SETSLOT', slot, 'NODE', ids[target]!);
    });
    await eventually(() => isDone(worker, moved));
    expect(Number(await masters[target]!.call('CLUSTER', 'COUNTKEYSINSLOT', slot))).toBeGreaterThan(0);

    await replica.call('CLUSTER', 'REPLICATE', ids[target]!);
    await eventually(async () => ((await replica.call('INFO', 'replication')) as string).includes('link_status:up'));
    const failedOver = await confirmMeanwhile(worker, async () => {
      await nodes[target]!.kill();
      await eventually(async () => ((await replica.call('ROLE')) as string[])[0] === 'master');
      await countsAgain(worker);
    });
    await eventually(() => isDone(worker, failedOver));
  });

  it('keeps two installations apart by their prefixes', async () => {
    const server = await startServer(SECURED);
    const REDIS_URL = `redis://${LOGIN}127.0.0.1:${server.port}`;
    const worker = await startWorker({ REDIS_URL, REDIS_PREFIX: 'shop-1' });
    const other = await startWorker({ REDIS_URL, REDIS_PREFIX: 'shop-2' });
    let heard = 0;
    other.module.get(PublishedEvents).listen(() => (heard += 1));
    await eventually(() => heard > 1);
    heard = 0;
    worker.module.get(PublishedEvents).announce();
    await worker.module.get(RateLimiter).take(STRICT, 'somebody');
    await worker.queue(QUEUES.mail).add({}, { delay: 3_600_000 });
    expect((await other.module.get(RateLimiter).take(STRICT, 'somebody')).count).toBe(1);
    expect(await other.queue(QUEUES.mail).getDelayedCount()).toBe(0);
    expect(await worker.queue(QUEUES.mail).getDelayedCount()).toBe(1);
    expect(heard).toBe(0);
    const keys = await worker.module.get<RedisConnection>(REDIS).keys('*');
    expect(keys.filter((key) => !/^shop-[12]:/.test(key))).toEqual([]);
  });
});

/** Whether a node has met `count` nodes, itself among them, that have all slots. */
async function isWhole(node: Redis, count: number): Promise<boolean> {
  const info = (await node.call('CLUSTER', 'INFO')) as string;
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${count}`);
}

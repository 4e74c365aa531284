import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startEmbeddedServers } from '../../../src/embedded/servers.js';
import * as redisModule from '../../../src/embedded/redis.js';
import type { EmbeddedServer } from '../../../src/embedded/embedded-server.js';

const started: EmbeddedServer[] = [];

jest.mock('../../../src/embedded/redis.js', () => {
  const actual = jest.requireActual<typeof redisModule>('../../../src/embedded/redis.js');
  return {
    startEmbeddedRedis: async (options?: redisModule.EmbeddedRedisOptions) => {
      const server = await actual.startEmbeddedRedis(options);
      started.push(server);
      return server;
    },
  };
});

describe('embedded servers', () => {
  let dataDir: string;

  beforeEach(async () => {
    started.length = 0;
    dataDir = await mkdtemp(join(tmpdir(), 'storehouse-servers-'));
  });

  afterEach(async () => {
    await Promise.all(started.map((server) => server.stop()));
    await rm(dataDir, { recursive: true, force: true });
  });

  it('starts only what is needed', async () => {
    const servers = await startEmbeddedServers({ dataDir, needPostgres: false, needRedis: true });
    expect(servers.databaseUrl).toBeUndefined();
    const redis = new Redis(servers.redisUrl!);
    expect(await redis.ping()).toBe('PONG');
    redis.disconnect();
    await servers.stop();
  });

  it('stops Redis when PostgreSQL cannot start, and reports why', async () => {
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres', 'holiday.jpg'), '');
    await expect(startEmbeddedServers({ dataDir, needPostgres: true, needRedis: true })).rejects.toThrow(
      'is not a PostgreSQL folder made by Storehouse',
    );
    const redis = new Redis(started[0]!.url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
    redis.on('error', () => undefined);
    await expect(redis.ping()).rejects.toThrow();
  });
});

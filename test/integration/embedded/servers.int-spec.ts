import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startEmbeddedServers } from '../../../src/embedded/servers.js';

describe('embedded servers', () => {
  let dataDir: string;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'storehouse-servers-'));
  });

  afterEach(async () => {
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
    const listen = jest.spyOn(Server.prototype, 'listen');
    await mkdir(join(dataDir, 'postgres'));
    await writeFile(join(dataDir, 'postgres', 'holiday.jpg'), '');
    await expect(startEmbeddedServers({ dataDir, needPostgres: true, needRedis: true })).rejects.toThrow(
      'is not a PostgreSQL folder made by Storehouse',
    );
    expect(listen.mock.contexts).toHaveLength(1);
    expect((listen.mock.contexts[0] as Server).listening).toBe(false);
    listen.mockRestore();
  });
});

import type { EmbeddedServer } from './embedded-server.js';
import { startEmbeddedPostgres } from './postgres.js';
import { startEmbeddedRedis } from './redis.js';

/** Which embedded servers to start, and where their data lives. */
export interface EmbeddedServersOptions {
  readonly dataDir: string;
  readonly needPostgres: boolean;
  readonly needRedis: boolean;

  /** See {@link startEmbeddedPostgres}; default `true`. */
  readonly durable?: boolean;

  /** Receives each line that PostgreSQL logs. */
  readonly log?: (line: string) => void;
}

/** The running embedded servers. */
export interface EmbeddedServers {
  readonly databaseUrl?: string;
  readonly redisUrl?: string;

  /** Stops all of them; every one is tried even if another fails to stop. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded servers that are needed, side by side.
 *
 * @throws The first failure, after the servers that did start have been stopped.
 */
export async function startEmbeddedServers(options: EmbeddedServersOptions): Promise<EmbeddedServers> {
  const { dataDir, durable, log } = options;
  const [postgres, redis] = await Promise.allSettled([
    options.needPostgres ? startEmbeddedPostgres({ dataDir, durable, log }) : undefined,
    options.needRedis ? startEmbeddedRedis() : undefined,
  ]);
  const results = [postgres, redis];
  const servers = results.flatMap((result) => (result.status === 'fulfilled' ? (result.value ?? []) : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) {
    await stopAll(servers).catch(() => undefined);
    throw failed.reason;
  }
  return {
    databaseUrl: postgres.status === 'fulfilled' ? postgres.value?.url : undefined,
    redisUrl: redis.status === 'fulfilled' ? redis.value?.url : undefined,
    stop: () => stopAll(servers),
  };
}

async function stopAll(servers: readonly EmbeddedServer[]): Promise<void> {
  const failed = (await Promise.allSettled(servers.map((server) => server.stop()))).find(
    (result) => result.status === 'rejected',
  );
  if (failed) throw failed.reason;
}

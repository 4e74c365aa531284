import { Cluster, type CommonRedisOptions, Redis } from 'ioredis';
import type { Environment } from '../../config/environment.js';
import { readRedisAddress } from '../../config/redis-address.js';

/** A connection to Redis, whichever form it runs in. */
export type RedisConnection = Redis | Cluster;

/** A peer that has vanished while nobody asked it anything is noticed ten seconds after this time without a sign of life. */
const KEEP_ALIVE_MS = 10_000;
/** How long patient commands follow a cluster in which a node is being replaced: steps of 200 ms. */
const PATIENT_REDIRECTIONS = 300;
const REDIRECTION_PAUSE_MS = 200;

/**
 * Connects to Redis as the settings say: one server, the master that Sentinels name, or a cluster; with or without TLS.
 *
 * The connection is made again for as long as it takes, and finds the new master when one has been promoted. Keys get no prefix here:
 * whoever uses a key begins it with `REDIS_PREFIX`.
 *
 * @param isPatient Whether commands wait for a Redis that is away; otherwise they fail at once.
 */
export function connectToRedis(environment: Environment, { isPatient }: { isPatient: boolean }): RedisConnection {
  const { form, hosts, database, masterName, ...address } = readRedisAddress(environment.REDIS_URL);
  const tls = address.isEncrypted ? tlsOptions(environment) : undefined;
  const retryStrategy = (attempt: number) => Math.min(attempt * 100, 2_000);
  const options: CommonRedisOptions & { disconnectTimeout: number; tls?: object } = {
    username: address.username,
    password: address.password,
    connectTimeout: isPatient ? 5_000 : 2_000,
    // Closing while Redis is away, or while a command blocks, waits this long for an end that nobody answers.
    disconnectTimeout: isPatient ? 100 : 200,
    keepAlive: KEEP_ALIVE_MS,
    maxRetriesPerRequest: isPatient ? null : 0,
    // Bull refuses it for the connections that wait.
    enableReadyCheck: !isPatient,
    // A master that has become a replica: the next connection leads to the new one, and the command goes there.
    reconnectOnError: (error) => (error.message.includes('READONLY') ? 2 : false),
    ...(tls && { tls }),
  };
  if (form === 'cluster') {
    return new Cluster([...hosts], {
      redisOptions: options,
      enableOfflineQueue: isPatient,
      clusterRetryStrategy: retryStrategy,
      // Where slots are now, also when their old node has vanished without closing its connections.
      slotsRefreshInterval: 5_000,
      ...(isPatient && { maxRedirections: PATIENT_REDIRECTIONS, retryDelayOnFailover: REDIRECTION_PAUSE_MS }),
      // A certificate is for a name, and not for the address behind it.
      ...(tls && { dnsLookup: (name, found) => found(null, name) }),
    });
  }
  const shared = { ...options, db: database, enableOfflineQueue: isPatient, retryStrategy };
  if (form === 'standalone') return new Redis({ ...hosts[0]!, ...shared });
  return new Redis({
    sentinels: [...hosts],
    name: masterName,
    sentinelUsername: environment.REDIS_SENTINEL_USERNAME,
    sentinelPassword: environment.REDIS_SENTINEL_PASSWORD,
    sentinelRetryStrategy: retryStrategy,
    // The Sentinels tell of a new master, also when the old one has vanished without closing its connections.
    failoverDetector: true,
    ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    ...shared,
  });
}

function tlsOptions(environment: Environment): object {
  return {
    ca: environment.REDIS_TLS_CA,
    cert: environment.REDIS_TLS_CERT,
    key: environment.REDIS_TLS_KEY,
    ...(environment.REDIS_TLS_SERVERNAME && { servername: environment.REDIS_TLS_SERVERNAME }),
  };
}

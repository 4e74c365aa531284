import type { Socket } from 'node:net';
import { Cluster, type CommonRedisOptions, Redis } from 'ioredis';
import type { Environment } from '../../config/environment.js';
import { readRedisAddress } from '../../config/redis-address.js';

/** A connection to Redis, whichever form it runs in. */
export type RedisConnection = Redis | Cluster;

/**
 * What a connection is for. On an impatient one, commands fail at once while Redis is away; on the others they wait. A blocking one waits for
 * jobs, up to 5 s for each that a queue runs at once.
 */
export type ConnectionKind = 'impatient' | 'patient' | 'blocking';

/** How long nothing may be answered. */
const SILENCE_MS: Readonly<Record<ConnectionKind, number>> = { impatient: 3_000, patient: 10_000, blocking: 60_000 };
/** How long patient commands follow a cluster in which a node is being replaced: steps of 200 ms. */
const PATIENT_REDIRECTIONS = 300;
const REDIRECTION_PAUSE_MS = 200;

/**
 * Connects to Redis as the settings say: one server, the master that Sentinels name, or a cluster; with or without TLS.
 *
 * The connection is made again for as long as it takes, and finds the new master when one has been promoted. Keys get no prefix here:
 * whoever uses a key begins it with `REDIS_PREFIX`.
 */
export function connectToRedis(environment: Environment, kind: ConnectionKind): RedisConnection {
  const isPatient = kind !== 'impatient';
  const { form, hosts, database, masterName, ...address } = readRedisAddress(environment.REDIS_URL);
  const tls = address.isEncrypted ? tlsOptions(environment) : undefined;
  const retryStrategy = (attempt: number) => Math.min(attempt * 100, 2_000);
  const options: CommonRedisOptions & { disconnectTimeout: number; tls?: object } = {
    username: address.username,
    password: address.password,
    connectTimeout: isPatient ? 5_000 : 2_000,
    // Closing while Redis is away, or while a command blocks, waits this long for an end that nobody answers.
    disconnectTimeout: isPatient ? 100 : 200,
    maxRetriesPerRequest: isPatient ? null : 0,
    // Bull refuses it for the connections that wait.
    enableReadyCheck: !isPatient,
    // A master that has become a replica: the next connection leads to the new one, and the command goes there.
    reconnectOnError: (error) => (error.message.includes('READONLY') ? 2 : false),
    ...(tls && { tls }),
  };
  if (form === 'cluster') {
    const cluster = new Cluster([...hosts], {
      redisOptions: options,
      enableOfflineQueue: isPatient,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshInterval: 5_000,
      ...(isPatient && { maxRedirections: PATIENT_REDIRECTIONS, retryDelayOnFailover: REDIRECTION_PAUSE_MS }),
      // A certificate is for a name, and not for the address behind it.
      ...(tls && { dnsLookup: (name, found) => found(null, name) }),
    });
    return cluster.on('+node', survive);
  }
  const redis = new Redis({
    ...options,
    db: database,
    enableOfflineQueue: isPatient,
    retryStrategy,
    lazyConnect: true,
    ...(form === 'standalone' && hosts[0]),
    ...(form === 'sentinel' && {
      sentinels: [...hosts],
      name: masterName,
      sentinelUsername: environment.REDIS_SENTINEL_USERNAME,
      sentinelPassword: environment.REDIS_SENTINEL_PASSWORD,
      sentinelRetryStrategy: retryStrategy,
      ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    }),
  });
  survive(redis);
  watch(redis, SILENCE_MS[kind]);
  // It goes on trying by itself, and tells its listeners how it fares.
  redis.connect().catch(() => undefined);
  return redis;
}

function tlsOptions(environment: Environment): object {
  return {
    ca: environment.REDIS_TLS_CA,
    cert: environment.REDIS_TLS_CERT,
    key: environment.REDIS_TLS_KEY,
    ...(environment.REDIS_TLS_SERVERNAME && { servername: environment.REDIS_TLS_SERVERNAME }),
  };
}

/**
 * Makes a connection anew on which nothing is answered, as when the machine behind it has vanished without a word: for TCP alone that takes
 * a quarter of an hour. In a cluster the map of slots tells, which is read anew all the time.
 */
function watch(redis: Redis, silenceMs: number): void {
  let isAsking = false;
  const timer = setInterval(() => {
    if (redis.status !== 'ready') return;
    if (isAsking) redis.disconnect(true);
    isAsking = true;
    const answered = (): void => void (isAsking = false);
    redis.ping().then(answered, answered);
  }, silenceMs).unref();
  redis.once('end', () => clearInterval(timer));
}

/** A member of a connection that its types keep private: what opens its sockets. */
interface ConnectionInternals {
  connector: { connect(...args: unknown[]): Promise<Socket> };
}

/**
 * ioredis listens to the first error of a socket only. When a server refuses our certificate, a second one follows the closing of the socket,
 * and would end this process.
 */
function survive(redis: Redis): void {
  const { connector } = redis as unknown as ConnectionInternals;
  const connect = connector.connect.bind(connector);
  connector.connect = async (...args) => oneWriteATurn((await connect(...args)).on('error', () => undefined));
}

/** Sends the commands of one turn in one packet: each costs both processes a system call and a wake-up. */
function oneWriteATurn(socket: Socket): Socket {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    if (socket.writableCorked === 0) {
      socket.cork();
      setImmediate(() => socket.uncork());
    }
    return write(...args);
  };
  return socket;
}

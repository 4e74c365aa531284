import { randomBytes } from 'node:crypto';
import { on } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type * as RedisCore from 'js-redis-server/core';
import type { EmbeddedServer } from './embedded-server.js';

/** How to start the embedded Redis. */
export interface EmbeddedRedisOptions {
  /** TCP port on 127.0.0.1; a free one by default. */
  readonly port?: number;
}

type CommandDefinition = (typeof RedisCore.redisCommandDefinitions)[number];

/**
 * Starts an in-memory Redis in this process, on 127.0.0.1 only and behind a random password. Nothing is kept when it
 * stops.
 *
 * It is put together from the parts of js-redis-server instead of `createRedisMock()`, which listens on every network
 * interface, has no password, and on closing waits for its clients to leave.
 *
 * @throws Error when js-redis-server is missing or the port is taken.
 */
export async function startEmbeddedRedis(options: EmbeddedRedisOptions = {}): Promise<EmbeddedServer> {
  const core = await loadCore();
  const password = randomBytes(24).toString('base64url');
  const state = new core.RedisServerState({ databaseCount: 16, requirepass: password });
  const executor = core.createRedisCommandExecutor({
    extraCommands: [brpoplpushFrom(core.redisCommandDefinitions)],
  });

  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, keepAlive: true }, (socket) => {
    sockets.add(socket);
    const transport = new core.SocketConnectionTransport(socket);
    transport.read = () => chunksOf(socket);
    const clientAddress = `${socket.remoteAddress}:${socket.remotePort}`;
    const { session, done } = core.attachSession(transport, { state, executor, clientAddress });
    // The session ends with its socket; a client that vanished is not this process's failure.
    done.catch(() => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      // Otherwise a blocking command of a client that is gone would still take the next entry, and with it a job.
      session.close();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  }).catch((error: unknown) => {
    state.close();
    throw error;
  });
  const { port } = server.address() as AddressInfo;

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
    state.close();
  };
  return { url: `redis://:${password}@127.0.0.1:${port}`, stop: () => (stopped ??= stop()) };
}

/**
 * What comes in, read at once. The transport's own way reads on only when a command is done: behind one that blocks, more commands of a
 * client hide that it has left.
 */
async function* chunksOf(socket: Socket): AsyncGenerator<Buffer> {
  for await (const [chunk] of on(socket, 'data', { close: ['end', 'close'] })) yield chunk as Buffer;
}

async function loadCore(): Promise<typeof RedisCore> {
  try {
    return await import('js-redis-server/core');
  } catch (cause) {
    throw new Error(
      'The embedded Redis (js-redis-server) is not installed or does not run on this Node.js. Set REDIS_URL to a ' +
        'Redis server, or run "npm install" with development dependencies.',
      { cause },
    );
  }
}

/** Bull waits for jobs with BRPOPLPUSH, which js-redis-server lacks; it is BLMOVE from the right to the left. */
function brpoplpushFrom(commands: readonly CommandDefinition[]): CommandDefinition {
  const blmove = commands.find((command) => command.name === 'blmove');
  if (!blmove) throw new Error('js-redis-server has no BLMOVE command; Bull cannot wait for jobs on it.');
  return {
    ...blmove,
    name: 'brpoplpush',
    since: undefined,
    schema: {
      parse: (input, index, context) => {
        const [source, destination, timeout, ...rest] = input.slice(index);
        const tokens = [source, destination, Buffer.from('RIGHT'), Buffer.from('LEFT'), timeout, ...rest];
        const { value, nextIndex } = blmove.schema.parse(tokens as Buffer[], 0, context);
        return { value, nextIndex: index + nextIndex - 2 };
      },
    },
  };
}

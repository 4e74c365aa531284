import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Redis } from 'ioredis';
import { Environment } from '../../config/environment.js';
import { connectToRedis } from './redis-connection.js';

describe('connectToRedis', () => {
  let server: Server;
  let redis: Redis;

  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('data', (commands) => {
        socket.write('+PONG\r\n'.repeat(String(commands).match(/^\*\d+\r$/gm)!.length));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const environment = { ...new Environment(), REDIS_URL: `redis://127.0.0.1:${port}` } as Environment;
    redis = connectToRedis(environment, 'patient') as Redis;
    await redis.ping();
  });

  afterAll(() => {
    redis.disconnect();
    server.close();
  });

  it('sends the commands of one turn as one packet', async () => {
    const { stream } = redis as unknown as { stream: Socket };
    const sent = stream.bytesWritten - stream.writableLength;
    const answers = [redis.ping(), redis.ping()];
    expect(stream.bytesWritten - stream.writableLength).toBe(sent);
    expect(await Promise.all(answers)).toEqual(['PONG', 'PONG']);
    expect(stream.bytesWritten - stream.writableLength).toBeGreaterThan(sent);
  });
});

import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** A port that is free for later: below 32768 the system gives none to who asks for any. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_768);
    const server = createServer();
    const isFree = await new Promise<boolean>((done) =>
      server.once('error', () => done(false)).listen(port, '127.0.0.1', () => done(true)),
    );
    await new Promise((done) => server.close(done));
    if (isFree) return port;
  }
}

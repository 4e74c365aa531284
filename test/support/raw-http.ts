import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** What came back on one connection. */
export interface RawAnswer {
  text: string;
  /** Status of each answer, in order. */
  statuses: number[];
  /** The server ended the connection. */
  isClosed: boolean;
}

/** Opens a port for an application under test. @returns the port. */
export async function listen(app: NestFastifyApplication): Promise<number> {
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer().address() as { port: number }).port;
}

/**
 * Writes bytes to the port as they are, and reads until the server closes or `patienceMs` have passed without a word.
 *
 * For what no HTTP client would send.
 */
export async function sendRaw(
  port: number,
  parts: readonly (string | Buffer)[],
  { patienceMs = 2_000, pauseMs = 0 }: { patienceMs?: number; pauseMs?: number } = {},
): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  let heardAt = Date.now();
  let isClosed = false;
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    heardAt = Date.now();
  });
  socket.on('close', () => (isClosed = true));
  socket.on('error', () => (isClosed = true));
  for (const part of parts) {
    if (isClosed) break;
    socket.write(part);
    heardAt = Date.now();
    if (pauseMs > 0) await delay(pauseMs);
  }
  while (!isClosed && Date.now() - heardAt < patienceMs) await delay(10);
  socket.destroy();
  const text = Buffer.concat(chunks).toString('utf8');
  return { text, statuses: [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map((match) => Number(match[1])), isClosed };
}

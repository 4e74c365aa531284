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

/** For how long an answer is waited for, in turns of the event loop of 10 ms or more: while this process stands still, so does the server in it. */
const PATIENCE_TURNS = 6_000;

/**
 * Writes bytes to the port as they are, and reads until the server closes, or has answered as often as is expected and then said nothing more
 * for `quietMs`.
 *
 * For what no HTTP client would send.
 */
export async function sendRaw(
  port: number,
  parts: readonly (string | Buffer)[],
  { answers = 1, quietMs = 1_000, pauseMs = 0 }: { answers?: number; quietMs?: number; pauseMs?: number } = {},
): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  let bytes = Buffer.alloc(0);
  let quietTurns = 0;
  let isClosed = false;
  socket.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    quietTurns = 0;
  });
  socket.on('close', () => (isClosed = true));
  socket.on('error', () => (isClosed = true));
  for (const part of parts) {
    if (isClosed) break;
    socket.write(part);
    if (pauseMs > 0) await delay(pauseMs);
  }
  // A body of JSON does not end its line, so the next answer may begin within one.
  const statuses = () => [...bytes.toString().matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
  for (let turns = 0; !isClosed && turns < PATIENCE_TURNS; turns++) {
    const isAnswered = statuses().filter((status) => status >= 200).length >= answers;
    if (isAnswered && quietTurns++ >= quietMs / 10) break;
    await delay(10);
  }
  socket.destroy();
  return { text: bytes.toString(), statuses: statuses(), isClosed };
}

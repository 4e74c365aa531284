import { WebSocket } from 'ws';
import type { EventResponseDto } from '../../src/events/dto/event-response.dto.js';
import { until } from './event-stream.js';

/** What a socket was told. */
export interface SocketMessage {
  type: string;
  id?: string;
  channel?: string;
  sequence?: number;
  event?: EventResponseDto;
  operation?: { id: string; status: string; progress: { done: number; total: number | null } };
  problem?: { code: string; status: number; errors?: { pointer: string }[] };
}

/** A socket at `/api/v1/events/socket`. */
export class SocketClient {
  readonly messages: SocketMessage[] = [];
  closed: { code: number; reason: string } | undefined;
  private asked = 0;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.messages.push(JSON.parse((data as Buffer).toString()) as SocketMessage));
    socket.on('close', (code, reason) => (this.closed = { code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  }

  /** @throws Error with the status and the code of the problem, when the socket is refused. */
  static open(
    port: number,
    { token, headers, query = '' }: { token?: string; headers?: Record<string, string>; query?: string } = {},
  ): Promise<SocketClient> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/events/socket${query}`, {
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    });
    const client = new SocketClient(socket);
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(client));
      socket.on('error', reject);
      socket.on('unexpected-response', (_request, response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => {
          const body = Buffer.concat(parts).toString();
          const code = body.startsWith('{') ? (JSON.parse(body) as { code: string }).code : body;
          reject(new Error(`${response.statusCode} ${code}`));
        });
      });
    });
  }

  /** Sends a message and waits for its answer. */
  async ask(type: string, message: object = {}): Promise<SocketMessage> {
    const id = String(++this.asked);
    this.socket.send(JSON.stringify({ type, id, ...message }));
    return this.next((one) => one.id === id);
  }

  /** The first message, also of those that have come, of which something holds. */
  async next(holds: (message: SocketMessage) => boolean, patienceMs = 60_000): Promise<SocketMessage> {
    await until(
      () => this.messages.some(holds),
      patienceMs,
      () => JSON.stringify(this.messages.slice(-5)),
    );
    return this.messages.find(holds)!;
  }

  eventsOn(channel: string): EventResponseDto[] {
    return this.messages.flatMap((one) => (one.type === 'event' && one.channel === channel ? [one.event!] : []));
  }

  close(): void {
    this.socket.terminate();
  }
}

import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { OutboxRepository } from '../../src/jobs/outbox.repository.js';
import { PublishedEvents } from '../../src/jobs/published-events.js';
import type { EventResponseDto } from '../../src/events/dto/event-response.dto.js';
import type { TestApp } from './test-app.js';

/** One event of a `text/event-stream`, as it came. */
export interface ReceivedEvent {
  id?: number;
  event: string;
  data: EventResponseDto & { code?: string; operation?: Record<string, unknown> };
}

export interface StreamOptions {
  token?: string;
  /** Query, such as `types=order.*&after=3`. */
  query?: string;
  lastEventId?: number | string;
  headers?: Record<string, string>;
}

/** A reader of `GET /events/stream`, as simple as a reader can be. */
export class EventStreamClient {
  readonly events: ReceivedEvent[] = [];
  readonly comments: string[] = [];
  /** What the next connection says in `Last-Event-ID`. */
  lastEventId: number | undefined;
  isClosed = false;
  private rest = '';

  private constructor(
    readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8');
    response.on('data', (text: string) => this.take(text));
    response.on('close', () => (this.isClosed = true));
    response.on('error', () => undefined);
  }

  static open(port: number, { token, query, lastEventId, headers }: StreamOptions = {}): Promise<EventStreamClient> {
    return new Promise((resolve, reject) => {
      const request = get({
        port,
        host: '127.0.0.1',
        path: `/api/v1/events/stream${query === undefined ? '' : `?${query}`}`,
        agent: false,
        headers: {
          accept: 'text/event-stream',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }),
          ...headers,
        },
      });
      request.on('response', (response) => resolve(new EventStreamClient(request, response)));
      request.on('error', reject);
    });
  }

  get status(): number {
    return this.response.statusCode!;
  }

  /** What came beside the log, such as `end`, not included. */
  get sequences(): number[] {
    return this.events.flatMap(({ id }) => (id === undefined ? [] : [id]));
  }

  /** Waits until something holds. */
  async until(holds: () => boolean, patienceMs = 60_000): Promise<void> {
    await until(
      holds,
      patienceMs,
      () => `${this.events.length} events came, and the stream is ${this.isClosed ? 'closed' : 'open'}`,
    );
  }

  close(): void {
    this.request.destroy();
  }

  /** The body, when it is no stream. */
  async problem(): Promise<{ code: string; errors?: { pointer: string }[] }> {
    await this.until(() => this.isClosed);
    return JSON.parse(this.rest) as { code: string };
  }

  private take(text: string): void {
    this.rest += text;
    for (;;) {
      const end = this.rest.indexOf('\n\n');
      if (end < 0) return;
      this.read(this.rest.slice(0, end));
      this.rest = this.rest.slice(end + 2);
    }
  }

  private read(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split('\n')) {
      const [, name = '', value = ''] = /^([^:]*): ?(.*)$/.exec(line)!;
      if (name === '') this.comments.push(value);
      else fields.set(name, value);
    }
    if (fields.has('id')) this.lastEventId = Number(fields.get('id'));
    if (!fields.has('data')) return;
    this.events.push({
      ...(fields.has('id') ? { id: Number(fields.get('id')) } : {}),
      event: fields.get('event') ?? 'message',
      data: JSON.parse(fields.get('data')!) as ReceivedEvent['data'],
    });
  }
}

/**
 * Waits until something holds, and says what was found when it never does.
 *
 * Patience is counted in turns of the event loop, of which each takes 10 ms or more: while this process stands still, so does what it waits for.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  patienceMs = 60_000,
  found = () => '',
): Promise<void> {
  for (let turns = patienceMs / 10; !(await holds()); turns--) {
    if (turns <= 0) throw new Error(`Nothing came of it within ${patienceMs} ms. ${found()}`);
    await delay(10);
  }
}

/** Does what the relay of a worker does: gives every committed event its place in the log, and says so. */
export async function publishEvents(app: TestApp): Promise<void> {
  const outbox = new OutboxRepository(app.database);
  for (;;) {
    const { events, isBusy } = await outbox.publish(200);
    if (events.length === 0 && !isBusy) break;
  }
  app.app.get(PublishedEvents, { strict: false }).announce();
}

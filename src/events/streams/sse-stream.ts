import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { StandingCredential } from '../../auth/standing-credentials.service.js';
import { logRequest } from '../../common/http/request-log.js';
import { countRequest } from '../../common/metrics/request-times.js';
import type { Room } from './event-audience.js';
import type { EventFeed, FedEvent } from './event-feed.js';
import { OpenStream, type StreamEnd } from './open-stream.js';
import { OPERATION_PROGRESS, type ProgressListener } from './operation-progress.js';
import { type EventSink, RoomReader } from './room-reader.js';

export const EVENT_STREAM = 'text/event-stream';
/** How long a browser waits before it connects again. */
const RETRY_MS = 2_000;

/** Server-sent events (HTML standard, section 9.2) to one reader. */
export class SseStream extends OpenStream implements EventSink, ProgressListener {
  private readonly reader: RoomReader;
  private readonly raw: FastifyReply['raw'];
  private ownScopes: ReadonlySet<string>;

  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    override credential: StandingCredential,
    feed: EventFeed,
    private readonly room: Room,
    types: readonly string[],
  ) {
    super('sse', request.ip, reply.raw.socket);
    this.raw = reply.raw;
    this.ownScopes = credential.caller.scopes;
    this.reader = new RoomReader(feed, room, types, this);
  }

  get waiting(): number {
    return this.raw.writableLength;
  }

  get scopes(): ReadonlySet<string> {
    return this.ownScopes;
  }

  /** @param whenClosed Called once, however the stream ends. */
  async open(after: number | undefined, whenClosed: () => void): Promise<void> {
    if (this.raw.destroyed) {
      this.reply.hijack();
      return whenClosed();
    }
    this.raw.once('close', () => {
      this.reader.end();
      this.releaseWaiters();
      whenClosed();
      this.log();
    });
    // Whoever goes away while something is on its way to them is no failure of ours.
    this.raw.on('error', () => undefined);
    let position: number;
    try {
      position = await this.reader.begin(after);
    } catch (error) {
      this.reader.end();
      whenClosed();
      throw error;
    }
    this.reply.hijack();
    for (const [name, value] of Object.entries(this.reply.getHeaders()))
      if (value !== undefined) this.raw.setHeader(name, value);
    this.raw.setHeader('content-type', EVENT_STREAM);
    // nginx would gather what is small.
    this.raw.setHeader('x-accel-buffering', 'no');
    this.raw.writeHead(200);
    // The position, so that who is cut off before the first event has somewhere to go on from as well.
    this.write(`: connected\nretry: ${RETRY_MS}\nid: ${position}\n\n`);
    countRequest(this.request.routeOptions.config, this.request.method, 200, this.reply.elapsedTime);
    void this.reader.catchUp();
  }

  send(event: FedEvent): void {
    this.write(event.frame);
  }

  hearProgress(json: string): void {
    this.write(`event: ${OPERATION_PROGRESS}\ndata: ${json}\n\n`);
  }

  beat(): void {
    const { position } = this.reader;
    this.write(position === undefined ? `: alive\n\n` : `: alive\nid: ${position}\n\n`);
  }

  end(reason: StreamEnd): void {
    this.reader.end();
    if (this.raw.writableEnded) return;
    this.write(`event: end\ndata: ${JSON.stringify({ code: reason })}\n\n`);
    this.raw.end();
  }

  isAllowedTo(scopes: ReadonlySet<string>): boolean {
    this.ownScopes = scopes;
    return this.room !== 'events' || scopes.has('events:read') || scopes.has('*');
  }

  private write(text: string | Buffer): void {
    if (this.raw.writableEnded || this.raw.destroyed) return;
    this.raw.write(text);
    this.afterWrite();
  }

  private log(): void {
    const { id: requestId, method, principal, ip: address, log, originalUrl } = this.request;
    logRequest(log as Logger, originalUrl, () => {
      return { requestId, method, status: 200, ms: this.reply.elapsedTime, principal, address };
    });
  }
}

import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import type { StandingCredential } from '../../auth/standing-credentials.service.js';
import type { FedEvent } from './event-feed.js';
import { OpenStream, type StreamEnd } from './open-stream.js';
import type { ProgressListener } from './operation-progress.js';
import type { EventSink, RoomReader } from './room-reader.js';

/** Closes with what a client can act on: 44xx are of the kind of the HTTP status. */
const CLOSE_CODES: Readonly<Record<StreamEnd, number>> = {
  'auth.invalid_token': 4401,
  'auth.token_expired': 4401,
  'auth.required': 4408,
  'auth.insufficient_scope': 4403,
  'event.slow_reader': 1008,
  'request.rate_limited': 4429,
  'server.stopping': 1001,
};
/** Messages that a socket may send in as many milliseconds. */
const MOST_MESSAGES = 100;
const MESSAGES_MS = 10_000;
/** How long the other side may take to close as well. */
const CLOSING_MS = 1_000;
const OPEN = 1;

/** One channel that a socket listens to. */
export interface Subscription {
  readonly reader?: RoomReader;
  /** Scopes of which the caller must hold one; null when it is theirs by right. */
  readonly needs: readonly string[] | null;
  end(): void;
}

/** Messages of JSON over a WebSocket, each an object with a `type`. */
export class SocketStream extends OpenStream implements ProgressListener {
  readonly subscriptions = new Map<string, Subscription>();
  scopes: ReadonlySet<string> = new Set();
  private isAlive = true;
  private messages = 0;
  private messagesSince = Date.now();

  constructor(
    private readonly client: WebSocket,
    request: IncomingMessage,
    /** As which it stands in the log. */
    readonly requestId: string,
    address: string,
    override credential: StandingCredential | null,
  ) {
    super('websocket', address, request.socket);
    if (credential) this.scopes = credential.caller.scopes;
    // Whatever comes shows that somebody is there.
    client.on('pong', () => (this.isAlive = true));
    client.on('message', () => (this.isAlive = true));
    client.once('close', () => {
      for (const subscription of this.subscriptions.values()) subscription.end();
      this.subscriptions.clear();
      this.releaseWaiters();
    });
  }

  get waiting(): number {
    return this.client.bufferedAmount;
  }

  get isOpen(): boolean {
    return this.client.readyState === OPEN;
  }

  /** Where the events of a channel go. */
  sinkOf(channel: string): EventSink {
    return {
      send: (event: FedEvent) => this.write(event.messageOn(channel)),
      drained: () => this.drained(),
    };
  }

  tell(message: object): void {
    this.write(JSON.stringify(message));
  }

  hearProgress(json: string): void {
    this.write(json);
  }

  /** Counts a message that came. @returns false when it is one too many. */
  admitsMessage(now: number): boolean {
    if (now - this.messagesSince > MESSAGES_MS) {
      this.messages = 0;
      this.messagesSince = now;
    }
    this.messages += 1;
    return this.messages <= MOST_MESSAGES;
  }

  beat(): void {
    // Nothing has come since the last beat: the other side is gone, and its network has not said so.
    if (!this.isAlive) return this.drop();
    this.isAlive = false;
    this.client.ping();
  }

  end(reason: StreamEnd): void {
    if (!this.isOpen) return;
    this.client.close(CLOSE_CODES[reason], reason);
    setTimeout(() => this.client.terminate(), CLOSING_MS).unref();
  }

  isAllowedTo(scopes: ReadonlySet<string>): boolean {
    this.scopes = scopes;
    return [...this.subscriptions.values()].every(
      ({ needs }) => needs === null || scopes.has('*') || needs.some((scope) => scopes.has(scope)),
    );
  }

  private write(message: string | Buffer): void {
    if (!this.isOpen) return;
    this.client.send(message, { binary: false });
    this.afterWrite();
  }
}

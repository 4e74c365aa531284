import type { Socket } from 'node:net';
import type { StandingCredential } from '../../auth/standing-credentials.service.js';

/** Why a stream ends; the reader is told, as far as it still listens. */
export type StreamEnd =
  | 'auth.invalid_token'
  | 'auth.token_expired'
  | 'auth.insufficient_scope'
  | 'auth.required'
  | 'event.slow_reader'
  | 'request.rate_limited'
  | 'server.stopping';

/** What may wait for one reader, in bytes; whoever does not take it is dropped, and reads on from the log. */
export const MOST_WAITING = 1024 * 1024;
/** How long nothing of what waits may go out. */
const PATIENCE_MS = 15_000;

/** One reader that is connected, whichever way. */
export abstract class OpenStream {
  /** Whose it is; null for who is nobody in particular. */
  credential: StandingCredential | null = null;
  private sentOut = 0;
  private sentOutAt = Date.now();
  private isDropped = false;
  private waiters: (() => void)[] = [];

  constructor(
    readonly kind: 'sse' | 'websocket',
    /** Network address, behind the proxies that are trusted. */
    readonly address: string,
    protected readonly socket: Socket | null,
  ) {
    socket?.on('drain', () => this.releaseWaiters());
  }

  /** Bytes that the network has not taken yet. */
  abstract get waiting(): number;

  /** Shows that the connection lives; every 15 s. */
  abstract beat(): void;

  /** Ends with a word. */
  abstract end(reason: StreamEnd): void;

  /** What it shows may be shown to who holds these scopes. */
  abstract isAllowedTo(scopes: ReadonlySet<string>): boolean;

  /** Ends at once: whoever does not read would not read a word either. */
  drop(): void {
    this.isDropped = true;
    this.socket?.destroy();
  }

  get wasDropped(): boolean {
    return this.isDropped;
  }

  /** To be called after each write: a reader behind which too much waits is dropped. */
  protected afterWrite(): void {
    if (this.waiting > MOST_WAITING) this.drop();
  }

  /** Whether what waits goes out, if only slowly. */
  isTaking(now: number): boolean {
    const waiting = this.waiting;
    const sentOut = (this.socket?.bytesWritten ?? 0) - waiting;
    if (waiting === 0 || sentOut !== this.sentOut) {
      this.sentOut = sentOut;
      this.sentOutAt = now;
    }
    return now - this.sentOutAt < PATIENCE_MS;
  }

  /** Resolves when what waits has gone out, or never will; undefined when it is so little that the socket just takes it. */
  drained(): Promise<void> | undefined {
    if (!this.socket?.writableNeedDrain || this.socket.destroyed) return undefined;
    return new Promise((resolve) => this.waiters.push(resolve));
  }

  /** To be called when the connection is gone. */
  protected releaseWaiters(): void {
    for (const resolve of this.waiters.splice(0)) resolve();
  }
}

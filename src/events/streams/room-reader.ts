import { setTimeout as sleep } from 'node:timers/promises';
import type { Room } from './event-audience.js';
import type { EventFeed, FedEvent, FeedListener } from './event-feed.js';

const PAGE = 200;
const RETRY_MS = 1_000;

/** Where a reader's events go. */
export interface EventSink {
  send(event: FedEvent): void;
  /** Resolves when the other side has taken what was sent, or has gone; undefined while it keeps up. */
  drained(): Promise<void> | undefined;
}

/**
 * Reads one room for one stream: the past from the log, page by page and no faster than the other side takes it, then what the feed hands on.
 * One that does not keep up with the feed goes back to the log, so that next to nothing waits in this process. Each event comes once, and in
 * the order of the log.
 */
export class RoomReader implements FeedListener {
  private readonly types: ReadonlySet<string>;
  private leave: (() => void) | undefined;
  private isEnded = false;
  /** Not while the log is being read: what is new meanwhile is in it as well. */
  private isLive = false;
  /** Sequence up to which everything has been sent. */
  private cursor = 0;

  constructor(
    private readonly feed: EventFeed,
    private readonly room: Room,
    types: readonly string[],
    private readonly sink: EventSink,
  ) {
    this.types = new Set(types);
  }

  /** Where the next one can go on; undefined while the log is being read. */
  get position(): number | undefined {
    return this.isLive ? Math.max(this.cursor, this.feed.position) : undefined;
  }

  /** Joins the room. @returns the sequence after which everything will be sent. */
  async begin(after: number | undefined): Promise<number> {
    const leave = await this.feed.join(this.room, this);
    if (this.isEnded) leave();
    else this.leave = leave;
    this.cursor = after ?? this.feed.position;
    this.isLive = after === undefined;
    return this.cursor;
  }

  /** Sends the past, if some was asked for; resolves when the reader has caught up. While the log cannot be read it goes on trying. */
  async catchUp(): Promise<void> {
    while (!this.isLive && !this.isEnded) {
      try {
        await this.sendPage();
      } catch {
        // The feed says it in the log, for all.
        await sleep(RETRY_MS, undefined, { ref: false });
      }
    }
  }

  end(): void {
    this.isEnded = true;
    this.leave?.();
  }

  hear(event: FedEvent): void {
    if (!this.isLive || event.sequence <= this.cursor) return;
    this.cursor = event.sequence;
    if (!this.types.has(event.type)) return;
    this.sink.send(event);
    const draining = this.sink.drained();
    if (!draining) return;
    this.isLive = false;
    void draining.then(() => this.catchUp());
  }

  private async sendPage(): Promise<void> {
    const handedOn = this.feed.position;
    const events = await this.feed.read(this.room, this.cursor, [...this.types], PAGE);
    for (const event of events) {
      if (this.isEnded) return;
      this.sink.send(event);
      this.cursor = event.sequence;
      const draining = this.sink.drained();
      if (draining) await draining;
    }
    // What the feed handed on before the log was read was in it, so nothing lies between the two.
    this.isLive = events.length < PAGE && this.feed.position === handedOn;
  }
}

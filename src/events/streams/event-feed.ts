import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { PublishedEvents } from '../../jobs/published-events.js';
import { toEventResponse } from '../dto/event-response.dto.js';
import { EventLogRepository, type LogEvent } from '../event-log.repository.js';
import { EventAudience, type Room } from './event-audience.js';

/** How often the log is looked at when nobody says that it has grown: what was said while Redis was away is found by this. */
const POLL_MS = 1_000;
const BATCH = 500;

/** One event on its way to many; what all of them are sent alike is made once, when the first needs it. */
export class FedEvent {
  private text: string | undefined;
  private bytes: Buffer | undefined;
  private readonly messages = new Map<string, Buffer>();

  constructor(private readonly event: LogEvent) {}

  get sequence(): number {
    return this.event.sequence;
  }

  get type(): string {
    return this.event.type;
  }

  /** The envelope as JSON. */
  get json(): string {
    return (this.text ??= JSON.stringify(toEventResponse(this.event)));
  }

  /** The event of a `text/event-stream` (HTML standard, section 9.2). */
  get frame(): Buffer {
    return (this.bytes ??= Buffer.from(`id: ${this.sequence}\nevent: ${this.type}\ndata: ${this.json}\n\n`));
  }

  /** What sockets are sent that listen to a channel. */
  messageOn(channel: string): Buffer {
    let message = this.messages.get(channel);
    if (!message) {
      message = Buffer.from(`{"type":"event","channel":${JSON.stringify(channel)},"event":${this.json}}`);
      this.messages.set(channel, message);
    }
    return message;
  }
}

/** Who is told of new events. */
export interface FeedListener {
  hear(event: FedEvent): void;
}

/**
 * Reads the log once for all streams of the process, and hands each event to the rooms in which it is heard.
 *
 * It is idle until somebody joins and after the last has left. While it is awake, every event after `position` will be handed on, in the
 * order of the log; Redis only makes that soon.
 */
@Injectable()
export class EventFeed implements OnApplicationShutdown {
  private readonly logger = new Logger(EventFeed.name);
  private readonly rooms = new Map<Room, Set<FeedListener>>();
  private opening: Promise<void> | undefined;
  private poll: NodeJS.Timeout | undefined;
  private unlisten: (() => void) | undefined;
  private closings = 0;
  private isReading = false;
  private isAsked = false;
  private hasFailed = false;
  /** Sequence of the last event that was handed on. */
  position = 0;

  constructor(
    private readonly log: EventLogRepository,
    private readonly audience: EventAudience,
    private readonly published: PublishedEvents,
  ) {}

  /**
   * Lets a listener hear what is said in a room from now on.
   *
   * @returns once the feed is awake: what ends it.
   */
  async join(room: Room, listener: FeedListener): Promise<() => void> {
    let listeners = this.rooms.get(room);
    if (!listeners) this.rooms.set(room, (listeners = new Set()));
    listeners.add(listener);
    const leave = () => this.leave(room, listener);
    this.opening ??= this.open();
    try {
      await this.opening;
    } catch (error) {
      leave();
      throw error;
    }
    return leave;
  }

  /** Up to `limit` events of the past that were said in a room, in the order of the log; fewer only where it ends. */
  async read(room: Room, after: number, types: readonly string[], limit: number): Promise<FedEvent[]> {
    return (await this.audience.read(room, after, types, limit)).map((event) => new FedEvent(event));
  }

  onApplicationShutdown(): void {
    this.close();
  }

  private leave(room: Room, listener: FeedListener): void {
    const listeners = this.rooms.get(room);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.rooms.delete(room);
    if (this.rooms.size === 0) this.close();
  }

  private async open(): Promise<void> {
    const times = this.closings;
    try {
      const newest = await this.log.newest();
      // Everybody may have left meanwhile.
      if (times !== this.closings) return;
      this.position = newest;
    } catch (error) {
      if (times === this.closings) this.opening = undefined;
      throw error;
    }
    this.unlisten = this.published.listen(() => void this.readOn());
    this.poll = setInterval(() => void this.readOn(), POLL_MS);
    void this.readOn();
  }

  private close(): void {
    this.closings += 1;
    this.opening = undefined;
    this.unlisten?.();
    this.unlisten = undefined;
    clearInterval(this.poll);
  }

  /** Hands on what is new. A call while it runs makes it look once more. */
  private async readOn(): Promise<void> {
    this.isAsked = true;
    if (this.isReading) return;
    this.isReading = true;
    try {
      while (this.isAsked && this.opening) {
        this.isAsked = false;
        const events = await this.audience.readAll(this.position, BATCH);
        const rooms = await this.audience.roomsOf(events, this.hasCustomers());
        events.forEach((event, index) => this.handOn(event, rooms[index]!));
        this.isAsked ||= events.length === BATCH;
      }
      this.hasFailed = false;
    } catch (error) {
      // The poll tries again. Said once, as it is most likely the database that is away.
      if (!this.hasFailed) this.logger.warn(`The log of events cannot be read: ${String(error)}`);
      this.hasFailed = true;
    } finally {
      this.isReading = false;
    }
  }

  private hasCustomers(): boolean {
    for (const room of this.rooms.keys()) if (room.startsWith('user:')) return true;
    return false;
  }

  private handOn(event: LogEvent, rooms: readonly Room[]): void {
    const fed = new FedEvent(event);
    for (const room of rooms) {
      for (const listener of this.rooms.get(room) ?? []) listener.hear(fed);
    }
    this.position = event.sequence;
  }
}

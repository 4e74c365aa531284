import { randomInt } from 'node:crypto';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { newId } from '../../common/ids.js';
import type { Sample } from '../../common/metrics/metrics.js';
import { JOB_TIMINGS, type JobTimings } from '../../jobs/job-timings.js';
import { PublishedEvents } from '../../jobs/published-events.js';
import { within } from '../../common/within.js';
import { toEventResponse } from '../dto/event-response.dto.js';
import { EventLogRepository } from '../event-log.repository.js';
import { typesOf } from '../event-types.js';
import { EventSink } from './event-sink.js';
import { SinkReadersRepository } from './sink-readers.repository.js';

/** Events of one batch. */
const BATCH = 500;
/** How long an engine may take for a batch. */
const SEND_PATIENCE_MS = 20_000;
/** Longer than a batch may take: nobody else hands it on meanwhile. */
const LEASE_SECONDS = SEND_PATIENCE_MS / 1000 + 10;
const LONGEST_PAUSE_MS = 60_000;
const STOP_PATIENCE_MS = 1_000;

/**
 * Hands the log to every engine outside that is offered, at least once and in its order, by one worker at a time.
 *
 * Source: docs/decisions/0044-sinks.md
 */
@Injectable()
export class EventSinks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly lines: readonly SinkLine[];
  private stopListening: (() => void) | undefined;
  private poll: NodeJS.Timeout | undefined;

  constructor(
    @Inject(EventSink) sinks: ReadonlyMap<string, EventSink>,
    readers: SinkReadersRepository,
    log: EventLogRepository,
    private readonly published: PublishedEvents,
    @Inject(JOB_TIMINGS) private readonly timings: JobTimings,
  ) {
    this.lines = [...sinks].map(([name, sink]) => new SinkLine(name, sink, readers, log, timings));
  }

  /** The names of their places in the log. */
  get places(): string[] {
    return this.lines.map(({ place }) => place);
  }

  /** How many events each has not been handed yet, by its name. */
  countBehind(): Promise<Sample[]> {
    return Promise.all(
      this.lines.map(async (line) => ({ labels: { sink: line.name }, value: await line.countBehind() })),
    );
  }

  onApplicationBootstrap(): void {
    if (this.lines.length === 0) return;
    const wake = () => this.lines.forEach((line) => line.wake());
    this.stopListening = this.published.listen(wake);
    this.poll = setInterval(wake, this.timings.pollMs);
    wake();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopListening?.();
    clearInterval(this.poll);
    await Promise.all(this.lines.map((line) => line.stop()));
  }
}

/** One engine, and the place up to which it has been handed the log. */
class SinkLine {
  readonly place: string;
  private readonly logger = new Logger('EventSinks');
  private readonly holder = newId();
  private readonly types = typesOf(['*']);
  private readonly ending = new AbortController();
  private running: Promise<void> | undefined;
  private isAsked = false;
  private isPlaced = false;
  private failures = 0;
  private nextTryAt = 0;

  constructor(
    readonly name: string,
    private readonly sink: EventSink,
    private readonly readers: SinkReadersRepository,
    private readonly log: EventLogRepository,
    private readonly timings: JobTimings,
  ) {
    this.place = `sink:${name}`;
  }

  /** Asks for a round; one that runs already is followed by another. While the engine is away, nothing happens until the pause is over. */
  wake(): void {
    this.isAsked = true;
    if (this.running || this.ending.signal.aborted || Date.now() < this.nextTryAt) return;
    this.isAsked = false;
    this.running = this.round().finally(() => {
      this.running = undefined;
      if (this.isAsked) this.wake();
    });
  }

  /** Ends at once: what the engine has and is not noted comes again. */
  async stop(): Promise<void> {
    this.ending.abort(new Error('The worker ends'));
    await within(STOP_PATIENCE_MS, this.running ?? Promise.resolve()).catch(() => undefined);
  }

  countBehind(): Promise<number> {
    return this.readers.countBehind(this.place, this.types);
  }

  private async round(): Promise<void> {
    try {
      if (!this.isPlaced) await this.readers.add(this.place);
      this.isPlaced = true;
      // Most of the time there is nothing to do, which takes no write to see.
      if (!(await this.readers.isBehind(this.place, this.types))) return;
      const place = await this.readers.take(this.place, this.holder, LEASE_SECONDS);
      if (place === null) return;
      try {
        await this.handOn(place);
      } finally {
        await this.readers.free(this.place, this.holder);
      }
    } catch (error) {
      await this.pause(error);
    }
  }

  private async handOn(place: number): Promise<void> {
    for (let after = place; ;) {
      const events = await this.log.find({ after, types: this.types }, BATCH);
      if (events.length === 0 || this.ending.signal.aborted) return;
      await this.sink.send(
        events.map(toEventResponse),
        AbortSignal.any([this.ending.signal, AbortSignal.timeout(SEND_PATIENCE_MS)]),
      );
      if (this.failures > 0) this.logger.log(`${this.name} takes events again`);
      this.failures = 0;
      const last = events.at(-1)!.sequence;
      if (!(await this.readers.advance(this.place, this.holder, after, last, LEASE_SECONDS))) return;
      after = last;
    }
  }

  /** Half to all of a pause that doubles with each failure. Said once until the engine is back. */
  private async pause(error: unknown): Promise<void> {
    if (this.ending.signal.aborted) return;
    const pauseMs = Math.min(this.timings.firstRetryMs * 2 ** this.failures, LONGEST_PAUSE_MS);
    this.nextTryAt = Date.now() + randomInt(Math.ceil(pauseMs / 2), pauseMs + 1);
    if (this.failures++ > 0) return;
    const behind = await this.countBehind().catch(() => 'an unknown number of');
    this.logger.warn(`${this.name} does not take events, ${behind} wait: ${String(error)}`);
  }
}

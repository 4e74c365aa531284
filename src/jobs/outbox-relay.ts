import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { JobQueues, type QueuedEvent } from './job-queues.js';
import { JOB_TIMINGS, type JobTimings } from './job-timings.js';
import { OutboxListener } from './outbox-listener.js';
import { Outbox } from './outbox.js';
import { OutboxRepository, type Publication } from './outbox.repository.js';
import { PublishedEvents } from './published-events.js';
import { EVENT_QUEUES } from './queues.js';
import { within } from '../common/within.js';

const BATCH = 200;
/**
 * The shortest time from the beginning of one round to that of the next: the first event after a pause starts its job at once, and those
 * of a busy shop share rounds. Also how soon to look again when another worker was publishing.
 */
const ROUND_MS = 20;
const STOP_PATIENCE_MS = 1_000;

/**
 * Hands committed events to the queues of those who act on them, at least once each.
 *
 * 1. Publish: in one statement events get their sequence, and their jobs are opened in `outbox_jobs`.
 * 2. Hand over: after the commit the jobs go to Bull, with the event id as job id, so that a repeat adds nothing.
 * 3. Sweep: jobs that nobody acknowledged for a minute go to Bull again; all open ones at start and after Redis went away.
 *
 * No step holds a transaction while it waits for Redis. A crash before the end of step 1 changes nothing; after it, the open jobs are
 * in PostgreSQL, and step 3 of any worker makes good what Bull has not got or has forgotten.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(OutboxRelay.name);
  private pumping: Promise<void> | undefined;
  private isAsked = false;
  private isStopped = false;
  private hasFailed = false;
  /** Redis may lack jobs: it did not take some, was away and may have forgotten, or has been started together with this process. */
  private isRedisBehind = true;
  private nextSweepAt = 0;
  private pollTimer: NodeJS.Timeout | undefined;
  private roundTimer: NodeJS.Timeout | undefined;
  private nextRoundAt = 0;

  constructor(
    private readonly events: Outbox,
    private readonly outbox: OutboxRepository,
    private readonly queues: JobQueues,
    private readonly listener: OutboxListener,
    private readonly published: PublishedEvents,
    @Inject(JOB_TIMINGS) private readonly timings: JobTimings,
  ) {}

  onApplicationBootstrap(): void {
    this.queues.onDisconnect(() => {
      this.isRedisBehind = true;
    });
    this.listener.start(() => this.wake());
    this.events.wakes(() => this.wake());
    this.pollTimer = setInterval(() => this.wake(), this.timings.pollMs);
    this.wake();
  }

  async onModuleDestroy(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.pollTimer);
    clearTimeout(this.roundTimer);
    await this.listener.stop();
    await within(STOP_PATIENCE_MS, this.pumping ?? Promise.resolve()).catch(() => undefined);
  }

  /** Asks for a round; one that runs already is followed by another. */
  wake(): void {
    this.isAsked = true;
    if (this.isStopped || this.pumping) return;
    const waitMs = this.nextRoundAt - Date.now();
    if (waitMs > 0) {
      this.roundTimer ??= setTimeout(() => {
        this.roundTimer = undefined;
        this.wake();
      }, waitMs);
      return;
    }
    this.pumping = this.pump().finally(() => {
      this.pumping = undefined;
      if (this.isAsked) this.wake();
    });
  }

  /** Step 1. */
  publish(): Promise<Publication> {
    return this.outbox.publish(BATCH);
  }

  /** Step 2. What Redis does not take in time stays open for step 3. */
  async handOver(jobs: readonly QueuedEvent[]): Promise<void> {
    if (jobs.length === 0) return;
    if (!this.queues.isReachable) {
      this.isRedisBehind = true;
      return;
    }
    try {
      await this.queues.addEvents(jobs);
    } catch (error) {
      this.isRedisBehind = true;
      if (!this.isStopped) this.logger.warn(`${jobs.length} jobs wait for Redis: ${String(error)}`);
    }
  }

  /** Step 3: hands over again every job that is open and was last handed over `ageMs` ago or earlier. */
  async sweep(ageMs: number): Promise<void> {
    const instant = await this.outbox.instantBefore(ageMs);
    for (;;) {
      const jobs = await this.outbox.takeOpenJobs(instant, this.queues.names, BATCH);
      await this.handOver(jobs);
      if (jobs.length < BATCH || this.isStopped || this.isRedisBehind) return;
      // New events do not wait for a long sweep.
      await this.publishAll();
    }
  }

  private async pump(): Promise<void> {
    this.isAsked = false;
    this.nextRoundAt = Date.now() + ROUND_MS;
    try {
      await this.publishAll();
      await this.sweepIfDue();
      this.hasFailed = false;
    } catch (error) {
      // The poll tries again. Said once, as it is most likely the database that is away.
      if (!this.hasFailed && !this.isStopped) this.logger.error(`The outbox cannot be read: ${String(error)}`);
      this.hasFailed = true;
      this.isAsked = false;
    }
  }

  private async publishAll(): Promise<void> {
    for (;;) {
      const { events, isBusy } = await this.publish();
      this.isAsked ||= isBusy;
      if (events.length > 0) this.published.announce();
      await this.handOver(
        events.flatMap((event) => (EVENT_QUEUES[event.type] ?? []).map((queue) => ({ queue, event }))),
      );
      if (events.length < BATCH || this.isStopped) return;
    }
  }

  private async sweepIfDue(): Promise<void> {
    if (!this.queues.isReachable) return;
    if (this.isRedisBehind) {
      this.isRedisBehind = false;
      await this.sweep(0);
    } else if (Date.now() >= this.nextSweepAt) {
      this.nextSweepAt = Date.now() + this.timings.sweepMs;
      await this.sweep(this.timings.reofferAfterMs);
    }
  }
}

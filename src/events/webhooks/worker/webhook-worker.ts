import { setTimeout as delay } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { JOB_TIMINGS, type JobTimings } from '../../../jobs/job-timings.js';
import { PublishedEvents } from '../../../jobs/published-events.js';
import { WebhookDeliveriesRepository } from '../webhook-deliveries.repository.js';
import { MOST_ENDPOINTS } from '../webhook-endpoints.service.js';
import { WebhookFanOut } from './webhook-fan-out.js';
import { WebhookSender } from './webhook-sender.js';

/** Deliveries to one endpoint at a time, over all workers; to one that fails it is one. */
const PER_ENDPOINT = 8;
/** A place for each that an endpoint may have, so that no number of dead ones takes those of another. */
const PLACES = MOST_ENDPOINTS * PER_ENDPOINT;
/** Longer than any try can take, with what is read before and noted after it. */
const LEASE_SECONDS = 60;
/** Longer than any connection of ours lasts. */
const PLACE_SECONDS = 20;

/**
 * Keeps the webhooks of a worker going: makes deliveries of new events, and sends what is due.
 *
 * All of it is driven from PostgreSQL. Redis only says sooner that there is something to do; while it is away, the poll finds out.
 */
@Injectable()
export class WebhookWorker implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly logger = new Logger(WebhookWorker.name);
  private readonly sending = new Set<Promise<void>>();
  private readonly end = new AbortController();
  private pumping: Promise<void> | undefined;
  private isAsked = false;
  /** The log may have grown. */
  private isLogAsked = true;
  private isStopped = false;
  private hasFailed = false;
  /** Until when nobody is asked again whether there is an endpoint. */
  private idleUntil = 0;
  private poll: NodeJS.Timeout | undefined;
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly published: PublishedEvents,
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly fanOut: WebhookFanOut,
    private readonly sender: WebhookSender,
    @Inject(JOB_TIMINGS) private readonly timings: JobTimings,
  ) {}

  onApplicationBootstrap(): void {
    const readLog = () => {
      this.isLogAsked = true;
      this.wake();
    };
    this.stopListening = this.published.listen(readLog);
    this.poll = setInterval(readLog, this.timings.pollMs);
    readLog();
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    clearInterval(this.poll);
    this.stopListening?.();
  }

  /** Lets what is being sent end, and gives back what takes too long. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.pumping;
    const ended = Promise.all(this.sending);
    await Promise.race([ended, delay(this.timings.drainMs, undefined, { ref: false })]);
    this.end.abort();
    await ended;
  }

  /** Asks for a round; one that runs already is followed by another. */
  wake(): void {
    this.isAsked = true;
    if (this.isStopped || this.pumping || Date.now() < this.idleUntil) return;
    this.pumping = this.pump().finally(() => {
      this.pumping = undefined;
      if (this.isAsked) this.wake();
    });
  }

  private async pump(): Promise<void> {
    this.isAsked = false;
    try {
      if (!(await this.fanOut.isNeeded())) {
        this.idleUntil = Date.now() + this.timings.pollMs / 2;
        this.isAsked = false;
        return;
      }
      if (this.isLogAsked) await this.readLog();
      await this.sendDue();
      this.hasFailed = false;
    } catch (error) {
      // The poll tries again. Said once, as it is most likely the database that is away.
      if (!this.hasFailed && !this.isStopped) this.logger.error(`Webhooks have to wait: ${String(error)}`);
      this.hasFailed = true;
      this.isLogAsked = true;
      this.isAsked = false;
    }
  }

  /** New events first, then a part of what is replayed: another part waits until what this one brought has been claimed. */
  private async readLog(): Promise<void> {
    this.isLogAsked = false;
    while (!this.isStopped && (await this.fanOut.readOn())) await this.sendDue();
    if (!this.isStopped && (await this.fanOut.replayOn())) {
      this.isLogAsked = true;
      this.isAsked = true;
    }
  }

  private async sendDue(): Promise<void> {
    const free = PLACES - this.sending.size;
    if (this.isStopped || free <= 0) return;
    const limits = {
      total: free,
      perEndpoint: PER_ENDPOINT,
      leaseSeconds: LEASE_SECONDS,
      placeSeconds: PLACE_SECONDS,
    };
    for (const claimed of await this.deliveries.claim(limits)) {
      const sending = this.sender
        .send(claimed, this.end.signal)
        // Its lease ends, and it is sent again.
        .catch((error: unknown) => this.logger.warn(`Webhook delivery ${claimed.id} has to wait: ${String(error)}`))
        .finally(() => {
          this.sending.delete(sending);
          this.wake();
        });
      this.sending.add(sending);
    }
  }
}

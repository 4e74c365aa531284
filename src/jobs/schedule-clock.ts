import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { JobQueues } from './job-queues.js';
import { Environment } from '../config/environment.js';
import { periodMsOf, type QueueName } from './queues.js';

/**
 * Adds the jobs that time brings about, one per queue and time slot however many workers there are.
 *
 * Slots are counted from 1970, so that all workers name them alike. Nothing is kept in Redis between slots: after it has been wiped, the
 * next slot comes as ever. A slot that began while Redis was away, as it may be at a start, gets its job when Redis answers.
 */
@Injectable()
export class ScheduleClock implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(ScheduleClock.name);
  private readonly timers = new Map<QueueName, NodeJS.Timeout>();
  private readonly slots: readonly [QueueName, number][];
  private isStopped = false;

  constructor(
    private readonly queues: JobQueues,
    environment: Environment,
  ) {
    this.slots = queues.names
      .map((queue): [QueueName, number] => [queue, periodMsOf(queue, environment)])
      .filter(([, periodMs]) => periodMs > 0);
  }

  onApplicationBootstrap(): void {
    for (const [queue, periodMs] of this.slots) this.tick(queue, periodMs);
    this.queues.onReachable(() => {
      for (const [queue, periodMs] of this.slots) this.addJobOrWarn(queue, periodMs);
    });
  }

  onModuleDestroy(): void {
    this.isStopped = true;
    for (const timer of this.timers.values()) clearTimeout(timer);
  }

  /** Adds the job of the slot that `now` is in. */
  async addJob(queue: QueueName, periodMs: number, now = Date.now()): Promise<void> {
    if (!this.queues.isReachable) return;
    await this.queues.addScheduled(queue, Math.floor(now / periodMs), periodMs);
  }

  private tick(queue: QueueName, periodMs: number): void {
    this.addJobOrWarn(queue, periodMs);
    const untilNextMs = periodMs - (Date.now() % periodMs);
    this.timers.set(
      queue,
      setTimeout(() => this.tick(queue, periodMs), untilNextMs),
    );
  }

  private addJobOrWarn(queue: QueueName, periodMs: number): void {
    if (this.isStopped) return;
    this.addJob(queue, periodMs).catch((error: unknown) => {
      if (!this.isStopped) this.logger.warn(`A job of ${queue} is left out: ${String(error)}`);
    });
  }
}

import { BullModule, getQueueToken } from '@nestjs/bull';
import { Logger, Module, type OnModuleInit } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { IdempotencyRepository } from '../common/idempotency/idempotency.repository.js';
import { Metrics } from '../common/metrics/metrics.js';
import { Environment } from '../config/environment.js';
import { EventJobs } from './event-jobs.js';
import { FAILED_KEPT_MS, queueOptions } from './job-options.js';
import { JobQueues } from './job-queues.js';
import { JOB_TIMINGS, type JobTimings } from './job-timings.js';
import { OutboxListener } from './outbox-listener.js';
import { OutboxRelay } from './outbox-relay.js';
import { OutboxRepository } from './outbox.repository.js';
import { QueueConnections } from './queue-connections.js';
import { type EventJob, QUEUES } from './queues.js';
import { RetentionProcessor } from './retention.processor.js';
import { RetentionTasks } from './retention-tasks.js';
import { ScheduleClock } from './schedule-clock.js';

const COMPLETED_JOBS_KEPT_DAYS = 7;

const names = Object.values(QUEUES);

/** The worker role: queues, relay, clock and retention. Only processes that run jobs import it, and only they connect to Bull. */
@Module({
  imports: [
    BullModule.registerQueueAsync(
      ...names.map((name) => ({
        name,
        inject: [Environment, JOB_TIMINGS, QueueConnections],
        useFactory: (...given: [Environment, JobTimings, QueueConnections]) => queueOptions(name, ...given),
      })),
    ),
  ],
  providers: [
    {
      provide: JobQueues,
      inject: [JOB_TIMINGS, QueueConnections, ...names.map((name) => getQueueToken(name))],
      useFactory: (timings: JobTimings, connections: QueueConnections, ...queues: Queue[]) =>
        new JobQueues(queues, timings, connections),
    },
    OutboxRepository,
    OutboxListener,
    OutboxRelay,
    ScheduleClock,
    RetentionProcessor,
  ],
})
export class WorkerModule implements OnModuleInit {
  private readonly logger = new Logger(WorkerModule.name);

  constructor(
    private readonly retention: RetentionTasks,
    private readonly environment: Environment,
    private readonly outbox: OutboxRepository,
    private readonly idempotency: IdempotencyRepository,
    private readonly queues: JobQueues,
    private readonly metrics: Metrics,
    private readonly eventJobs: EventJobs,
  ) {}

  onModuleInit(): void {
    this.queues.onLost((queue, job: Job<EventJob>, error) => {
      // Jobs of the clock are of no event: the next slot has another.
      if (job.data.eventId !== undefined) void this.eventJobs.noteFailure(queue, job, error, true);
    });
    this.metrics.add(
      {
        name: 'storehouse_jobs',
        help: 'Jobs in the queues of all processes, by state.',
        kind: 'gauge',
        labels: ['queue', 'state'],
        read: () => this.queues.countJobs(),
      },
      {
        name: 'storehouse_jobs_ended_total',
        help: 'Runs of jobs that ended in this process, by outcome.',
        kind: 'counter',
        labels: ['queue', 'outcome'],
        read: () => this.queues.countEnded(),
      },
    );
    this.retention.add({ name: 'events', purge: (limit) => this.purgeEvents(limit) });
    this.retention.add({
      name: 'completed jobs',
      purge: (limit) => this.outbox.purgeCompletedJobs(COMPLETED_JOBS_KEPT_DAYS, limit),
    });
    this.retention.add({ name: 'idempotency keys', purge: (limit) => this.idempotency.purgeExpired(limit) });
    this.retention.add({ name: 'failed jobs', purge: (limit) => this.queues.forgetFailed(FAILED_KEPT_MS, limit) });
  }

  private async purgeEvents(limit: number): Promise<number> {
    const { pruned, unread } = await this.outbox.purgeEvents(this.environment.EVENT_RETENTION, limit);
    if (unread > 0) this.logger.warn(`Deleted ${unread} events that a reader of the log has not had for 90 days`);
    return pruned;
  }
}

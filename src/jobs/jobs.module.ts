import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Metrics } from '../common/metrics/metrics.js';
import { EventJobs } from './event-jobs.js';
import { EventSubjects } from './event-subjects.js';
import { DEFAULT_JOB_TIMINGS, JOB_TIMINGS } from './job-timings.js';
import { JobsRepository } from './jobs.repository.js';
import { OutboxEvent } from './outbox-event.entity.js';
import { OutboxJob } from './outbox-job.entity.js';
import { committedEvents, Outbox } from './outbox.js';
import { PublishedEvents } from './published-events.js';
import { QueueAccess } from './queue-access.js';
import { QueueConnections } from './queue-connections.js';
import { RetentionTasks } from './retention-tasks.js';

/** What every process may use of the jobs: recording events, and saying what is to be deleted when. Knows no Bull. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([OutboxEvent, OutboxJob])],
  providers: [
    Outbox,
    EventJobs,
    EventSubjects,
    PublishedEvents,
    QueueConnections,
    RetentionTasks,
    JobsRepository,
    QueueAccess,
    { provide: JOB_TIMINGS, useValue: DEFAULT_JOB_TIMINGS },
  ],
  exports: [
    Outbox,
    EventJobs,
    EventSubjects,
    PublishedEvents,
    QueueConnections,
    RetentionTasks,
    JobsRepository,
    QueueAccess,
    JOB_TIMINGS,
  ],
})
export class JobsModule {
  constructor(metrics: Metrics) {
    metrics.add({
      name: 'storehouse_events_total',
      help: 'Committed events by type, such as order.placed.',
      kind: 'counter',
      labels: ['type'],
      read: () => committedEvents.samples(),
    });
  }
}

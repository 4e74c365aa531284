import { Process, Processor } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import type { Job } from 'bull';
import { EventJobs } from '../../jobs/event-jobs.js';
import { type EventJob, QUEUES } from '../../jobs/queues.js';
import { ExportsService } from '../privacy/exports.service.js';
import { UsersModule } from '../users.module.js';

@Processor(QUEUES.userExport)
export class UserExportProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly exports: ExportsService,
  ) {}

  @Process()
  export(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.userExport, job, ({ aggregateId }) => this.exports.run(aggregateId));
  }
}

/** The jobs of users; only processes that run jobs import it. */
@Module({ imports: [UsersModule], providers: [UserExportProcessor] })
export class UsersJobsModule {}

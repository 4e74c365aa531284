import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { EventJobs } from '../../jobs/event-jobs.js';
import { type EventJob, QUEUES } from '../../jobs/queues.js';
import { ExportsService } from '../privacy/exports.service.js';

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

import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { EventJobs } from '../../jobs/event-jobs.js';
import { type EventJob, policyOf, QUEUES } from '../../jobs/queues.js';
import { MailService } from '../mail.service.js';

@Processor(QUEUES.mail)
export class MailProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly mail: MailService,
  ) {}

  @Process({ concurrency: policyOf(QUEUES.mail).concurrency })
  send(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.mail, job, ({ aggregateId }) => this.mail.sendQueued(aggregateId));
  }
}

import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { EventJobs } from '../../jobs/event-jobs.js';
import { type EventJob, QUEUES } from '../../jobs/queues.js';
import { MailService } from '../mail.service.js';

/** Mail servers answer slowly, so a worker keeps several on their way. */
const CONCURRENCY = 8;

@Processor(QUEUES.mail)
export class MailProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly mail: MailService,
  ) {}

  @Process({ concurrency: CONCURRENCY })
  send(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.mail, job, ({ aggregateId }) => this.mail.sendQueued(aggregateId));
  }
}

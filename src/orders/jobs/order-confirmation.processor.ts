import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { EventJobs } from '../../jobs/event-jobs.js';
import { type EventJob, QUEUES } from '../../jobs/queues.js';
import { OrderConfirmationService } from './order-confirmation.service.js';

/** Mail servers answer slowly, so a worker keeps several on their way. */
const CONCURRENCY = 8;

@Processor(QUEUES.orderConfirmation)
export class OrderConfirmationProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly confirmation: OrderConfirmationService,
  ) {}

  @Process({ concurrency: CONCURRENCY })
  send(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.orderConfirmation, job, ({ aggregateId }) => this.confirmation.send(aggregateId));
  }
}

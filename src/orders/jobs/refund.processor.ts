import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { EventJobs } from '../../jobs/event-jobs.js';
import { type EventJob, QUEUES } from '../../jobs/queues.js';
import { RefundsService } from '../payments/refunds.service.js';

@Processor(QUEUES.refund)
export class RefundProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly refunds: RefundsService,
  ) {}

  @Process()
  refund(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.refund, job, ({ data }) => this.refunds.execute(data.refundId as string));
  }
}

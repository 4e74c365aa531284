import { Module } from '@nestjs/common';
import { Process, Processor } from '@nestjs/bull';
import type { Job } from 'bull';
import { Environment } from '../../config/environment.js';
import { EventJobs } from '../../jobs/event-jobs.js';
import { type EventJob, QUEUES } from '../../jobs/queues.js';
import { InvoicesModule } from './invoices.module.js';
import { InvoicesService } from './invoices.service.js';

/** After which events an order has its invoice, by the setting. An order that has nothing to be shipped is completed. */
const OCCASIONS = {
  confirmed: ['order.confirmed', 'fulfilment.shipped', 'order.completed'],
  shipped: ['fulfilment.shipped', 'order.completed'],
  manual: [],
} as const;

@Processor(QUEUES.invoice)
export class InvoicesProcessor {
  constructor(
    private readonly events: EventJobs,
    private readonly invoices: InvoicesService,
    private readonly environment: Environment,
  ) {}

  @Process()
  process(job: Job<EventJob>): Promise<void> {
    return this.events.run(QUEUES.invoice, job, async ({ type, data }) => {
      if (typeof data.invoiceId === 'string') return void (await this.invoices.render(data.invoiceId));
      const orderId = data.orderId as string;
      const { INVOICE_ON, SELLER_NAME } = this.environment;
      const occasions: readonly string[] = OCCASIONS[INVOICE_ON];
      if (SELLER_NAME !== undefined && occasions.includes(type)) await this.invoices.issueDue(orderId);
      await this.invoices.follow(orderId);
    });
  }
}

/** The jobs of invoices; only processes that run jobs import it. */
@Module({ imports: [InvoicesModule], providers: [InvoicesProcessor] })
export class InvoicesJobsModule {}

import { Module } from '@nestjs/common';
import { SinksModule } from './events/sinks/sinks.module.js';
import { WebhooksWorkerModule } from './events/webhooks/worker/webhooks-worker.module.js';
import { WorkerModule } from './jobs/worker.module.js';
import { MailJobsModule } from './mail/jobs/mail-jobs.module.js';
import { InvoicesJobsModule } from './orders/invoices/invoices.processor.js';
import { OrdersJobsModule } from './orders/jobs/orders-jobs.module.js';
import { UsersJobsModule } from './users/jobs/user-export.processor.js';

/** Relay, clock and processors: only processes that run jobs load them, so that the others neither know Bull nor connect to it. */
@Module({
  imports: [
    WorkerModule,
    MailJobsModule,
    OrdersJobsModule,
    InvoicesJobsModule,
    UsersJobsModule,
    WebhooksWorkerModule,
    SinksModule,
  ],
})
export class BackgroundModule {}

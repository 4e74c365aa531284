import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Metrics } from '../../common/metrics/metrics.js';
import { RetentionTasks } from '../../jobs/retention-tasks.js';
import { MailModule } from '../../mail/mail.module.js';
import { OperationsModule } from '../../operations/operations.module.js';
import { FulfilmentsModule } from '../../orders/fulfilments/fulfilments.module.js';
import { InvoicesModule } from '../../orders/invoices/invoices.module.js';
import { OrdersModule } from '../../orders/orders.module.js';
import { ReturnsModule } from '../../orders/returns/returns.module.js';
import { ProductsModule } from '../../products/products.module.js';
import { UsersModule } from '../../users/users.module.js';
import { EventsModule } from '../events.module.js';
import { WebhookAttempt, WebhookDelivery, WebhookReplay } from './entities/webhook-delivery.entity.js';
import { WebhookEndpoint } from './entities/webhook-endpoint.entity.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import { WebhookDeliveriesService } from './webhook-deliveries.service.js';
import { WebhookEndpointsRepository } from './webhook-endpoints.repository.js';
import { WebhookEndpointsService } from './webhook-endpoints.service.js';
import { WebhookJournal } from './webhook-journal.js';
import { WebhookReplaysRepository } from './webhook-replays.repository.js';
import { WebhookReplaysService } from './webhook-replays.service.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { WebhookSubjects } from './webhook-subjects.js';
import { WebhookDeliveriesController, WebhookEndpointsController } from './webhooks.controller.js';

const KEPT_DAYS = 14;

/** Where events are sent to, and what came of it. Sending is for processes that run jobs: `worker`. */
@Module({
  imports: [
    TypeOrmModule.forFeature([WebhookEndpoint, WebhookDelivery, WebhookAttempt, WebhookReplay]),
    EventsModule,
    MailModule,
    OperationsModule,
    OrdersModule,
    FulfilmentsModule,
    ReturnsModule,
    InvoicesModule,
    ProductsModule,
    UsersModule,
  ],
  controllers: [WebhookEndpointsController, WebhookDeliveriesController],
  providers: [
    WebhookEndpointsService,
    WebhookEndpointsRepository,
    WebhookDeliveriesService,
    WebhookDeliveriesRepository,
    WebhookReplaysService,
    WebhookReplaysRepository,
    WebhookSecrets,
    WebhookJournal,
    WebhookSubjects,
  ],
  exports: [
    WebhookEndpointsRepository,
    WebhookDeliveriesRepository,
    WebhookReplaysRepository,
    WebhookSecrets,
    WebhookJournal,
  ],
})
export class WebhooksModule implements OnModuleInit {
  constructor(
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly retention: RetentionTasks,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.retention.add({
      name: 'webhook deliveries',
      purge: (limit) => this.deliveries.purgeEnded(KEPT_DAYS, limit),
    });
    this.metrics.add({
      name: 'storehouse_webhook_deliveries_pending',
      help: 'Webhook deliveries that wait for their turn or for their next try.',
      kind: 'gauge',
      read: async () => [{ value: await this.deliveries.countPending() }],
    });
  }
}

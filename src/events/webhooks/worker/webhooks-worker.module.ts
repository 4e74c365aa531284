import { Module, type OnModuleInit } from '@nestjs/common';
import { Metrics } from '../../../common/metrics/metrics.js';
import { MailModule } from '../../../mail/mail.module.js';
import { OperationsModule } from '../../../operations/operations.module.js';
import { UsersModule } from '../../../users/users.module.js';
import { EventsModule } from '../../events.module.js';
import { WebhooksModule } from '../webhooks.module.js';
import { WebhookDisabling } from './webhook-disabling.service.js';
import { WebhookFanOut } from './webhook-fan-out.js';
import { WebhookSender } from './webhook-sender.js';
import { WebhookWorker } from './webhook-worker.js';

/** Sends webhooks; only processes that run jobs import it. */
@Module({
  imports: [WebhooksModule, EventsModule, MailModule, OperationsModule, UsersModule],
  providers: [WebhookFanOut, WebhookDisabling, WebhookSender, WebhookWorker],
})
export class WebhooksWorkerModule implements OnModuleInit {
  constructor(
    private readonly sender: WebhookSender,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.metrics.add({
      name: 'storehouse_webhook_tries_total',
      help: 'Webhooks sent by this process, by outcome: succeeded, refused or no_answer.',
      kind: 'counter',
      labels: ['outcome'],
      read: () => this.sender.tries.samples(),
    });
  }
}

import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../../database/transaction-runner.js';
import { MailService, toOwner } from '../../../mail/mail.service.js';
import { UsersService } from '../../../users/users.service.js';
import type { DisabledReason } from '../entities/webhook-endpoint.entity.js';
import { WebhookEndpointsRepository } from '../webhook-endpoints.repository.js';
import { WebhookJournal } from '../webhook-journal.js';

/** Who hears of an endpoint whose maker is gone. */
const MOST_MAILS = 20;

/** Gives up on receivers. */
@Injectable()
export class WebhookDisabling {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly endpoints: WebhookEndpointsRepository,
    private readonly users: UsersService,
    private readonly mail: MailService,
    private readonly journal: WebhookJournal,
  ) {}

  /** Disables an endpoint and tells who made it, or else who can mend it; nothing when that has been done. */
  disable(id: string, reason: Exclude<DisabledReason, 'paused'>): Promise<void> {
    return this.transactions.run(async () => {
      const endpoint = await this.endpoints.disable(id, reason);
      if (!endpoint) return;
      await this.journal.changed('webhook_endpoint.disabled', endpoint, { after: { reason } }, { reason });
      const data = { host: new URL(endpoint.url).host, status: reason === 'gone' ? '410' : null };
      for (const user of await this.users.findActiveHolders('webhooks:write', endpoint.creatorId, MOST_MAILS)) {
        await this.mail.enqueue({ template: 'webhook-endpoint-disabled', ...toOwner(user), data });
      }
    });
  }
}

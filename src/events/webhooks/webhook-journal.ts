import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Outbox } from '../../jobs/outbox.js';
import type { WebhookEndpoint } from './entities/webhook-endpoint.entity.js';
import { WebhookEndpointEvent, type WebhookEndpointEventType } from './webhook-endpoint.event.js';

interface Facts {
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
}

/** What is told and recorded of webhook endpoints, in the transaction in which it happens. */
@Injectable()
export class WebhookJournal {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** A change, at the version that it has made. @param data What its event says besides the id. */
  async changed(
    type: WebhookEndpointEventType,
    endpoint: Pick<WebhookEndpoint, 'id' | 'version'>,
    facts: Facts,
    data: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await this.outbox.add(new WebhookEndpointEvent(type, endpoint, data));
    await this.acted(type, endpoint.id, facts);
  }

  /** Something that staff had done with an endpoint, which leaves it as it is. */
  acted(action: string, id: string, facts: Facts): Promise<void> {
    return this.audit.record({
      action,
      target: { type: 'webhook_endpoint', id },
      ...facts,
    });
  }
}

import type { DomainEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';
import type { WebhookEndpoint } from './entities/webhook-endpoint.entity.js';

/** Something about a webhook endpoint is different now; one per version of it. */
export class WebhookEndpointEvent implements DomainEvent {
  readonly aggregateType = 'webhook_endpoint';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: WebhookEndpointEventType,
    endpoint: Pick<WebhookEndpoint, 'id' | 'version'>,
    more: Readonly<Record<string, unknown>> = {},
  ) {
    this.aggregateId = endpoint.id;
    this.aggregateVersion = endpoint.version;
    this.data = { endpointId: endpoint.id, ...more };
  }
}

/** The events of webhook endpoints. */
export const WEBHOOK_ENDPOINT_EVENTS = describeEvents(
  'webhook_endpoint',
  { endpointId: 'uuid' },
  {
    'webhook_endpoint.created': 'A webhook endpoint was added.',
    'webhook_endpoint.changed': 'The address, the types or something else of a webhook endpoint changed.',
    'webhook_endpoint.secret_rotated': 'A webhook endpoint got a new secret.',
    'webhook_endpoint.disabled':
      'A webhook endpoint was disabled because it answered 410, or only failed for five days.',
    'webhook_endpoint.removed': 'A webhook endpoint was removed.',
  },
  { 'webhook_endpoint.disabled': { reason: 'string' } },
);

export type WebhookEndpointEventType = NameIn<typeof WEBHOOK_ENDPOINT_EVENTS>;

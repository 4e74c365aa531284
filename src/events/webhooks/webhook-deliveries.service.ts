import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { newId } from '../../common/ids.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { EVENT_API_VERSION } from '../dto/event-response.dto.js';
import type { ListWebhookDeliveriesDto } from './dto/webhook-delivery.dto.js';
import type { WebhookAttempt, WebhookDelivery } from './entities/webhook-delivery.entity.js';
import { WebhookDeliveriesRepository } from './webhook-deliveries.repository.js';
import { WebhookEndpointsRepository } from './webhook-endpoints.repository.js';
import { WebhookJournal } from './webhook-journal.js';
import {
  WebhookBeingDeliveredError,
  WebhookDeliveryNotFoundError,
  WebhookEndpointNotFoundError,
  WebhookEventGoneError,
} from './webhooks.errors.js';

/** The type of the event that a test sends; it is in no log. */
export const TEST_EVENT = 'webhook_endpoint.test';
const MOST_ATTEMPTS = 50;

/** What was sent to endpoints, and what staff have sent again. */
@Injectable()
export class WebhookDeliveriesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly endpoints: WebhookEndpointsRepository,
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly journal: WebhookJournal,
  ) {}

  /** One page of the deliveries to an endpoint, newest first. @throws WebhookEndpointNotFoundError */
  async list(endpointId: string, query: ListWebhookDeliveriesDto): Promise<Page<WebhookDelivery>> {
    if (!(await this.endpoints.find(endpointId))) throw new WebhookEndpointNotFoundError();
    return this.deliveries.findPage(endpointId, query);
  }

  /** A delivery with its latest tries, newest first. @throws WebhookDeliveryNotFoundError */
  async get(id: string): Promise<{ delivery: WebhookDelivery; attempts: WebhookAttempt[] }> {
    const delivery = (await this.deliveries.find(id)) ?? raise(new WebhookDeliveryNotFoundError());
    return { delivery, attempts: await this.deliveries.findAttempts(id, MOST_ATTEMPTS) };
  }

  /**
   * Sends a delivery again, under the same `webhook-id`, with as many tries as a new one.
   *
   * @throws WebhookDeliveryNotFoundError, WebhookEndpointDisabledError, WebhookEventGoneError; WebhookBeingDeliveredError while it is sent
   */
  retry(id: string): Promise<WebhookDelivery> {
    return this.transactions.run(async () => {
      const { endpointId } = (await this.deliveries.find(id)) ?? raise(new WebhookDeliveryNotFoundError());
      await this.endpoints.lockActive(endpointId);
      if (!(await this.deliveries.hasEvent(id))) throw new WebhookEventGoneError();
      if (!(await this.deliveries.retry(id))) throw new WebhookBeingDeliveredError();
      await this.endpoints.endPeace(endpointId);
      await this.journal.acted('webhook_endpoint.delivery_retried', endpointId, { after: { deliveryId: id } });
      return (await this.deliveries.find(id))!;
    });
  }

  /** Sends an endpoint an event that says nothing. @throws WebhookEndpointNotFoundError, WebhookEndpointDisabledError */
  test(endpointId: string): Promise<WebhookDelivery> {
    const id = newId();
    const eventId = newId();
    return this.transactions.run(async () => {
      const { version } = await this.endpoints.lockActive(endpointId);
      await this.deliveries.insertOwn({
        ...{ id, endpointId, eventId, type: TEST_EVENT },
        event: {
          ...{ id: eventId, type: TEST_EVENT, occurredAt: new Date(), sequence: 0 },
          aggregate: { type: 'webhook_endpoint', id: endpointId, version },
          ...{ data: { endpointId }, apiVersion: EVENT_API_VERSION, requestId: null },
        },
      });
      await this.endpoints.endPeace(endpointId);
      await this.journal.acted('webhook_endpoint.tested', endpointId, { after: { deliveryId: id } });
      return (await this.deliveries.find(id))!;
    });
  }
}

import { conflict, notFound, rejected } from '../../common/errors/domain.error.js';

export class WebhookEndpointNotFoundError extends notFound(
  'webhook.endpoint_not_found',
  'No such webhook endpoint',
  'There is no webhook endpoint with this id.',
) {}

export class WebhookDeliveryNotFoundError extends notFound(
  'webhook.delivery_not_found',
  'No such delivery',
  'There is no delivery with this id, or it has been deleted; they are kept for 14 days.',
) {}

/** Nothing is sent to this address, whoever may be there. */
export class WebhookUrlRefusedError extends rejected('webhook.url_refused', 'Nothing is sent to this address') {
  override readonly errors;

  /** @param rule What the address must be. */
  constructor(rule: string) {
    super(`The address ${rule}.`);
    this.errors = [{ pointer: '/url', code: 'refused', message: rule }];
  }
}

export class UnknownEventTypesError extends rejected('webhook.unknown_types', 'There are no such events') {
  override readonly errors;

  constructor(types: readonly string[]) {
    const some = types.slice(0, 5).join(', ');
    super(`No event has the type ${some}.`);
    this.errors = [{ pointer: '/types', code: 'unknown', message: `must not hold ${some}` }];
  }
}

export class TooManyWebhookEndpointsError extends conflict(
  'webhook.too_many_endpoints',
  'There are enough webhook endpoints',
  'There can be 50 webhook endpoints; remove one that is no longer needed.',
) {}

export class WebhookEndpointDisabledError extends conflict(
  'webhook.endpoint_disabled',
  'The webhook endpoint is disabled',
  'Nothing is sent to an endpoint that is disabled; set its status to active first.',
) {}

export class WebhookBeingDeliveredError extends conflict(
  'webhook.being_delivered',
  'It is being delivered',
  'This delivery is being sent at the moment; look at what comes of it.',
) {}

export class WebhookEventGoneError extends conflict(
  'webhook.event_gone',
  'The event is gone',
  'The event of this delivery is no longer in the log, so it cannot be sent again.',
) {}

import { ApiProperty } from '@nestjs/swagger';
import type { LogEvent } from '../event-log.repository.js';

/** The version of the API whose resources and names events speak of. */
export const EVENT_API_VERSION = 'v1';

/** What an event is about. */
export class EventAggregateDto {
  /** @example "order" */
  type: string;

  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /**
   * Rises by one with every change of the aggregate, so that its events can be put in order and none goes missing unseen. Webhooks come in no
   * certain order: leave out what is older than what you have. Several events may share one version.
   * @example 2
   */
  version: number;
}

/** Something that happened. The same envelope in the log, in streams and in webhooks. */
export class EventResponseDto {
  /**
   * The same wherever and however often the event is delivered.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  id: string;

  /** @example "order.confirmed" */
  type: string;

  /**
   * When the change was made.
   * @example "2026-01-15T09:30:00.000Z"
   */
  occurredAt: Date;

  /**
   * Place in the log: pass the last one seen as `after` to read on. Later versions of one aggregate have later places.
   * @example 1042
   */
  sequence: number;

  aggregate: EventAggregateDto;

  /**
   * Ids, and what else the type of the event says. Read the resources for their state.
   */
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { orderId: '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f', customerId: null },
  })
  data: Readonly<Record<string, unknown>>;

  /** @example "v1" */
  apiVersion: string;

  /**
   * The `X-Request-Id` of the request that caused it; null when the clock did.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90"
   */
  requestId: string | null;
}

/** The envelope of an event. */
export function toEventResponse(event: LogEvent): EventResponseDto {
  const { id, type, occurredAt, sequence, data, requestId } = event;
  const aggregate = { type: event.aggregateType, id: event.aggregateId, version: event.aggregateVersion };
  return { id, type, occurredAt, sequence, aggregate, data, apiVersion: EVENT_API_VERSION, requestId };
}

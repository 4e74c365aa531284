import type { EventType } from '../jobs/event-type.js';
import { EVENT_API_VERSION } from './dto/event-response.dto.js';
import { dataSchemaOf, exampleOfData } from './event-schemas.js';
import { EVENT_TYPES } from './event-types.js';

const REF = '#/components';
const ID = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';
const INSTANT = '2026-01-15T09:30:00.000Z';

/** What endpoints are sent: the envelope of the log, with what Standard Webhooks call it by. */
export const WEBHOOK_EVENT = {
  description: 'An event as endpoints are sent it.',
  allOf: [
    { $ref: `${REF}/schemas/EventResponseDto` },
    {
      type: 'object',
      properties: {
        timestamp: {
          type: 'string',
          format: 'date-time',
          description: 'The same as `occurredAt`, by the name of Standard Webhooks.',
          examples: [INSTANT],
        },
        resource: {
          type: ['object', 'null'],
          additionalProperties: true,
          description:
            'With `payload: full`: what the event is about as staff see it when it is sent; null when it is gone by then.',
        },
      },
      required: ['timestamp'],
    },
  ],
};

/** The `webhooks` of the OpenAPI document: what each type of event in the catalogue is sent like. */
export function webhooks(): Record<string, object> {
  return Object.fromEntries(EVENT_TYPES.map((event) => [event.type, { post: operationOf(event) }]));
}

function operationOf(event: EventType) {
  const { type, aggregateType, summary } = event;
  return {
    tags: ['events'],
    operationId: `on${type.replace(/(?:^|[._])(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary: summary.replace(/\.$/, ''),
    description: `Sent to the endpoints that ask for \`${type}\`, \`${type.replace(/\..*$/, '.*')}\` or \`*\`, at least once.`,
    security: [],
    parameters: ['WebhookId', 'WebhookTimestamp', 'WebhookSignature'].map((name) => ({
      $ref: `${REF}/parameters/${name}`,
    })),
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            allOf: [
              { $ref: `${REF}/schemas/WebhookEvent` },
              {
                type: 'object',
                properties: {
                  type: { const: type },
                  aggregate: {
                    allOf: [
                      { $ref: `${REF}/schemas/EventAggregateDto` },
                      { properties: { type: { const: aggregateType } } },
                    ],
                  },
                  data: dataSchemaOf(event),
                },
              },
            ],
          },
          example: {
            id: ID,
            type,
            occurredAt: INSTANT,
            timestamp: INSTANT,
            sequence: 1042,
            aggregate: { type: aggregateType, id: ID, version: 2 },
            data: exampleOfData(event),
            apiVersion: EVENT_API_VERSION,
            requestId: ID,
          },
        },
      },
    },
    responses: {
      '2XX': {
        description: 'It is yours now. Any other answer, or none within 15 seconds, and it is sent again later.',
      },
      '410': { description: 'Nothing is to be sent here any more: the endpoint is disabled.' },
    },
  };
}

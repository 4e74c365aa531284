import type { EventDatum, EventType } from '../jobs/event-type.js';

type JsonSchema = Readonly<Record<string, unknown>>;

const ID = { type: 'string', format: 'uuid' } as const;
const COUNT = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;

const SCHEMAS: Readonly<Record<EventDatum, JsonSchema>> = {
  uuid: ID,
  'uuid?': { ...ID, type: ['string', 'null'] },
  'uuid[]': { type: 'array', items: ID, maxItems: 1_000 },
  string: { type: 'string', maxLength: 1_000 },
  'string?': { type: ['string', 'null'], maxLength: 1_000 },
  integer: COUNT,
  'integer?': { ...COUNT, type: ['integer', 'null'] },
  boolean: { type: 'boolean' },
  availability: { type: 'string', enum: ['in_stock', 'low', 'out'] },
  money: {
    type: 'object',
    properties: { amount: COUNT, currency: { type: 'string', pattern: '^[A-Z]{3}$' } },
    required: ['amount', 'currency'],
  },
};

/** What `data` of an event of this type is, as JSON Schema. Members may be added later, so that others are allowed. */
export function dataSchemaOf({ data }: EventType): JsonSchema {
  const members = Object.entries(data);
  return {
    type: 'object',
    properties: Object.fromEntries(members.map(([name, datum]) => [name, SCHEMAS[datum]])),
    required: members.filter(([, datum]) => !datum.endsWith('?')).map(([name]) => name),
  };
}

const EXAMPLE_ID = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';

const EXAMPLES: Readonly<Record<EventDatum, unknown>> = {
  uuid: EXAMPLE_ID,
  'uuid?': EXAMPLE_ID,
  'uuid[]': [EXAMPLE_ID],
  string: 'support',
  'string?': 'support',
  integer: 1,
  'integer?': 1,
  boolean: true,
  availability: 'low',
  money: { amount: 1999, currency: 'EUR' },
};

/** What `data` of an event of this type may look like. */
export function exampleOfData({ data }: EventType): Record<string, unknown> {
  return Object.fromEntries(Object.entries(data).map(([name, datum]) => [name, EXAMPLES[datum]]));
}

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { dataSchemaOf } from '../../src/events/event-schemas.js';
import { EVENT_TYPES, INTERNAL_EVENT_TYPES } from '../../src/events/event-types.js';
import type { TransactionRunner } from '../../src/database/transaction-runner.js';
import { OutboxRepository } from '../../src/jobs/outbox.repository.js';

interface ToldEvent {
  readonly type: string;
  readonly aggregateType: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface KnownEvent {
  readonly aggregateType: string;
  readonly fits: ValidateFunction;
}

const ajv = new Ajv2020({ allowUnionTypes: true });
addFormats.default(ajv);
/** Compiled once for each Jest worker, and not for each of its files. */
const known = ((globalThis as { knownEvents?: Map<string, KnownEvent> }).knownEvents ??= new Map<string, KnownEvent>());

/** What the catalogue has against an event that was told; null for nothing. Members that it does not describe count, too. */
export function faultOf({ type, aggregateType, data }: ToldEvent): string | null {
  if (INTERNAL_EVENT_TYPES.includes(type)) return null;
  const described = EVENT_TYPES.find((one) => one.type === type);
  if (!described) return `${type} is in no list of src/events/event-types.ts`;
  if (!known.has(type)) {
    const schema = { ...dataSchemaOf(described), additionalProperties: false };
    known.set(type, { aggregateType: described.aggregateType, fits: ajv.compile(schema) });
  }
  const { fits } = known.get(type)!;
  if (described.aggregateType !== aggregateType) return `${type} is told of a ${aggregateType}`;
  return fits(data) ? null : `${type} tells ${JSON.stringify(data)}: ${ajv.errorsText(fits.errors)}`;
}

/** Refuses what the newest events of the database say otherwise than the catalogue does; `test.` begins those that tests make up. */
export async function expectEventsAsDescribed(database: TransactionRunner): Promise<void> {
  const newest = await database.query<ToldEvent>(
    `SELECT type, aggregate_type AS "aggregateType", data FROM outbox_events WHERE type NOT LIKE 'test.%' AND data <> '{}'
     ORDER BY id DESC LIMIT 500`,
  );
  const faults = new Set(newest.flatMap((event) => faultOf(event) ?? []));
  if (faults.size > 0) throw new Error(`Events are not as the catalogue describes them:\n${[...faults].join('\n')}`);
}

/** Gives all committed events their place in the log, as a relay does; none may be running beside the application of the test. */
export async function publishEvents(database: TransactionRunner): Promise<void> {
  const outbox = new OutboxRepository(database);
  while ((await outbox.publish(200)).events.length > 0);
}

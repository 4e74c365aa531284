import { neededOf } from '../common/validation/decorators.js';
import { isOfType, reachable, type Schema, type Schemas, walk } from './schema.js';
import { type Body, describeValidation } from './validation-rules.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/**
 * Turns the schemas that the Swagger plugin read from the DTO classes into exact ones of OpenAPI 3.1: integers, formats, limits,
 * `examples`, and no unknown members in requests.
 *
 * @param bodies The classes of request bodies, those included whose validators are all inherited.
 */
export function completeSchemas(schemas: Schemas, requests: Iterable<Schema>, bodies: readonly Body[] = []): void {
  describeValidation(schemas, bodies);
  for (const body of bodies) {
    const needed = body ? neededOf(body) : [];
    if (body && needed.length > 0) schemas[body.name]!.anyOf = needed.map((member) => ({ required: [member] }));
  }
  for (const schema of Object.values(schemas)) walk(schema, completeSchema);
  for (const name of reachable(requests, schemas)) {
    forbidUnknownMembers(schemas[name]!);
    letDefaultsBeAbsent(schemas[name]!);
  }
}

/** Makes one schema exact; also for those of parameters. */
export function completeSchema(schema: Schema, name = ''): void {
  unwrapReference(schema);
  if (isOfType(schema, 'number') && schema.format === undefined) asInteger(schema);
  if (isOfType(schema, 'string')) schema.format ??= formatOf(schema, name);
  if (schema.format === undefined) delete schema.format;
  if (schema.example !== undefined) {
    schema.examples = [schema.example];
    delete schema.example;
  }
}

/** The format that the example shows, or without one, that the name of the member tells: `createdAt`, `parentId`. */
function formatOf(schema: Schema, name: string): string | undefined {
  if (schema.enum || schema.pattern) return undefined;
  if (/password$|^refreshToken$/i.test(name)) return 'password';
  const example = schema.example ?? schema.examples?.[0];
  if (typeof example === 'string') {
    if (UUID.test(example)) return 'uuid';
    return INSTANT.test(example) ? 'date-time' : undefined;
  }
  if (/[a-z]At$/.test(name)) return 'date-time';
  return /^id$|[a-z]Id$/.test(name) ? 'uuid' : undefined;
}

/** Every number of this API is a whole one, and exact in JavaScript: amounts are minor units, the rest are counts. */
function asInteger(schema: Schema): void {
  schema.type = Array.isArray(schema.type)
    ? schema.type.map((type) => (type === 'number' ? 'integer' : type))
    : 'integer';
  schema.minimum ??= Number.MIN_SAFE_INTEGER;
  schema.maximum ??= Number.MAX_SAFE_INTEGER;
}

/** OpenAPI 3.0 needed `allOf` around a reference with a description; 3.1 does not. */
function unwrapReference(schema: Schema): void {
  if (schema.allOf?.length !== 1 || schema.allOf[0]?.$ref === undefined || schema.properties) return;
  schema.$ref = schema.allOf[0].$ref;
  delete schema.allOf;
}

/** The plugin takes a member that is initialised for one that has to be there. */
function letDefaultsBeAbsent(schema: Schema): void {
  const required = schema.required?.filter((name) => schema.properties?.[name]?.default === undefined);
  if (required?.length === 0) delete schema.required;
  else if (required) schema.required = required;
}

function forbidUnknownMembers(schema: Schema): void {
  if (schema.properties && schema.additionalProperties === undefined && !schema.allOf)
    schema.additionalProperties = false;
}

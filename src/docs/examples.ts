import { isOfType, resolve, type Schema, type Schemas } from './schema.js';

/**
 * A value that the schema allows, assembled from the examples of its properties; undefined when there is nothing to show.
 *
 * @param within References that lead here: a tree ends where it would begin again.
 */
export function exampleOf(schema: Schema, schemas: Schemas, within: readonly string[] = []): unknown {
  if (schema.examples) return schema.examples[0];
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.$ref) {
    if (within.includes(schema.$ref)) return undefined;
    return exampleOf(resolve(schema.$ref, schemas), schemas, [...within, schema.$ref]);
  }
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, schemas, within)));
  const choice = (schema.oneOf ?? schema.anyOf)?.[0];
  if (choice && !schema.properties) return exampleOf(choice, schemas, within);
  if (schema.enum) return schema.enum[0];
  if (isOfType(schema, 'object') || schema.properties) return exampleOfObject(schema, schemas, within);
  if (isOfType(schema, 'array')) {
    const item = schema.items && exampleOf(schema.items, schemas, within);
    return item === undefined ? [] : [item];
  }
  return exampleOfScalar(schema);
}

function exampleOfObject(schema: Schema, schemas: Schemas, within: readonly string[]): unknown {
  const members = Object.entries(schema.properties ?? {})
    .map(([name, property]) => [name, exampleOf(property, schemas, within)] as const)
    .filter(([, value]) => value !== undefined);
  return Object.fromEntries(members);
}

function exampleOfScalar(schema: Schema): unknown {
  if (isOfType(schema, 'null')) return null;
  if (isOfType(schema, 'boolean')) return true;
  if (isOfType(schema, 'integer') || isOfType(schema, 'number')) return Math.max(schema.minimum ?? 1, 1);
  if (!isOfType(schema, 'string')) return undefined;
  if (schema.format === 'date-time') return '2026-01-15T09:30:00.000Z';
  if (schema.format === 'uuid') return '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';
  return 'text';
}

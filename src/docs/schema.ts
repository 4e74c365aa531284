/** The parts of a JSON Schema (draft 2020-12, as OpenAPI 3.1 uses it) that the document is made of. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  minProperties?: number;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  enum?: unknown[];
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  default?: unknown;
  /** OpenAPI 3.0; becomes `examples`. */
  example?: unknown;
  examples?: unknown[];
}

export type Schemas = Record<string, Schema>;

const PREFIX = '#/components/schemas/';

export const refTo = (name: string): string => PREFIX + name;

/** The named schema that a reference points to. @throws when there is none. */
export function resolve(reference: string, schemas: Schemas): Schema {
  const schema = schemas[reference.slice(PREFIX.length)];
  if (!schema) throw new Error(`The document refers to ${reference}, which it does not have`);
  return schema;
}

/** Calls `visit` for the schema and every schema inside it; references are visited, not followed. */
export function walk(schema: Schema, visit: (schema: Schema, name?: string) => void, name?: string): void {
  visit(schema, name);
  for (const [property, inner] of Object.entries(schema.properties ?? {})) walk(inner, visit, property);
  for (const inner of [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])])
    walk(inner, visit, name);
  if (schema.items) walk(schema.items, visit, name);
  if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties, visit);
}

/** Names of the schemas that `roots` lead to, directly or through others. */
export function reachable(roots: Iterable<Schema>, schemas: Schemas): Set<string> {
  const names = new Set<string>();
  const follow = (root: Schema): void =>
    walk(root, ({ $ref }) => {
      if ($ref === undefined || names.has($ref.slice(PREFIX.length))) return;
      names.add($ref.slice(PREFIX.length));
      follow(resolve($ref, schemas));
    });
  for (const root of roots) follow(root);
  return names;
}

/** True when the schema allows values of `type`. */
export function isOfType(schema: Schema, type: string): boolean {
  return [schema.type].flat().includes(type);
}

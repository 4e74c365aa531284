import { getMetadataStorage } from 'class-validator';
import { isOfType, type Schema, type Schemas } from './schema.js';

/** What a class-validator rule says about a schema; the Swagger plugin itself writes down lengths, ranges, patterns and enums. */
const RULES: Readonly<Record<string, (constraints: readonly unknown[]) => Schema>> = {
  isInt: () => ({ type: 'integer' }),
  isEmail: () => ({ format: 'email' }),
  isUuid: () => ({ format: 'uuid' }),
  isUrl: () => ({ format: 'uri' }),
  isIso8601: () => ({ format: 'date-time' }),
  isInstant: () => ({ format: 'date-time', maxLength: 35 }),
  isDay: () => ({ format: 'date', maxLength: 10 }),
  isCurrency: () => ({ pattern: '^[A-Z]{3}$', minLength: 3, maxLength: 3 }),
  isIn: ([values]) => ({ enum: [...(values as unknown[])] }),
  isISO31661Alpha2: () => ({ pattern: '^[A-Z]{2}$', minLength: 2, maxLength: 2 }),
  isNotBlank: () => ({ minLength: 1 }),
  isNotEmpty: () => ({ minLength: 1 }),
  isLength: ([min, max]) => ({ minLength: min as number, maxLength: max as number | undefined }),
  minLength: ([min]) => ({ minLength: min as number }),
  maxLength: ([max]) => ({ maxLength: max as number }),
  matches: ([pattern]) => ({ pattern: (pattern as RegExp).source }),
  min: ([min]) => ({ minimum: min as number }),
  max: ([max]) => ({ maximum: max as number }),
  arrayMinSize: ([min]) => ({ minItems: min as number }),
  arrayMaxSize: ([max]) => ({ maxItems: max as number }),
  arrayNotEmpty: () => ({ minItems: 1 }),
};

/** Under which Swagger keeps what it knows of a member. */
const MODEL_PROPERTIES = 'swagger/apiModelProperties';

/** The class of a request body; undefined for an operation that takes none. */
export type Body = (new (...args: never[]) => object) | undefined;

/** Adds to each request schema what the validators of its class ask for, those in composed decorators included. */
export function describeValidation(schemas: Schemas, bodies: readonly Body[]): void {
  const propertiesOf = (target: Body): Schemas | undefined => target && schemas[target.name]?.properties;
  const members = bodies.flatMap((body) =>
    Object.keys(propertiesOf(body) ?? {}).map((name) => memberType(body!, name)),
  );
  for (const target of new Set([...validatedClasses(), ...bodies, ...members])) {
    const properties = propertiesOf(target);
    if (target && properties) describeProperties(target, properties);
  }
}

/** Adds to the schemas of members what the validators of `target`, inherited ones included, ask for. */
export function describeProperties(target: new (...args: never[]) => object, properties: Schemas): void {
  const rules = getMetadataStorage().getTargetValidationMetadatas(target, '', false, false);
  for (const { propertyName, name = '', constraints, each } of rules) {
    const property = properties[propertyName];
    const rule = RULES[name];
    if (property && rule) apply(each ? (property.items ?? property) : property, rule(constraints ?? []));
  }
}

/** What was written down for the property itself wins; only `number` becomes `integer`. */
function apply(schema: Schema, rule: Schema): void {
  const { type, ...rest } = rule;
  if (typeof type === 'string') schema.type = isOfType(schema, 'null') ? [type, 'null'] : type;
  for (const [name, value] of Object.entries(rest)) {
    const known = schema as Record<string, unknown>;
    if (value !== undefined && known[name] === undefined) known[name] = value;
  }
}

/** The class of a member, where Swagger knows one: it may have no rule of its own and inherit all of them. */
function memberType(body: NonNullable<Body>, name: string): Body {
  const known = Reflect.getMetadata(MODEL_PROPERTIES, body.prototype as object, name) as { type?: unknown } | undefined;
  const type = known?.type;
  // What stands for a class that is loaded later has this name.
  return typeof type === 'function' && type.name === 'type' ? ((type as () => unknown)() as Body) : undefined;
}

/** Every class that carries validators. class-validator keeps them by class, and offers no list. */
function validatedClasses(): (new () => object)[] {
  const { validationMetadatas } = getMetadataStorage() as unknown as {
    validationMetadatas: Map<new () => object, unknown>;
  };
  return [...validationMetadatas.keys()];
}

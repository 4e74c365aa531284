import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { LONGEST_DETAIL, LONGEST_MESSAGE, LONGEST_POINTER } from '../../../src/common/errors/problem-details.js';
import {
  deref,
  type DocumentedMedia,
  ignoresCredentials,
  isOAuth,
  isOfProviders,
  type JsonSchema,
  openApi,
  operations,
  isStream,
} from './openapi-document.js';

const PROBLEM = 'application/problem+json';
const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', components: openApi.components });

const validators = new Map<string, ValidateFunction>();

/** Compiled once: problems are the same schema everywhere. */
function validatorOf(schema: JsonSchema): ValidateFunction {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components');
  const known = validators.get(text) ?? ajv.compile(JSON.parse(text) as object);
  validators.set(text, known);
  return known;
}

/** What is wrong with the example of a media type; empty when nothing is. */
function faults(schema: JsonSchema, example: unknown): string[] {
  const validate = validatorOf(schema);
  return validate(example)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** Every schema inside `schema`, with the way to it; each named schema once. */
function* inside(schema: JsonSchema, at: string, seen = new Set<string>()): Generator<[string, JsonSchema]> {
  if (schema.$ref !== undefined) {
    if (seen.has(schema.$ref)) return;
    seen.add(schema.$ref);
    yield* inside(deref(schema), at, seen);
    return;
  }
  yield [at, schema];
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* inside(property, `${at}/${name}`, seen);
  for (const part of [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])])
    yield* inside(part, at, seen);
  if (schema.items) yield* inside(schema.items, `${at}/-`, seen);
}

function unbounded(schema: JsonSchema): boolean {
  const types = [schema.type].flat();
  const has = (...keywords: string[]) => keywords.some((keyword) => schema[keyword] !== undefined);
  const isBoundPattern = typeof schema.pattern === 'string' && !/[*+]|\{\d+,\}/.test(schema.pattern);
  if (types.includes('string') && !has('enum', 'const', 'maxLength', 'format') && !isBoundPattern) return true;
  if (types.includes('array') && !has('maxItems')) return true;
  return (types.includes('integer') || types.includes('number')) && !(has('minimum') && has('maximum'));
}

describe('openapi.json', () => {
  it('is an OpenAPI 3.1 document in which everything has one name', () => {
    expect(openApi.openapi).toBe('3.1.0');
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => !/^[a-z][a-zA-Z0-9]*$/.test(name))).toEqual([]);
    expect(openApi.tags.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['auth', 'users', 'products', 'orders', 'payments']),
    );
  });

  it('holds nothing of the internal notes it is made from', () => {
    expect(JSON.stringify(openApi)).not.toMatch(/"x-(problem|idempotency|location)/);
    expect(JSON.stringify(openApi)).not.toMatch(/"nullable"|"example":\s*undefined/);
  });

  it('bounds the texts of a problem where the server cuts them', () => {
    const { detail, errors } = openApi.components.schemas.ProblemDetails!.properties!;
    const { pointer, message } = errors!.items!.properties!;
    expect([detail!.maxLength, pointer!.maxLength, message!.maxLength]).toEqual([
      LONGEST_DETAIL,
      LONGEST_POINTER,
      LONGEST_MESSAGE,
    ]);
    expect(openApi.components.schemas.OAuthError!.properties!.error_description!.maxLength).toBe(LONGEST_DETAIL);
  });

  describe.each(operations)('$title', ({ method, path, operation }) => {
    const answers = Object.entries(operation.responses).map(([status, answer]) => [status, deref(answer)] as const);

    it('has a summary under ten words, one tag, and says who may call it', () => {
      expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
      expect(operation.summary.split(' ').length).toBeLessThan(10);
      expect(operation.tags).toHaveLength(1);
      const scheme = isOAuth({ path }) ? 'client' : 'bearer';
      const required = ignoresCredentials({ operation }) ? [] : [{ [scheme]: [] }];
      expect(operation.security).toEqual(
        operation['x-permission'] === 'public' && required.length > 0 ? [{}, ...required] : required,
      );
    });

    it('lists every answer: one success, and each problem with its code as example', () => {
      expect(answers.filter(([status]) => status.startsWith('2'))).toHaveLength(1);
      const problems = answers.filter(([status]) => status >= '400');
      for (const [status, answer] of problems) {
        const type = isOAuth({ path }) ? 'application/json' : PROBLEM;
        expect(Object.keys(answer.content ?? {})).toEqual([type]);
        const examples = Object.entries(answer.content![type]!.examples!);
        expect(examples.length).toBeGreaterThan(0);
        for (const [code, example] of examples) {
          const value = isOAuth({ path }) ? { error: code } : { code, status: Number(status) };
          expect(deref(example)).toMatchObject({ value });
        }
      }
      const statuses = problems.map(([status]) => status);
      expect(statuses).toContain('500');
      if (path.startsWith('/api/')) expect(statuses).toEqual(expect.arrayContaining(['406', '429', '503']));
      if (operation['x-permission'] !== 'public') expect(statuses).toContain('401');
      if (operation.requestBody) expect(statuses).toEqual(expect.arrayContaining(['400', '413', '415']));
      // Those of OAuth and of payment providers take no Idempotency-Key.
      if ((method === 'POST' || method === 'PATCH') && !isOAuth({ path }) && !isOfProviders({ path }))
        expect(statuses).toEqual(expect.arrayContaining(['400', '409', '422']));
      if (path.includes('{')) expect(statuses).toEqual(expect.arrayContaining(['400', '404']));
    });

    it('describes the header fields of its answers', () => {
      const names = (status: string) => Object.keys(answers.find(([one]) => one === status)?.[1].headers ?? {});
      for (const [status] of answers) expect(names(status)).toContain('X-Request-Id');
      const [success] = answers.map(([status]) => status).filter((status) => status.startsWith('2'));
      if (method === 'GET' && !isStream({ operation })) expect(names(success!)).toContain('ETag');
      if (success === '201') expect(names(success)).toContain('Location');
      if (path.startsWith('/api/')) expect(names('429')).toEqual(expect.arrayContaining(['Retry-After', 'RateLimit']));
    });

    it('shows examples that its schemas allow', () => {
      const bodies: [string, DocumentedMedia][] = [
        ...Object.entries(operation.requestBody?.content ?? {}),
        ...answers.flatMap(([, answer]) => Object.entries(answer.content ?? {})),
      ];
      for (const [type, { schema, example, examples }] of bodies) {
        const shown = examples
          ? Object.values(examples).map((one) => deref(one) as unknown as { value: unknown })
          : [{ value: example }];
        for (const { value } of shown) expect({ type, faults: faults(schema, value) }).toEqual({ type, faults: [] });
      }
      for (const parameter of operation.parameters.map(deref)) {
        const shown = parameter.example ?? parameter.schema.examples?.[0];
        if (shown !== undefined)
          expect({ name: parameter.name, faults: faults(parameter.schema, shown) }).toMatchObject({ faults: [] });
      }
    });

    it('bounds every text, list and number it takes', () => {
      const taken: [string, JsonSchema][] = operation.parameters.map(deref).map(({ name, schema }) => [name, schema]);
      for (const { schema } of Object.values(operation.requestBody?.content ?? {})) taken.push(['', schema]);
      const loose = taken.flatMap(([name, schema]) =>
        [...inside(schema, name)].filter(([, one]) => unbounded(one)).map(([at]) => at),
      );
      expect(loose).toEqual([]);
    });

    it('tells of every member what it is like', () => {
      const media = [operation.requestBody, ...answers.map(([, answer]) => answer)].flatMap((one) =>
        Object.values(one?.content ?? {}),
      );
      const bare = media.flatMap(({ schema }) =>
        [...inside(schema, '')]
          .filter(([, { type, enum: values, examples, properties, anyOf, oneOf, allOf, format }]) => {
            const isPlain = [type].flat().some((one) => one === 'string' || one === 'integer' || one === 'number');
            return (
              isPlain &&
              ![type].flat().includes('null') &&
              !values &&
              !examples &&
              !properties &&
              !anyOf &&
              !oneOf &&
              !allOf &&
              !format
            );
          })
          .map(([at]) => at)
          .filter((at) => !/\/-$/.test(at)),
      );
      expect(operation.responses['500']).toBeDefined();
      expect([...new Set(bare)].filter((at) => !isProblemMember(at))).toEqual([]);
    });
  });
});

/** Members of ProblemDetails are shown by the examples of their codes. */
function isProblemMember(at: string): boolean {
  return /^\/(title|code|detail|instance|requestId|status|errors\/-\/(pointer|code|message))$/.test(at);
}

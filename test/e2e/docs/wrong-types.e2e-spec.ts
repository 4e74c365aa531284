import { createStaff } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { deref, examplePath, isOAuth, type JsonSchema, type Operation, operations } from './openapi-document.js';

/** A member of a body: where it is, what it may be, and whether it has to be there. */
interface Member {
  way: (string | number)[];
  schema: JsonSchema;
  types: string[];
  isRequired: boolean;
}

const CODES: Record<string, string> = {
  string: 'isString',
  integer: 'isInt',
  boolean: 'isBoolean',
  array: 'isArray',
  object: 'isObject',
};
const VALUES: Record<string, unknown[]> = {
  string: ['text', ''],
  integer: [7, -1, 2 ** 40],
  boolean: [true],
  array: [[], ['a'], [[1]], Array.from({ length: 3_000 }, () => 1)],
  object: [{}, { a: 1 }],
};

/** The schema itself, of one that may also be null. */
const plain = (schema: JsonSchema): JsonSchema => {
  const one = deref(schema);
  const parts = [...(one.anyOf ?? []), ...(one.oneOf ?? []), ...(one.allOf ?? [])].filter(
    ({ type }) => type !== 'null',
  );
  // Beside members of its own, choices only say which of them are needed.
  return parts.length === 1 && !one.properties ? plain(parts[0]!) : one;
};
const typesOf = (schema: JsonSchema): string[] => {
  const one = deref(schema);
  const parts = one.properties
    ? []
    : [...(one.anyOf ?? []), ...(one.oneOf ?? []), ...(one.allOf ?? [])].flatMap(typesOf);
  const allowed = (one.enum ?? []) as unknown[];
  return [...new Set([one.type ?? allowed.map((value) => typeof value), parts].flat())];
};

/** Every member, with those of its members and of the elements of its lists. */
function* membersOf(schema: JsonSchema, way: (string | number)[] = []): Generator<Member> {
  const { properties = {}, required = [] } = plain(schema) as JsonSchema & { required?: string[] };
  for (const [name, property] of Object.entries(properties)) {
    const at = [...way, name];
    yield { way: at, schema: property, types: typesOf(property), isRequired: required.includes(name) };
    yield* membersOf(property, at);
    const { items } = plain(property);
    if (items) yield* membersOf(items, [...at, 0]);
  }
}

/** A copy of `body` with something else, or nothing, at the end of the way; undefined when the way does not lead anywhere. */
function changed(body: unknown, way: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(body);
  let inside = copy as Record<string | number, unknown>;
  for (const step of way.slice(0, -1)) {
    if (typeof inside[step] !== 'object' || inside[step] === null) return undefined;
    inside = inside[step] as Record<string | number, unknown>;
  }
  if (value === undefined) delete inside[way.at(-1)!];
  else inside[way.at(-1)!] = value;
  return copy;
}

/** Contract, "null" and "errors": what is missing is `required`, and a wrong type is called one, whatever other bound it breaks. */
describe('A member of a request', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  beforeEach(async () => {
    ({ token } = await createStaff(app));
  });
  afterAll(() => app.close());

  /** What an answer says of one place. */
  const codesAt = async ({ method, path }: Operation, query: string, body: unknown, pointer: string) => {
    const answer = await app.send(method, `/${examplePath(path)}${query}`, { body, token, key: true });
    if (answer.statusCode !== 400) return [];
    const { errors = [] } = answer.json<{ errors?: { pointer: string; code: string }[] }>();
    return errors.filter((error) => error.pointer === pointer).map(({ code }) => code);
  };

  const takers = operations.filter((one) => one.operation.requestBody && !isOAuth(one));

  describe.each(takers)('$title', (one) => {
    const media = one.operation.requestBody!.content['application/json']!;
    const members = [...membersOf(media.schema)].filter(({ way }) => changed(media.example, way, 1) !== undefined);

    it('says "required" of what is missing, and of null where null removes nothing', async () => {
      for (const { way, types, isRequired } of members) {
        const pointer = `/${way.join('/')}`;
        if (isRequired) {
          const absent = await codesAt(one, '', changed(media.example, way, undefined), pointer);
          expect({ pointer, absent }).toEqual({ pointer, absent: ['required'] });
        }
        if (types.includes('null')) continue;
        const codes = await codesAt(one, '', changed(media.example, way, null), pointer);
        // What may be left out of a new resource may be null as well, unless the DTO says otherwise.
        if (isRequired || one.method === 'PATCH')
          expect({ pointer, null: codes }).toEqual({ pointer, null: ['required'] });
        else expect([[], ['required']]).toContainEqual(codes);
      }
    });

    it('takes null where the document has it', async () => {
      for (const { way } of members.filter(({ types }) => types.includes('null'))) {
        const pointer = `/${way.join('/')}`;
        const codes = await codesAt(one, '', changed(media.example, way, null), pointer);
        expect({
          pointer,
          hasFault: ['required', ...Object.values(CODES)].some((code) => codes.includes(code)),
        }).toEqual({ pointer, hasFault: false });
      }
    });

    it('calls a wrong type a wrong type', async () => {
      for (const { way, types } of members) {
        const pointer = `/${way.join('/')}`;
        const expected = types.filter((type) => type !== 'null').map((type) => CODES[type]);
        for (const [type, values] of Object.entries(VALUES)) {
          if (types.includes(type)) continue;
          for (const value of values) {
            const codes = await codesAt(one, '', changed(media.example, way, value), pointer);
            expect({ pointer, type, codes }).toEqual({ pointer, type, codes: [expected[0]] });
          }
        }
        if (expected.includes('isInt')) {
          const codes = await codesAt(one, '', changed(media.example, way, 0.5), pointer);
          expect({ pointer, half: codes }).toEqual({ pointer, half: ['isInt'] });
        }
      }
    });
  });

  it.each(operations.filter((one) => one.operation.parameters.some((parameter) => deref(parameter).in === 'query')))(
    '$title says the same of its parameters',
    async (one) => {
      for (const parameter of one.operation.parameters.map(deref).filter((each) => each.in === 'query')) {
        const [type] = typesOf(parameter.schema).filter((each) => each !== 'null');
        const ask = (query: string) => codesAt(one, query, undefined, `?${parameter.name}`);
        if (parameter.required) expect([parameter.name, await ask('')]).toEqual([parameter.name, ['required']]);
        if (type === 'integer')
          for (const text of ['abc', '', '1.5', '99999999999999999999'])
            expect([parameter.name, text, await ask(`?${parameter.name}=${text}`)]).toEqual([
              parameter.name,
              text,
              ['isInt'],
            ]);
        if (type === 'string')
          expect([parameter.name, await ask(`?${parameter.name}=a&${parameter.name}=b`)]).toEqual([
            parameter.name,
            ['isString'],
          ]);
      }
    },
  );
});

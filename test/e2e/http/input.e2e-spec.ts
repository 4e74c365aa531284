import { TestApp } from '../../support/test-app.js';
import { withProbe } from './probe.module.js';

describe('Query strings', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start({}, withProbe());
  });
  afterAll(() => app.close());

  const read = async (query: string): Promise<Record<string, unknown>> => {
    const response = await app.get(`/probe/notes?${query}`);
    expect(response.statusCode).toBe(200);
    return response.json<{ data: [Record<string, unknown>] }>().data[0];
  };

  it('reads scalars, brackets one level deep, and text with any sign in it', async () => {
    expect(
      await read('limit=5&createdAt[gte]=2026-01-01T00:00:00Z&createdAt[lt]=2026-02-01T00:00:00Z&q=a%20b%2Bc+d%25_%27'),
    ).toEqual({
      limit: 5,
      createdAt: { gte: '2026-01-01T00:00:00Z', lt: '2026-02-01T00:00:00Z' },
      q: "a b+c d%_'",
    });
  });

  it.each([
    ['a parameter twice', 'q=a&q=b', '?q'],
    ['a scalar as a list', 'q[]=a', '?q[]'],
    ['a scalar as an object', 'q[a]=b', '?q'],
    ['an object as a scalar', 'createdAt=2026-01-01', '?createdAt'],
    ['a bound twice', 'createdAt[gte]=2026-01-01T00:00:00Z&createdAt[gte]=2026-01-02T00:00:00Z', '?createdAt/gte'],
    ['an unknown bound', 'createdAt[before]=2026-01-01T00:00:00Z', '?createdAt/before'],
    ['a scalar after the brackets', 'createdAt[gte]=2026-01-01T00:00:00Z&createdAt=1', '?createdAt'],
    ['a scalar before the brackets', 'createdAt=1&createdAt[gte]=2026-01-01T00:00:00Z', '?createdAt'],
    ['an unknown parameter', 'colour=red', '?colour'],
    ['a limit above 100', 'limit=101', '?limit'],
    ['a limit of 0', 'limit=0', '?limit'],
    ['a limit that is no number', 'limit=abc', '?limit'],
    ['a blank limit', 'limit=', '?limit'],
    ['a broken limit', 'limit=1.5', '?limit'],
    ['a limit in hexadecimal', 'limit=0x10', '?limit'],
    ['a limit in exponential form', 'limit=1e1', '?limit'],
    ['100 levels of brackets', `createdAt${'[a]'.repeat(100)}=1`, '?createdAt[a]'],
    ['a date that does not exist', 'createdAt[gte]=2026-02-30T00:00:00Z', '?createdAt/gte'],
    ['a prototype', '__proto__=1', '?__proto__'],
    ['a prototype in brackets', '__proto__[isAdmin]=1', '?__proto__[isAdmin]'],
    ['a prototype within', 'createdAt[__proto__]=1', '?createdAt/__proto__'],
    ['a constructor', 'constructor=1', '?constructor'],
    ['a constructor in brackets', 'createdAt[constructor]=1', '?createdAt/constructor'],
    ['an inherited name', 'toString=1', '?toString'],
  ])('refuses %s with 400 and names it', async (_title, query, pointer) => {
    const response = await app.get(`/probe/notes?${query}`);
    expect(response.statusCode).toBe(400);
    const { code, errors } = response.json<{ code: string; errors: { pointer: string }[] }>();
    expect(code).toBe('request.invalid');
    expect(errors.map((error) => error.pointer).join(' ')).toContain(pointer);
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });
});

describe('Query strings where none is taken', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start({}, withProbe());
  });
  afterAll(() => app.close());

  it('are refused by name', async () => {
    const response = await app.post('/probe/notes?dryRun=true&colour=red', { text: 'a' });
    expect(response.statusCode).toBe(400);
    expect(response.json<{ errors: object[] }>().errors).toEqual([
      { pointer: '?dryRun', code: 'unknown', message: 'is not known here' },
      { pointer: '?colour', code: 'unknown', message: 'is not known here' },
    ]);
  });
});

describe('JSON bodies', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start({}, withProbe());
  });
  afterAll(() => app.close());

  const send = (body: string | Buffer) =>
    app.app.inject({
      method: 'POST',
      url: '/api/v1/probe/notes',
      headers: { 'content-type': 'application/json' },
      payload: body,
    });

  it.each([
    ['a comment', '{"text":"a" /* b */}'],
    ['a trailing comma', '{"text":"a",}'],
    ['NaN', '{"text":NaN}'],
    ['single quotes', "{'text':'a'}"],
    ['an open end', '{"text":"a"'],
    ['two documents', '{"text":"a"}{"text":"b"}'],
    ['nothing', ''],
    ['a blank', ' '],
    ['a text', '"text"'],
    ['a number', '1'],
    ['null', 'null'],
    ['a byte order mark', '\ufeff{"text":"a"}'],
    ['UTF-16', Buffer.from('{"text":"a"}', 'utf16le')],
    ['a raw line feed in a text', '{"text":"a\nb"}'],
    ['NUL', '{"text":"a\\u0000b"}'],
    ['NUL in a name', '{"text":"a","attributes":{"\\u0000":1}}'],
    ['half a surrogate pair', '{"text":"\\ud800"}'],
    ['the other half', '{"text":"\\uDC00"}'],
    ['a prototype', '{"text":"a","__proto__":{"isAdmin":true}}'],
    ['an escaped prototype', '{"text":"a","attributes":{"\\u005f_proto__":{"isAdmin":true}}}'],
    ['21 levels', `{"text":"a","attributes":${'['.repeat(20)}${']'.repeat(20)}}`],
    ['10,001 values', `{"text":"a","attributes":{"list":[${'0,'.repeat(10_000)}0]}}`],
    ['100,000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
  ])('refuses %s with 400 request.malformed_json', async (_title, body) => {
    const response = await send(body);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'request.malformed_json' });
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });

  it.each([
    ['a list', '[{"text":"a"}]'],
    ['an inherited name', '{"text":"a","toString":1}'],
    ['a constructor', '{"text":"a","constructor":{"prototype":{"isAdmin":true}}}'],
    ['a number beyond all', '{"text":"a","quantity":1e400}'],
    ['a broken number', '{"text":"a","quantity":0.5}'],
    ['a number as text', '{"text":"a","quantity":"1"}'],
    ['a list for a number', '{"text":"a","quantity":[]}'],
    ['a text for a list', '{"text":"a","labels":"x"}'],
    ['an object for a list', '{"text":"a","labels":{"0":{"name":"x"},"length":1}}'],
    ['a list with null', '{"text":"a","labels":[null]}'],
    ['a list in a list', '{"text":"a","labels":[[{"name":"x"}]]}'],
    ['a list too long', '{"text":"a","labels":[{"name":"x"},{"name":"x"},{"name":"x"},{"name":"x"}]}'],
    ['a list for an object', '{"text":"a","price":[{"amount":1,"currency":"EUR"}]}'],
    ['an empty list for an object', '{"text":"a","price":[]}'],
    ['an inherited name deep inside', '{"text":"a","attributes":{"list":[{"valueOf":1}]}}'],
    ['an object for a text', '{"text":{"$gt":""}}'],
  ])('refuses %s with 400 request.invalid', async (_title, body) => {
    const response = await send(body);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'request.invalid' });
    expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  });

  it('lets the last of two members of one name count', async () => {
    const response = await send('{"text":"first","text":"second"}');
    expect(response.json()).toMatchObject({ text: 'second' });
  });

  it.each(['😀 ö ‮ é', '%_\\\'";--', '{"$ne":null}', '__proto__ in a text', '</script>'])(
    'gives the text %s back as it came',
    async (text) => {
      const response = await app.post('/probe/notes', { text, attributes: { [text.replace('__proto__', 'p')]: text } });
      expect(response.statusCode).toBe(201);
      expect(response.json()).toMatchObject({ text });
    },
  );

  it('counts commas and brackets in texts for what they are', async () => {
    const text = '[{,"\\'.repeat(20_000);
    const response = await app.post('/probe/notes', { text });
    expect(response.json<{ text: string }>().text).toBe(text);
  });

  it('takes a command without a body or a type', async () => {
    const response = await app.app.inject({ method: 'POST', url: '/api/v1/probe/commands' });
    expect(response.statusCode).toBe(204);
    expect(response.headers['content-length'] ?? '0').toBe('0');
  });
});

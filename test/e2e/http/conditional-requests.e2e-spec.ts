import { TestApp } from '../../support/test-app.js';
import { withProbe } from './probe.module.js';

describe('Conditional requests', () => {
  let app: TestApp;
  let tag: string;

  beforeAll(async () => {
    app = await TestApp.start({}, withProbe());
    tag = String((await app.get('/probe/notes/1')).headers.etag);
  });
  afterAll(() => app.close());

  it('tags a representation with its version and a digest of its bytes', async () => {
    expect(tag).toMatch(/^"3-[A-Za-z0-9_-]{16}"$/);
    expect((await app.get('/probe/notes/1')).headers.etag).toBe(tag);
    expect((await app.get('/probe/notes/2')).headers.etag).not.toBe(tag);
    expect((await app.get('/probe/notes')).headers.etag).toMatch(/^"[A-Za-z0-9_-]{16}"$/);
    expect((await app.post('/probe/notes', { text: 'a' })).headers.etag).toMatch(/^"1-/);
    expect((await app.patch('/probe/notes/1', { text: 'a' })).headers.etag).toMatch(/^"4-/);
    expect((await app.get('/probe/notes/missing')).headers.etag).toBeUndefined();
  });

  it.each([
    ['the same', () => tag],
    ['its weak form', () => `W/${tag}`],
    ['a list that holds it', () => `"other", ${tag} ,"third"`],
    ['*', () => '*'],
  ])('answers GET with If-None-Match of %s by 304 without a body', async (_title, condition) => {
    for (const method of ['GET', 'HEAD'] as const) {
      const response = await app.send(method, '/probe/notes/1', { headers: { 'if-none-match': condition() } });
      expect(response.statusCode).toBe(304);
      expect(response.body).toBe('');
      expect(response.headers).toMatchObject({
        etag: tag,
        'cache-control': 'private, no-store',
        vary: 'Authorization, Origin',
      });
      expect(response.headers).toHaveProperty('x-content-type-options', 'nosniff');
      expect(response.headers['content-type']).toBeUndefined();
    }
  });

  it.each(['"other"', 'W/"other"', '"3"', 'nonsense', ''])(
    'answers GET with If-None-Match: %s by 200',
    async (condition) => {
      const response = await app.get('/probe/notes/1', { headers: { 'if-none-match': condition } });
      expect(response.statusCode).toBe(200);
    },
  );

  it('lets a 404 win over a precondition', async () => {
    const response = await app.get('/probe/notes/missing', { headers: { 'if-none-match': '*', 'if-match': '"1"' } });
    expect(response.statusCode).toBe(404);
  });

  it.each([
    ['the tag', () => tag],
    ['the bare version', () => '"3"'],
    ['*', () => '*'],
    ['a list that holds it', () => `"1", ${tag}`],
  ])('lets a change pass with If-Match of %s', async (_title, condition) => {
    const response = await app.patch('/probe/notes/1', { text: 'a' }, { headers: { 'if-match': condition() } });
    expect(response.statusCode).toBe(200);
  });

  it.each([
    ['another version', () => '"2"'],
    ['a later version', () => '"4"'],
    ['the weak form', () => `W/${tag}`],
    ['a foreign tag', () => '"abc"'],
    ['an unquoted version', () => '3'],
    ['nothing', () => ''],
  ])('refuses a change with If-Match of %s by 412 with the current version', async (_title, condition) => {
    const response = await app.patch('/probe/notes/1', { text: 'a' }, { headers: { 'if-match': condition() } });
    expect(response.statusCode).toBe(412);
    expect(response.json()).toMatchObject({ code: 'request.version_mismatch' });
    expect(response.headers.etag).toBe(tag);
    const again = await app.patch('/probe/notes/1', { text: 'a' }, { headers: { 'if-match': response.headers.etag! } });
    expect(again.statusCode).toBe(200);
  });

  it('sends Location and the next page as given, keeping the filters', async () => {
    expect((await app.post('/probe/notes', { text: 'a' })).headers.location).toBe('/api/v1/probe/notes/1');
    const first = await app.get('/probe/notes?limit=2&q=a?b%26c');
    expect(first.headers.link).toBe('</api/v1/probe/notes?limit=2&q=a?b%26c&cursor=bmV4dA>; rel="next"');
    const next = await app.get(`/${String(first.headers.link).slice(1, -13)}`);
    expect(next.statusCode).toBe(200);
    expect(next.headers.link).toBeUndefined();
  });
});

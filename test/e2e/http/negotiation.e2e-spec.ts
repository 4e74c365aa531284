import { TestApp } from '../../support/test-app.js';
import { withProbe } from './probe.module.js';

const NOTE = JSON.stringify({ text: 'hello' });

describe('Media types and methods', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start({}, withProbe());
  });
  afterAll(() => app.close());

  const problem = (response: { headers: Record<string, unknown>; json: () => unknown }) => {
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    return response.json() as { status: number; code: string };
  };

  it.each([
    'application/xml',
    'text/html',
    'application/json;q=0',
    'application/json;q=0, */*',
    '*/*;q=0',
    'application/jsonx',
    ';;,',
  ])('answers Accept: %s with 406', async (accept) => {
    const response = await app.get('/probe/notes/1', { headers: { accept } });
    expect(response.statusCode).toBe(406);
    expect(problem(response)).toMatchObject({ status: 406, code: 'request.not_acceptable' });
  });

  it.each([
    'application/json',
    '*/*',
    'application/*',
    'text/html, */*;q=0.1',
    'application/problem+json',
    'APPLICATION/JSON; charset=utf-8',
    '',
  ])('answers Accept: %s with JSON', async (accept) => {
    const response = await app.get('/probe/notes/1', { headers: { accept } });
    expect(response.statusCode).toBe(200);
    expect(response.headers['content-type']).toMatch(/^application\/json/);
  });

  it('answers an error as problem+json whatever was accepted', async () => {
    const response = await app.get('//nowhere', { headers: { accept: 'text/html' } });
    expect(response.statusCode).toBe(404);
    expect(problem(response)).toMatchObject({ code: 'request.route_not_found' });
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/vnd.x+json',
    'nonsense',
  ])('answers a body of type %s with 415 and says what it takes', async (type) => {
    for (const method of ['POST', 'PATCH'] as const) {
      const response = await app.app.inject({
        method,
        url: method === 'POST' ? '/api/v1/probe/notes' : '/api/v1/probe/notes/1',
        headers: { 'content-type': type },
        payload: NOTE,
      });
      expect(response.statusCode).toBe(415);
      expect(problem(response).code).toBe('request.unsupported_media_type');
      expect(response.headers.accept).toBe('application/json');
      expect(response.headers['accept-patch']).toBe('application/merge-patch+json, application/json');
    }
  });

  it('answers a body without a type with 415', async () => {
    const response = await app.app.inject({ method: 'POST', url: '/api/v1/probe/notes', payload: Buffer.from(NOTE) });
    expect(response.statusCode).toBe(415);
  });

  it.each([
    'application/json',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'Application/JSON',
  ])('takes a body of type %s', async (type) => {
    const response = await app.post('/probe/notes', { text: 'hello' }, { headers: { 'content-type': type } });
    expect(response.statusCode).toBe(201);
  });

  it('takes a JSON Merge Patch (RFC 7396)', async () => {
    const response = await app.patch(
      '/probe/notes/1',
      { text: 'new' },
      { headers: { 'content-type': 'application/merge-patch+json' } },
    );
    expect(response.statusCode).toBe(200);
  });

  it.each(['gzip', 'br', 'deflate', 'x-unknown', 'gzip, identity'])(
    'answers a body in the coding %s with 415, so that nothing can unpack to any size',
    async (coding) => {
      const response = await app.post('/probe/notes', { text: 'hello' }, { headers: { 'content-encoding': coding } });
      expect(response.statusCode).toBe(415);
      expect(response.headers['accept-encoding']).toBe('identity');
    },
  );

  it('answers a wrong method with 405 and exactly the methods of the path', async () => {
    const deleted = await app.delete('/probe/notes');
    expect(deleted.statusCode).toBe(405);
    expect(problem(deleted).code).toBe('request.method_not_allowed');
    expect(deleted.headers.allow).toBe('GET, HEAD, OPTIONS, POST');
    const put = await app.put('/probe/notes/1', {});
    expect(put.statusCode).toBe(405);
    expect(put.headers.allow).toBe('GET, HEAD, OPTIONS, PATCH');
    const got = await app.get('/probe/commands');
    expect(got.statusCode).toBe(405);
    expect(got.headers.allow).toBe('OPTIONS, POST');
  });

  it('tells by OPTIONS what a path answers to', async () => {
    const response = await app.send('OPTIONS', '/probe/notes/1');
    expect(response.statusCode).toBe(204);
    expect(response.headers.allow).toBe('GET, HEAD, OPTIONS, PATCH');
    expect((await app.send('OPTIONS', '/probe/nothing-here')).statusCode).toBe(404);
  });

  it.each(['/probe/notes/1', '/probe/notes', '/probe/notes/missing'])(
    'answers HEAD %s like GET, without a body',
    async (path) => {
      const volatile = ({ date: _date, 'x-request-id': _id, ...rest }: Record<string, unknown>) => rest;
      const [head, get] = [await app.send('HEAD', path), await app.get(path)];
      expect(head.statusCode).toBe(get.statusCode);
      expect(head.body).toBe('');
      const known = (headers: Record<string, unknown>) => {
        const { ratelimit: _limit, ...rest } = volatile(headers);
        return rest;
      };
      expect(known(head.headers)).toEqual(known(get.headers));
      expect(Number(get.headers['content-length'])).toBeGreaterThan(0);
    },
  );

  it('gives no weight to headers and parameters that ask for another method or address', async () => {
    expect((await app.get('/probe/notes/1?_method=DELETE')).statusCode).toBe(400);
    const response = await app.get('/probe/notes/1', {
      headers: {
        'x-http-method-override': 'DELETE',
        'x-original-url': '/api/v1/users',
        'x-rewrite-url': '/api/v1/users',
      },
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ id: '1' });
  });

  it.each([
    '/probe//notes',
    '/probe/notes/',
    '/PROBE/notes',
    '/probe/notes;a=b',
    '/probe/notes.json',
    '/probe%2fnotes',
    '/../v1/./nothing',
  ])('serves %s only under its one spelling', async (path) => {
    expect([404, 405]).toContain((await app.put(path)).statusCode);
    expect((await app.get(path)).statusCode).toBe(404);
  });

  it('does not serve what only the inside of the machine should see', async () => {
    for (const path of [
      '//.git/config',
      '//.env',
      '//graphql',
      '//debug',
      '//queues',
      '//admin',
      '//internal',
      '//api/v0/probe/notes',
      '//main.js.map',
    ]) {
      const response = await app.get(path);
      expect(response.statusCode).toBe(404);
      expect(problem(response).code).toBe('request.route_not_found');
    }
  });
});

import { listen, sendRaw } from '../../support/raw-http.js';
import { TestApp } from '../../support/test-app.js';
import { withProbe } from './probe.module.js';

describe('Problem details', () => {
  let app: TestApp;

  beforeAll(async () => {
    const production = { NODE_ENV: 'production', SMTP_URL: 'smtp://localhost:25', REDIS_FLAVOUR: 'server' } as const;
    app = await TestApp.start(production, withProbe(production));
  });
  afterAll(() => app.close());

  it.each([
    ['a failed check', 'POST', '/probe/notes', { quantity: 0 }, 400, 'request.invalid'],
    ['no row', 'GET', '/probe/notes/missing', undefined, 404, 'note.not_found'],
    ['no route', 'GET', '/nowhere', undefined, 404, 'request.route_not_found'],
    ['another method', 'DELETE', '/probe/notes', undefined, 405, 'request.method_not_allowed'],
    ['an unforeseen failure', 'GET', '/probe/failure', undefined, 500, 'internal'],
  ] as const)('renders %s as RFC 9457 asks', async (_title, method, path, body, status, code) => {
    const response = await app.send(method, path, { body, headers: { 'x-request-id': 'asked-by-me' } });
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.headers['cache-control']).toBe('no-store');
    const problem = response.json<Record<string, string>>();
    expect(problem).toMatchObject({
      type: `https://storehouse.dev/problems/${code}`,
      status,
      code,
      instance: `/api/v1${path}`,
      requestId: 'asked-by-me',
    });
    expect(problem.title).toMatch(/^[A-Z]/);
    expect(problem.detail).toMatch(/\.$/);
  });

  it('names the path it was asked for without the query, which may hold personal data', async () => {
    const response = await app.get('/probe/notes?limit=0&q=s3cr3t');
    expect(response.json()).toMatchObject({ status: 400, instance: '/api/v1/probe/notes' });
    expect(response.body).not.toContain('s3cr3t');
  });

  it('names every offending field with a pointer, a code and a message', async () => {
    const response = await app.post('/probe/notes', {
      quantity: 0,
      labels: [{ name: 'ok' }, { name: 1, 'a/b~c': true }],
      isAdmin: true,
    });
    expect(response.statusCode).toBe(400);
    const { errors } = response.json<{ errors: { pointer: string; code: string; message: string }[] }>();
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual([
      '/isAdmin',
      '/labels/1/a~1b~0c',
      '/labels/1/name',
      '/quantity',
      '/text',
    ]);
    expect(errors).toContainEqual({ pointer: '/quantity', code: 'min', message: 'must not be less than 1' });
    expect(errors).toContainEqual({ pointer: '/isAdmin', code: 'unknown', message: 'is not known here' });
  });

  describe('quote at most 4,000 characters in the detail, 500 in a pointer and 1,000 in a message', () => {
    const long = `a${'🛒'.repeat(5_000)}z`;
    const query = encodeURIComponent('a'.repeat(10_000));
    it.each([
      ['an unknown member', () => app.post('/probe/notes', { text: 'a', [long]: 1 })],
      [
        'an unknown member further down',
        () => app.post('/probe/notes', { text: 'a', labels: [{ name: 'a', [long]: 1 }] }),
      ],
      [
        'a hundred of them',
        () => app.post('/probe/notes', Object.fromEntries(Array.from({ length: 100 }, (_, at) => [at + long, 1]))),
      ],
      ['an inherited name below a long one', () => app.post('/probe/notes', { [long]: { toString: 1 } })],
      ['an unknown parameter', () => app.get(`/probe/notes?${query}=1`)],
      ['an unknown parameter of a route that takes none', () => app.get(`/probe/notes/1?${query}=1`)],
      ['a parameter with NUL', () => app.get(`/probe/notes?${query}=%00`)],
      ['an unknown member of an order', () => app.post('/orders', { [long]: 1 }, { key: true })],
      [
        'a client of OAuth',
        () =>
          app.post('/oauth/token', undefined, {
            headers: {
              'content-type': 'application/x-www-form-urlencoded',
              authorization: `Basic ${'A'.repeat(10_000)}`,
            },
          }),
      ],
    ])('for %s', async (_title, send) => {
      const response = await send();
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.statusCode).toBeLessThan(500);
      const {
        detail,
        error_description: description,
        errors = [],
      } = response.json<{
        detail?: string;
        error_description?: string;
        errors?: { pointer: string; message: string }[];
      }>();
      expect((detail ?? description)!.length).toBeLessThanOrEqual(4_000);
      for (const { pointer, message } of errors) {
        expect(pointer.length).toBeLessThanOrEqual(500);
        expect(message.length).toBeLessThanOrEqual(1_000);
        expect(pointer.isWellFormed()).toBe(true);
      }
    });

    it('and keep the end, which says what is wrong', async () => {
      const { detail, errors } = (await app.post('/probe/notes', { text: 'a', [long]: 1 })).json<{
        detail: string;
        errors: { pointer: string }[];
      }>();
      expect(detail).toMatch(/^\/a🛒.*…[^…]*z: is not known here\.$/u);
      expect(errors[0]!.pointer).toMatch(/^\/a🛒.*….*z$/u);
    });
  });

  it('names a query parameter as ?name', async () => {
    const response = await app.get('/probe/notes?limit=0&color=red');
    expect(response.json<{ errors: object[] }>().errors).toEqual([
      { pointer: '?color', code: 'unknown', message: 'is not known here' },
      { pointer: '?limit', code: 'min', message: 'must not be less than 1' },
    ]);
  });

  it('tells nothing of the inside of a failure', async () => {
    const response = await app.get('/probe/failure');
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toMatch(/hunter2|secret\.ts|SELECT|Error|node_modules|stack/);
    expect(response.headers['x-powered-by']).toBeUndefined();
    expect(response.headers.server).toBeUndefined();
    expect(response.json<{ requestId: string }>().requestId).toBe(response.headers['x-request-id']);
  });

  it('sends the security header fields with every answer', async () => {
    for (const path of ['/probe/notes/1', '/probe/notes/missing', '//nowhere', '/probe/failure']) {
      const { headers } = await app.get(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
      });
    }
  });

  it('keeps answers to itself unless a route says otherwise', async () => {
    const { headers } = await app.get('/probe/notes/1');
    expect(headers['cache-control']).toBe('private, no-store');
    expect(headers.vary).toBe('Authorization, Origin');
  });
});

describe('Request ids', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start({}, withProbe());
  });
  afterAll(() => app.close());

  it('takes over the id of the caller and hands it to everything the request does', async () => {
    const headers = { 'x-request-id': 'Trace-1.2_3' };
    const get = await app.get('/probe/request-id', { headers });
    expect(get.headers['x-request-id']).toBe('Trace-1.2_3');
    expect(get.json()).toEqual({ requestId: 'Trace-1.2_3' });
  });

  it('is known to what a POST does after its body has come in pieces over a connection that others use too', async () => {
    const port = await listen(app.app);
    const post = (id: string, text: string) => {
      const body = JSON.stringify({ text });
      const head = `POST /api/v1/probe/request-id HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${id}\r\nContent-Type: application/json\r\n`;
      return [`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 5)}`, body.slice(5)];
    };
    const requests = Array.from({ length: 10 }, (_, index) => post(`post-${index}`, 'x'.repeat(index * 4000)));
    const connections = [requests.slice(0, 5), requests.slice(5)].map((some) =>
      sendRaw(port, some.flat(), { answers: some.length, pauseMs: 10 }),
    );
    const answers = (await Promise.all(connections)).map(({ text }) =>
      [...text.matchAll(/"requestId":"([^"]+)"/g)].map((match) => match[1]),
    );
    expect(answers.flat()).toEqual(Array.from({ length: 10 }, (_, index) => `post-${index}`));
  });

  it.each(['', 'a b', 'x'.repeat(65), 'x'.repeat(10_000), '<script>', 'ä', 'a\tb'])(
    'replaces the bad id "%s"',
    async (id) => {
      const response = await app.get('/probe/request-id', { headers: { 'x-request-id': id } });
      expect(response.headers['x-request-id']).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(response.json()).toEqual({ requestId: response.headers['x-request-id'] });
    },
  );
});

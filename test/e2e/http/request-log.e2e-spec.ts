import { Writable } from 'node:stream';
import { createLogger } from '../../../src/common/logging/logger.js';
import { createUser } from '../../factories/user.factory.js';
import { listen, sendRaw } from '../../support/raw-http.js';
import { TestApp } from '../../support/test-app.js';
import { withProbe } from './probe.module.js';

describe('The request log', () => {
  let app: TestApp;
  let text = '';

  beforeAll(async () => {
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        text += chunk.toString('utf8');
        done();
      },
    });
    const logger = createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', ROLE: 'api' }, sink);
    app = await TestApp.start({}, { ...withProbe(), logger });
  });
  afterAll(() => app.close());
  beforeEach(() => {
    text = '';
  });

  const lines = () =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const requests = () => lines().filter(({ msg }) => msg === 'request');

  it('has one line per finished request: what, outcome, duration, request id, address; not the query', async () => {
    await app.get('/probe/notes?q=private@example.org', { headers: { 'x-request-id': 'log-1' } });
    expect(requests()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        role: 'api',
        requestId: 'log-1',
        method: 'GET',
        path: '/api/v1/probe/notes',
        status: 200,
        ms: expect.any(Number),
        address: '127.0.0.1',
        msg: 'request',
      },
    ]);
    expect(text).not.toContain('private@example.org');
  });

  it('names the user of a signed-in request, by id only', async () => {
    const { user, token } = await createUser(app);
    await app.get('/users/me', { token });
    expect(requests()).toMatchObject([{ path: '/api/v1/users/me', status: 200, userId: user.id }]);
    expect(text).not.toContain(user.email);
  });

  it('has a line for refusals before any handler too', async () => {
    await app.get('//nowhere');
    await app.get('/probe/notes', { headers: { accept: 'text/html' } });
    await app.put('/probe/notes', {});
    await app.send('OPTIONS', '/probe/notes');
    expect(requests().map(({ status }) => status)).toEqual([404, 406, 405, 204]);
  });

  it('tells what went wrong inside, under the id that the client was told', async () => {
    const response = await app.get('/probe/failure');
    const failure = lines().find(({ level }) => level === 'error')!;
    expect(failure).toMatchObject({ msg: 'unexpected failure', requestId: response.headers['x-request-id'] });
    expect(JSON.stringify(failure.err)).toContain('password is hunter2');
    expect(requests()).toMatchObject([{ status: 500 }]);
  });

  it('never holds a token, a password or a body', async () => {
    const secret = 'eyJhbGciOiJFUzI1NiJ9.c2VjcmV0.c2ln';
    await app.post(
      '/probe/notes',
      { text: 'my-password-1' },
      { token: secret, headers: { 'x-order-token': 'order-secret' } },
    );
    await app.get(`/probe/notes?q=${secret}`, { headers: { cookie: `session=${secret}` } });
    expect(text).not.toMatch(/eyJ|my-password-1|order-secret/);
  });

  it('OP-2: names time, level, request and user on every line of a request, those of features and of failures too', async () => {
    const { user, token } = await createUser(app);
    text = '';
    await app.get('/probe/failure', { token, headers: { 'x-request-id': 'log-2' } });
    await app.post('/probe/said', { text: 'hello' }, { token, headers: { 'x-request-id': 'log-2' } });
    expect(lines().map(({ level, msg }) => [level, msg])).toEqual([
      ['error', 'unexpected failure'],
      ['info', 'request'],
      ['warn', 'hello'],
      ['info', 'request'],
    ]);
    for (const line of lines()) {
      expect(line).toMatchObject({
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        requestId: 'log-2',
        userId: user.id,
      });
    }
  });

  it.each([
    ['a newline', 'a\n{"level":"fatal"}'],
    ['a carriage return', 'a\r\nb'],
    ['an escape sequence', 'a\x1b[31mb\x1b]0;title\x07'],
    ['a quotation mark', 'a" , "level": "fatal'],
    ['a line separator', 'a\u2028b\u0085c'],
    ['a backslash', 'a\\'],
  ])('OP-2: %s in a user agent or an e-mail address breaks no line', async (_, hostile) => {
    const headers = { 'user-agent': hostile, 'x-request-id': hostile };
    const email = `${hostile}@example.com`;
    await app.post('/probe/said', { text: `${hostile} said by ${email}` }, { headers });
    await app.post('/auth/login', { email, password: hostile }, { headers });
    await app.post('/auth/register', { email, password: hostile, name: hostile }, { headers });
    // Each line is one object, by `lines`: none was broken in two, and none was made up.
    expect(lines().map(({ level }) => level)).toEqual(['warn', 'info', 'info', 'info']);
    expect(lines()[0]).toMatchObject({ msg: `${hostile} said by ${email}` });
    expect([...text].filter((character) => character < ' ' && character !== '\n')).toEqual([]);
  });

  it('OP-2: stays one JSON object a line whatever the request holds', async () => {
    const port = await listen(app.app);
    await sendRaw(port, [
      'GET /api/v1/probe/notes/%0a%1b[31m{"level":"fatal"} HTTP/1.1\r\nHost: a\r\nUser-Agent: "x\x1b[31m\ty"\r\nX-Request-Id: a\x1bb\r\nConnection: close\r\n\r\n',
    ]);
    await sendRaw(port, ['GET /api/v1/probe/notes/a"b\\c HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n']);
    expect(lines().length).toBeGreaterThan(0);
    expect(text).not.toContain('\x1b');
  });
});

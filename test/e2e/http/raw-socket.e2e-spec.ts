import { setTimeout as delay } from 'node:timers/promises';
import { listen, sendRaw } from '../../support/raw-http.js';
import { TestApp } from '../../support/test-app.js';
import { withProbe } from './probe.module.js';

const BODY = JSON.stringify({ text: 'hello' });
const MIB = 1024 * 1024;

/** A POST of a note, head and body, with the given fields. */
function post(fields: string[], body = BODY): string {
  return [
    'POST /api/v1/probe/notes HTTP/1.1',
    'Host: shop.test',
    'Content-Type: application/json',
    ...fields,
    '',
    body,
  ].join('\r\n');
}

describe('On the wire', () => {
  let app: TestApp;
  let port: number;

  beforeAll(async () => {
    app = await TestApp.start({}, withProbe());
    port = await listen(app.app);
  });
  afterAll(() => app.close());

  const isServing = async () => {
    const request = 'GET /api/v1/probe/notes/1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
    const answer = await sendRaw(port, [request]);
    expect(answer.statuses).toEqual([200]);
  };

  it.each([
    ['Content-Length beside Transfer-Encoding', post([`Content-Length: ${BODY.length}`, 'Transfer-Encoding: chunked'])],
    ['two different Content-Length', post([`Content-Length: ${BODY.length}`, 'Content-Length: 3'])],
    ['two equal Content-Length', post([`Content-Length: ${BODY.length}`, `Content-Length: ${BODY.length}`])],
    ['a negative Content-Length', post(['Content-Length: -1'])],
    ['chunked that is not the last coding', post(['Transfer-Encoding: chunked, identity'])],
    ['a negative chunk', post(['Transfer-Encoding: chunked'], '-5\r\nhello\r\n0\r\n\r\n')],
    ['a field name with a leading blank', post([` Content-Length: ${BODY.length}`])],
    ['a blank before the colon', post([`Content-Length : ${BODY.length}`])],
    ['a folded field', `GET /api/v1/probe/notes/1 HTTP/1.1\r\nHost: a\r\nX-Folded: one\r\n two\r\n\r\n`],
    ['bare line feeds', `GET /api/v1/probe/notes/1 HTTP/1.1\nHost: a\n\n`],
    ['an unknown method', 'FOO /api/v1/probe/notes HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['no HTTP at all', '\x16\x03\x01\x02\x00 hello\r\n\r\n'],
  ])('answers %s with a 400 problem and closes, so that no second request is served', async (_title, request) => {
    const answer = await sendRaw(port, [`${request}GET /api/v1/probe/notes/2 HTTP/1.1\r\nHost: a\r\n\r\n`]);
    expect(answer.statuses).toEqual([400]);
    expect(answer.isClosed).toBe(true);
    expect(answer.text).toMatch(/^content-type: application\/problem\+json/m);
    expect(answer.text).toMatch(/^x-content-type-options: nosniff/m);
    await isServing();
  });

  it('answers a missing Host with a 400 problem (RFC 9112 section 3.2)', async () => {
    const answer = await sendRaw(port, ['GET /api/v1/probe/notes/1 HTTP/1.1\r\nConnection: close\r\n\r\n']);
    expect(answer.statuses).toEqual([400]);
    expect(answer.text).toContain('"pointer":"Host"');
  });

  it.each(['/api/v1/probe/notes/1', '/nowhere'])('ends the answer to HEAD %s after its header', async (path) => {
    const answer = await sendRaw(port, [`HEAD ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`]);
    expect(answer.text).toMatch(/content-length: [1-9]\d*\r\n/i);
    expect(answer.text.slice(answer.text.indexOf('\r\n\r\n'))).toBe('\r\n\r\n');
  });

  it('answers TRACE with 405 and echoes nothing', async () => {
    const answer = await sendRaw(port, [
      'TRACE /api/v1/probe/notes HTTP/1.1\r\nHost: a\r\nX-Secret: s3cr3t\r\nConnection: close\r\n\r\n',
    ]);
    expect(answer.statuses).toEqual([405]);
    expect(answer.text).not.toContain('s3cr3t');
  });

  it('answers an expectation it cannot meet with a 417 problem', async () => {
    const answer = await sendRaw(port, [post([`Content-Length: ${BODY.length}`, 'Expect: 200-ok'])]);
    expect(answer.statuses).toEqual([417]);
    expect(answer.text).toMatch(/^content-type: application\/problem\+json/m);
  });

  it('asks for the body of a request that waits for 100 Continue', async () => {
    const answer = await sendRaw(
      port,
      [post([`Content-Length: ${BODY.length}`, 'Expect: 100-continue', 'Connection: close'], ''), BODY],
      {
        pauseMs: 50,
      },
    );
    expect(answer.statuses).toEqual([100, 201]);
  });

  it('does not open a tunnel for CONNECT', async () => {
    const answer = await sendRaw(port, ['CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n']);
    expect(answer.isClosed).toBe(true);
    expect(answer.statuses.filter((status) => status < 400)).toEqual([]);
    await isServing();
  });

  it('serves nothing out of the body of a GET', async () => {
    const smuggled = 'GET /api/v1/probe/notes/2 HTTP/1.1\r\nHost: a\r\n\r\n';
    const answer = await sendRaw(port, [
      `GET /api/v1/probe/notes/1 HTTP/1.1\r\nHost: a\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    ]);
    expect(answer.statuses).toEqual([200]);
  });

  it.each([
    [
      'a header field of 20 kB',
      `GET /api/v1/probe/notes/1 HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
    ],
    ['an address of 20 kB', `GET /api/v1/probe/notes?q=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`],
    [
      '2000 header fields',
      `GET /api/v1/probe/notes/1 HTTP/1.1\r\nHost: a\r\n${'X-Many: 12345678\r\n'.repeat(2000)}\r\n`,
    ],
  ])('answers %s with a 431 problem', async (_title, request) => {
    const answer = await sendRaw(port, [request]);
    expect(answer.statuses).toEqual([431]);
    expect(answer.text).toContain('request.headers_too_large');
    expect(answer.isClosed).toBe(true);
  });

  it('takes a body of exactly 1 MiB and refuses one byte more with 413', async () => {
    const body = (bytes: number) => JSON.stringify({ text: 'x'.repeat(bytes - JSON.stringify({ text: '' }).length) });
    const exact = await sendRaw(port, [post([`Content-Length: ${MIB}`, 'Connection: close'], body(MIB))]);
    expect(exact.statuses).toEqual([201]);
    const more = await sendRaw(port, [post([`Content-Length: ${MIB + 1}`], body(MIB + 1))]);
    expect(more.statuses).toEqual([413]);
    expect(more.text).toContain('request.too_large');
  });

  it('refuses more than 1 MiB without Content-Length with 413', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const parts = [post(['Transfer-Encoding: chunked'], ''), ...Array<string>(17).fill(chunk), '0\r\n\r\n'];
    const answer = await sendRaw(port, parts);
    expect(answer.statuses).toEqual([413]);
    await isServing();
  });

  it('answers invalid UTF-8 in the body with a 400 problem', async () => {
    const body = Buffer.concat([Buffer.from('{"text":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
    const answer = await sendRaw(port, [post([`Content-Length: ${body.length}`, 'Connection: close'], ''), body]);
    expect(answer.statuses).toEqual([400]);
    expect(answer.text).toContain('request.malformed_json');
  });

  it.each([
    ['invalid UTF-8 in the path', 'GET /api/v1/probe/notes/%C3%28 HTTP/1.1'],
    ['a lone % in the path', 'GET /api/v1/probe/notes/%zz HTTP/1.1'],
    ['NUL in the query', 'GET /api/v1/probe/notes?q=a%00b HTTP/1.1'],
    ['NUL in a parameter name', 'GET /api/v1/probe/notes?q%00=a HTTP/1.1'],
    ['invalid UTF-8 in the query', 'GET /api/v1/probe/notes?q=%C3%28 HTTP/1.1'],
    ['half a surrogate pair in the query', 'GET /api/v1/probe/notes?q=%ED%A0%80 HTTP/1.1'],
    [
      '101 parameters',
      `GET /api/v1/probe/notes?${Array.from({ length: 101 }, (_, index) => `a${index}=1`).join('&')} HTTP/1.1`,
    ],
  ])('answers %s with a 400 problem that carries the usual header fields', async (_title, start) => {
    const answer = await sendRaw(port, [`${start}\r\nHost: a\r\nConnection: close\r\n\r\n`]);
    expect(answer.statuses).toEqual([400]);
    expect(answer.text).toContain('request.invalid');
    expect(answer.text).toMatch(/^x-request-id: [0-9a-f-]{36}\r$/m);
    expect(answer.text).toMatch(/^content-security-policy: default-src 'none'/m);
    await isServing();
  });

  it('cuts a request that does not arrive in time with 408, and serves others meanwhile', async () => {
    const server = app.app.getHttpServer() as { requestTimeout: number; headersTimeout: number };
    expect(server).toMatchObject({ requestTimeout: 30_000, headersTimeout: 15_000 });
    Object.assign(server, { requestTimeout: 2_000, headersTimeout: 1_500 });
    try {
      const slow = sendRaw(port, [post([`Content-Length: ${BODY.length}`], ''), '{', '"'], { pauseMs: 100 });
      const slowHead = sendRaw(port, ['GET / HTTP/1.1\r\nHo']);
      await delay(100);
      await isServing();
      for (const answer of await Promise.all([slow, slowHead])) {
        expect(answer.statuses).toEqual([408]);
        expect(answer.isClosed).toBe(true);
      }
    } finally {
      Object.assign(server, { requestTimeout: 30_000, headersTimeout: 15_000 });
    }
  });

  it('serves while 300 connections stand idle', async () => {
    const idle = Array.from({ length: 300 }, () =>
      sendRaw(port, ['GET /api/v1/probe/notes/1 HTTP/1.1\r\nHost: a\r\n'], { answers: 0, quietMs: 1_500 }),
    );
    await delay(200);
    await isServing();
    expect((await Promise.all(idle)).flatMap(({ statuses }) => statuses)).toEqual([]);
  });

  it('keeps its memory, and time for others, when it is sent bodies it refuses', async () => {
    const rss = () => process.memoryUsage().rss / MIB;
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const many = JSON.stringify({ text: 'x', labels: Array(100_000).fill(0) });
    const keys = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1])));
    const before = rss();
    for (const body of [
      deep,
      many,
      keys(60_000),
      keys(9_999),
      JSON.stringify({ text: 'x', labels: Array(9_000).fill({}) }),
    ]) {
      const begin = process.cpuUsage();
      const answer = await sendRaw(port, [post([`Content-Length: ${body.length}`, 'Connection: close'], body)]);
      const { user, system } = process.cpuUsage(begin);
      expect(answer.statuses).toEqual([400]);
      expect(answer.text.length).toBeLessThan(20_000);
      // Time of the processor, of which others that share the machine take none away.
      expect((user + system) / 1e3).toBeLessThan(1_000);
    }
    expect(rss() - before).toBeLessThan(150);
    await isServing();
  });
});

import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { isReachable, RefusedAddressError } from '../../../src/common/net/outbound-address.js';
import { NoAnswerError, OutboundRequests, type OutboundSettings } from '../../../src/common/net/outbound-requests.js';
import { TestAuthority, type TestCertificate } from '../../support/certificates.js';

/** Checks WH-11 to WH-14. */
describe('requests to addresses that somebody outside has named', () => {
  const servers: Server[] = [];
  let connections = 0;
  afterEach(() => {
    connections = 0;
    for (const server of servers.splice(0)) server.close();
  });

  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    server.on('connection', () => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  };
  const receiver = (listener: RequestListener = (_, response) => response.end('ok')) =>
    listen(createHttpServer(listener));
  const requests = (settings: Partial<OutboundSettings> = {}): OutboundRequests =>
    new OutboundRequests({
      allowsPrivate: false,
      allowsHttp: true,
      own: new URL('https://api.shop.example'),
      ownPort: 3000,
      resolve: () => Promise.reject(new Error('no such name')),
      ...settings,
    });
  const post = (outbound: OutboundRequests, url: string, timeoutMs = 60_000) =>
    outbound.post(url, {
      headers: { 'content-type': 'application/json' },
      body: '{}',
      timeoutMs,
      signal: new AbortController().signal,
    });
  const refuses = (outbound: OutboundRequests, url: string) =>
    expect(outbound.check(url)).rejects.toThrow(RefusedAddressError);

  const spellings = [
    ...['http://127.0.0.1', 'http://localhost', 'http://localhost.', 'http://a.localhost', 'http://127.1'],
    ...['http://2130706433', 'http://0x7f000001', 'http://017700000001', 'http://0', 'http://127。0。0。1'],
    ...['http://ⓛocalhost', 'http://①②⑦.0.0.1', 'http://example.com@127.0.0.1', 'http:127.0.0.1'],
    ...['http://127.0.0.1\\@example.com', 'http://[::1]', 'http://[::]', 'http://[::ffff:127.0.0.1]'],
    ...['http://[::127.0.0.1]', 'http://[::ffff:a9fe:a9fe]', 'http://[64:ff9b::7f00:1]', 'http://[2002:7f00:1::]'],
    ...['http://[64:ff9b:1::7f00:1]', 'http://[fe80::1]', 'http://[fec0::1]', 'http://[fd00:ec2::254]'],
    ...['http://169.254.169.254', 'http://10.0.0.1', 'http://172.16.0.1', 'http://172.31.255.255'],
    ...['http://192.168.1.1', 'http://100.64.0.1', 'http://192.0.0.8', 'http://198.18.0.1', 'http://198.19.255.255'],
    ...['http://224.0.0.1', 'http://240.0.0.1', 'http://255.255.255.255', 'http://[ff02::1]', 'http://[100::1]'],
    ...['http://[2001:db8::1]', 'http://[2001::1]', 'http://0.1.2.3', 'http://203.0.113.7'],
  ];

  it.each(spellings)('WH-11 are refused for %s, when named and when sent: no connection is opened', async (address) => {
    const port = await receiver();
    // The path goes behind what the spelling leaves open.
    const url = /\\@/.test(address) ? address : `${address}:${port}/hook`;
    await refuses(requests(), url);
    await refuses(requests(), /\\@/.test(address) ? address : `${address}/hook`);
    await expect(post(requests(), url)).rejects.toThrow(NoAnswerError);
    expect(connections).toBe(0);
  });

  it.each([
    ...['file:///etc/passwd', 'ftp://example.com/', 'gopher://example.com/', 'data:text/plain,x', 'javascript:1'],
    ...['https://user:secret@example.com/', 'https://user@example.com/', 'https://example.com/#part', 'https://'],
    ...['https://example.com:22/', 'https://example.com:25/', 'https://example.com:5432/', 'https://example.com:6379/'],
    ...['https://api.shop.example/hooks', 'https://API.shop.example.:443/hooks', 'not an address', ''],
  ])('WH-11 are refused for %s', async (url) => {
    const outbound = requests({ resolve: () => Promise.resolve(['93.184.216.34']) });
    await expect(outbound.check(url)).rejects.toThrow(RefusedAddressError);
  });

  it('WH-11 are refused for our own port at our own address, also where private addresses are allowed', async () => {
    const port = await receiver();
    const outbound = requests({ allowsPrivate: true, ownPort: port });
    await refuses(outbound, `http://127.0.0.1:${port}/`);
    await refuses(outbound, `http://localhost:${port}/`);
    await expect(post(outbound, `http://127.0.0.1:${port}/`)).rejects.toThrow(NoAnswerError);
    expect(connections).toBe(0);
  });

  it('reach addresses of the internet, and private ones where that is allowed, but never those of a link', () => {
    expect(['93.184.216.34', '8.8.8.8', '2606:4700::1111'].map((address) => isReachable(address, false))).toEqual(
      Array(3).fill(true),
    );
    expect(
      ['127.0.0.1', '::1', '10.1.2.3', '192.168.0.1', 'fd12::1'].map((address) => isReachable(address, true)),
    ).toEqual(Array(5).fill(true));
    expect(
      ['169.254.169.254', '0.0.0.0', '224.0.0.1', 'fe80::1', 'fe80::1%eth0', '::ffff:127.0.0.1', 'x'].map((address) =>
        isReachable(address, true),
      ),
    ).toEqual(Array(7).fill(false));
  });

  it('WH-12 look again at each sending: a name that led to the internet and now leads here gets no connection', async () => {
    const port = await receiver();
    const answers = [['93.184.216.34'], ['127.0.0.1']];
    const outbound = requests({ resolve: () => Promise.resolve(answers.shift()!) });
    await expect(outbound.check(`http://hooks.example:${port}/`)).resolves.toBe(`http://hooks.example:${port}/`);
    await expect(post(outbound, `http://hooks.example:${port}/`)).rejects.toThrow(NoAnswerError);
    expect(connections).toBe(0);
  });

  it('WH-12 are refused for a name with one public and one private address', async () => {
    const port = await receiver();
    const outbound = requests({ resolve: () => Promise.resolve(['93.184.216.34', '127.0.0.1']) });
    await refuses(outbound, `http://hooks.example:${port}/`);
    await expect(post(outbound, `http://hooks.example:${port}/`)).rejects.toThrow(NoAnswerError);
    expect(connections).toBe(0);
  });

  it('WH-12 go to the addresses that were checked: the name is resolved once', async () => {
    const port = await receiver();
    let asked = 0;
    const outbound = requests({
      allowsPrivate: true,
      resolve: () => Promise.resolve(asked++ === 0 ? ['127.0.0.1'] : ['169.254.169.254']),
    });
    const answer = await post(outbound, `http://hooks.example:${port}/`);
    expect([answer.status, answer.body.toString(), asked, connections]).toEqual([200, 'ok', 1, 1]);
  });

  it('pass a name that nobody knows yet when it is named, and fail when something is sent there', async () => {
    await expect(requests().check('https://soon.example/hook')).resolves.toBe('https://soon.example/hook');
    await expect(post(requests(), 'https://soon.example/hook')).rejects.toThrow(NoAnswerError);
  });

  it('WH-13 do not follow a redirect', async () => {
    const inner = await receiver();
    const port = await receiver((_, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${inner}/` }).end();
    });
    const answer = await post(requests({ allowsPrivate: true }), `http://127.0.0.1:${port}/`);
    expect([answer.status, connections]).toEqual([302, 1]);
  });

  it('end in time when there is no answer, and take the status of one whose body never ends', async () => {
    const port = await receiver((request, response) => {
      if (request.url === '/silent') return;
      response.writeHead(200).write('x');
      if (request.url === '/endless') setInterval(() => response.write('x'.repeat(60_000)), 1).unref();
    });
    const outbound = requests({ allowsPrivate: true });
    await expect(post(outbound, `http://127.0.0.1:${port}/silent`, 50)).rejects.toThrow(NoAnswerError);
    const endless = await post(outbound, `http://127.0.0.1:${port}/endless`);
    expect([endless.status, endless.body.length]).toEqual([200, 65_536]);
    const slow = await post(outbound, `http://127.0.0.1:${port}/slow`);
    expect([slow.status, slow.body.toString()]).toEqual([200, 'x']);
  });

  it('fail when the connection is reset, refused, upgraded, or answers nonsense', async () => {
    const port = await receiver((request, response) => {
      if (request.url === '/reset') request.socket.resetAndDestroy();
      else if (request.url === '/close') request.socket.end();
      else if (request.url === '/upgrade')
        request.socket.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
      else if (request.url === '/nonsense') request.socket.end('220 mail.example.org\r\n');
      else response.writeHead(200, { 'x-large': 'x'.repeat(20_000) }).end();
    });
    const outbound = requests({ allowsPrivate: true });
    for (const path of ['reset', 'close', 'upgrade', 'nonsense', 'headers'])
      await expect(post(outbound, `http://127.0.0.1:${port}/${path}`)).rejects.toThrow(NoAnswerError);
    await expect(post(outbound, 'http://127.0.0.1:1023/')).rejects.toThrow(NoAnswerError);
  });

  it('WH-14 need TLS outside development', async () => {
    await refuses(requests({ allowsHttp: false }), 'http://example.com/');
    await expect(post(requests({ allowsHttp: false }), 'http://example.com/')).rejects.toThrow(NoAnswerError);
  });

  describe('with TLS', () => {
    let authority: TestAuthority;
    beforeAll(async () => {
      authority = await TestAuthority.create();
    });

    const secure = (certificate: TestCertificate) =>
      listen(createTlsServer(certificate, (_, response) => response.end('ok')));
    const trusting = (ca: string | undefined) =>
      requests({ allowsPrivate: true, resolve: () => Promise.resolve(['127.0.0.1']), ...(ca ? { ca } : {}) });

    it('WH-14 take a certificate for the name by somebody trusted', async () => {
      const port = await secure(await authority.issue('hooks.example'));
      const answer = await post(trusting(authority.cert), `https://hooks.example:${port}/`);
      expect([answer.status, answer.body.toString()]).toEqual([200, 'ok']);
    });

    it.each([
      ['by somebody unknown', 'hooks.example', 1, false],
      ['for another name', 'other.example', 1, true],
      ['that has expired', 'hooks.example', -1, true],
    ])('WH-14 fail with a certificate %s', async (_, name, days, isTrusted) => {
      const port = await secure(await authority.issue(name, days));
      const outbound = trusting(isTrusted ? authority.cert : undefined);
      await expect(post(outbound, `https://hooks.example:${port}/`)).rejects.toThrow(NoAnswerError);
      expect(connections).toBe(1);
    });
  });
});

import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

/** TK-12: how credentials may be sent, and how their absence is answered (RFC 6750 sections 2 and 3). */
describe('credentials of a request', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await TestApp.start();
    ({ token } = await createUser(app));
  });
  afterAll(() => app.close());

  const withHeader = (authorization: string, path = '/users/me') => app.get(path, { headers: { authorization } });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('are recognised under the scheme %s', async (scheme) => {
    expect((await withHeader(`${scheme} ${token}`)).statusCode).toBe(200);
  });

  it('TK-12: missing: 401 auth.required, and a challenge that names no error', async () => {
    const answer = await app.get('/users/me');
    expect(answer.statusCode).toBe(401);
    expect(answer.json().code).toBe('auth.required');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="storehouse"');
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  it.each(['Basic YWRtaW46YWRtaW4=', 'Digest username="a"', 'Bear x', 'token'])(
    'of another scheme (%s) are as good as none: 401 auth.required, on a public route too',
    async (authorization) => {
      for (const path of ['/users/me', '//.well-known/jwks.json']) {
        const answer = await withHeader(authorization, path);
        expect(answer.statusCode).toBe(401);
        expect(answer.json().code).toBe('auth.required');
      }
    },
  );

  it.each(['Bearer', 'Bearer ', 'Bearer x', 'Bearer x y'])(
    'that are no token (%j) are 401 auth.invalid_token',
    async (authorization) => {
      const answer = await withHeader(authorization);
      expect(answer.statusCode).toBe(401);
      expect(answer.json().code).toBe('auth.invalid_token');
    },
  );

  it('TK-12: in the query do not count, and beside a header they are ambiguous', async () => {
    expect((await app.get(`/users/me?access_token=${token}`)).statusCode).toBe(401);
    const both = await app.get(`/users/me?access_token=${token}`, { token });
    expect(both.statusCode).toBe(400);
    expect(both.json()).toMatchObject({ code: 'request.invalid', errors: [{ pointer: 'Authorization' }] });
  });

  it('TK-12: sent twice are ambiguous: 400, also when both are the same', async () => {
    expect((await withHeader(`Bearer ${token}, Bearer ${token}`)).statusCode).toBe(400);
    await app.app.listen(0, '127.0.0.1');
    const { port } = app.app.getHttpServer().address() as AddressInfo;
    const ask = async (headers: string[]): Promise<string> => {
      const socket = connect(port, '127.0.0.1');
      socket.write(
        ['GET /api/v1/users/me HTTP/1.1', 'Host: localhost', 'Connection: close', ...headers, '', ''].join('\r\n'),
      );
      return (await text(socket)).split('\r\n', 1)[0]!;
    };
    expect(await ask([`Authorization: Bearer ${token}`])).toBe('HTTP/1.1 200 OK');
    expect(await ask([`Authorization: Bearer ${token}`, `authorization: Bearer ${token}`])).toBe(
      'HTTP/1.1 400 Bad Request',
    );
    expect(await ask([`Authorization: Bearer ${token}`, 'Authorization: Basic YTpi'])).toBe('HTTP/1.1 400 Bad Request');
  });

  it('TK-12: without the scope: 403 auth.insufficient_scope naming it', async () => {
    for (const { token: lacking } of [await createUser(app), await createStaff(app, ['orders:read', 'users:write'])]) {
      const answer = await app.get('/users', { token: lacking });
      expect(answer.statusCode).toBe(403);
      expect(answer.json().code).toBe('auth.insufficient_scope');
      expect(answer.headers['www-authenticate']).toBe(
        'Bearer realm="storehouse", error="insufficient_scope", scope="users:read"',
      );
    }
  });

  it('with the scope, by name, by role or by *, are let through', async () => {
    for (const access of [['users:read'] as const, 'support', 'finance', 'admin']) {
      const { token: holding } = await createStaff(app, access);
      expect((await app.get('/users', { token: holding })).statusCode).toBe(200);
    }
  });

  it('that are wrong are refused on a public route as well, not taken for nobody', async () => {
    const answer = await app.get('/products', { token: `${token.slice(0, -2)}AA` });
    expect(answer.json()).toMatchObject({ status: 401, code: 'auth.invalid_token' });
  });

  it('AC-3: cannot be forged by override headers or another method', async () => {
    const { token: customer } = await createUser(app);
    const headers = {
      'x-http-method-override': 'DELETE',
      'x-original-url': '/api/v1/auth/sessions',
      'x-forwarded-user': 'admin',
    };
    expect((await app.get('/users', { token: customer, headers })).statusCode).toBe(403);
    for (const path of [
      '//admin',
      '//internal/users',
      '//api/v1/users/',
      '//api/v1//users',
      '//api/v1/users.json',
      '//API/v1/USERS',
      '//api/v1/users;x=1',
      '//api/v1%2fusers',
    ])
      expect([403, 404]).toContain((await app.get(path, { token: customer })).statusCode);
  });
});

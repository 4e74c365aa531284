import { createHash } from 'node:crypto';
import { Writable } from 'node:stream';
import type { Response } from 'light-my-request';
import { pino } from 'pino';
import { OAuthTokensRepository } from '../../../src/auth/oauth/oauth-tokens.repository.js';
import { newId } from '../../../src/common/ids.js';
import { createKey, type CreatedKey, type KeyInput } from '../../factories/api-key.factory.js';
import { createStaff, createUser, TEST_PASSWORD } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const FORM = 'application/x-www-form-urlencoded';
const GRANT = { grant_type: 'client_credentials' };

interface Client {
  id: string;
  key: string;
}

const basic = ({ id, key }: Client): string => `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`;

/** A form as text, so that members can come twice. */
const formOf = (members: Record<string, string> | string): string =>
  typeof members === 'string' ? members : new URLSearchParams(members).toString();

describe('OAuth for service accounts', () => {
  let app: TestApp;
  let client: CreatedKey;

  beforeAll(async () => {
    app = await TestApp.start();
    client = await createKey(app, { scopes: ['orders:read', 'inventory:read'] });
  });
  afterAll(() => app.close());

  const send = (
    endpoint: string,
    members: Record<string, string> | string,
    headers: Record<string, string> = {},
    on = app,
  ): Promise<Response> =>
    on.app.inject({
      method: 'POST',
      url: `/api/v1/oauth/${endpoint}`,
      headers: { 'content-type': FORM, ...headers },
      payload: formOf(members),
    });
  /** As the client, by HTTP Basic authentication. */
  const sendAs = (by: Client, endpoint: string, members: Record<string, string> | string, on = app) =>
    send(endpoint, members, { authorization: basic(by) }, on);
  const issue = async (by: Client = client, scope?: string): Promise<string> => {
    const answer = await sendAs(by, 'token', { ...GRANT, ...(scope === undefined ? {} : { scope }) });
    if (answer.statusCode !== 200) throw new Error(answer.body);
    return answer.json<{ access_token: string }>().access_token;
  };
  const newClient = (input: KeyInput = {}) =>
    createKey(app, { scopes: ['orders:read', 'inventory:read'], creator: client.creator, ...input });

  function expectError(answer: Response, status: number, error: string): void {
    expect({ status: answer.statusCode, body: answer.json() }).toEqual({
      status,
      body: { error, error_description: expect.stringMatching(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/) },
    });
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers.pragma).toBe('no-cache');
    if (status === 401) expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="storehouse"/);
  }

  describe('the token endpoint', () => {
    it('TK-13: answers with a short-lived bearer token that nobody stores', async () => {
      const answer = await sendAs(client, 'token', GRANT);
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({
        access_token: expect.stringMatching(/^sha_[A-Za-z0-9_-]{43}$/),
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'inventory:read orders:read',
      });
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers.pragma).toBe('no-cache');
      const { access_token: token } = answer.json<{ access_token: string }>();
      const rows = await app.database.query<{ token_hash: Buffer }>(
        `SELECT * FROM oauth_access_tokens WHERE key_id = $1`,
        [client.id],
      );
      expect(rows.map((row) => row.token_hash)).toContainEqual(createHash('sha256').update(token).digest());
      expect(JSON.stringify(rows)).not.toContain(token);
      for (const path of ['/orders', '/inventory']) expect((await app.get(path, { token })).statusCode).toBe(200);
      expect((await app.get('/users', { token })).statusCode).toBe(403);
    });

    it('takes the credentials from the form as well, and with them form-encoded in the header', async () => {
      const inForm = await send('token', { ...GRANT, client_id: client.id, client_secret: client.key });
      expect(inForm.statusCode).toBe(200);
      const escaped = `${client.id.replaceAll('-', '%2D')}:${client.key.replace('_', '%5F')}`;
      const encoded = await send('token', GRANT, {
        authorization: `bAsIc ${Buffer.from(escaped).toString('base64')}`,
      });
      expect(encoded.statusCode).toBe(200);
      const same = await send('token', { ...GRANT, client_id: client.id }, { authorization: basic(client) });
      expect(same.statusCode).toBe(200);
    });

    it('narrows the token to the scope that is asked for', async () => {
      const answer = await sendAs(client, 'token', { ...GRANT, scope: 'orders:read orders:read' });
      expect(answer.json()).toMatchObject({ scope: 'orders:read' });
      const { access_token: token } = answer.json<{ access_token: string }>();
      expect((await app.get('/orders', { token })).statusCode).toBe(200);
      expect((await app.get('/inventory', { token })).statusCode).toBe(403);
    });

    it.each(['users:write', 'orders:read users:write', '*', 'nonsense', 'ORDERS:READ'])(
      'refuses the scope %j: 400 invalid_scope',
      async (scope) => expectError(await sendAs(client, 'token', { ...GRANT, scope }), 400, 'invalid_scope'),
    );

    it('TK-14: a missing grant type or a repeated member is 400 invalid_request', async () => {
      for (const form of [
        '',
        'scope=orders:read',
        'grant_type=',
        'grant_type=client_credentials&grant_type=client_credentials',
        'grant_type=client_credentials&scope=orders:read&scope=orders:read',
        'grant_type=client_credentials&unknown=1&unknown=1',
        'grant_type=%zz',
        'grant_type=%00',
        'grant_type=%ff',
        Array.from({ length: 101 }, (_, n) => `a${n}=1`).join('&'),
      ])
        expectError(await sendAs(client, 'token', form), 400, 'invalid_request');
    });

    it('TK-14: an unknown member is ignored, and a blank one is none (RFC 6749 section 3.2)', async () => {
      const answer = await sendAs(client, 'token', {
        ...GRANT,
        resource: 'https://a.example',
        scope: '',
        client_id: '',
      });
      expect(answer.statusCode).toBe(200);
    });

    it('TK-14: JSON is 400 invalid_request, other media types 415, an oversized form 413', async () => {
      const inject = (type: string, payload: string) =>
        app.app.inject({
          method: 'POST',
          url: '/api/v1/oauth/token',
          headers: { 'content-type': type, authorization: basic(client) },
          payload,
        });
      expectError(await inject('application/json', JSON.stringify(GRANT)), 400, 'invalid_request');
      expectError(await inject('application/json', '{'), 400, 'invalid_request');
      expectError(await inject('text/plain', 'grant_type=client_credentials'), 415, 'invalid_request');
      expectError(await inject('multipart/form-data; boundary=x', '--x--'), 415, 'invalid_request');
      expectError(await inject(`${FORM}; charset=utf-16`, 'grant_type=client_credentials'), 415, 'invalid_request');
      expectError(await inject(FORM, `a=${'x'.repeat(17_000)}`), 413, 'invalid_request');
      expectError(await app.app.inject({ method: 'POST', url: '/api/v1/oauth/token' }), 400, 'invalid_request');
      expect((await inject(`${FORM}; charset=UTF-8`, formOf(GRANT))).statusCode).toBe(200);
    });

    it('TK-14: credentials or parameters in the query are refused', async () => {
      const answer = await app.app.inject({
        method: 'POST',
        url: `/api/v1/oauth/token?client_id=${client.id}&client_secret=${client.key}`,
        headers: { 'content-type': FORM },
        payload: formOf(GRANT),
      });
      expectError(answer, 400, 'invalid_request');
    });

    it.each(['GET', 'PUT', 'DELETE', 'PATCH'] as const)('TK-14: %s is 405 with Allow', async (method) => {
      for (const endpoint of ['token', 'revoke', 'introspect']) {
        const answer = await app.send(method, `/oauth/${endpoint}`);
        expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'OPTIONS, POST']);
      }
    });

    it('TK-15: password, code, refresh and implicit grants are not supported', async () => {
      const { user, refreshToken } = await createUser(app);
      const forms: Record<string, string>[] = [
        { grant_type: 'password', username: user.email, password: TEST_PASSWORD },
        { grant_type: 'authorization_code', code: 'x' },
        { grant_type: 'refresh_token', refresh_token: refreshToken },
        { grant_type: 'implicit' },
        { grant_type: 'Client_Credentials' },
        { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'x' },
      ];
      for (const form of forms) {
        expectError(await sendAs(client, 'token', form), 400, 'unsupported_grant_type');
        expectError(await send('token', form), 400, 'unsupported_grant_type');
      }
      expectError(await sendAs(client, 'token', { response_type: 'token' }), 400, 'invalid_request');
      expect((await app.get(`/oauth/authorize?response_type=token&client_id=${client.id}`)).statusCode).toBe(404);
    });

    it('TK-14: a client that is wrong in any way is 401 invalid_client, and cannot be told from one that is none', async () => {
      const other = await newClient();
      const revoked = await newClient();
      await app.delete(`/api-keys/${revoked.id}`, { token: client.creator.token });
      const expired = await newClient({ expiresAt: '2099-01-01T00:00:00Z' });
      await app.database.execute(`UPDATE api_keys SET expires_at = now() WHERE id = $1`, [expired.id]);
      const elsewhere = await newClient({ allowedAddresses: ['203.0.113.9'] });
      const answers = await Promise.all(
        [
          { id: newId(), key: client.key },
          { id: client.id, key: other.key },
          { id: client.id, key: 'wrong' },
          { id: client.id, key: await issue() },
          { id: client.id, key: client.creator.token },
          { id: 'nobody', key: client.key },
          revoked,
          expired,
          elsewhere,
        ].map((one) => sendAs(one, 'token', GRANT)),
      );
      for (const answer of answers) expectError(answer, 401, 'invalid_client');
      expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
      for (const authorization of [
        'Basic',
        'Basic !',
        'Basic bm9jb2xvbg==',
        'Basic JTAwOiV6eg==',
        `Bearer ${client.key}`,
      ])
        expectError(await send('token', GRANT, { authorization }), 401, 'invalid_client');
      expectError(await send('token', GRANT), 401, 'invalid_client');
      expectError(await send('token', { ...GRANT, client_id: client.id }), 401, 'invalid_client');
    });

    it('TK-14: two ways of proving who it is at once are 400 invalid_request', async () => {
      const authorization = basic(client);
      const twice: Record<string, string>[] = [
        { client_id: client.id, client_secret: client.key },
        { client_secret: client.key },
        { client_id: newId() },
      ];
      for (const members of twice)
        expectError(await send('token', { ...GRANT, ...members }, { authorization }), 400, 'invalid_request');
    });

    it('takes no notice of an Idempotency-Key, with which somebody else could ask for the answer', async () => {
      const headers = { 'idempotency-key': 'the-same-key' };
      const first = await send('token', GRANT, { ...headers, authorization: basic(client) });
      expect(first.statusCode).toBe(200);
      expectError(await send('token', GRANT, headers), 401, 'invalid_client');
      const again = await send('token', GRANT, { ...headers, authorization: basic(client) });
      expect(again.json<{ access_token: string }>().access_token).not.toBe(
        first.json<{ access_token: string }>().access_token,
      );
    });
  });

  it('AC-11: a form is taken nowhere else: 415 and nothing happens', async () => {
    for (const path of ['/auth/login', '/auth/register', '/orders', '/api-keys', '/auth/logout']) {
      const answer = await app.app.inject({
        method: 'POST',
        url: `/api/v1${path}`,
        headers: { 'content-type': FORM, authorization: `Bearer ${client.creator.token}` },
        payload: 'email=a@example.com&password=x',
      });
      expect(answer.json()).toMatchObject({ status: 415, code: 'request.unsupported_media_type' });
    }
    expect((await app.get('/auth/sessions', { token: client.creator.token })).statusCode).toBe(200);
  });

  describe('an access token', () => {
    it('ends with its key, is narrowed with it, and ends with the secret it was got with', async () => {
      const by = await newClient();
      const { token: admin } = by.creator;
      const token = await issue(by);
      const statuses = async (one: string) => [
        (await app.get('/orders', { token: one })).statusCode,
        (await app.get('/inventory', { token: one })).statusCode,
      ];
      expect(await statuses(token)).toEqual([200, 200]);
      await app.patch(`/api-keys/${by.id}`, { scopes: ['orders:read', 'users:read'] }, { token: admin });
      expect(await statuses(token)).toEqual([200, 403]);
      expect((await app.get('/users', { token })).statusCode).toBe(403);
      const rotated = await app.post(`/api-keys/${by.id}/rotate`, {}, { token: admin });
      expect(await statuses(token)).toEqual([200, 403]);
      const successor = await issue({ id: by.id, key: rotated.json<{ key: string }>().key });
      await app.post(`/api-keys/${by.id}/rotate`, { overlapSeconds: 60 }, { token: admin });
      expect(await statuses(token)).toEqual([401, 401]);
      expect((await statuses(successor))[0]).toBe(200);
      await app.delete(`/api-keys/${by.id}`, { token: admin });
      expect(await statuses(successor)).toEqual([401, 401]);
    });

    it('does not outlive its key', async () => {
      const by = await newClient({ expiresAt: '2099-01-01T00:00:00Z' });
      await app.database.execute(`UPDATE api_keys SET expires_at = now() + interval '100 seconds' WHERE id = $1`, [
        by.id,
      ]);
      const { expires_in: seconds } = (await sendAs(by, 'token', GRANT)).json<{ expires_in: number }>();
      expect(seconds).toBeGreaterThan(80);
      expect(seconds).toBeLessThanOrEqual(100);
    });

    it('is bound to the addresses of its key', async () => {
      const by = await newClient({ allowedAddresses: ['127.0.0.1'] });
      const token = await issue(by);
      const answer = await app.app.inject({
        method: 'GET',
        url: '/api/v1/orders',
        remoteAddress: '203.0.113.9',
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.json()).toMatchObject({ status: 403, code: 'auth.address_not_allowed' });
    });

    it('that has expired is 401 with error="invalid_token", and is deleted a day later', async () => {
      const by = await newClient();
      const token = await issue(by);
      await app.database.execute(`UPDATE oauth_access_tokens SET expires_at = now() WHERE key_id = $1`, [by.id]);
      const answer = await app.get('/orders', { token });
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="storehouse", error="invalid_token"');
      const count = async () =>
        (await app.database.query(`SELECT 1 FROM oauth_access_tokens WHERE key_id = $1`, [by.id])).length;
      const tokens = app.app.get(OAuthTokensRepository, { strict: false });
      await tokens.purgeEnded(1000);
      expect(await count()).toBe(1);
      await app.database.execute(
        `UPDATE oauth_access_tokens SET expires_at = now() - interval '25 hours' WHERE key_id = $1`,
        [by.id],
      );
      await tokens.purgeEnded(1000);
      expect(await count()).toBe(0);
    });

    it('TK-7: works nowhere but as a bearer token, and no other token in its place', async () => {
      const token = await issue();
      const { refreshToken } = await createUser(app);
      expect((await app.post('/auth/refresh', { refreshToken: token })).statusCode).toBe(401);
      expectError(await sendAs({ id: client.id, key: token }, 'token', GRANT), 401, 'invalid_client');
      expect((await app.get('/orders', { token: refreshToken })).statusCode).toBe(401);
      expect((await app.get('/users/me', { token })).statusCode).toBe(403);
    });
  });

  describe('revocation', () => {
    it('TK-18: a living, an unknown, an expired and a revoked token are 200, without a client 401, and it counts at once', async () => {
      const [living, expired] = [await issue(), await issue()];
      await app.database.execute(`UPDATE oauth_access_tokens SET expires_at = now() WHERE token_hash = $1`, [
        createHash('sha256').update(expired).digest(),
      ]);
      expect((await app.get('/orders', { token: living })).statusCode).toBe(200);
      for (const token of [living, living, expired, 'unknown', `sha_${'0'.repeat(43)}`]) {
        const answer = await sendAs(client, 'revoke', { token, token_type_hint: 'refresh_token' });
        expect([answer.statusCode, answer.body]).toEqual([200, '']);
        expect(answer.headers['cache-control']).toBe('no-store');
      }
      expect((await app.get('/orders', { token: living })).statusCode).toBe(401);
      const kept = await issue();
      expectError(await send('revoke', { token: kept }), 401, 'invalid_client');
      expectError(await sendAs(client, 'revoke', {}), 400, 'invalid_request');
      expectError(await sendAs(client, 'revoke', { token: client.key }), 400, 'unsupported_token_type');
      expect((await app.get('/orders', { token: kept })).statusCode).toBe(200);
    });

    it('TK-18: another client has no effect on a token, and is told nothing', async () => {
      const token = await issue();
      const answer = await sendAs(await newClient(), 'revoke', { token });
      expect([answer.statusCode, answer.body]).toEqual([200, '']);
      expect((await app.get('/orders', { token })).statusCode).toBe(200);
    });
  });

  describe('introspection', () => {
    it('TK-19: tells a client what its living token is good for', async () => {
      const token = await issue(client, 'orders:read');
      const answer = await sendAs(client, 'introspect', { token });
      expect(answer.statusCode).toBe(200);
      const { iat, exp, ...rest } = answer.json<{ iat: number; exp: number }>();
      expect(rest).toEqual({
        active: true,
        scope: 'orders:read',
        client_id: client.id,
        sub: client.id,
        token_type: 'Bearer',
        iss: 'http://localhost:3000',
      });
      expect(Math.abs(exp - iat - 900)).toBeLessThanOrEqual(1);
      expect(answer.headers['cache-control']).toBe('no-store');
    });

    it('TK-19: an expired, revoked, unknown or foreign token, and any that is none, is exactly {"active":false}', async () => {
      const [expired, revoked, foreign] = [await issue(), await issue(), await issue(await newClient())];
      await app.database.execute(`UPDATE oauth_access_tokens SET expires_at = now() WHERE token_hash = $1`, [
        createHash('sha256').update(expired).digest(),
      ]);
      await sendAs(client, 'revoke', { token: revoked });
      const { token: jwt } = client.creator;
      for (const token of [expired, revoked, foreign, 'garbage', `sha_${'0'.repeat(43)}`, jwt, client.key]) {
        const answer = await sendAs(client, 'introspect', { token });
        expect([answer.statusCode, answer.body]).toEqual([200, '{"active":false}']);
      }
      expectError(await send('introspect', { token: foreign }), 401, 'invalid_client');
      expectError(await sendAs(client, 'introspect', {}), 400, 'invalid_request');
    });
  });

  describe('under races', () => {
    it('a token that is asked for while the key is revoked never works afterwards', async () => {
      const by = await newClient();
      const asked = Array.from({ length: 20 }, () => sendAs(by, 'token', GRANT));
      const revoked = app.delete(`/api-keys/${by.id}`, { token: by.creator.token });
      const answers = await Promise.all(asked);
      expect((await revoked).statusCode).toBe(204);
      for (const answer of answers) {
        if (answer.statusCode === 200) {
          const { access_token: token } = answer.json<{ access_token: string }>();
          expect((await app.get('/orders', { token })).statusCode).toBe(401);
        } else expectError(answer, 401, 'invalid_client');
      }
      expectError(await sendAs(by, 'token', GRANT), 401, 'invalid_client');
    });

    it('20 tokens asked for at once are 20 tokens', async () => {
      const tokens = await Promise.all(Array.from({ length: 20 }, () => issue()));
      expect(new Set(tokens).size).toBe(20);
    });
  });

  it('throttles failures by address and by client with 429, and never the right secret', async () => {
    const strict = await TestApp.start({ RATE_LIMIT_SCALE: '1' });
    // Counters are shared with the other tests of this worker, which come from elsewhere.
    const subnet = `2001:db8:${process.pid.toString(16).slice(-4)}`;
    const from = (remoteAddress: string, by: Client) =>
      strict.app.inject({
        method: 'POST',
        url: '/api/v1/oauth/token',
        remoteAddress,
        headers: { 'content-type': FORM, authorization: basic(by) },
        payload: formOf(GRANT),
      });
    try {
      const [attacked, unknown] = [await newClient(), { id: newId(), key: 'wrong' }];
      const wrong = { id: attacked.id, key: 'wrong' };
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 25; attempt++) {
        // One subscriber's IPv6 network counts as one address.
        statuses.push((await from(`${subnet}:1::${attempt}`, wrong)).statusCode);
      }
      expect(statuses).toEqual([...Array<number>(20).fill(401), ...Array<number>(5).fill(429)]);
      const byAddress = await from(`${subnet}:1::1`, unknown);
      expectError(byAddress, 429, 'temporarily_unavailable');
      expect(Number(byAddress.headers['retry-after'])).toBeGreaterThan(0);
      expectError(await from(`${subnet}:2::1`, wrong), 429, 'temporarily_unavailable');
      expectError(await from(`${subnet}:2::1`, unknown), 401, 'invalid_client');
      for (const address of [`${subnet}:1::1`, `${subnet}:2::1`])
        expect((await from(address, attacked)).statusCode).toBe(200);
    } finally {
      await strict.close();
    }
  });

  it('TK-13: no key, token or password reaches the log', async () => {
    let log = '';
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        log += chunk.toString();
        done();
      },
    });
    const logged = await TestApp.start({ LOG_LEVEL: 'trace' }, { logger: pino({ level: 'trace' }, sink) });
    const staff = await createStaff(logged);
    const { id, key } = await createKey(logged, { creator: staff });
    const issued = await sendAs({ id, key }, 'token', GRANT, logged);
    const { access_token: token } = issued.json<{ access_token: string }>();
    await sendAs({ id, key }, 'introspect', { token }, logged);
    const signedIn = await logged.post('/auth/login', { email: staff.user.email, password: TEST_PASSWORD });
    const { accessToken, refreshToken } = signedIn.json<{ accessToken: string; refreshToken: string }>();
    expect(signedIn.headers['cache-control']).toContain('no-store');
    await logged.post('/auth/refresh', { refreshToken });
    await logged.get('/orders', { token: key });
    await logged.get(`/orders?access_token=${token}`, { token });
    await logged.get('/orders', { token: `${key}x` });
    await sendAs({ id, key: `${key}x` }, 'token', GRANT, logged);
    await logged.close();
    expect(log).toContain('/api/v1/oauth/token');
    for (const secret of [key, token, accessToken, refreshToken, staff.token, TEST_PASSWORD]) {
      expect(secret.length).toBeGreaterThan(10);
      expect(log.includes(secret)).toBe(false);
    }
  });
});

describe('the metadata of OAuth', () => {
  const start = (publicUrl: string) => TestApp.start({ PUBLIC_URL: publicUrl });

  it('TK-20: names this issuer, only what is supported, and endpoints that answer', async () => {
    const app = await start('http://shop.test');
    try {
      const answer = await app.get('//.well-known/oauth-authorization-server');
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['content-type']).toContain('application/json');
      expect(answer.headers['cache-control']).toBe('public, max-age=300');
      const metadata = answer.json<Record<string, string | string[]>>();
      expect(metadata).toMatchObject({
        issuer: 'http://shop.test',
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      });
      expect(metadata.scopes_supported).toContain('orders:read');
      // No code flow, so nothing that belongs to one.
      expect(metadata).not.toHaveProperty('authorization_endpoint');
      expect(metadata).not.toHaveProperty('code_challenge_methods_supported');
      for (const name of ['token_endpoint', 'revocation_endpoint', 'introspection_endpoint']) {
        const url = new URL(metadata[name] as string);
        expect(url.origin).toBe('http://shop.test');
        const there = await app.app.inject({
          method: 'POST',
          url: url.pathname,
          headers: { 'content-type': FORM },
          payload: 'token=x&grant_type=client_credentials',
        });
        expect([there.statusCode, there.json<{ error: string }>().error]).toEqual([401, 'invalid_client']);
      }
      const keys = await app.get(`/${new URL(metadata.jwks_uri as string).pathname}`);
      expect(keys.statusCode).toBe(200);
      const { token } = await createUser(app);
      const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { iss: string };
      expect(claims.iss).toBe(metadata.issuer);
      const resource = await app.get('//.well-known/oauth-protected-resource');
      expect(resource.json()).toMatchObject({
        resource: 'http://shop.test',
        authorization_servers: ['http://shop.test'],
        bearer_methods_supported: ['header'],
      });
    } finally {
      await app.close();
    }
  });
});

import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { newKeyText } from '../../../src/auth/api-keys/key-text.js';
import { SCOPES } from '../../../src/common/security/scopes.js';
import { createKey } from '../../factories/api-key.factory.js';
import { createStaff } from '../../factories/user.factory.js';
import { listen, sendRaw } from '../../support/raw-http.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';
import { examplePath, operations } from '../docs/openapi-document.js';

/** The longest time another instance may still honour what has ended. */
const BOUND_MS = 1_000;

describe('API keys as bearer tokens', () => {
  let app: TestApp;
  let other: TestApp;

  beforeAll(async () => {
    [app, other] = [await TestApp.start(), await TestApp.start()];
  });
  afterAll(() => Promise.all([app.close(), other.close()]));

  const from = (remoteAddress: string, key: string, path = '/orders') =>
    app.app.inject({
      method: 'GET',
      url: `/api/v1${path}`,
      remoteAddress,
      headers: { authorization: `Bearer ${key}` },
    });

  it('TK-22: a key with a broken checksum or form is refused without asking the database', async () => {
    const { key } = await createKey(app);
    const swapped = key.slice(0, 20) + (key.charAt(20) === 'a' ? 'b' : 'a') + key.slice(21);
    for (const token of [swapped, key.slice(0, -1), `${key}0`, 'shk_', `shk_${'0'.repeat(57)}`, 'sha_short']) {
      const { result, statements } = await countStatements(() => app.get('/orders', { token }));
      expect(result.json()).toMatchObject({ status: 401, code: 'auth.invalid_token' });
      expect(statements).toEqual([]);
    }
  });

  it('made up by the hundred from one address cost a query each only for the first 20; a good one is let in all the while', async () => {
    const strict = await TestApp.start({ RATE_LIMIT_SCALE: '1' });
    try {
      const { key } = await createKey(app);
      const show = (remoteAddress: string, token: string) =>
        strict.app.inject({
          method: 'GET',
          url: '/api/v1/orders',
          remoteAddress,
          headers: { authorization: `Bearer ${token}` },
        });
      const madeUp = () => [newKeyText().key, `sha_${randomBytes(32).toString('base64url')}`];
      const lookUps = (statements: readonly string[]) =>
        statements.filter((text) => /FROM (api_keys|oauth_access_tokens)/.test(text)).length;
      const first = await countStatements(async () => {
        for (let count = 0; count < 10; count++)
          for (const token of madeUp()) expect((await show('198.51.100.77', token)).statusCode).toBe(401);
      });
      expect(lookUps(first.statements)).toBe(20);
      const begun = performance.now();
      const flood = await countStatements(() => {
        const tokens = Array.from({ length: 100 }, madeUp).flat();
        return Promise.all([...tokens, key].map((token) => show('198.51.100.77', token)));
      });
      expect(flood.result.map(({ statusCode }) => statusCode)).toEqual([...Array<number>(200).fill(401), 200]);
      expect(flood.result[0]!.json()).toMatchObject({ code: 'auth.invalid_token' });
      // All that come within a tenth of a second together, and the good one.
      const moments = Math.ceil((performance.now() - begun) / 100);
      expect(lookUps(flood.statements)).toBeGreaterThanOrEqual(2);
      expect(lookUps(flood.statements)).toBeLessThanOrEqual(1 + moments);
      // Elsewhere nobody waits.
      const elsewhere = await countStatements(() => show('203.0.113.5', madeUp()[0]!));
      expect(elsewhere.statements.filter((text) => text.includes('unnest($1::bytea[])'))).toEqual([]);
      const fresh = await createKey(app);
      expect((await show('198.51.100.77', fresh.key)).statusCode).toBe(200);
    } finally {
      await strict.close();
    }
  });

  it('that are good, used by the hundred from one address, do not count', async () => {
    const strict = await TestApp.start({ RATE_LIMIT_SCALE: '1' });
    try {
      const creator = await createStaff(app);
      const keys = [];
      for (let count = 0; count < 25; count++) keys.push(await createKey(app, { creator }));
      for (const { key } of keys) await strict.get('/orders', { token: key });
      const { statements } = await countStatements(() => strict.get('/orders', { token: newKeyText().key }));
      expect(statements.filter((text) => text.includes('unnest($1::bytea[])'))).toEqual([]);
    } finally {
      await strict.close();
    }
  });

  it('asks once for requests that come together, and notes their use once a minute', async () => {
    const { key } = await createKey(app);
    await app.get('/orders', { token: key });
    const begun = performance.now();
    const { statements } = await countStatements(() =>
      Promise.all(Array.from({ length: 5 }, () => app.get('/orders', { token: key }))),
    );
    const seconds = Math.floor((performance.now() - begun) / 1_000);
    expect(statements.filter((text) => /UPDATE api_keys/.test(text))).toEqual([]);
    expect(statements.filter((text) => /FROM api_keys/.test(text)).length).toBeLessThanOrEqual(1 + seconds);
  });

  it('TK-22: records time and address of the last use, once a minute on all instances together', async () => {
    const { id, key, creator } = await createKey(app);
    expect((await from('198.51.100.7', key)).statusCode).toBe(200);
    const read = async () =>
      (await app.get(`/api-keys/${id}`, { token: creator.token })).json<{
        lastUsedAt: string;
        lastUsedAddress: string;
        version: number;
      }>();
    const first = await read();
    expect(first).toMatchObject({ lastUsedAt: expect.any(String), lastUsedAddress: '198.51.100.7', version: 1 });
    await other.get('/orders', { token: key });
    expect(await read()).toEqual(first);
    await app.database.execute(`UPDATE api_keys SET last_used_at = now() - interval '61 seconds' WHERE id = $1`, [id]);
    const third = await TestApp.start();
    await third.get('/orders', { token: key });
    await third.close();
    expect((await read()).lastUsedAddress).toBe('127.0.0.1');
  });

  it('is noted as used although the request itself is refused', async () => {
    const { id, key } = await createKey(app, { scopes: ['orders:write'] });
    expect((await app.post('/products', {}, { token: key })).statusCode).toBe(403);
    const [row] = await app.database.query<{ at: Date | null }>(
      `SELECT last_used_at AS at FROM api_keys WHERE id = $1`,
      [id],
    );
    expect(row!.at).not.toBeNull();
  });

  it('TK-22: is refused from an address that is not on its list: 403 auth.address_not_allowed, audited once a minute', async () => {
    const { id, key } = await createKey(app, { allowedAddresses: ['203.0.113.0/24', '2001:db8::/32', '127.0.0.1'] });
    for (const address of ['203.0.113.9', '2001:db8::5', '::ffff:203.0.113.9', '127.0.0.1'])
      expect((await from(address, key)).statusCode).toBe(200);
    for (const address of ['203.0.114.9', '2001:db9::5', '::ffff:198.51.100.1', '::1']) {
      const answer = await from(address, key);
      expect(answer.json()).toMatchObject({ status: 403, code: 'auth.address_not_allowed' });
    }
    const records = await app.database.query<{ after: unknown; address: string }>(
      `SELECT after, address FROM audit_log WHERE action = 'api_key.refused' AND target_id = $1`,
      [id],
    );
    expect(records).toEqual([{ after: { reason: 'address_not_allowed' }, address: '203.0.114.9' }]);
  });

  it('does not believe a forged X-Forwarded-For', async () => {
    const { key } = await createKey(app, { allowedAddresses: ['203.0.113.9'] });
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9', 'x-real-ip': '203.0.113.9' };
    expect((await app.get('/orders', { token: key, headers })).statusCode).toBe(403);
  });

  it('TK-22: is refused at once when it has expired, also while it is remembered', async () => {
    const { id, key } = await createKey(app, { expiresAt: '2099-01-01T00:00:00Z' });
    await app.database.execute(`UPDATE api_keys SET expires_at = now() + interval '300 milliseconds' WHERE id = $1`, [
      id,
    ]);
    const first = await app.get('/orders', { token: key });
    await delay(300);
    const second = await app.get('/orders', { token: key });
    // On a slow machine it has ended before the first request.
    expect([200, 401]).toContain(first.statusCode);
    expect(second.json()).toMatchObject({ status: 401, code: 'auth.invalid_token' });
  });

  it('TK-22: counts on another instance within a second: revocation, changes, the end of its creator', async () => {
    const revoked = await createKey(app);
    const narrowed = await createKey(app, { scopes: ['orders:read', 'inventory:read'] });
    const orphaned = await createKey(app);
    for (const { key } of [revoked, narrowed, orphaned])
      expect((await other.get('/orders', { token: key })).statusCode).toBe(200);
    await app.delete(`/api-keys/${revoked.id}`, { token: revoked.creator.token });
    await app.patch(`/api-keys/${narrowed.id}`, { scopes: ['inventory:read'] }, { token: narrowed.creator.token });
    await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [orphaned.creator.user.id]);
    await delay(BOUND_MS);
    const statuses = await Promise.all(
      [revoked, narrowed, orphaned].map(async ({ key }) => (await other.get('/orders', { token: key })).statusCode),
    );
    expect(statuses).toEqual([401, 403, 401]);
  });

  it('TK-12: the scheme is case-insensitive, other ways of sending it are refused', async () => {
    const { key } = await createKey(app);
    const withHeader = (authorization: string) => app.get('/orders', { headers: { authorization } });
    for (const scheme of ['bearer', 'BEARER', 'BeArEr'])
      expect((await withHeader(`${scheme} ${key}`)).statusCode).toBe(200);
    expect((await app.get(`/orders?access_token=${key}`)).statusCode).toBe(401);
    expect((await app.get(`/orders?access_token=${key}`, { token: key })).statusCode).toBe(400);
    expect((await withHeader(`Bearer ${key}, Bearer ${key}`)).statusCode).toBe(400);
    for (const authorization of [key, `Basic ${Buffer.from(`${key}:`).toString('base64')}`, `ApiKey ${key}`])
      expect((await withHeader(authorization)).json()).toMatchObject({ status: 401, code: 'auth.required' });
    expect((await app.get('/orders', { headers: { 'x-api-key': key } })).statusCode).toBe(401);
  });

  it('TK-12: a bad one is refused on public routes too', async () => {
    const { id, key, creator } = await createKey(app);
    expect((await app.get('/products', { token: key })).statusCode).toBe(200);
    await app.delete(`/api-keys/${id}`, { token: creator.token });
    for (const path of ['/products', '//.well-known/jwks.json'])
      expect((await app.get(path, { token: key })).statusCode).toBe(401);
  });

  it('TK-23: as many scopes as there are do not lengthen a token; a header beyond 16 kB is 431, and nothing hangs', async () => {
    const staff = await createStaff(app, [...SCOPES]);
    const { key } = await createKey(app, { creator: staff, scopes: [...SCOPES] });
    expect(key).toHaveLength(61);
    expect(staff.token.length).toBeLessThan(1_000);
    for (const token of [key, staff.token]) expect((await app.get('/orders', { token })).statusCode).toBe(200);
    const port = await listen(app.app);
    const ask = (token: string) =>
      sendRaw(port, [`GET /api/v1/orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`]);
    expect((await ask(`shk_${'a'.repeat(9_000)}`)).statuses).toEqual([401]);
    const large = await ask(`shk_${'a'.repeat(20_000)}`);
    expect(large.statuses).toEqual([431]);
    expect(large.isClosed).toBe(true);
  });

  const staffOperations = operations.filter(
    ({ operation }) =>
      !['public', 'signed-in'].includes(operation['x-permission']) &&
      !(operation as { 'x-fresh-login'?: boolean })['x-fresh-login'],
  );
  it('open every staff operation that asks for no fresh login, and none without the scope', async () => {
    expect(staffOperations.length).toBeGreaterThan(10);
    const { key: able } = await createKey(app, { scopes: [...SCOPES] });
    // Held by nobody else on any of these routes.
    const { key: unable } = await createKey(app, { scopes: ['webhooks:write'] });
    for (const { method, path, operation, title } of staffOperations) {
      const body = operation.requestBody ? {} : undefined;
      const send = async (token: string) =>
        (await app.send(method, `/${examplePath(path)}`, { token, body, key: true })).statusCode;
      const status = await send(able);
      expect({ title, isOpen: status !== 401 && status !== 403 && status < 500 }).toEqual({ title, isOpen: true });
      if (!operation['x-permission'].includes('webhooks:write'))
        expect({ title, status: await send(unable) }).toEqual({ title, status: 403 });
    }
  });

  it('keeps its own limits and idempotency keys, apart from those of its creator', async () => {
    const { key, creator } = await createKey(app, { scopes: ['inventory:write'] });
    const body = { sku: 'NOWHERE', delta: 1, reason: 'received' };
    const [byKey, byPerson] = [
      await app.post('/inventory/adjustments', body, { token: key, key: 'the-same-key' }),
      await app.post('/inventory/adjustments', { ...body, delta: 2 }, { token: creator.token, key: 'the-same-key' }),
    ];
    expect([byKey.statusCode, byPerson.statusCode]).toEqual([404, 404]);
  });
});

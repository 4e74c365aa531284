import { createHash } from 'node:crypto';
import { ApiKeysService } from '../../../src/auth/api-keys/api-keys.service.js';
import { SCOPES } from '../../../src/common/security/scopes.js';
import { newId } from '../../../src/common/ids.js';
import { createKey } from '../../factories/api-key.factory.js';
import { buildProduct } from '../../factories/product.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const BODY = { name: 'Warehouse scanner', scopes: ['orders:read'] };
const FUTURE = '2099-01-01T00:00:00.000Z';

describe('API keys', () => {
  let app: TestApp;
  let admin: SignedInUser;

  beforeAll(async () => {
    app = await TestApp.start();
    admin = await createStaff(app);
  });
  afterAll(() => app.close());

  const auditOf = async (id: string): Promise<string[]> => {
    const rows = await app.database.query<{ action: string }>(
      `SELECT action FROM audit_log WHERE target_type = 'api_key' AND target_id = $1 ORDER BY sequence`,
      [id],
    );
    return rows.map(({ action }) => action);
  };
  const works = async (key: string): Promise<boolean> => {
    const { statusCode } = await app.get('/orders', { token: key });
    if (statusCode !== 200 && statusCode !== 401) throw new Error(`unexpected ${statusCode}`);
    return statusCode === 200;
  };

  it('TK-22: is shown once, with a mark, a visible prefix and a checksum, and stored as a hash', async () => {
    const answer = await app.post(
      '/api-keys',
      { ...BODY, name: ' Scanner ', expiresAt: FUTURE, allowedAddresses: ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'] },
      { token: admin.token },
    );
    expect(answer.statusCode).toBe(201);
    const { key, ...shown } = answer.json<Record<string, unknown> & { id: string; key: string; prefix: string }>();
    expect(answer.headers.location).toBe(`/api/v1/api-keys/${shown.id}`);
    expect(key).toMatch(/^shk_[0-9A-Za-z]{57}$/);
    expect(key.startsWith(shown.prefix)).toBe(true);
    expect(shown).toEqual({
      id: shown.id,
      name: 'Scanner',
      prefix: expect.stringMatching(/^shk_[0-9A-Za-z]{8}$/),
      scopes: ['orders:read'],
      allowedAddresses: ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'],
      creatorId: admin.user.id,
      status: 'active',
      expiresAt: FUTURE,
      revokedAt: null,
      lastUsedAt: null,
      lastUsedAddress: null,
      previous: null,
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      version: 1,
    });
    const [row] = await app.database.query<Record<string, unknown>>(`SELECT * FROM api_keys WHERE id = $1`, [shown.id]);
    expect(row!.key_hash).toEqual(createHash('sha256').update(key).digest());
    expect(JSON.stringify(row)).not.toContain(key.slice(12));
    const read = await app.get(`/api-keys/${shown.id}`, { token: admin.token });
    expect(read.json()).toEqual(shown);
    expect(await auditOf(shown.id)).toEqual(['api_key.created']);
  });

  it('AC-5: no answer but those that make a secret holds one, and none a hash', async () => {
    const { id, key } = await createKey(app, { creator: admin });
    await app.post(`/api-keys/${id}/rotate`, {}, { token: admin.token });
    const answers = [
      await app.get(`/api-keys/${id}`, { token: admin.token }),
      await app.get('/api-keys?limit=100', { token: admin.token }),
      await app.patch(`/api-keys/${id}`, { name: 'other' }, { token: admin.token }),
    ];
    for (const { statusCode, body } of answers) {
      expect(statusCode).toBe(200);
      expect(body).not.toMatch(/hash|"key"|shk_[0-9A-Za-z]{9}/i);
      expect(body).not.toContain(key);
    }
  });

  it('TK-22: works as a bearer token of the scopes it was given, and of no other', async () => {
    const { key } = await createKey(app, { creator: admin, scopes: ['orders:read', 'inventory:read'] });
    for (const path of ['/orders', '/inventory', '/locations'])
      expect((await app.get(path, { token: key })).statusCode).toBe(200);
    const refused = await app.get('/users', { token: key });
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({ code: 'auth.insufficient_scope' });
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer realm="storehouse", error="insufficient_scope", scope="users:read"',
    );
  });

  it('belongs to no person: routes of signed-in users and sensitive ones are 403 auth.insufficient_scope', async () => {
    const { id, key } = await createKey(app, { creator: admin, scopes: [...SCOPES] });
    for (const answer of [
      await app.get('/users/me', { token: key }),
      await app.get('/auth/sessions', { token: key }),
      await app.post('/auth/logout', undefined, { token: key }),
      await app.post('/api-keys', BODY, { token: key }),
      await app.patch(`/api-keys/${id}`, { expiresAt: null }, { token: key }),
      await app.post(`/api-keys/${id}/rotate`, {}, { token: key }),
      await app.delete(`/api-keys/${id}`, { token: key }),
    ]) {
      expect(answer.statusCode).toBe(403);
      expect(answer.json()).toMatchObject({ code: 'auth.insufficient_scope' });
    }
    expect((await app.get('/api-keys', { token: key })).statusCode).toBe(200);
  });

  it('lets staff routes know who answers for it', async () => {
    const { key, creator } = await createKey(app, { scopes: ['products:write', 'inventory:write', 'inventory:read'] });
    const dto = buildProduct();
    const { sku } = dto.variants![0]!;
    expect((await app.post('/products', dto, { token: key })).statusCode).toBe(201);
    const adjusted = await app.post(
      '/inventory/adjustments',
      { sku, delta: 3, reason: 'received' },
      { token: key, key: true },
    );
    expect(adjusted.statusCode).toBe(201);
    const movements = await app.get(`/inventory/movements?sku=${sku}`, { token: key });
    expect(JSON.stringify(movements.json())).toContain(creator.user.id);
  });

  it.each([
    ['a scope that there is not', { scopes: ['orders:destroy'] }, '/scopes'],
    ['*', { scopes: ['*'] }, '/scopes'],
    ['no scope', { scopes: [] }, '/scopes'],
    ['a scope twice', { scopes: ['orders:read', 'orders:read'] }, '/scopes'],
    ['no name', { name: ' ' }, '/name'],
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }, '/expiresAt'],
    ['an end that is none', { expiresAt: 'tomorrow' }, '/expiresAt'],
    ['an address that is none', { allowedAddresses: ['example.com'] }, '/allowedAddresses'],
    ['a range that is none', { allowedAddresses: ['10.0.0.0/33'] }, '/allowedAddresses'],
    [
      'too many addresses',
      { allowedAddresses: Array.from({ length: 51 }, (_, n) => `10.0.0.${n}`) },
      '/allowedAddresses',
    ],
    ['null for addresses', { allowedAddresses: null }, '/allowedAddresses'],
    ['a creator', { creatorId: newId() }, '/creatorId'],
    ['a key', { key: 'shk_mine' }, '/key'],
  ])('with %s is refused: 400 naming it', async (_, change, pointer) => {
    const answer = await app.post('/api-keys', { ...BODY, ...change }, { token: admin.token });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ errors: { pointer: string }[] }>().errors[0]!.pointer).toBe(pointer);
  });

  it('needs api-keys:write, and for what gives power a fresh login', async () => {
    const staff = await createStaff(app, ['orders:read', 'users:write']);
    expect((await app.post('/api-keys', BODY, { token: staff.token })).statusCode).toBe(403);
    expect((await app.get('/api-keys', { token: (await createUser(app)).token })).statusCode).toBe(403);
    const { id } = await createKey(app, { creator: admin });
    const stale = await createStaff(app);
    await app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE id = $1`, [
      stale.sessionId,
    ]);
    for (const answer of [
      await app.post('/api-keys', BODY, { token: stale.token }),
      await app.patch(`/api-keys/${id}`, { name: 'x' }, { token: stale.token }),
      await app.post(`/api-keys/${id}/rotate`, {}, { token: stale.token }),
      await app.delete(`/api-keys/${id}`, { token: stale.token }),
    ])
      expect(answer.json()).toMatchObject({ status: 401, code: 'auth.fresh_login_required' });
    expect((await app.get(`/api-keys/${id}`, { token: stale.token })).statusCode).toBe(200);
  });

  describe('never exceeds its creator', () => {
    it('TK-22: when it is made: 403 auth.scope_exceeded naming what is missing', async () => {
      const staff = await createStaff(app, ['api-keys:write', 'orders:read']);
      const answer = await app.post(
        '/api-keys',
        { ...BODY, scopes: ['orders:read', 'orders:write', 'users:write'] },
        { token: staff.token },
      );
      expect(answer.json()).toMatchObject({
        status: 403,
        code: 'auth.scope_exceeded',
        missingScopes: ['orders:write', 'users:write'],
      });
    });

    it('when it is changed or renewed, by whoever that is', async () => {
      const staff = await createStaff(app, ['api-keys:write', 'orders:read']);
      const strong = await createKey(app, { creator: admin, scopes: ['orders:read', 'users:write'] });
      const weak = await createKey(app, { creator: staff });
      const path = `/api-keys/${strong.id}`;
      for (const answer of [
        await app.patch(path, { name: 'mine now' }, { token: staff.token }),
        await app.patch(path, { scopes: ['orders:read'] }, { token: staff.token }),
        await app.post(`${path}/rotate`, {}, { token: staff.token }),
        await app.patch(`/api-keys/${weak.id}`, { scopes: ['users:write'] }, { token: staff.token }),
        // Not by an administrator either, as it acts in the name of the creator.
        await app.patch(`/api-keys/${weak.id}`, { scopes: ['orders:read', 'users:write'] }, { token: admin.token }),
      ])
        expect(answer.json()).toMatchObject({ status: 403, code: 'auth.scope_exceeded' });
      expect(await works(strong.key)).toBe(true);
      expect((await app.delete(path, { token: staff.token })).statusCode).toBe(204);
    });

    it('TK-22: when it is used: what the creator loses, the key loses', async () => {
      const staff = await createStaff(app, ['api-keys:write', 'orders:read', 'inventory:read']);
      const { key } = await createKey(app, { creator: staff, scopes: ['orders:read', 'inventory:read'] });
      expect((await app.get('/inventory', { token: key })).statusCode).toBe(200);
      const [role] = await app.database.query<{ name: string }>(
        `SELECT role_name AS name FROM user_roles WHERE user_id = $1`,
        [staff.user.id],
      );
      const changed = await app.patch(
        `/roles/${role!.name}`,
        { scopes: ['api-keys:write', 'orders:read'] },
        { token: admin.token },
      );
      expect(changed.statusCode).toBe(200);
      expect((await app.get('/inventory', { token: key })).statusCode).toBe(403);
      expect((await app.get('/orders', { token: key })).statusCode).toBe(200);
    });

    it('AC-7: when the creator is disabled or erased, the key is dead', async () => {
      const { key, creator } = await createKey(app);
      await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [creator.user.id]);
      expect(await works(key)).toBe(false);
      const other = await createKey(app);
      await app.database.run(() => app.app.get(ApiKeysService, { strict: false }).eraseMadeBy(other.creator.user.id));
      expect(await works(other.key)).toBe(false);
      const left = await app.get(`/api-keys/${other.id}`, { token: admin.token });
      expect(left.json()).toMatchObject({ name: 'erased', status: 'revoked', lastUsedAddress: null });
    });
  });

  describe('can be changed', () => {
    it('by JSON Merge Patch, at once, with a new version', async () => {
      const { id, key } = await createKey(app, { creator: admin, scopes: ['orders:read', 'inventory:read'] });
      expect((await app.get('/inventory', { token: key })).statusCode).toBe(200);
      const changed = await app.patch(
        `/api-keys/${id}`,
        { name: 'Renamed', scopes: ['orders:read'], expiresAt: FUTURE },
        { token: admin.token, headers: { 'if-match': '"1"' } },
      );
      expect(changed.json()).toMatchObject({ name: 'Renamed', scopes: ['orders:read'], expiresAt: FUTURE, version: 2 });
      expect(changed.headers.etag).toMatch(/^"2-/);
      expect((await app.get('/inventory', { token: key })).statusCode).toBe(403);
      const stale = await app.patch(
        `/api-keys/${id}`,
        { name: 'Late' },
        { token: admin.token, headers: { 'if-match': '"1"' } },
      );
      expect(stale.statusCode).toBe(412);
      expect(stale.headers.etag).toMatch(/^"2-/);
      const same = await app.patch(`/api-keys/${id}`, { name: 'Renamed' }, { token: admin.token });
      expect(same.json()).toMatchObject({ version: 2 });
      const endless = await app.patch(`/api-keys/${id}`, { expiresAt: null }, { token: admin.token });
      expect(endless.json()).toMatchObject({ expiresAt: null, version: 3 });
      expect(await auditOf(id)).toEqual(['api_key.created', 'api_key.changed', 'api_key.changed']);
    });

    it('but not once it has ended: 409 auth.api_key_ended', async () => {
      const revoked = await createKey(app, { creator: admin });
      await app.delete(`/api-keys/${revoked.id}`, { token: admin.token });
      const expired = await createKey(app, { creator: admin, expiresAt: FUTURE });
      await app.database.execute(`UPDATE api_keys SET expires_at = now() WHERE id = $1`, [expired.id]);
      for (const { id } of [revoked, expired]) {
        for (const answer of [
          await app.patch(`/api-keys/${id}`, { expiresAt: FUTURE }, { token: admin.token }),
          await app.post(`/api-keys/${id}/rotate`, {}, { token: admin.token }),
        ])
          expect(answer.json()).toMatchObject({ status: 409, code: 'auth.api_key_ended' });
      }
    });
  });

  describe('can be rotated', () => {
    it('TK-22: the new secret works at once, the old one through the overlap, an older one no longer', async () => {
      const { id, key: first } = await createKey(app, { creator: admin });
      const answer = await app.post(`/api-keys/${id}/rotate`, undefined, { token: admin.token });
      expect(answer.statusCode).toBe(200);
      const { key: second, previous } = answer.json<{ key: string; previous: { prefix: string; expiresAt: string } }>();
      expect(previous.prefix).toBe(first.slice(0, 12));
      expect(Math.round((Date.parse(previous.expiresAt) - Date.now()) / 3_600_000)).toBe(24);
      expect([await works(first), await works(second)]).toEqual([true, true]);
      const again = await app.post(`/api-keys/${id}/rotate`, { overlapSeconds: 3600 }, { token: admin.token });
      const { key: third } = again.json<{ key: string }>();
      expect([await works(first), await works(second), await works(third)]).toEqual([false, true, true]);
      await app.database.execute(`UPDATE api_keys SET previous_expires_at = now() WHERE id = $1`, [id]);
      const fresh = await TestApp.start();
      try {
        expect((await fresh.get('/orders', { token: second })).statusCode).toBe(401);
        expect((await fresh.get('/orders', { token: third })).statusCode).toBe(200);
      } finally {
        await fresh.close();
      }
      expect((await app.get(`/api-keys/${id}`, { token: admin.token })).json()).toMatchObject({ previous: null });
      const refusals = await app.database.query(
        `SELECT after FROM audit_log WHERE action = 'api_key.refused' AND target_id = $1`,
        [id],
      );
      expect(refusals).toEqual([{ after: { reason: 'rotated' } }]);
    });

    it('without an overlap: the old secret ends at once', async () => {
      const { id, key: old } = await createKey(app, { creator: admin });
      expect(await works(old)).toBe(true);
      const answer = await app.post(`/api-keys/${id}/rotate`, { overlapSeconds: 0 }, { token: admin.token });
      expect([await works(old), await works(answer.json<{ key: string }>().key)]).toEqual([false, true]);
      expect(await auditOf(id)).toContain('api_key.rotated');
    });

    it.each([-1, 604_801, 1.5, '60', null])('but not with an overlap of %p', async (overlapSeconds) => {
      const { id } = await createKey(app, { creator: admin });
      const answer = await app.post(`/api-keys/${id}/rotate`, { overlapSeconds }, { token: admin.token });
      expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: '/overlapSeconds' }] });
    });

    it('TK-22: of 20 rotations at once each gives a secret, and the last two work', async () => {
      const { id, key } = await createKey(app, { creator: admin });
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => app.post(`/api-keys/${id}/rotate`, {}, { token: admin.token })),
      );
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array<number>(20).fill(200));
      const made = answers.map((answer) => answer.json<{ key: string; version: number }>());
      const inOrder = [...made].sort((a, b) => a.version - b.version);
      expect(inOrder.map(({ version }) => version)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
      const working: string[] = [];
      for (const secret of [key, ...inOrder.map((one) => one.key)]) if (await works(secret)) working.push(secret);
      expect(working).toEqual(inOrder.slice(-2).map((one) => one.key));
    });

    it('of 20 rotations at once of the same version, one succeeds', async () => {
      const { id } = await createKey(app, { creator: admin });
      const answers = await Promise.all(
        Array.from({ length: 20 }, () =>
          app.post(`/api-keys/${id}/rotate`, {}, { token: admin.token, headers: { 'if-match': '"1"' } }),
        ),
      );
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
    });
  });

  describe('can be revoked', () => {
    it('TK-22: ends at once, is audited once, and stays listed', async () => {
      const { id, key } = await createKey(app, { creator: admin });
      expect(await works(key)).toBe(true);
      for (let time = 0; time < 2; time++)
        expect((await app.delete(`/api-keys/${id}`, { token: admin.token })).statusCode).toBe(204);
      const answer = await app.get('/orders', { token: key });
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toMatchObject({ code: 'auth.invalid_token' });
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="storehouse", error="invalid_token"');
      const shown = await app.get(`/api-keys/${id}`, { token: admin.token });
      expect(shown.json()).toMatchObject({ status: 'revoked', revokedAt: expect.any(String) });
      expect(await auditOf(id)).toEqual(['api_key.created', 'api_key.revoked', 'api_key.refused']);
    });

    it('AC-1: an id that nobody has is 404 for every verb', async () => {
      const path = `/api-keys/${newId()}`;
      for (const answer of [
        await app.get(path, { token: admin.token }),
        await app.patch(path, { name: 'x' }, { token: admin.token }),
        await app.post(`${path}/rotate`, {}, { token: admin.token }),
        await app.delete(path, { token: admin.token }),
      ])
        expect(answer.json()).toMatchObject({ status: 404, code: 'auth.api_key_not_found' });
    });
  });

  describe('are listed', () => {
    it('newest first, by state and creator, ended ones included, in pages', async () => {
      const creator = await createStaff(app);
      const first = await createKey(app, { creator });
      const second = await createKey(app, { creator });
      const third = await createKey(app, { creator });
      await app.delete(`/api-keys/${second.id}`, { token: admin.token });
      const list = async (query: string) =>
        (await app.get(`/api-keys?creatorId=${creator.user.id}${query}`, { token: admin.token })).json<{
          data: { id: string }[];
          nextCursor: string | null;
          total?: number;
        }>();
      const ids = ({ data }: { data: { id: string }[] }) => data.map(({ id }) => id);
      expect(ids(await list(''))).toEqual([third.id, second.id, first.id]);
      expect(ids(await list('&status=revoked'))).toEqual([second.id]);
      expect(ids(await list('&status=active,expired'))).toEqual([third.id, first.id]);
      const page = await list('&limit=2&count=exact');
      expect([ids(page), page.total]).toEqual([[third.id, second.id], 3]);
      expect(ids(await list(`&limit=2&cursor=${page.nextCursor}`))).toEqual([first.id]);
      const foreign = await app.get(`/api-keys?cursor=${page.nextCursor}`, { token: admin.token });
      expect(foreign.statusCode).toBe(400);
      expect((await app.get('/api-keys?status=lost', { token: admin.token })).statusCode).toBe(400);
    });
  });

  it('are deleted 90 days after their end, with their tokens', async () => {
    const [young, old, living] = [
      await createKey(app, { creator: admin }),
      await createKey(app, { creator: admin }),
      await createKey(app, { creator: admin }),
    ];
    for (const [{ id }, days] of [
      [young, 89],
      [old, 91],
    ] as const) {
      await app.database.execute(`UPDATE api_keys SET revoked_at = now() - make_interval(days => $2) WHERE id = $1`, [
        id,
        days,
      ]);
    }
    expect(await app.app.get(ApiKeysService, { strict: false }).purgeEnded(100)).toBe(1);
    for (const [{ id }, status] of [
      [young, 200],
      [old, 404],
      [living, 200],
    ] as const)
      expect((await app.get(`/api-keys/${id}`, { token: admin.token })).statusCode).toBe(status);
  });
});

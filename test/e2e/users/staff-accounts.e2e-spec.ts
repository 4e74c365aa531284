import { setTimeout as delay } from 'node:timers/promises';
import {
  createStaff,
  createUser,
  signIn,
  type SignedInUser,
  TEST_PASSWORD,
  unique,
} from '../../factories/user.factory.js';
import { createKey } from '../../factories/api-key.factory.js';
import { TestApp } from '../../support/test-app.js';
import { eventsOf, watch } from './watch.js';

/** The longest time another instance may still honour what has ended. */
const BOUND_MS = 1_000;
const NOBODY = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';

describe('accounts, as staff change them', () => {
  let app: TestApp;
  let other: TestApp;
  let admin: SignedInUser;
  let watched: ReturnType<typeof watch>;

  beforeAll(async () => {
    [app, other] = [await TestApp.start(), await TestApp.start()];
    admin = await createStaff(app);
    watched = watch(app);
  });
  afterAll(() => Promise.all([app.close(), other.close()]));

  const newEmail = () => `made-${unique()}@example.com`;
  const create = (body: object = {}, token = admin.token) =>
    app.post('/users', { email: newEmail(), roles: ['support'], ...body }, { token });
  const disable = (id: string, body: object = {}, token = admin.token) =>
    app.post(`/users/${id}/disable`, body, { token });
  const enable = (id: string, token = admin.token) => app.post(`/users/${id}/enable`, undefined, { token });
  const replaceRoles = (id: string, roles: unknown, token = admin.token, headers: Record<string, string> = {}) =>
    app.put(`/users/${id}/roles`, { roles }, { token, headers });

  describe('POST /users', () => {
    it('makes an account without a password and with its roles, and invites its owner to choose one', async () => {
      const email = newEmail();
      const answer = await create({ email, name: 'Grace', locale: 'EN-gb', roles: ['support', 'finance'] });
      expect(answer.statusCode).toBe(201);
      const { id } = answer.json();
      expect(answer.headers.location).toBe(`/api/v1/users/${id}`);
      expect(answer.json()).toMatchObject({
        email,
        name: 'Grace',
        locale: 'en-GB',
        status: 'active',
        roles: ['finance', 'support'],
        emailVerifiedAt: null,
      });
      expect((await app.post('/auth/login', { email, password: TEST_PASSWORD })).statusCode).toBe(401);
      expect(watched.mailsTo(email)).toEqual([
        {
          template: 'invite',
          to: { name: 'Grace', address: email },
          locale: 'en-GB',
          data: { token: expect.stringMatching(/^shn_.{43}$/), roles: ['finance', 'support'], hours: 72 },
        },
      ]);
      expect(watched.auditOf(id)).toContainEqual({
        action: 'user.created',
        target: { type: 'user', id },
        after: { roles: ['support', 'finance'] },
      });
      expect((await eventsOf(app, id))[0]).toEqual(['user.registered', 1]);
    });

    it('refuses a taken address, and makes one account of 20 at the same moment', async () => {
      const email = newEmail();
      const answers = await Promise.all(Array.from({ length: 20 }, () => create({ email })));
      expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
      expect(
        new Set(answers.filter(({ statusCode }) => statusCode !== 201).map((answer) => answer.json().code)),
      ).toEqual(new Set(['user.email_taken']));
      expect(watched.mailsTo(email).length).toBeGreaterThan(0);
    });

    it('refuses roles that do not exist, twice the same and more than the caller holds', async () => {
      expect((await create({ roles: ['support', 'no-such-role'] })).json()).toMatchObject({
        status: 400,
        errors: [{ pointer: '/roles/1', code: 'unknown' }],
      });
      expect((await create({ roles: ['support', 'support'] })).json().errors[0].pointer).toBe('/roles');
      expect((await create({ roles: 'support' })).json().errors[0].pointer).toBe('/roles');
      const { token } = await createStaff(app, ['users:write', 'orders:read']);
      const email = newEmail();
      expect((await create({ email, roles: ['admin'] }, token)).json()).toMatchObject({
        status: 403,
        code: 'auth.scope_exceeded',
        missingScopes: ['*'],
      });
      expect(watched.mailsTo(email)).toEqual([]);
      expect((await create({ email, roles: ['customer'] }, token)).statusCode).toBe(201);
    });

    it('AC-4: refuses status, password, emailVerifiedAt, scopes and isAdmin by name', async () => {
      for (const member of ['status', 'password', 'passwordHash', 'emailVerifiedAt', 'scopes', 'isAdmin', 'id']) {
        expect((await create({ [member]: 'x' })).json()).toMatchObject({
          status: 400,
          errors: [{ pointer: `/${member}`, code: 'unknown' }],
        });
      }
    });
  });

  describe('AC-4: what users say about themselves', () => {
    it.each(['roles', 'scopes', 'isAdmin', 'permissions', 'status', 'emailVerifiedAt', 'passwordHash', 'id'])(
      'never takes %s',
      async (member) => {
        const value = ['roles', 'scopes', 'permissions'].includes(member) ? ['admin'] : 'active';
        const registered = await app.post('/auth/register', {
          email: newEmail(),
          password: 'seven quiet otters',
          [member]: value,
        });
        expect(registered.json()).toMatchObject({ status: 400, errors: [{ pointer: `/${member}`, code: 'unknown' }] });
        const { token, user } = await createUser(app);
        expect((await app.patch('/users/me', { [member]: value }, { token })).json()).toMatchObject({
          status: 400,
          errors: [{ pointer: `/${member}`, code: 'unknown' }],
        });
        expect((await app.get(`/users/${user.id}`, { token: admin.token })).json()).toMatchObject({
          roles: ['customer'],
          status: 'active',
          emailVerifiedAt: null,
          version: 1,
        });
      },
    );

    it('never opens the routes of staff to customers', async () => {
      const { user, token } = await createUser(app);
      for (const answer of [
        await create({}, token),
        await app.patch(`/users/${user.id}`, { name: 'x' }, { token }),
        await replaceRoles(user.id, ['admin'], token),
        await disable(admin.user.id, {}, token),
        await enable(user.id, token),
      ]) {
        expect(answer.json()).toMatchObject({ status: 403, code: 'auth.insufficient_scope' });
      }
    });
  });

  describe('PATCH /users/{id}', () => {
    it('changes name and language, with a new version and an audit entry of the names of the members only', async () => {
      const { user } = await createUser(app, { name: 'Ada' });
      const patch = (body: object, headers = {}) =>
        app.patch(`/users/${user.id}`, body, { token: admin.token, headers });
      expect((await patch({ name: 'Ada King' })).json()).toMatchObject({ name: 'Ada King', version: 2 });
      expect((await patch({ name: 'Ada King' })).json().version).toBe(2);
      expect((await patch({ name: null, locale: 'de-at' }, { 'if-match': '"2"' })).json()).toMatchObject({
        name: null,
        locale: 'de-AT',
        version: 3,
      });
      expect((await patch({ name: 'x' }, { 'if-match': '"2"' })).headers.etag).toMatch(/^"3-/);
      const entries = watched.auditOf(user.id).filter(({ action }) => action === 'user.updated');
      expect(entries.map(({ after }) => after)).toEqual([{ changed: ['name'] }, { changed: ['name', 'locale'] }]);
      expect(JSON.stringify(entries)).not.toContain('Ada');
    });

    it('does not change the address, the roles or the status', async () => {
      const { user } = await createUser(app);
      for (const member of ['email', 'roles', 'status', 'phone', 'password']) {
        const answer = await app.patch(`/users/${user.id}`, { [member]: 'x' }, { token: admin.token });
        expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: `/${member}`, code: 'unknown' }] });
      }
    });

    it('is refused for somebody who holds more than the caller, and 404 for nobody', async () => {
      const { token } = await createStaff(app, ['users:write']);
      expect((await app.patch(`/users/${admin.user.id}`, { name: 'x' }, { token })).json()).toMatchObject({
        status: 403,
        code: 'auth.scope_exceeded',
        missingScopes: ['*'],
      });
      expect((await app.patch(`/users/${NOBODY}`, { name: 'x' }, { token })).json().code).toBe('user.not_found');
    });
  });

  describe('PUT /users/{id}/roles', () => {
    it('replaces the roles, with a new version, an event and an audit entry of before and after', async () => {
      const { user } = await createUser(app);
      const answer = await replaceRoles(user.id, ['support', 'customer']);
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ roles: ['customer', 'support'], version: 2 });
      expect(answer.headers.etag).toMatch(/^"2-/);
      expect((await replaceRoles(user.id, ['customer', 'support'])).json().version).toBe(2);
      expect((await replaceRoles(user.id, [])).json()).toMatchObject({ roles: [], version: 3 });
      expect(await eventsOf(app, user.id)).toEqual([
        ['user.registered', 1],
        ['user.roles_changed', 2],
        ['user.roles_changed', 3],
      ]);
      expect(watched.auditOf(user.id)).toEqual([
        {
          action: 'user.roles_changed',
          target: { type: 'user', id: user.id },
          before: { roles: ['customer'] },
          after: { roles: ['customer', 'support'] },
        },
        expect.objectContaining({ before: { roles: ['customer', 'support'] }, after: { roles: [] } }),
      ]);
    });

    it('honours If-Match: of 20 at the same moment with one entity tag, one succeeds', async () => {
      const { user } = await createUser(app);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          replaceRoles(user.id, [index % 2 ? 'support' : 'finance'], admin.token, { 'if-match': '"1"' }),
        ),
      );
      expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
      expect(answers.filter(({ statusCode }) => statusCode === 412)).toHaveLength(19);
    });

    it('refuses names that are no roles with 400, and nobody with 404', async () => {
      const { user } = await createUser(app);
      expect((await replaceRoles(user.id, ['nope', 'support'])).json()).toMatchObject({
        status: 400,
        errors: [{ pointer: '/roles/0' }],
      });
      for (const roles of [
        null,
        'admin',
        [1],
        [null],
        ['x'.repeat(50)],
        Array.from({ length: 21 }, (_, i) => `role-${i}`),
      ])
        expect((await replaceRoles(user.id, roles)).statusCode).toBe(400);
      expect((await replaceRoles(NOBODY, [])).json().code).toBe('user.not_found');
      expect((await replaceRoles('me', [])).statusCode).toBe(400);
    });

    it('lets nobody give, take or keep from others what they do not hold themselves', async () => {
      const lead = await createStaff(app, ['users:read', 'users:write', 'orders:read']);
      const [customer, finance] = [await createUser(app), await createUser(app, { roles: ['finance'] })];
      expect((await replaceRoles(customer.user.id, ['admin'], lead.token)).json()).toMatchObject({
        code: 'auth.scope_exceeded',
        missingScopes: ['*'],
      });
      expect((await replaceRoles(lead.user.id, [...lead.user.roles, 'admin'], lead.token)).statusCode).toBe(403);
      expect((await replaceRoles(finance.user.id, [], lead.token)).json()).toMatchObject({
        code: 'auth.scope_exceeded',
        missingScopes: ['products:read', 'payments:capture', 'payments:refund'],
      });
      expect((await replaceRoles(admin.user.id, ['customer'], lead.token)).json().missingScopes).toEqual(['*']);
      expect((await replaceRoles(customer.user.id, lead.user.roles, lead.token)).statusCode).toBe(200);
    });

    it('AC-7: counts for tokens issued before, at once here and within a second on another instance', async () => {
      const { user, token, refreshToken } = await createUser(app, { roles: ['support'] });
      const seen = async (where: TestApp) => (await where.get('/users?limit=1', { token })).statusCode;
      expect([await seen(app), await seen(other)]).toEqual([200, 200]);

      await replaceRoles(user.id, ['customer']);
      expect(await seen(app)).toBe(403);
      await delay(BOUND_MS);
      expect(await seen(other)).toBe(403);
      const renewed = (await other.post('/auth/refresh', { refreshToken })).json().accessToken as string;
      expect((await app.get('/users', { token: renewed })).statusCode).toBe(403);
      expect((await app.get('/users/me', { token: renewed })).statusCode).toBe(200);

      await replaceRoles(user.id, ['support']);
      expect(await seen(app)).toBe(200);
      await delay(BOUND_MS);
      expect(await seen(other)).toBe(200);
    });

    it('AC-7: lets nobody give what they have just lost, not even where they are still remembered with it', async () => {
      const [lowered, gone] = [await createStaff(app), await createStaff(app)];
      const { user } = await createUser(app);
      for (const { token } of [lowered, gone]) expect((await other.get('/roles', { token })).statusCode).toBe(200);
      await replaceRoles(lowered.user.id, ['customer']);
      await disable(gone.user.id);
      for (const { token } of [lowered, gone]) {
        expect((await other.put(`/users/${user.id}/roles`, { roles: ['admin'] }, { token })).statusCode).not.toBe(200);
        const invite = { email: newEmail(), roles: ['support'] };
        expect((await other.post('/invites', invite, { token })).statusCode).not.toBe(201);
      }
      expect((await app.get(`/users/${user.id}`, { token: admin.token })).json()).toMatchObject({
        roles: ['customer'],
      });
    });

    it('needs a fresh login', async () => {
      const { user } = await createUser(app);
      const stale = await signIn(app, admin.user.id);
      await app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE id = $1`, [
        stale.sessionId,
      ]);
      expect((await replaceRoles(user.id, ['support'], stale.token)).json()).toMatchObject({
        status: 401,
        code: 'auth.fresh_login_required',
      });
    });

    it('is closed to API keys, which make accounts only within their own scopes and their creator’s name', async () => {
      const { key } = await createKey(app, { creator: admin, scopes: ['users:write', 'orders:read'] });
      const { user } = await createUser(app);
      expect((await replaceRoles(user.id, ['customer'], key)).statusCode).toBe(403);
      expect((await create({ roles: ['finance'] }, key)).json().code).toBe('auth.scope_exceeded');
      expect((await create({ roles: ['customer'] }, key)).statusCode).toBe(201);
      expect((await disable(user.id, {}, key)).statusCode).toBe(200);
      expect((await disable(admin.user.id, {}, key)).json().code).toBe('auth.scope_exceeded');
    });
  });

  describe('POST /users/{id}/disable and /enable', () => {
    it('AC-7: disable ends access and refresh tokens, at once here and within a second on another instance, for good', async () => {
      const { user, token, refreshToken } = await createUser(app);
      const second = await signIn(app, user.id);
      const seen = async (where: TestApp, bearer: string) =>
        (await where.get('/users/me', { token: bearer })).statusCode;
      for (const where of [app, other])
        for (const bearer of [token, second.token]) expect(await seen(where, bearer)).toBe(200);

      expect((await disable(user.id)).json()).toMatchObject({ status: 'disabled', version: 2 });
      for (const bearer of [token, second.token]) expect(await seen(app, bearer)).toBe(401);
      expect((await app.post('/auth/refresh', { refreshToken })).json().code).toBe('auth.invalid_refresh_token');
      expect((await other.post('/auth/refresh', { refreshToken: second.refreshToken })).statusCode).toBe(401);
      await delay(BOUND_MS);
      for (const bearer of [token, second.token]) expect(await seen(other, bearer)).toBe(401);
      const login = () => app.post('/auth/login', { email: user.email, password: TEST_PASSWORD });
      expect((await login()).json().code).toBe('auth.invalid_credentials');

      expect((await enable(user.id)).json()).toMatchObject({ status: 'active', version: 3 });
      for (const where of [app, other])
        for (const bearer of [token, second.token]) expect(await seen(where, bearer)).toBe(401);
      expect((await app.post('/auth/refresh', { refreshToken })).statusCode).toBe(401);
      const again = await login();
      expect(again.statusCode).toBe(200);
      expect(await seen(other, again.json().accessToken)).toBe(200);
    });

    it('AC-7: disable and fewer roles count for API keys made before, at once here and within a second on another instance', async () => {
      const [gone, lowered] = [await createKey(app), await createKey(app)];
      const seen = async (where: TestApp, key: string) =>
        (await where.get('/orders?limit=1', { token: key })).statusCode;
      for (const where of [app, other]) for (const { key } of [gone, lowered]) expect(await seen(where, key)).toBe(200);

      await disable(gone.creator.user.id);
      await replaceRoles(lowered.creator.user.id, ['customer']);
      expect([await seen(app, gone.key), await seen(app, lowered.key)]).toEqual([401, 403]);
      await delay(BOUND_MS);
      expect([await seen(other, gone.key), await seen(other, lowered.key)]).toEqual([401, 403]);
    });

    it('tells the owner, and records who it was done to, why, and each change once', async () => {
      const { user } = await createUser(app, { name: 'Ada' });
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => disable(user.id, { reason: 'Chargebacks, case 4711' })),
      );
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200));
      expect((await disable(user.id)).json().version).toBe(2);
      await Promise.all(Array.from({ length: 20 }, () => enable(user.id)));
      expect((await enable(user.id)).json().version).toBe(3);
      expect(await eventsOf(app, user.id)).toEqual([
        ['user.registered', 1],
        ['user.disabled', 2],
        ['user.enabled', 3],
      ]);
      expect(watched.auditOf(user.id)).toEqual([
        {
          action: 'user.disabled',
          target: { type: 'user', id: user.id },
          before: { status: 'active' },
          after: { status: 'disabled', reason: 'Chargebacks, case 4711' },
        },
        {
          action: 'user.enabled',
          target: { type: 'user', id: user.id },
          before: { status: 'disabled' },
          after: { status: 'active' },
        },
      ]);
      const to = { name: 'Ada', address: user.email };
      expect(watched.mailsTo(user.email)).toEqual([
        { template: 'account-disabled', to, locale: null, data: {} },
        { template: 'account-enabled', to, locale: null, data: {} },
      ]);
    });

    it('refuses your own account with 409 user.self, whoever else there is', async () => {
      const second = await createStaff(app);
      expect((await disable(second.user.id, {}, second.token)).json()).toMatchObject({
        status: 409,
        code: 'user.self',
      });
      expect((await app.get('/users/me', { token: second.token })).json().status).toBe('active');
    });

    it('refuses somebody who holds more than the caller, disabled ones too', async () => {
      const { token } = await createStaff(app, ['users:write']);
      const peer = await createStaff(app);
      expect((await disable(peer.user.id, {}, token)).json().code).toBe('auth.scope_exceeded');
      await disable(peer.user.id);
      expect((await enable(peer.user.id, token)).json().code).toBe('auth.scope_exceeded');
    });

    it('refuses a blank or too long reason, unknown members, nobody, and another version', async () => {
      const { user } = await createUser(app);
      for (const reason of ['', ' ', null, 1, 'x'.repeat(501)]) {
        expect((await disable(user.id, { reason })).json().errors[0].pointer).toBe('/reason');
      }
      expect((await disable(user.id, { until: 'x' })).json().errors[0].pointer).toBe('/until');
      expect((await disable(NOBODY)).json().code).toBe('user.not_found');
      expect((await enable(NOBODY)).json().code).toBe('user.not_found');
      const stale = await app.post(
        `/users/${user.id}/disable`,
        {},
        { token: admin.token, headers: { 'if-match': '"7"' } },
      );
      expect(stale.statusCode).toBe(412);
    });

    it('refuses an account that was erased with 409 user.erased', async () => {
      const { user } = await createUser(app);
      await app.database.execute(
        `UPDATE users SET status = 'erased', erased_at = now(), name = NULL, phone = NULL, locale = NULL, password_hash = NULL,
           email = 'erased-' || id || '@erased.invalid', email_canonical = 'erased-' || id || '@erased.invalid'
         WHERE id = $1`,
        [user.id],
      );
      for (const answer of [
        await enable(user.id),
        await disable(user.id),
        await replaceRoles(user.id, ['support']),
        await app.patch(`/users/${user.id}`, { name: 'x' }, { token: admin.token }),
      ]) {
        expect(answer.json()).toMatchObject({ status: 409, code: 'user.erased' });
      }
    });
  });
});

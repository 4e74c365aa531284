import { setTimeout as delay } from 'node:timers/promises';
import { createStaff, createUser, type SignedInUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { eventsOf, watch } from './watch.js';

/** The longest time another instance may still honour what a role allowed. */
const BOUND_MS = 1_000;

describe('/roles', () => {
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

  const newName = () => `r${unique()}`.slice(0, 40);
  const create = (body: object, token = admin.token) =>
    app.post('/roles', { name: newName(), scopes: ['orders:read'], ...body }, { token });
  const idOf = async (name: string): Promise<string> =>
    (await app.database.query<{ id: string }>(`SELECT id FROM roles WHERE name = $1`, [name]))[0]!.id;

  describe('POST /roles', () => {
    it('makes a role with an address, an entity tag and its scopes in the order of the list', async () => {
      const name = newName();
      const answer = await create({ name, description: 'Nights', scopes: ['users:read', 'orders:read'] });
      expect(answer.statusCode).toBe(201);
      expect(answer.headers.location).toBe(`/api/v1/roles/${name}`);
      expect(answer.headers.etag).toMatch(/^"1-/);
      expect(answer.json()).toEqual({
        name,
        description: 'Nights',
        scopes: ['orders:read', 'users:read'],
        isBuiltIn: false,
        version: 1,
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      });
      expect((await app.get(`/roles/${name}`, { token: admin.token })).json()).toEqual(answer.json());
      expect(await eventsOf(app, await idOf(name))).toEqual([['role.created', 1]]);
      expect(watched.auditOf(name)).toEqual([
        {
          action: 'role.created',
          target: { type: 'role', id: name },
          after: { description: 'Nights', scopes: ['orders:read', 'users:read'] },
        },
      ]);
    });

    it('refuses scopes that are none, and * too, with 400 naming them', async () => {
      const unknown = await create({ scopes: ['orders:read', 'orders:steal'] });
      expect(unknown.statusCode).toBe(400);
      expect(unknown.json()).toMatchObject({
        code: 'request.invalid',
        errors: [{ pointer: '/scopes', message: 'must be scopes that a role can have; "orders:steal" is none' }],
      });
      expect((await create({ scopes: ['*'] })).json().errors[0].message).toContain('"*" is none');
    });

    it.each([
      [{ name: 'A' }, '/name'],
      [{ name: 'x' }, '/name'],
      [{ name: '1st' }, '/name'],
      [{ name: `a${'b'.repeat(40)}` }, '/name'],
      [{ name: null }, '/name'],
      [{ scopes: ['orders:read', 'orders:read'] }, '/scopes'],
      [{ scopes: 'orders:read' }, '/scopes'],
      [{ scopes: [{}] }, '/scopes'],
      [{ description: ' ' }, '/description'],
    ])('refuses %j with 400 naming the field', async (body, pointer) => {
      const answer = await create(body);
      expect(answer.statusCode).toBe(400);
      expect(answer.json().errors[0].pointer).toBe(pointer);
    });

    it('AC-4: refuses isBuiltIn, id, version and anything else that is not the caller’s to say', async () => {
      for (const member of ['isBuiltIn', 'id', 'version', 'isAdmin', 'createdAt']) {
        expect((await create({ [member]: true })).json()).toMatchObject({
          status: 400,
          errors: [{ pointer: `/${member}`, code: 'unknown' }],
        });
      }
    });

    it('makes one role of a name when 20 are made at the same moment', async () => {
      const name = newName();
      const statuses = (await Promise.all(Array.from({ length: 20 }, () => create({ name })))).map(
        ({ statusCode }) => statusCode,
      );
      expect(statuses.filter((status) => status === 201)).toHaveLength(1);
      expect(statuses.filter((status) => status === 409)).toHaveLength(19);
      expect((await create({ name })).json().code).toBe('role.name_taken');
    });

    it('refuses a scope that its maker does not hold with 403 naming it', async () => {
      const { token } = await createStaff(app, ['users:read', 'users:write', 'orders:read']);
      expect((await create({ scopes: ['orders:read'] }, token)).statusCode).toBe(201);
      const refused = await create({ scopes: ['orders:read', 'payments:refund', 'settings:write'] }, token);
      expect(refused.statusCode).toBe(403);
      expect(refused.json()).toMatchObject({
        code: 'auth.scope_exceeded',
        detail: expect.stringContaining('payments:refund, settings:write'),
        missingScopes: ['payments:refund', 'settings:write'],
      });
    });
  });

  describe('GET /roles', () => {
    it('lists by name, page by page, the built-in ones among them', async () => {
      const names: string[] = [];
      let query = '?limit=3&count=exact';
      for (;;) {
        const page = (await app.get(`/roles${query}`, { token: admin.token })).json();
        names.push(...page.data.map(({ name }: { name: string }) => name));
        if (page.nextCursor === null) {
          expect(page.total).toBe(names.length);
          break;
        }
        query = `?limit=3&count=exact&cursor=${page.nextCursor}`;
      }
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(
        expect.arrayContaining(['admin', 'catalogue', 'customer', 'finance', 'fulfilment', 'support']),
      );
    });

    it('answers one, 404 for none and 400 for what is no name', async () => {
      const get = (name: string) => app.get(`/roles/${name}`, { token: admin.token });
      expect((await get('admin')).json()).toMatchObject({
        scopes: ['*'],
        isBuiltIn: true,
        description: expect.any(String),
      });
      expect((await get('no-such-role')).json()).toMatchObject({ status: 404, code: 'role.not_found' });
      expect((await get('No%20Role')).json()).toMatchObject({ status: 400, code: 'request.invalid' });
    });

    it('needs users:read, and changing needs users:write', async () => {
      const [reader, customer] = [await createStaff(app, ['users:read']), await createUser(app)];
      expect((await app.get('/roles', { token: reader.token })).statusCode).toBe(200);
      expect((await app.get('/roles', { token: customer.token })).statusCode).toBe(403);
      expect((await app.get('/roles')).statusCode).toBe(401);
      expect((await create({}, reader.token)).statusCode).toBe(403);
      expect((await app.patch('/roles/support', {}, { token: reader.token })).statusCode).toBe(403);
      expect((await app.delete('/roles/support', { token: reader.token })).statusCode).toBe(403);
    });
  });

  describe('PATCH /roles/{name}', () => {
    it('changes what is named, with a new version, event and audit entry, and nothing when nothing is different', async () => {
      const { name } = (await create({ description: 'Nights' })).json();
      const patch = (body: object) => app.patch(`/roles/${name}`, body, { token: admin.token });
      expect((await patch({ scopes: ['users:read', 'orders:read'] })).json()).toMatchObject({
        description: 'Nights',
        scopes: ['orders:read', 'users:read'],
        version: 2,
      });
      expect((await patch({ scopes: ['orders:read', 'users:read'], description: 'Nights' })).json().version).toBe(2);
      expect((await patch({ description: null })).json()).toMatchObject({ description: null, version: 3 });
      expect((await patch({ scopes: null })).statusCode).toBe(400);
      expect((await patch({ name: 'other' })).json().errors).toMatchObject([{ pointer: '/name', code: 'unknown' }]);
      expect(await eventsOf(app, await idOf(name))).toEqual([
        ['role.created', 1],
        ['role.changed', 2],
        ['role.changed', 3],
      ]);
      expect(watched.auditOf(name)[1]).toMatchObject({
        action: 'role.changed',
        before: { description: 'Nights', scopes: ['orders:read'] },
        after: { description: 'Nights', scopes: ['orders:read', 'users:read'] },
      });
    });

    it('honours If-Match with 412 and the current entity tag, also of 20 at the same moment', async () => {
      const { name } = (await create({})).json();
      const patch = (description: string) =>
        app.patch(`/roles/${name}`, { description }, { token: admin.token, headers: { 'if-match': '"1"' } });
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => patch(`${index}`)));
      expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
      const refused = answers.filter(({ statusCode }) => statusCode === 412);
      expect(refused).toHaveLength(19);
      expect(refused[0]!.headers.etag).toBe((await app.get(`/roles/${name}`, { token: admin.token })).headers.etag);
    });

    it('refuses a built-in role with 409 role.built_in', async () => {
      for (const name of ['admin', 'customer', 'support']) {
        const patched = await app.patch(`/roles/${name}`, { scopes: [] }, { token: admin.token });
        expect(patched.json()).toMatchObject({ status: 409, code: 'role.built_in' });
        expect((await app.delete(`/roles/${name}`, { token: admin.token })).json().code).toBe('role.built_in');
      }
    });

    it('refuses to give a role more than the caller holds, and to touch one that allows more', async () => {
      const { token } = await createStaff(app, ['users:write', 'orders:read']);
      const { name: low } = (await create({ scopes: ['orders:read'] })).json();
      const { name: high } = (await create({ scopes: ['orders:read', 'payments:refund'] })).json();
      const patch = (name: string, scopes: string[]) => app.patch(`/roles/${name}`, { scopes }, { token });
      expect((await patch(low, ['orders:read', 'payments:refund'])).json()).toMatchObject({
        status: 403,
        code: 'auth.scope_exceeded',
        missingScopes: ['payments:refund'],
      });
      expect((await patch(high, ['orders:read'])).json().code).toBe('auth.scope_exceeded');
      expect((await app.delete(`/roles/${high}`, { token })).json().code).toBe('auth.scope_exceeded');
      expect((await patch(low, [])).statusCode).toBe(200);
    });

    it('AC-7: takes effect for tokens issued before, at once here and within a second on another instance', async () => {
      const { name } = (await create({ scopes: ['users:read'] })).json();
      const { token } = await createUser(app, { roles: [name] });
      const seen = async (where: TestApp) => (await where.get('/users?limit=1', { token })).statusCode;
      expect([await seen(app), await seen(other)]).toEqual([200, 200]);

      await app.patch(`/roles/${name}`, { scopes: ['orders:read'] }, { token: admin.token });
      expect(await seen(app)).toBe(403);
      await delay(BOUND_MS);
      expect(await seen(other)).toBe(403);

      await app.patch(`/roles/${name}`, { scopes: ['users:read'] }, { token: admin.token });
      expect(await seen(app)).toBe(200);
      await delay(BOUND_MS);
      expect(await seen(other)).toBe(200);
    });
  });

  describe('DELETE /roles/{name}', () => {
    it('removes a role that nobody holds, once', async () => {
      const { name } = (await create({})).json();
      const id = await idOf(name);
      expect(
        (await app.delete(`/roles/${name}`, { token: admin.token, headers: { 'if-match': '"9"' } })).statusCode,
      ).toBe(412);
      expect((await app.delete(`/roles/${name}`, { token: admin.token })).statusCode).toBe(204);
      expect((await app.delete(`/roles/${name}`, { token: admin.token })).json().code).toBe('role.not_found');
      expect(await eventsOf(app, id)).toEqual([
        ['role.created', 1],
        ['role.removed', 2],
      ]);
    });

    it('refuses one that somebody holds with 409 role.in_use, also when it is handed out at the same moment', async () => {
      const { name } = (await create({})).json();
      await createUser(app, { roles: [name] });
      expect((await app.delete(`/roles/${name}`, { token: admin.token })).json()).toMatchObject({
        status: 409,
        code: 'role.in_use',
      });
      for (let round = 0; round < 5; round++) {
        const contested = (await create({})).json().name as string;
        const { user } = await createUser(app);
        const [given, removed] = await Promise.all([
          app.put(`/users/${user.id}/roles`, { roles: [contested] }, { token: admin.token }),
          app.delete(`/roles/${contested}`, { token: admin.token }),
        ]);
        const outcome = [given.statusCode, removed.statusCode].join();
        expect(['200,409', '400,204']).toContain(outcome);
      }
    });
  });
});

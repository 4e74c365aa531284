import { createStaff, createUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('users, for staff', () => {
  let app: TestApp;
  let token: string;

  beforeAll(async () => {
    app = await TestApp.start();
    ({ token } = await createStaff(app, ['users:read']));
  });
  afterAll(() => app.close());

  const list = (query: string) => app.get(`/users?${query}`, { token });
  const idsOf = async (query: string): Promise<string[]> =>
    (await list(query)).json().data.map(({ id }: { id: string }) => id);

  describe('GET /users/{id}', () => {
    it('answers any user to staff, 404 for none, and 400 for what is no id', async () => {
      const { user } = await createUser(app);
      const answer = await app.get(`/users/${user.id}`, { token });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ id: user.id, email: user.email });
      expect(answer.body).not.toMatch(/hash|argon/i);
      expect((await app.get('/users/01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f', { token })).json()).toMatchObject({
        status: 404,
        code: 'user.not_found',
      });
      expect((await app.get('/users/1', { token })).json()).toMatchObject({ status: 400, code: 'request.invalid' });
    });

    it('is closed to customers, for their own account too, with the same answer for one that never was', async () => {
      const { user, token: customer } = await createUser(app);
      for (const id of [user.id, '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f']) {
        expect((await app.get(`/users/${id}`, { token: customer })).json().code).toBe('auth.insufficient_scope');
      }
      expect((await app.get('/users')).statusCode).toBe(401);
    });
  });

  describe('GET /users', () => {
    it('finds by a part of address or name, whatever the case, with % and _ meaning themselves', async () => {
      const mark = unique();
      const byAddress = await createUser(app, { email: `Zoe.${mark}@example.com` });
      const byName = await createUser(app, { name: `Zoé ${mark} 100%_sure` });
      await createUser(app, { name: 'Somebody else' });
      expect(await idsOf(`q=${mark.toUpperCase()}`)).toEqual([byName.user.id, byAddress.user.id]);
      expect(await idsOf(`q=zoe.${mark}`)).toEqual([byAddress.user.id]);
      expect(await idsOf(`q=${encodeURIComponent(`${mark} 100%_sure`)}`)).toEqual([byName.user.id]);
      expect(await idsOf(`q=${encodeURIComponent(`${mark} 100%%`)}`)).toEqual([]);
      expect(await idsOf(`q=${mark}_100`)).toEqual([]);
      for (const text of [`'`, `"`, `\\`, ';--', '{"$gt":""}'])
        expect((await list(`q=${encodeURIComponent(text)}`)).statusCode).toBe(200);
    });

    it('filters by role, status and time of registration, together', async () => {
      const mark = unique();
      const customer = await createUser(app, { name: mark });
      const support = await createUser(app, { name: mark, roles: ['customer', 'support'] });
      const disabled = await createUser(app, { name: mark, roles: ['finance'] });
      await app.database.execute(
        `UPDATE users SET status = 'disabled', created_at = '2020-02-29T12:00:00Z' WHERE id = $1`,
        [disabled.user.id],
      );
      const ids = (...users: { user: { id: string } }[]) => users.map(({ user }) => user.id);
      expect(await idsOf(`q=${mark}`)).toEqual(ids(support, customer, disabled));
      expect(await idsOf(`q=${mark}&role=support,finance`)).toEqual(ids(support, disabled));
      expect(await idsOf(`q=${mark}&role=no-such-role`)).toEqual([]);
      expect(await idsOf(`q=${mark}&status=disabled`)).toEqual(ids(disabled));
      expect(await idsOf(`q=${mark}&status=active,disabled&sort=createdAt`)).toEqual(ids(disabled, customer, support));
      expect(await idsOf(`q=${mark}&createdAt[gte]=2020-02-29T12:00:00Z&createdAt[lt]=2020-02-29T12:00:01Z`)).toEqual(
        ids(disabled),
      );
      expect(
        await idsOf(`q=${mark}&createdAt[gt]=2020-02-29T13:00:00%2B01:00&createdAt[lte]=2020-03-01T00:00:00Z`),
      ).toEqual([]);
    });

    it('pages by keyset: each row exactly once while others are added and removed, with Link and an exact count', async () => {
      const mark = unique();
      const users = [];
      for (let index = 0; index < 5; index++) users.push((await createUser(app, { name: mark })).user);
      // Equal times: the id breaks the tie.
      await app.database.execute(`UPDATE users SET created_at = '2024-01-01T00:00:00.123456Z' WHERE name = $1`, [mark]);
      const expected = users
        .map(({ id }) => id)
        .sort()
        .reverse();
      const first = await list(`q=${mark}&limit=2&count=exact`);
      expect(first.json().total).toBe(5);
      const link = /<([^>]+)>; rel="next"/.exec(String(first.headers.link))![1]!;
      await createUser(app, { name: mark });
      const second = await app.get(link.replace('/api/v1', ''), { token });
      await app.database.execute(`DELETE FROM users WHERE id = $1`, [expected[3]]);
      const third = await list(`q=${mark}&limit=2&cursor=${second.json().nextCursor}`);
      const seen = [first, second, third].flatMap((answer) => answer.json().data.map(({ id }: { id: string }) => id));
      expect(seen).toEqual(expected);
      expect(third.json().nextCursor).toBeNull();
      expect(third.headers.link).toBeUndefined();
    });

    it('refuses the cursor of another filter or order, and a made-up one', async () => {
      const { nextCursor } = (await list('limit=1')).json();
      for (const query of [
        `sort=createdAt&cursor=${nextCursor}`,
        `status=active&cursor=${nextCursor}`,
        'cursor=AAAA',
        `cursor=${nextCursor.slice(0, -2)}`,
      ]) {
        expect((await list(query)).json()).toMatchObject({ status: 400, errors: [{ pointer: '?cursor' }] });
      }
    });

    it.each([
      ['limit=0', '?limit'],
      ['limit=101', '?limit'],
      ['limit=abc', '?limit'],
      ['limit=1&limit=2', '?limit'],
      ['count=all', '?count'],
      ['sort=passwordHash', '?sort'],
      ['sort=phone', '?sort'],
      ['emailVerified=yes', '?emailVerified'],
      ['group=Not%20a%20code', '?group'],
      ['filter[passwordHash]=x', '?filter'],
      ['status=gone', '?status'],
      ['role=', '?role'],
      ['q=', '?q'],
      ['q=a&q=b', '?q'],
      ['passwordHash=x', '?passwordHash'],
      ['createdAt=2026-01-01', '?createdAt'],
      ['createdAt[gte]=yesterday', '?createdAt/gte'],
      ['createdAt[gte]=2026-02-30T00:00:00Z', '?createdAt/gte'],
      ['createdAt[gte]=2026-01-01T00:00:00', '?createdAt/gte'],
      ['createdAt[gte]=2009-W21-2', '?createdAt/gte'],
      ['createdAt[gte]=20090101T000000Z', '?createdAt/gte'],
      ['createdAt[like]=2026-01-01T00:00:00Z', '?createdAt/like'],
    ])('refuses ?%s with 400 naming it', async (query, pointer) => {
      const answer = await list(query);
      expect(answer.statusCode).toBe(400);
      expect(answer.json().errors).toContainEqual(expect.objectContaining({ pointer }));
    });
  });
});

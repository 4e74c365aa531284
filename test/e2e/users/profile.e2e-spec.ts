import { createStaff, createUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('the profile', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  it('PATCH /users/me keeps telephone number and language, the latter in its canonical form', async () => {
    const { token } = await createUser(app, { name: 'Ada' });
    const answer = await app.patch('/users/me', { phone: '+442079460958', locale: 'EN-gb' }, { token });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ name: 'Ada', phone: '+442079460958', locale: 'en-GB', version: 2 });
    expect((await app.get('/users/me', { token })).json()).toEqual(answer.json());
    expect((await app.patch('/users/me', { locale: 'en-GB' }, { token })).json().version).toBe(2);
    expect((await app.patch('/users/me', { phone: null, locale: null }, { token })).json()).toMatchObject({
      name: 'Ada',
      phone: null,
      locale: null,
      version: 3,
    });
  });

  it.each([
    [{ phone: '020 7946 0958' }, '/phone'],
    [{ phone: '+0442079460958' }, '/phone'],
    [{ phone: '+4420794609581234' }, '/phone'],
    [{ phone: '+44207946\r\nBcc: x@y.z' }, '/phone'],
    [{ phone: 442079460958 }, '/phone'],
    [{ locale: 'english' + 'x'.repeat(30) }, '/locale'],
    [{ locale: 'en_GB' }, '/locale'],
    [{ locale: '' }, '/locale'],
    [{ locale: ['en'] }, '/locale'],
  ])('PATCH /users/me refuses %j with 400 naming it', async (body, pointer) => {
    const { token } = await createUser(app);
    const answer = await app.patch('/users/me', body, { token });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([expect.objectContaining({ pointer })]);
  });

  it('AC-4: PATCH /users/me takes nothing of the account but name, telephone number and language', async () => {
    const { user, token } = await createUser(app);
    const before = (await app.get('/users/me', { token })).json();
    for (const member of [
      'groups',
      'erasedAt',
      'sessionsValidFrom',
      'emailVerified',
      'consents',
      '__proto__',
      'constructor',
    ]) {
      // Written by hand: `__proto__` is no member of an object literal.
      const answer = await app.app.inject({
        method: 'PATCH',
        url: '/api/v1/users/me',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        payload: `{"phone": "+442079460958", ${JSON.stringify(member)}: {"role": "admin"}}`,
      });
      expect([member, answer.statusCode]).toEqual([member, 400]);
    }
    expect((await app.get('/users/me', { token })).json()).toEqual(before);
    const staff = await createStaff(app, ['users:read']);
    expect((await app.get(`/users/${user.id}`, { token: staff.token })).json()).toMatchObject({ roles: ['customer'] });
  });

  it.each(['Ada\r\nBcc: eve@example.com', 'Ada\nX: y', 'Ada\u2028', 'Ada\u0085'])(
    'PW-13: PATCH /users/me refuses the name %j, which would not be one line of a mail header',
    async (name) => {
      const { token } = await createUser(app, { name: 'Ada' });
      const answer = await app.patch('/users/me', { name }, { token });
      expect(answer.json()).toMatchObject({ status: 400, errors: [{ pointer: '/name' }] });
      expect((await app.get('/users/me', { token })).json().name).toBe('Ada');
    },
  );

  it('AC-5: shows customers nothing that is for staff, and staff the groups', async () => {
    const { user, token } = await createUser(app);
    const staff = await createStaff(app, ['users:read', 'users:write']);
    const code = `g-${unique()}`;
    const group = (await app.post('/customer-groups', { code, name: 'Wholesale' }, { token: staff.token })).json();
    await app.put(`/customer-groups/${group.id}/members/${user.id}`, undefined, { token: staff.token });
    expect((await app.get('/users/me', { token })).json()).not.toHaveProperty('groups');
    expect((await app.patch('/users/me', { name: 'Ada' }, { token })).json()).not.toHaveProperty('groups');
    expect((await app.get(`/users/${user.id}`, { token: staff.token })).json().groups).toEqual([code]);
    expect((await app.get(`/users?group=${code}`, { token: staff.token })).json().data).toEqual([
      expect.objectContaining({ id: user.id, groups: [code] }),
    ]);
  });

  describe('GET /users', () => {
    it('filters by group and by proven address, and sorts by address and name, both ways and across pages', async () => {
      const staff = await createStaff(app, ['users:read', 'users:write']);
      const mark = unique();
      const users = [];
      for (const name of [`${mark} b`, `${mark} A`, null, `${mark} c`]) {
        const email = `${mark}-${name === null ? 'z' : name.slice(-1).toLowerCase()}@example.com`;
        users.push((await createUser(app, { email, name })).user);
      }
      const [b, a, z, c] = users.map(({ id }) => id);
      await app.database.execute(`UPDATE users SET email_verified_at = now() WHERE id = $1`, [c]);
      const ids = async (query: string): Promise<string[]> => {
        const seen: string[] = [];
        let cursor = '';
        do {
          const answer = await app.get(`/users?q=${mark}&limit=2&${query}${cursor}`, { token: staff.token });
          expect(answer.statusCode).toBe(200);
          const page = answer.json<{ data: { id: string }[]; nextCursor: string | null }>();
          seen.push(...page.data.map(({ id }) => id));
          cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
        } while (cursor !== '');
        return seen;
      };
      expect(await ids('sort=email')).toEqual([a, b, c, z]);
      expect(await ids('sort=-email')).toEqual([z, c, b, a]);
      expect(await ids('sort=name')).toEqual([z, a, b, c]);
      expect(await ids('sort=-name')).toEqual([c, b, a, z]);
      expect(await ids('emailVerified=true')).toEqual([c]);
      expect((await ids('emailVerified=false&sort=email')).sort()).toEqual([a, b, z].sort());
      expect(await ids('group=no-such-group')).toEqual([]);
    });
  });
});

import { createUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('/users/me', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  it('GET answers the caller’s account with an entity tag of its version, and no hash', async () => {
    const { user, token } = await createUser(app, { name: 'Ada' });
    const answer = await app.get('/users/me', { token });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      id: user.id,
      email: user.email,
      name: 'Ada',
      phone: null,
      locale: null,
      status: 'active',
      roles: ['customer'],
      emailVerifiedAt: null,
      createdAt: user.createdAt.toISOString(),
      updatedAt: user.updatedAt.toISOString(),
      version: 1,
    });
    expect(answer.headers.etag).toMatch(/^"1-/);
    expect(answer.headers['cache-control']).toBe('private, no-store');
    const again = await app.get('/users/me', { token, headers: { 'if-none-match': String(answer.headers.etag) } });
    expect(again.statusCode).toBe(304);
  });

  it.each(['application/json', 'application/merge-patch+json'])(
    'PATCH as %s changes the name and raises the version',
    async (type) => {
      const { token } = await createUser(app, { name: 'Ada' });
      const answer = await app.patch('/users/me', { name: 'Ada King' }, { token, headers: { 'content-type': type } });
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ name: 'Ada King', version: 2 });
      expect(answer.headers.etag).toMatch(/^"2-/);
      expect((await app.get('/users/me', { token })).json()).toEqual(answer.json());
    },
  );

  it('PATCH removes the name with null, keeps it when it is absent, and has no new version without a change', async () => {
    const { token } = await createUser(app, { name: 'Ada' });
    expect((await app.patch('/users/me', {}, { token })).json()).toMatchObject({ name: 'Ada', version: 1 });
    expect((await app.patch('/users/me', { name: 'Ada' }, { token })).json()).toMatchObject({
      name: 'Ada',
      version: 1,
    });
    expect((await app.patch('/users/me', { name: null }, { token })).json()).toMatchObject({ name: null, version: 2 });
  });

  it('PATCH keeps a name of any script byte for byte', async () => {
    const { token } = await createUser(app);
    for (const name of ['Зоя', '李小龙', 'Ame\u0301lie', '🦦 Otter', 'مريم', "O'Brien; DROP TABLE users;--"]) {
      expect((await app.patch('/users/me', { name }, { token })).json().name).toBe(name);
    }
  });

  it('lets one of 20 parallel changes with one If-Match through: one 200, 19 412', async () => {
    const { token } = await createUser(app, { name: 'Ada' });
    const etag = String((await app.get('/users/me', { token })).headers.etag);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        app.patch('/users/me', { name: `Ada ${index}` }, { token, headers: { 'if-match': etag } }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
    const refused = answers.find(({ statusCode }) => statusCode === 412)!;
    expect(refused.json().code).toBe('request.version_mismatch');
    expect(refused.headers.etag).toMatch(/^"2/);
    expect((await app.get('/users/me', { token })).json().version).toBe(2);
  });

  it.each([
    ['another version', '"7-abc"'],
    ['a weak tag', 'W/"1-abc"'],
    ['a foreign tag', '"x"'],
  ])('PATCH with If-Match of %s changes nothing: 412, with and without members', async (_, etag) => {
    const { token } = await createUser(app, { name: 'Ada' });
    for (const body of [{ name: 'Eve' }, {}]) {
      expect((await app.patch('/users/me', body, { token, headers: { 'if-match': etag } })).statusCode).toBe(412);
    }
    expect((await app.get('/users/me', { token })).json()).toMatchObject({ name: 'Ada', version: 1 });
  });

  it('PATCH with If-Match: * changes whichever version is there', async () => {
    const { token } = await createUser(app);
    expect((await app.patch('/users/me', { name: 'Ada' }, { token, headers: { 'if-match': '*' } })).statusCode).toBe(
      200,
    );
  });

  it.each([
    'role',
    'roles',
    'isAdmin',
    'permissions',
    'status',
    'email',
    'emailVerifiedAt',
    'passwordHash',
    'id',
    'userId',
    'createdAt',
    'version',
  ])('PATCH refuses the member "%s" (mass assignment) and changes nothing', async (member) => {
    const { token } = await createUser(app);
    const before = (await app.get('/users/me', { token })).json();
    const answer = await app.patch('/users/me', { name: 'Eve', [member]: 'admin' }, { token });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ pointer: `/${member}`, code: 'unknown', message: expect.any(String) }]);
    expect((await app.get('/users/me', { token })).json()).toEqual(before);
  });

  it.each([
    [{ name: '' }],
    [{ name: ' ' }],
    [{ name: 1 }],
    [{ name: ['Ada'] }],
    [{ name: 'a\nb' }],
    [{ name: 'x'.repeat(201) }],
    [[]],
  ])('PATCH refuses %j with 400', async (body) => {
    const { token } = await createUser(app);
    expect((await app.patch('/users/me', body, { token })).statusCode).toBe(400);
  });

  it('needs a signed-in caller', async () => {
    expect((await app.get('/users/me')).statusCode).toBe(401);
    expect((await app.patch('/users/me', { name: 'Eve' })).statusCode).toBe(401);
  });
});

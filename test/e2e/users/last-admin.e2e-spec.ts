import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const ROUNDS = 20;

describe('the last administrator', () => {
  let app: TestApp;
  let other: TestApp;

  beforeAll(async () => {
    [app, other] = [await TestApp.start(), await TestApp.start()];
  });
  beforeEach(async () => {
    // Other test files of this worker may have left admins.
    await app.database.execute(
      `DELETE FROM user_roles WHERE role_name IN (SELECT name FROM roles WHERE '*' = ANY (scopes))`,
    );
  });
  afterAll(() => Promise.all([app.close(), other.close()]));

  const demote = (where: TestApp, by: SignedInUser, whom: SignedInUser) =>
    where.put(`/users/${whom.user.id}/roles`, { roles: ['support'] }, { token: by.token });
  const disable = (where: TestApp, by: SignedInUser, whom: SignedInUser) =>
    where.post(`/users/${whom.user.id}/disable`, {}, { token: by.token });
  const admins = async (): Promise<number> =>
    (
      await app.get('/users?role=admin&status=active&count=exact', {
        token: (await createStaff(app, ['users:read'])).token,
      })
    ).json().total as number;

  it('cannot lose the role with 409 user.last_admin, and may as soon as there is another', async () => {
    const admin = await createStaff(app);
    const refused = await demote(app, admin, admin);
    expect(refused.json()).toMatchObject({ status: 409, code: 'user.last_admin' });
    expect((await app.get(`/users/${admin.user.id}`, { token: admin.token })).json()).toMatchObject({
      roles: ['admin'],
      version: 1,
    });
    const second = await createStaff(app);
    expect((await demote(app, admin, admin)).statusCode).toBe(200);
    expect((await demote(app, second, second)).json().code).toBe('user.last_admin');
  });

  it('does not count an administrator who is disabled', async () => {
    const [admin, disabled] = [await createStaff(app), await createStaff(app)];
    expect((await disable(app, admin, disabled)).statusCode).toBe(200);
    expect((await demote(app, admin, admin)).json().code).toBe('user.last_admin');
  });

  it('goes on as one when the roles change around the one that makes them so', async () => {
    const admin = await createStaff(app);
    const answer = await app.put(
      `/users/${admin.user.id}/roles`,
      { roles: ['admin', 'support'] },
      { token: admin.token },
    );
    expect(answer.json()).toMatchObject({ roles: ['admin', 'support'], version: 2 });
  });

  it('lets go of customers and other staff while there is one', async () => {
    const admin = await createStaff(app);
    for (const whom of [await createUser(app), await createStaff(app, ['orders:read'])]) {
      expect((await demote(app, admin, whom)).statusCode).toBe(200);
      expect((await disable(app, admin, whom)).statusCode).toBe(200);
    }
  });

  it(`is left when two remove each other at the same moment on two instances, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await app.database.execute(`DELETE FROM user_roles WHERE role_name = 'admin'`);
      const [first, second] = [await createStaff(app), await createStaff(app)];
      const how = round % 2 === 0 ? demote : disable;
      const answers = await Promise.all([how(app, first, second), demote(other, second, first)]);
      const outcomes = answers.map((answer) => (answer.statusCode === 200 ? 200 : (answer.json().code as string)));
      expect(outcomes.filter((outcome) => outcome === 200)).toHaveLength(1);
      // Who lost may be told that they are the last one, or already that they may no longer do this.
      expect(['user.last_admin', 'auth.scope_exceeded', 'auth.insufficient_scope', 'auth.invalid_token']).toContain(
        outcomes.find((outcome) => outcome !== 200),
      );
      expect(await admins()).toBe(1);
    }
  });
});

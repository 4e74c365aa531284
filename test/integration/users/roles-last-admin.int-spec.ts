import { RoleGrants } from '../../../src/users/roles/role-grants.js';
import { createUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const ROUNDS = 20;

describe('LastAdmin', () => {
  let app: TestApp;
  let grants: RoleGrants;

  beforeAll(async () => {
    app = await TestApp.start();
    grants = app.app.get(RoleGrants, { strict: false });
  });
  beforeEach(async () => {
    // Other test files of this worker may have left admins.
    await app.database.execute(
      `DELETE FROM user_roles WHERE role_name IN (SELECT name FROM roles WHERE '*' = ANY (scopes))`,
    );
  });
  afterAll(() => app.close());

  const createAdmin = async (): Promise<string> => (await createUser(app, { roles: ['admin'] })).user.id;

  const countAdmins = async (): Promise<number> => {
    const [row] = await app.database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM users u JOIN user_roles ur ON ur.user_id = u.id
       WHERE ur.role_name = 'admin' AND u.status = 'active'`,
    );
    return row!.count;
  };

  /** Takes the role away or disables, as a use case would. */
  const remove = (userId: string, how: 'role' | 'status'): Promise<void> =>
    app.database.run(async () => {
      await grants.protectLastAdmin(userId);
      await app.database.execute(
        how === 'role'
          ? `DELETE FROM user_roles WHERE user_id = $1 AND role_name = 'admin'`
          : `UPDATE users SET status = 'disabled' WHERE id = $1`,
        [userId],
      );
    });

  it('refuses the last one with 409 user.last_admin, and lets go of one of two', async () => {
    const [first, second] = [await createAdmin(), await createAdmin()];
    await remove(first, 'role');
    await expect(remove(second, 'status')).rejects.toMatchObject({ code: 'user.last_admin' });
    await expect(remove(second, 'role')).rejects.toMatchObject({ code: 'user.last_admin' });
    expect(await countAdmins()).toBe(1);
  });

  it('does not count a disabled administrator, who may themselves go', async () => {
    const [first, second] = [await createAdmin(), await createAdmin()];
    await remove(first, 'status');
    await expect(remove(second, 'role')).rejects.toMatchObject({ code: 'user.last_admin' });
    await expect(remove(first, 'role')).resolves.toBeUndefined();
  });

  it('lets customers pass while there is no administrator at all', async () => {
    const { user } = await createUser(app);
    await expect(remove(user.id, 'status')).resolves.toBeUndefined();
  });

  it(`leaves one of two who remove each other at the same moment, ${ROUNDS} times`, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      await app.database.execute(`DELETE FROM user_roles WHERE role_name = 'admin'`);
      const [first, second] = [await createAdmin(), await createAdmin()];
      const how = round % 2 === 0 ? 'role' : 'status';
      const outcomes = await Promise.allSettled([remove(first, how), remove(second, 'role')]);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'user.last_admin' },
      });
      expect(await countAdmins()).toBe(1);
    }
  });
});

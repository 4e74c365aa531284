import { UsersRepository } from '../../../src/users/users.repository.js';
import { createUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('UsersRepository', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  it('makes neither the user nor the role when a role does not exist', async () => {
    const email = `${unique()}@example.com`;
    await expect(createUser(app, { email, roles: ['customer', 'no-such-role'] })).rejects.toThrow(
      'user_roles_role_name_fkey',
    );
    expect(await app.database.query(`SELECT 1 FROM users WHERE email = $1`, [email])).toEqual([]);
  });

  it('does not replace the hash of a password that has been changed in the meantime', async () => {
    const { user } = await createUser(app, { passwordHash: 'changed' });
    await app.app.get(UsersRepository, { strict: false }).replacePasswordHash(user.id, 'old', 'stronger old');
    expect(await app.database.query(`SELECT password_hash FROM users WHERE id = $1`, [user.id])).toEqual([
      { password_hash: 'changed' },
    ]);
  });

  it('can search addresses and names by index', async () => {
    const plan = await app.database.run(async () => {
      await app.database.execute('SET LOCAL enable_seqscan = off');
      return app.database.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT id FROM users u WHERE lower(u.email_canonical || ' ' || coalesce(u.name, '')) LIKE '%otter%'`,
      );
    });
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('users_search_idx');
  });
});

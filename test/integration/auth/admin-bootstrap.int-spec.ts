import { hash } from '@node-rs/argon2';
import { AdminBootstrap } from '../../../src/auth/admin-bootstrap.service.js';
import { buildUser, createUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const PASSWORD = 'seven quiet otters';

describe('AdminBootstrap', () => {
  const apps: TestApp[] = [];
  const startWith = async (settings: { ADMIN_EMAIL?: string; ADMIN_PASSWORD?: string }): Promise<TestApp> => {
    const app = await TestApp.start(settings);
    apps.push(app);
    return app;
  };
  const ensure = (app: TestApp): Promise<boolean> => app.app.get(AdminBootstrap, { strict: false }).ensureAdmin();
  const admins = async (app: TestApp): Promise<string[]> =>
    (
      await app.database.query<{ email: string }>(
        `SELECT u.email FROM users u JOIN user_roles r ON r.user_id = u.id WHERE r.role_name = 'admin'`,
      )
    ).map(({ email }) => email);

  beforeEach(async () => {
    const app = await startWith({});
    // Other test files of this worker may have left admins.
    await app.database.execute(`DELETE FROM user_roles WHERE role_name = 'admin'`);
  });
  afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

  it('makes the admin of the settings, verified and able to sign in with every scope', async () => {
    const { email } = buildUser();
    const app = await startWith({ ADMIN_EMAIL: email, ADMIN_PASSWORD: PASSWORD });
    await expect(ensure(app)).resolves.toBe(true);
    const login = await app.post('/auth/login', { email, password: PASSWORD });
    expect(login.json().user).toMatchObject({ roles: ['admin'], emailVerifiedAt: expect.any(String) });
    expect((await app.get('/users', { token: login.json().accessToken })).statusCode).toBe(200);
  });

  it('makes one admin when many processes start together', async () => {
    const settings = { ADMIN_EMAIL: buildUser().email, ADMIN_PASSWORD: PASSWORD };
    const [first, second] = [await startWith(settings), await startWith(settings)];
    const made = await Promise.all([first, second, first, second, first].map(ensure));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await admins(first)).toEqual([settings.ADMIN_EMAIL]);
  });

  it('makes one admin even when the processes disagree about who it is', async () => {
    const started = await Promise.all(
      [1, 2].map(() => startWith({ ADMIN_EMAIL: buildUser().email, ADMIN_PASSWORD: PASSWORD })),
    );
    const made = await Promise.all(started.map(ensure));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await admins(started[0]!)).toHaveLength(1);
  });

  it('leaves everything alone once there is an admin, whatever the settings say', async () => {
    const app = await startWith({ ADMIN_EMAIL: buildUser().email, ADMIN_PASSWORD: 'weak' });
    const { user } = await createUser(app, { roles: ['admin'] });
    await expect(ensure(app)).resolves.toBe(false);
    expect(await admins(app)).toEqual([user.email]);
  });

  it('does not promote an existing customer, and says so', async () => {
    const { email } = buildUser();
    const app = await startWith({ ADMIN_EMAIL: email.toUpperCase(), ADMIN_PASSWORD: PASSWORD });
    await createUser(app, { email, passwordHash: await hash('a customer of old') });
    await expect(ensure(app)).rejects.toThrow('already has an account, which is not turned into an admin');
    expect(await admins(app)).toEqual([]);
  });

  it('refuses a weak password by the rules that hold for everybody', async () => {
    const app = await startWith({ ADMIN_EMAIL: buildUser().email, ADMIN_PASSWORD: 'admin' });
    await expect(ensure(app)).rejects.toThrow('must be at least 15 characters long');
    expect(await admins(app)).toEqual([]);
  });

  it('does nothing without the settings', async () => {
    await expect(ensure(apps[0]!)).resolves.toBe(false);
  });
});

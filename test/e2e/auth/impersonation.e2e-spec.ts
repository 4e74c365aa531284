import { setTimeout as delay } from 'node:timers/promises';
import { createStaff, createUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('POST /auth/impersonate/{userId}', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  const REASON = { reason: 'Ticket 4711' };
  const act = (token: string, userId: string, body: object = REASON) =>
    app.post(`/auth/impersonate/${userId}`, body, { token });

  it('gives a token to act as a customer for 15 minutes, without one to refresh it', async () => {
    const [staff, customer] = [await createStaff(app, ['users:write']), await createUser(app)];
    const answer = await act(staff.token, customer.user.id);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toContain('no-store');
    expect(answer.json()).toEqual({
      user: expect.objectContaining({ id: customer.user.id }) as unknown,
      accessToken: expect.any(String),
      expiresIn: 900,
      tokenType: 'Bearer',
    });
    const { accessToken } = answer.json<{ accessToken: string }>();
    const me = await app.get('/users/me', { token: accessToken });
    expect(me.json()).toMatchObject({ id: customer.user.id });
    expect((await app.get('/orders', { token: accessToken })).json()).toMatchObject({ data: [] });
    const sessions = await app.get('/auth/sessions', { token: customer.token });
    expect(sessions.json<{ data: { isImpersonation: boolean }[] }>().data[0]).toMatchObject({ isImpersonation: true });
  });

  it.each(['admin', 'support'])(
    'never acts as staff: %s is refused with 403 auth.impersonation_of_staff',
    async (role) => {
      const [staff, colleague] = [await createStaff(app), await createStaff(app, role)];
      expect((await act(staff.token, colleague.user.id)).json()).toMatchObject({
        status: 403,
        code: 'auth.impersonation_of_staff',
      });
    },
  );

  it('never acts as oneself or as somebody disabled, and not as nobody', async () => {
    const [staff, disabled] = [await createStaff(app), await createUser(app)];
    await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [disabled.user.id]);
    expect((await act(staff.token, staff.user.id)).statusCode).toBe(403);
    expect((await act(staff.token, disabled.user.id)).statusCode).toBe(403);
    expect((await act(staff.token, '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f')).json()).toMatchObject({
      code: 'user.not_found',
    });
  });

  it('needs a reason, the scope, and a fresh login', async () => {
    const [staff, customer] = [await createStaff(app, ['users:read', 'users:write']), await createUser(app)];
    expect((await act(staff.token, customer.user.id, { reason: ' ' })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/reason' }],
    });
    const reader = await createStaff(app, ['users:read']);
    expect((await act(reader.token, customer.user.id)).statusCode).toBe(403);
    await app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '1 hour' WHERE user_id = $1`, [
      staff.user.id,
    ]);
    await delay(1_100);
    expect((await act(staff.token, customer.user.id)).json()).toMatchObject({ code: 'auth.fresh_login_required' });
  });

  it('does not open what only the customer may do, nor a second impersonation', async () => {
    const [staff, customer] = [await createStaff(app), await createUser(app)];
    const { accessToken: token } = (await act(staff.token, customer.user.id)).json<{ accessToken: string }>();
    const refusal = await app.post('/auth/email/change', { newEmail: 'mine@example.com' }, { token });
    expect(refusal.json()).toMatchObject({ status: 403, code: 'auth.impersonation_forbidden' });
    expect((await act(token, customer.user.id)).statusCode).toBe(403);
    expect((await app.get('/users', { token })).statusCode).toBe(403);
  });

  it('gives no scopes, also when the customer becomes staff meanwhile, and ends when the one who acts is disabled', async () => {
    const [staff, customer] = [await createStaff(app), await createUser(app)];
    const { accessToken: token } = (await act(staff.token, customer.user.id)).json<{ accessToken: string }>();
    await app.database.execute(`INSERT INTO user_roles (user_id, role_name) VALUES ($1, 'admin')`, [customer.user.id]);
    expect((await app.get('/users', { token })).statusCode).toBe(403);
    await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [staff.user.id]);
    await delay(1_100);
    expect((await app.get('/users/me', { token })).statusCode).toBe(401);
  });

  it('ends with logout, and with the customer ending their sessions', async () => {
    const [staff, customer] = [await createStaff(app), await createUser(app)];
    const { accessToken: token } = (await act(staff.token, customer.user.id)).json<{ accessToken: string }>();
    expect((await app.delete('/auth/sessions', { token: customer.token })).statusCode).toBe(204);
    expect((await app.get('/users/me', { token })).statusCode).toBe(401);
  });
});

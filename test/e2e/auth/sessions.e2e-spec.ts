import { setTimeout as delay } from 'node:timers/promises';
import { createStaff, createUser, signIn } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

/** The longest time another instance may still honour what has ended. */
const BOUND_MS = 1_000;

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

describe('/auth/sessions and /auth/logout', () => {
  let app: TestApp;
  let other: TestApp;

  beforeAll(async () => {
    [app, other] = [await TestApp.start(), await TestApp.start()];
  });
  afterAll(() => Promise.all([app.close(), other.close()]));

  const list = (token: string, query = '') => app.get(`/auth/sessions${query}`, { token });

  it('TK-11: lists the living sessions of the caller, newest first, with device, address and times, and no token', async () => {
    const first = await createUser(app);
    const login = await app.post(
      '/auth/login',
      { email: first.user.email, password: 'seven quiet otters' },
      { headers: { 'user-agent': FIREFOX } },
    );
    await createUser(app);
    const answer = await list(first.token, '?count=exact');
    expect(answer.statusCode).toBe(200);
    const at = expect.stringMatching(/^\d{4}-.*Z$/) as unknown;
    expect(answer.json()).toEqual({
      data: [
        {
          id: expect.any(String),
          device: FIREFOX,
          deviceName: 'Firefox on Linux',
          methods: ['password'],
          isImpersonation: false,
          address: '127.0.0.1',
          createdAt: at,
          lastUsedAt: at,
          expiresAt: at,
          isCurrent: false,
        },
        {
          id: first.sessionId,
          device: 'test',
          deviceName: null,
          methods: ['password'],
          isImpersonation: false,
          address: '127.0.0.1',
          createdAt: at,
          lastUsedAt: at,
          expiresAt: at,
          isCurrent: true,
        },
      ],
      nextCursor: null,
      total: 2,
    });
    expect(answer.body).not.toContain(login.json().refreshToken);
  });

  it('pages by cursor, which is of no use to somebody else', async () => {
    const { user, token, sessionId } = await createUser(app);
    const further = [await signIn(app, user.id), await signIn(app, user.id)];
    const first = await list(token, '?limit=2');
    expect(first.json().data.map(({ id }: { id: string }) => id)).toEqual([
      further[1]!.sessionId,
      further[0]!.sessionId,
    ]);
    const { nextCursor } = first.json();
    expect((await list(token, `?limit=2&cursor=${nextCursor}`)).json()).toMatchObject({
      data: [{ id: sessionId }],
      nextCursor: null,
    });
    const stranger = await createUser(app);
    expect((await list(stranger.token, `?cursor=${nextCursor}`)).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '?cursor' }],
    });
    expect((await list(token, '?limit=101')).statusCode).toBe(400);
    expect((await list(token, '?user=me')).json()).toMatchObject({ errors: [{ pointer: '?user', code: 'unknown' }] });
  });

  it('TK-10: logout ends the session at once here, and its refresh token; a new sign-in has another session id', async () => {
    const { user, token, refreshToken, sessionId } = await createUser(app);
    expect((await list(token)).statusCode).toBe(200);
    expect((await app.post('/auth/logout', undefined, { token })).statusCode).toBe(204);
    expect((await list(token)).json().code).toBe('auth.invalid_token');
    expect((await app.post('/auth/refresh', { refreshToken })).statusCode).toBe(401);
    expect((await signIn(app, user.id)).sessionId).not.toBe(sessionId);
  });

  it('TK-11: ends one session of the caller: 204, then 404 for what has ended', async () => {
    const { user, token } = await createUser(app);
    const second = await signIn(app, user.id);
    expect((await app.delete(`/auth/sessions/${second.sessionId}`, { token })).statusCode).toBe(204);
    expect((await list(second.token)).statusCode).toBe(401);
    expect((await list(token)).json().data).toHaveLength(1);
    expect((await app.delete(`/auth/sessions/${second.sessionId}`, { token })).json().code).toBe(
      'auth.session_not_found',
    );
  });

  it('AC-1: answers 404 alike for the session of somebody else and for one that never was, and ends nothing', async () => {
    const [mine, theirs] = [await createUser(app), await createUser(app)];
    const foreign = await app.delete(`/auth/sessions/${theirs.sessionId}`, { token: mine.token });
    const missing = await app.delete('/auth/sessions/01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f', { token: mine.token });
    for (const answer of [foreign, missing]) {
      const { requestId: _, instance: __, ...body } = answer.json();
      expect(body).toEqual(
        expect.objectContaining({ status: 404, code: 'auth.session_not_found', detail: missing.json().detail }),
      );
    }
    expect((await list(theirs.token)).statusCode).toBe(200);
    expect((await app.delete('/auth/sessions/not-an-id', { token: mine.token })).statusCode).toBe(400);
  });

  it('TK-11: ends all sessions but the one that asks', async () => {
    const { user, token, sessionId } = await createUser(app);
    const [second, third] = [await signIn(app, user.id), await signIn(app, user.id)];
    const stranger = await createUser(app);
    expect((await app.delete('/auth/sessions', { token })).statusCode).toBe(204);
    for (const ended of [second, third]) expect((await list(ended.token)).statusCode).toBe(401);
    expect((await list(token)).json().data.map(({ id }: { id: string }) => id)).toEqual([sessionId]);
    expect((await list(stranger.token)).statusCode).toBe(200);
  });

  it('needs a signed-in caller', async () => {
    for (const answer of [
      await app.get('/auth/sessions'),
      await app.delete('/auth/sessions'),
      await app.delete('/auth/sessions/01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f'),
      await app.post('/auth/logout'),
    ]) {
      expect(answer.statusCode).toBe(401);
    }
  });

  describe('on another instance, within a second', () => {
    /** Waits until the other instance has forgotten what it knew when the change was made. */
    const seenElsewhere = async (token: string, path = '/auth/sessions'): Promise<number> => {
      await delay(BOUND_MS);
      return (await other.get(path, { token })).statusCode;
    };

    it('a logout counts', async () => {
      const { token } = await createUser(app);
      expect((await other.get('/auth/sessions', { token })).statusCode).toBe(200);
      await app.post('/auth/logout', undefined, { token });
      expect(await seenElsewhere(token)).toBe(401);
    });

    it('AC-7: a disabled user is out', async () => {
      const { token, user } = await createUser(app);
      expect((await other.get('/auth/sessions', { token })).statusCode).toBe(200);
      await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [user.id]);
      expect(await seenElsewhere(token)).toBe(401);
    });

    it('AC-7: a role that was taken away no longer opens anything, and a role with fewer scopes neither', async () => {
      const [demoted, narrowed] = [await createStaff(app, ['users:read']), await createStaff(app, ['users:read'])];
      for (const { token } of [demoted, narrowed]) expect((await other.get('/users', { token })).statusCode).toBe(200);
      await app.database.execute(`DELETE FROM user_roles WHERE user_id = $1`, [demoted.user.id]);
      await app.database.execute(`UPDATE roles SET scopes = '{orders:read}' WHERE name = $1`, [narrowed.user.roles[0]]);
      expect(await seenElsewhere(demoted.token, '/users')).toBe(403);
      expect((await other.get('/users', { token: narrowed.token })).statusCode).toBe(403);
    });
  });

  it('TK-3: a session past its end is out, whatever its access token says', async () => {
    const { token, sessionId } = await createUser(app);
    await app.database.execute(`UPDATE sessions SET expires_at = now() WHERE id = $1`, [sessionId]);
    expect((await list(token)).json().code).toBe('auth.invalid_token');
  });

  it('asks the database at most once a second for one session, however many requests come', async () => {
    const { token } = await createUser(app);
    const spy = jest.spyOn(app.database, 'query');
    try {
      const begun = performance.now();
      await Promise.all(Array.from({ length: 20 }, () => app.get('/users/me', { token })));
      const seconds = Math.floor((performance.now() - begun) / 1_000);
      const asked = spy.mock.calls.filter(([sql]) => sql.includes('FROM sessions'));
      expect(asked.length).toBeGreaterThan(0);
      expect(asked.length).toBeLessThanOrEqual(1 + seconds);
    } finally {
      spy.mockRestore();
    }
  });

  it('TK-3: a session that was not refreshed for SESSION_IDLE_TTL is out, and refreshing moves that end but not the last one', async () => {
    const strict = await TestApp.start({ SESSION_IDLE_TTL: '3600', REFRESH_TOKEN_TTL: '7200' });
    try {
      const one = await createUser(strict);
      const ends = async () =>
        (
          await strict.database.query<{ idle: Date; last: Date }>(
            `SELECT idle_expires_at AS idle, expires_at AS last FROM sessions WHERE id = $1`,
            [one.sessionId],
          )
        )[0]!;
      const before = await ends();
      expect(before.last.getTime() - before.idle.getTime()).toBe(3_600_000);
      const refreshed = await strict.post('/auth/refresh', { refreshToken: one.refreshToken });
      expect(refreshed.statusCode).toBe(200);
      const after = await ends();
      expect(after.idle.getTime()).toBeGreaterThan(before.idle.getTime());
      expect(after.last).toEqual(before.last);
      await strict.database.execute(`UPDATE sessions SET idle_expires_at = now() WHERE id = $1`, [one.sessionId]);
      const { refreshToken } = refreshed.json<{ refreshToken: string }>();
      expect((await strict.post('/auth/refresh', { refreshToken })).statusCode).toBe(401);
      await delay(BOUND_MS + 100);
      expect((await strict.get('/users/me', { token: one.token })).statusCode).toBe(401);
    } finally {
      await strict.close();
    }
  });

  it('TK-11: staff with the scope see somebody else’s sessions, and end them all', async () => {
    const [customer, reader, writer] = [
      await createUser(app),
      await createStaff(app, ['users:read']),
      await createStaff(app, ['users:write']),
    ];
    const path = `/users/${customer.user.id}/sessions`;
    expect((await app.get(path, { token: reader.token })).json()).toMatchObject({
      data: [{ id: customer.sessionId, isCurrent: false }],
    });
    expect((await app.delete(path, { token: reader.token })).statusCode).toBe(403);
    expect((await app.delete(path, { token: writer.token })).statusCode).toBe(204);
    expect((await app.get('/users/me', { token: customer.token })).statusCode).toBe(401);
    expect((await app.post('/auth/refresh', { refreshToken: customer.refreshToken })).statusCode).toBe(401);
    const nobody = await app.get('/users/01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f/sessions', { token: reader.token });
    expect(nobody.json()).toMatchObject({ status: 404, code: 'user.not_found' });
  });
});

import { pino } from 'pino';
import { createUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('POST /auth/refresh', () => {
  let app: TestApp;
  const lines: string[] = [];

  beforeAll(async () => {
    app = await TestApp.start(
      {},
      { logger: pino({ level: 'info' }, { write: (line: string) => void lines.push(line) }) },
    );
  });
  afterAll(() => app.close());

  const refresh = (refreshToken: unknown, key?: string) => app.post('/auth/refresh', { refreshToken }, { key });
  const livingTokens = async (sessionId: string): Promise<number> =>
    (
      await app.database.query<{ living: number }>(
        `SELECT count(*)::int AS living FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id
         WHERE s.id = $1 AND t.used_at IS NULL AND s.revoked_at IS NULL`,
        [sessionId],
      )
    )[0]!.living;

  it('TK-3: gives new tokens of the same session, and moves its last use but not its end', async () => {
    const { refreshToken, sessionId, user } = await createUser(app);
    await app.database.execute(`UPDATE sessions SET last_used_at = '2026-01-01' WHERE id = $1`, [sessionId]);
    const session = async () =>
      (
        await app.database.query<{ expires_at: Date; last_used_at: Date }>(`SELECT * FROM sessions WHERE id = $1`, [
          sessionId,
        ])
      )[0]!;
    const before = await session();
    const answer = await refresh(refreshToken);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toMatch(/no-store/);
    const body = answer.json();
    expect(body).toMatchObject({ user: { id: user.id }, expiresIn: 900, tokenType: 'Bearer' });
    expect(body.refreshToken).not.toBe(refreshToken);
    const after = await session();
    expect(after.expires_at).toEqual(before.expires_at);
    expect(after.last_used_at.getTime()).toBeGreaterThan(before.last_used_at.getTime());
    const sessions = (await app.get('/auth/sessions', { token: body.accessToken })).json().data;
    expect(sessions.map(({ id }: { id: string }) => id)).toEqual([sessionId]);
  });

  it('TK-1: ends the whole session when a used token is presented again: R1, R2, R3, then R1', async () => {
    const { refreshToken: first, sessionId } = await createUser(app);
    const second = (await refresh(first)).json().refreshToken;
    const { refreshToken: third, accessToken } = (await refresh(second)).json();
    lines.length = 0;
    const reused = await refresh(first);
    expect(reused.statusCode).toBe(401);
    expect(reused.json().code).toBe('auth.refresh_reused');
    expect((await refresh(third)).statusCode).toBe(401);
    expect((await app.get('/users/me', { token: accessToken })).json().code).toBe('auth.invalid_token');
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: 40, event: 'auth.refresh_reused', sessionId }),
    );
    for (const token of [first, second, third]) expect(lines.join()).not.toContain(token);
  });

  it('ends it too when the very last used token comes back at once', async () => {
    const { refreshToken } = await createUser(app);
    const next = (await refresh(refreshToken)).json().refreshToken;
    expect((await refresh(refreshToken)).json().code).toBe('auth.refresh_reused');
    expect((await refresh(next)).json().code).toBe('auth.invalid_refresh_token');
  });

  it('ends it also when the used token comes with an Idempotency-Key', async () => {
    const { refreshToken } = await createUser(app);
    const next = (await refresh(refreshToken)).json().refreshToken;
    expect((await refresh(refreshToken, `reuse-${refreshToken}`)).json().code).toBe('auth.refresh_reused');
    expect((await refresh(next)).statusCode).toBe(401);
  });

  it('repeats its answer to a repeated Idempotency-Key, so that a lost answer costs no sign-in', async () => {
    const { refreshToken } = await createUser(app);
    const first = await refresh(refreshToken, `lost-${refreshToken}`);
    const second = await refresh(refreshToken, `lost-${refreshToken}`);
    expect(second.json()).toEqual(first.json());
    expect((await refresh(second.json().refreshToken)).statusCode).toBe(200);
  });

  it('TK-2: lets one of 20 parallel refreshes succeed, tells the others, and keeps one living branch', async () => {
    const { refreshToken, sessionId } = await createUser(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refreshToken)));
    const winners = answers.filter(({ statusCode }) => statusCode === 200);
    expect(winners).toHaveLength(1);
    const codes = answers.filter(({ statusCode }) => statusCode === 401).map((answer) => answer.json().code as string);
    expect(codes).toEqual(Array<string>(19).fill('auth.refresh_superseded'));
    expect(await livingTokens(sessionId)).toBe(1);
    expect((await refresh(winners[0]!.json().refreshToken)).statusCode).toBe(200);
  });

  it('TK-2: never leaves two living branches when refreshing and logging out race', async () => {
    const { refreshToken, sessionId, token } = await createUser(app);
    await Promise.all([refresh(refreshToken), app.post('/auth/logout', undefined, { token }), refresh(refreshToken)]);
    expect(await livingTokens(sessionId)).toBe(0);
  });

  it('refuses a session past its end, whose user is disabled, or that was signed out', async () => {
    const [ended, disabled, signedOut] = [await createUser(app), await createUser(app), await createUser(app)];
    await app.database.execute(`UPDATE sessions SET expires_at = now() WHERE id = $1`, [ended.sessionId]);
    await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [disabled.user.id]);
    await app.post('/auth/logout', undefined, { token: signedOut.token });
    for (const { refreshToken } of [ended, disabled, signedOut]) {
      const answer = await refresh(refreshToken);
      expect(answer.statusCode).toBe(401);
      expect(answer.json().code).toBe('auth.invalid_refresh_token');
    }
  });

  it('refuses what is no refresh token: an unknown one, an access token, rubbish', async () => {
    const { token } = await createUser(app);
    for (const text of [`shr_${'A'.repeat(43)}`, token, '', 'shr_', '../../etc/passwd', 'x'.repeat(100_000)]) {
      const answer = await refresh(text);
      expect(answer.statusCode).toBe(401);
      expect(answer.json().code).toBe('auth.invalid_refresh_token');
    }
  });

  it.each([[{}], [{ refreshToken: 1 }], [{ refreshToken: null }], [{ refreshToken: 'shr_x', grant_type: 'password' }]])(
    'refuses the body %j with 400',
    async (body) => expect((await app.post('/auth/refresh', body)).statusCode).toBe(400),
  );
});

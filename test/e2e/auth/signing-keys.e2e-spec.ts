import { createStaff, createUser, signIn } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { eventually } from '../../support/test-worker.js';

interface Key {
  kid: string;
  activatesAt: string | null;
  retiresAt: string | null;
  isCurrent: boolean;
}

const kidOf = (token: string): string =>
  (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;

describe('rotating the signing key', () => {
  let app: TestApp;
  let other: TestApp;

  beforeAll(async () => {
    [app, other] = [await TestApp.start(), await TestApp.start()];
  });
  afterEach(() => app.database.execute(`DELETE FROM signing_keys`));
  afterAll(() => Promise.all([app.close(), other.close()]));

  const published = async (instance: TestApp): Promise<string[]> =>
    (await instance.get('///.well-known/jwks.json'.slice(1)))
      .json<{ keys: { kid: string }[] }>()
      .keys.map(({ kid }) => kid);
  const rotate = async (body: object = {}) => {
    const { token } = await createStaff(app, ['settings:write']);
    const answer = await app.post('/signing-keys/rotate', body, { token });
    expect(answer.statusCode).toBe(200);
    return answer.json<{ data: Key[] }>().data;
  };
  /** Lets the newest key sign now, as it will five minutes after it was made. */
  const letItSign = () => app.database.execute(`UPDATE signing_keys SET activates_at = now() WHERE retires_at IS NULL`);
  const isMe = async (instance: TestApp, token: string) => (await instance.get('/users/me', { token })).statusCode;

  it('TK-9: publishes the new key at once on every instance, and signs with it only when others have had time to see it', async () => {
    const before = await createUser(app);
    const keys = await rotate();
    const made = keys.at(-1)!;
    expect(made.isCurrent).toBe(false);
    expect(Date.parse(made.activatesAt!) - Date.now()).toBeGreaterThan(290_000);
    expect(await published(app)).toEqual(expect.arrayContaining([kidOf(before.token), made.kid]));
    await eventually(async () => (await published(other)).includes(made.kid), 60_000);
    expect(kidOf((await signIn(app, before.user.id)).token)).toBe(kidOf(before.token));
  });

  it('TK-9: keeps the tokens of the old key good, and no instance needs a restart to take those of the new one', async () => {
    const before = await createUser(app);
    const made = (await rotate()).at(-1)!;
    await letItSign();
    await eventually(async () => kidOf((await signIn(app, before.user.id)).token) === made.kid, 60_000);
    const after = await signIn(app, before.user.id);
    expect(await isMe(app, before.token)).toBe(200);
    expect(await isMe(other, before.token)).toBe(200);
    expect(await isMe(app, after.token)).toBe(200);
    await eventually(async () => (await isMe(other, after.token)) === 200, 60_000);
  });

  it('lets a key verify for an hour after the next one signs, which is longer than any token lives', async () => {
    const first = (await rotate()).at(-1)!;
    await letItSign();
    const keys = await rotate();
    const replaced = keys.find(({ kid }) => kid === first.kid)!;
    const next = keys.at(-1)!;
    expect(Date.parse(replaced.retiresAt!) - Date.parse(next.activatesAt!)).toBeGreaterThanOrEqual(3_600_000);
    expect(next.retiresAt).toBeNull();
  });

  it('ends every token of the other keys within seconds when a key has leaked', async () => {
    const [before, staff] = [await createUser(app), await createStaff(app, ['settings:write'])];
    const answer = await app.post('/signing-keys/rotate', { isUrgent: true }, { token: staff.token });
    expect(answer.json<{ data: Key[] }>().data).toEqual([
      expect.objectContaining({ isCurrent: true, retiresAt: null }) as unknown,
    ]);
    expect(await isMe(app, before.token)).toBe(401);
    await eventually(async () => (await isMe(other, before.token)) === 401, 60_000);
    const renewed = await app.post('/auth/refresh', { refreshToken: before.refreshToken });
    expect(await isMe(app, renewed.json<{ accessToken: string }>().accessToken)).toBe(200);
  });

  it('keeps the private keys encrypted', async () => {
    await rotate();
    const [row] = await app.database.query<{ sealed: Buffer }>(
      `SELECT sealed_private_key AS sealed FROM signing_keys WHERE retires_at IS NULL`,
    );
    expect(row!.sealed.toString('latin1')).not.toContain('PRIVATE KEY');
  });

  it('comes out right when two instances rotate at the same moment: one key signs, the other gives way', async () => {
    const staff = await createStaff(app, ['settings:write']);
    await eventually(async () => (await isMe(other, staff.token)) === 200, 60_000);
    const answers = await Promise.all(
      [app, other, app, other].map((instance) => instance.post('/signing-keys/rotate', {}, { token: staff.token })),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    const rows = await app.database.query(`SELECT 1 FROM signing_keys WHERE retires_at IS NULL`);
    expect(rows).toHaveLength(1);
  });

  it('is for staff with the scope who have just signed in', async () => {
    const [customer, staff] = [await createUser(app), await createStaff(app, ['settings:write'])];
    expect((await app.post('/signing-keys/rotate', {})).statusCode).toBe(401);
    expect((await app.post('/signing-keys/rotate', {}, { token: customer.token })).statusCode).toBe(403);
    await app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE id = $1`, [
      staff.sessionId,
    ]);
    const refusal = await app.post('/signing-keys/rotate', {}, { token: staff.token });
    expect(refusal.json()).toMatchObject({ status: 401, code: 'auth.fresh_login_required' });
    expect(refusal.headers['www-authenticate']).toContain('error="insufficient_user_authentication"');
    expect(refusal.headers['www-authenticate']).toContain('max_age="600"');
  });
});

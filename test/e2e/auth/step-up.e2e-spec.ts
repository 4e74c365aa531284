import {
  addPasskey,
  addTotp,
  answerLogin,
  createPasskeyUser,
  createTotpUser,
  freshCode,
  wrongCode,
} from '../../factories/second-factor.factory.js';
import { createStaff, createUser, type SignedInUser, signIn, TEST_PASSWORD } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('POST /auth/step-up', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  /** A session that proved who it is eleven minutes ago. */
  const stale = async ({ user }: SignedInUser): Promise<string> => {
    const { token, sessionId } = await signIn(app, user.id);
    await app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE id = $1`, [
      sessionId,
    ]);
    return token;
  };
  const stepUp = (token: string, body: object) => app.post('/auth/step-up', body, { token });
  /** Any sensitive route will do. */
  const isFresh = async (token: string): Promise<boolean> =>
    (await app.post('/auth/passkeys/options', undefined, { token })).statusCode === 200;

  it('PW-6: makes a session fresh with the password, for the change that was refused', async () => {
    const token = await stale(await createUser(app));
    expect(await isFresh(token)).toBe(false);
    expect((await stepUp(token, { password: TEST_PASSWORD })).statusCode).toBe(204);
    expect(await isFresh(token)).toBe(true);
    const [session] = (await app.get('/auth/sessions', { token })).json().data;
    expect(session).toMatchObject({ methods: ['password'] });
  });

  it('PW-6: makes no other session fresh', async () => {
    const owner = await createUser(app);
    const [one, other] = [await stale(owner), await stale(owner)];
    expect((await stepUp(one, { password: TEST_PASSWORD })).statusCode).toBe(204);
    expect(await isFresh(other)).toBe(false);
  });

  it('refuses a wrong password and a wrong code alike', async () => {
    const owner = await createTotpUser(app);
    const token = await stale(owner);
    const bodies = [
      { password: 'not the right password', code: await freshCode(app, owner) },
      { password: TEST_PASSWORD, code: wrongCode(owner) },
    ];
    const seen = new Set<string>();
    for (const body of bodies) {
      const { requestId: _, ...problem } = (await stepUp(token, body)).json();
      expect(problem).toMatchObject({ status: 401, code: 'auth.invalid_proof' });
      seen.add(JSON.stringify(problem));
    }
    expect(seen.size).toBe(1);
    expect(await isFresh(token)).toBe(false);
  });

  it('needs the code too where there is a second factor, and says so before it looks at the password', async () => {
    const owner = await createTotpUser(app);
    const token = await stale(owner);
    for (const password of [TEST_PASSWORD, 'not the right password'])
      expect((await stepUp(token, { password })).json()).toMatchObject({
        status: 401,
        code: 'auth.insufficient_proof',
        methods: [['password', 'code']],
      });
    expect((await stepUp(token, { code: await freshCode(app, owner) })).json()).toMatchObject({
      code: 'auth.insufficient_proof',
    });
    expect((await stepUp(token, { password: TEST_PASSWORD, code: await freshCode(app, owner) })).statusCode).toBe(204);
    expect(await isFresh(token)).toBe(true);
  });

  it('takes a recovery code in place of the app, once', async () => {
    const owner = await createTotpUser(app);
    const token = await stale(owner);
    const body = { password: TEST_PASSWORD, code: owner.recoveryCodes[0]! };
    expect((await stepUp(token, body)).statusCode).toBe(204);
    expect((await stepUp(token, body)).json()).toMatchObject({ code: 'auth.invalid_proof' });
  });

  it('MF-1: takes a code once of 20 simultaneous times', async () => {
    const owner = await createTotpUser(app);
    const passwordless = await withoutPassword(owner);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => stale(passwordless)));
    const code = await freshCode(app, owner);
    const answers = await Promise.all(tokens.map((token) => stepUp(token, { code })));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, ...Array<number>(19).fill(401)]);
  });

  it('takes a passkey alone', async () => {
    const owner = await createPasskeyUser(app);
    const token = await stale(owner);
    expect((await stepUp(token, {})).json()).toMatchObject({
      code: 'auth.insufficient_proof',
      methods: [['password', 'code'], ['passkey']],
    });
    const passkey = await answerLogin(app, owner.authenticator);
    expect((await stepUp(token, { passkey })).statusCode).toBe(204);
    expect(await isFresh(token)).toBe(true);
    expect((await stepUp(token, { passkey })).json()).toMatchObject({ status: 401, code: 'auth.invalid_passkey' });
  });

  it('MF-8: takes no passkey of another user', async () => {
    const [owner, other] = [await createPasskeyUser(app), await createPasskeyUser(app)];
    const token = await stale(owner);
    const passkey = await answerLogin(app, other.authenticator);
    expect((await stepUp(token, { passkey })).json()).toMatchObject({ status: 401, code: 'auth.invalid_passkey' });
    expect(await isFresh(token)).toBe(false);
  });

  const withoutPassword = async <User extends SignedInUser>(owner: User): Promise<User> => {
    await app.database.execute(`UPDATE users SET password_hash = NULL WHERE id = $1`, [owner.user.id]);
    return owner;
  };

  it('takes the code of the app alone where there is no password, but no recovery code', async () => {
    const owner = await withoutPassword(await createTotpUser(app));
    const token = await stale(owner);
    const refused = await stepUp(token, { code: owner.recoveryCodes[0]! });
    expect(refused.json()).toMatchObject({ status: 401, code: 'auth.insufficient_proof', methods: [['code']] });
    expect((await stepUp(token, { code: await freshCode(app, owner) })).statusCode).toBe(204);
  });

  it('names every way where there are several, and none where only signing in anew does', async () => {
    const both = await withoutPassword(await addPasskey(app, await addTotp(app, await createUser(app))));
    expect((await stepUp(await stale(both), {})).json()).toMatchObject({ methods: [['code'], ['passkey']] });
    const neither = await withoutPassword(await createUser(app));
    expect((await stepUp(await stale(neither), { password: TEST_PASSWORD })).json()).toMatchObject({
      status: 401,
      code: 'auth.insufficient_proof',
      methods: [],
    });
  });

  it('writes down success and failure', async () => {
    const owner = await createUser(app);
    const token = await stale(owner);
    await stepUp(token, { password: 'not the right password' });
    await stepUp(token, { password: TEST_PASSWORD });
    const records = await app.database.query(
      `SELECT action, after FROM audit_log WHERE actor_id = $1 AND action IN ('auth.login_failed', 'auth.stepped_up') ORDER BY sequence`,
      [owner.user.id],
    );
    expect(records).toEqual([
      { action: 'auth.login_failed', after: null },
      { action: 'auth.stepped_up', after: { methods: ['password'] } },
    ]);
  });

  it('is not for staff who act as a customer', async () => {
    const [staff, customer] = [await createStaff(app), await createUser(app)];
    const acting = await app.post(
      `/auth/impersonate/${customer.user.id}`,
      { reason: 'Ticket 1' },
      { token: staff.token },
    );
    const refused = await stepUp(acting.json().accessToken, { password: TEST_PASSWORD });
    expect(refused.json()).toMatchObject({ status: 403, code: 'auth.impersonation_forbidden' });
  });

  it('is throttled like a login: the eleventh wrong password is refused with 429', async () => {
    const strict = await TestApp.start({ RATE_LIMIT_SCALE: '1', TRUST_PROXY: '127.0.0.1' });
    try {
      const owner = await createUser(app);
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 11; attempt++) {
        const headers = { 'x-forwarded-for': `198.51.100.${attempt}` };
        const body = { password: attempt < 10 ? 'not the right password' : TEST_PASSWORD };
        statuses.push((await strict.post('/auth/step-up', body, { token: owner.token, headers })).statusCode);
      }
      expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
    } finally {
      await strict.close();
    }
  });

  it('needs somebody who is signed in, and one proof at a time', async () => {
    expect((await app.post('/auth/step-up', { password: TEST_PASSWORD })).json()).toMatchObject({
      code: 'auth.required',
    });
    const owner = await createPasskeyUser(app);
    const passkey = await answerLogin(app, owner.authenticator);
    expect((await stepUp(owner.token, { passkey, password: TEST_PASSWORD })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/passkey' }],
    });
    expect((await stepUp(owner.token, { password: 5 })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/password' }],
    });
  });
});

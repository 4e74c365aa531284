import { createHash } from 'node:crypto';
import { PersonalData } from '../../../src/users/personal-data.js';
import {
  addPasskey,
  beginSignIn,
  createPasskeyUser,
  createTotpUser,
  freshCode,
  type TotpUser,
  wrongCode,
} from '../../factories/second-factor.factory.js';
import { createStaff, createUser, signIn, TEST_PASSWORD } from '../../factories/user.factory.js';
import { Authenticator } from '../../support/fakes/authenticator.js';
import { onlyMailTo } from '../../support/queued-mails.js';
import { TestApp } from '../../support/test-app.js';

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();

describe('POST /auth/mfa/challenge', () => {
  let app: TestApp;
  let owner: TotpUser;
  beforeAll(async () => {
    app = await TestApp.start();
    owner = await createTotpUser(app);
  });
  afterAll(() => app.close());

  const answer = (challengeToken: string, code: string) => app.post('/auth/mfa/challenge', { challengeToken, code });
  const over = { status: 401, code: 'auth.invalid_challenge' };

  it('MF-7: stays open after a wrong code, and is over after a right one', async () => {
    const token = await beginSignIn(app, owner);
    expect((await answer(token, wrongCode(owner))).json()).toMatchObject({ code: 'auth.invalid_second_factor' });
    expect((await answer(token, await freshCode(app, owner))).statusCode).toBe(200);
    expect((await answer(token, await freshCode(app, owner))).json()).toMatchObject(over);
  });

  it('MF-7: is over after ten minutes', async () => {
    const token = await beginSignIn(app, owner);
    const [row] = await app.database.query<{ seconds: number }>(
      `SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM auth_challenges WHERE token_hash = $1`,
      [hashOf(token)],
    );
    expect(row).toEqual({ seconds: 600 });
    await app.database.execute(`UPDATE auth_challenges SET expires_at = now() WHERE token_hash = $1`, [hashOf(token)]);
    expect((await answer(token, await freshCode(app, owner))).json()).toMatchObject(over);
  });

  it('MF-7: is for one account: the code of another user does not answer it, also when theirs is right', async () => {
    const other = await createTotpUser(app);
    const token = await beginSignIn(app, owner);
    expect((await answer(token, await freshCode(app, other))).statusCode).toBe(401);
    expect((await answer(await beginSignIn(app, other), await freshCode(app, other))).json()).toMatchObject({
      user: { id: other.user.id },
    });
  });

  it('MF-7: has a token that opens nothing else', async () => {
    const token = await beginSignIn(app, owner);
    for (const [method, path] of [
      ['GET', '/users/me'],
      ['GET', '/auth/sessions'],
      ['GET', '/auth/mfa'],
      ['POST', '/auth/mfa/totp'],
      ['DELETE', '/auth/mfa/totp'],
      ['POST', '/auth/mfa/recovery-codes'],
      ['POST', '/auth/passkeys/options'],
      ['POST', '/auth/step-up'],
      ['GET', '/api-keys'],
      ['GET', '/orders'],
    ] as const) {
      const refused = await app.send(method, path, { token });
      expect([path, refused.statusCode, refused.json().code]).toEqual([path, 401, 'auth.invalid_token']);
    }
    for (const [path, body] of [
      ['/auth/refresh', { refreshToken: token }],
      ['/auth/verify-email', { token }],
      ['/auth/magic-links/verify', { token }],
      ['/auth/password/reset', { token, password: 'otters swim at night, quietly' }],
      ['/auth/email/confirm', { token }],
    ] as const)
      expect([path, (await app.post(path, body)).statusCode]).toEqual([path, path === '/auth/refresh' ? 401 : 422]);
    expect((await answer(token, await freshCode(app, owner))).statusCode).toBe(200);
  });

  it('MF-7: takes no other token in place of its own', async () => {
    const code = await freshCode(app, owner);
    const options = (await app.post('/auth/passkeys/login/options')).json();
    const { token, refreshToken } = await signIn(app, owner.user.id);
    for (const wrong of [options.token, token, refreshToken, 'shc_', `shc_${'A'.repeat(43)}`])
      expect((await answer(wrong.slice(0, 100), code)).json()).toMatchObject(over);
  });

  it('MF-7: is asked for after every first factor: the password, a new one set by mail, and a magic link', async () => {
    const { user } = await createTotpUser(app);
    const { email } = user;
    const asked = { mfaRequired: true, methods: ['totp', 'recovery_code'] };
    const first = await app.post('/auth/login', { email, password: TEST_PASSWORD });
    expect(first.json()).toMatchObject(asked);

    await app.post('/auth/magic-links', { email });
    const magicLink = await onlyMailTo(app, email, 'magic-link');
    const followed = await app.post('/auth/magic-links/verify', { token: magicLink.data.token });
    expect(followed.json()).toMatchObject(asked);

    await app.post('/auth/password/forgot', { email });
    const reset = await onlyMailTo(app, email, 'reset-password');
    const password = 'otters swim at night, quietly';
    expect((await app.post('/auth/password/reset', { token: reset.data.token, password })).statusCode).toBe(204);
    const again = await app.post('/auth/login', { email, password });
    expect(again.json()).toMatchObject(asked);
    for (const answered of [first, followed, again]) expect(answered.json()).not.toHaveProperty('accessToken');
  });

  it('MF-7: refuses an account that was disabled meanwhile', async () => {
    const gone = await createTotpUser(app);
    const token = await beginSignIn(app, gone);
    const code = await freshCode(app, gone);
    await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [gone.user.id]);
    expect((await answer(token, code)).json()).toMatchObject({ status: 401, code: 'auth.invalid_credentials' });
  });

  it.each([
    ['nothing', {}, ['/challengeToken']],
    ['no answer', { challengeToken: 'shc_x' }, ['/code']],
    ['two answers', { challengeToken: 'shc_x', code: '005924', passkey: undefined }, ['/code']],
    ['an unknown member', { challengeToken: 'shc_x', code: '005924', userId: '1' }, ['/userId']],
    ['a passkey that is none', { challengeToken: 'shc_x', passkey: 'x' }, ['/passkey']],
    ['a passkey in a list', { challengeToken: 'shc_x', passkey: [] }, ['/passkey']],
    ['a token that is none', { challengeToken: 7, code: '005924' }, ['/challengeToken']],
  ])('refuses %s with 400', async (what, body, pointers) => {
    const passkey = { token: 'shc_x', credential: new Authenticator().get({ challenge: 'x', rpId: 'localhost' }) };
    const sent = what === 'two answers' ? { ...body, passkey } : body;
    const refused = await app.post('/auth/mfa/challenge', sent);
    expect(refused.json()).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(refused.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
  });

  describe('with a passkey', () => {
    const begin = (challengeToken: string) => app.post('/auth/mfa/challenge/passkey-options', { challengeToken });

    it('is completed by one of the owner', async () => {
      const keyholder = await createPasskeyUser(app);
      const first = await app.post('/auth/login', { email: keyholder.user.email, password: TEST_PASSWORD });
      expect(first.json()).toMatchObject({ mfaRequired: true, methods: ['passkey', 'recovery_code'] });
      const { challengeToken } = first.json();
      const begun = await begin(challengeToken);
      expect(begun.statusCode).toBe(200);
      const { token, options } = begun.json();
      const id = keyholder.authenticator.credentialId.toString('base64url');
      expect(options).toMatchObject({
        userVerification: 'required',
        allowCredentials: [{ id, type: 'public-key', transports: ['internal'] }],
      });
      const passkey = { token, credential: keyholder.authenticator.get(options) };
      const second = await app.post('/auth/mfa/challenge', { challengeToken, passkey });
      expect(second.json()).toMatchObject({ user: { id: keyholder.user.id } });
      const [session] = await app.database.query(
        `SELECT methods FROM sessions WHERE user_id = $1 ORDER BY created_at DESC LIMIT 1`,
        [keyholder.user.id],
      );
      expect(session).toEqual({ methods: ['password', 'passkey'] });
      expect((await app.post('/auth/mfa/challenge', { challengeToken, passkey })).json()).toMatchObject(over);
    });

    it('MF-8: stays open after a passkey of somebody else, whose options are used up', async () => {
      const [keyholder, other] = [await createPasskeyUser(app), await createPasskeyUser(app)];
      const challengeToken = await beginSignIn(app, keyholder);
      const { token, options } = (await begin(challengeToken)).json();
      const foreign = { token, credential: other.authenticator.get(options) };
      const refused = await app.post('/auth/mfa/challenge', { challengeToken, passkey: foreign });
      expect(refused.json()).toMatchObject({ status: 401, code: 'auth.invalid_passkey' });
      const own = { token, credential: keyholder.authenticator.get(options) };
      expect((await app.post('/auth/mfa/challenge', { challengeToken, passkey: own })).statusCode).toBe(401);
      const again = (await begin(challengeToken)).json();
      const passkey = { token: again.token, credential: keyholder.authenticator.get(again.options) };
      expect((await app.post('/auth/mfa/challenge', { challengeToken, passkey })).statusCode).toBe(200);
    });

    it('MF-8: takes no options of a login, and a login takes none of its', async () => {
      const keyholder = await createPasskeyUser(app);
      const challengeToken = await beginSignIn(app, keyholder);
      const login = (await app.post('/auth/passkeys/login/options')).json();
      const passkey = { token: login.token, credential: keyholder.authenticator.get(login.options) };
      expect((await app.post('/auth/mfa/challenge', { challengeToken, passkey })).statusCode).toBe(401);
      const { token, options } = (await begin(challengeToken)).json();
      const credential = keyholder.authenticator.get(options);
      expect((await app.post('/auth/passkeys/login', { token, credential })).statusCode).toBe(401);
    });

    it('answers 409 auth.no_passkey to an account without, and 401 to a sign-in that is over', async () => {
      expect((await begin(await beginSignIn(app, owner))).json()).toMatchObject({
        status: 409,
        code: 'auth.no_passkey',
      });
      expect((await begin('shc_nothing')).json()).toMatchObject(over);
    });
  });

  describe('with limits', () => {
    let strict: TestApp;
    beforeAll(async () => {
      strict = await TestApp.start({ RATE_LIMIT_SCALE: '1', TRUST_PROXY: '127.0.0.1' });
    });
    afterAll(() => strict.close());

    let address = 0;
    const from = (): Record<string, string> => ({ 'x-forwarded-for': `198.51.100.${++address % 250}` });
    const tryCode = async (user: TotpUser, code: string, token?: string) =>
      strict.post(
        '/auth/mfa/challenge',
        { challengeToken: token ?? (await beginSignIn(strict, user)), code },
        { headers: from() },
      );

    it('MF-3: takes ten wrong codes of an account in all, however many sign-ins and addresses they come from', async () => {
      const victim = await createTotpUser(app);
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 20; attempt++)
        statuses.push((await tryCode(victim, wrongCode(victim))).statusCode);
      expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(10).fill(429)]);

      const token = await beginSignIn(strict, victim);
      const refused = await tryCode(victim, await freshCode(strict, victim), token);
      expect(refused.json()).toMatchObject({ status: 429, 'violated-policies': ['second-factor-account'] });
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(800);
      expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(900);
      expect((await tryCode(victim, victim.recoveryCodes[0]!)).statusCode).toBe(429);
      const actions = await app.database.query(
        `SELECT action, count(*)::int AS times FROM audit_log WHERE target_id = $1 AND action LIKE 'auth.second_factor_%'
           AND action <> 'auth.second_factor_enabled' GROUP BY action ORDER BY action`,
        [victim.user.id],
      );
      expect(actions).toEqual([
        { action: 'auth.second_factor_failed', times: 10 },
        { action: 'auth.second_factor_throttled', times: 1 },
      ]);
    });

    it('MF-3: lets no more than ten of 30 simultaneous wrong codes through', async () => {
      const victim = await createTotpUser(app);
      const code = wrongCode(victim);
      const answers = await Promise.all(Array.from({ length: 30 }, () => tryCode(victim, code)));
      expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(10);
      expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(20);
    });

    it('MF-3: counts wrong codes of stepping up too', async () => {
      const victim = await createTotpUser(app);
      for (let attempt = 0; attempt < 10; attempt++) await tryCode(victim, wrongCode(victim));
      const body = { password: TEST_PASSWORD, code: await freshCode(strict, victim) };
      const refused = await strict.post('/auth/step-up', body, { token: victim.token, headers: from() });
      expect(refused.json()).toMatchObject({ status: 429, 'violated-policies': ['second-factor-account'] });
    });

    it('MF-3: forgets failures once a code is right, and leaves the way of the passkey open', async () => {
      const victim = await addPasskey(app, await createTotpUser(app));
      const withTotp = victim as unknown as TotpUser;
      for (let attempt = 0; attempt < 9; attempt++) await tryCode(withTotp, wrongCode(withTotp));
      expect((await tryCode(withTotp, await freshCode(strict, withTotp))).statusCode).toBe(200);
      for (let attempt = 0; attempt < 10; attempt++)
        expect((await tryCode(withTotp, wrongCode(withTotp))).statusCode).toBe(401);
      expect((await tryCode(withTotp, wrongCode(withTotp))).statusCode).toBe(429);

      const challengeToken = await beginSignIn(strict, victim);
      const headers = from();
      const begun = await strict.post('/auth/mfa/challenge/passkey-options', { challengeToken }, { headers });
      const { token, options } = begun.json();
      const passkey = { token, credential: victim.authenticator.get(options) };
      expect((await strict.post('/auth/mfa/challenge', { challengeToken, passkey }, { headers })).statusCode).toBe(200);
    });

    it('MF-3: takes 20 answers a minute from one address, whoever they are for', async () => {
      const headers = from();
      const statuses = new Map<number, number>();
      for (let attempt = 0; attempt < 25; attempt++) {
        const body = { challengeToken: 'shc_nothing', code: '005924' };
        const { statusCode } = await strict.post('/auth/mfa/challenge', body, { headers });
        statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
      }
      expect([...statuses]).toEqual([
        [401, 20],
        [429, 5],
      ]);
    });
  });

  it('MF-3: lets nobody try while nobody can count', async () => {
    const victim = await createTotpUser(app);
    const alone = await TestApp.start({ REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      const body = { challengeToken: await beginSignIn(alone, victim), code: await freshCode(alone, victim) };
      expect((await alone.post('/auth/mfa/challenge', body)).json()).toMatchObject({
        status: 503,
        code: 'service.unavailable',
      });
    } finally {
      await alone.close();
    }
  });

  it('OP-10: leaves nothing of second factors when the account is erased, and exports what it may', async () => {
    const user = await addPasskey(app, await createTotpUser(app));
    const sections = app.app.get(PersonalData, { strict: false }).all();
    const exported = Object.fromEntries(
      await Promise.all(
        sections
          .filter(({ section }) => ['second-factors', 'passkeys'].includes(section))
          .map(async ({ section, ...feature }) => [section, await feature.export?.(user.user.id)] as const),
      ),
    );
    // As it stands in the file.
    expect(JSON.parse(JSON.stringify(exported))).toEqual({
      'second-factors': { totp: { confirmedAt: expect.any(String) }, passkeys: 1, recoveryCodesLeft: 10 },
      passkeys: [expect.objectContaining({ id: user.passkeyId, name: 'Phone' })],
    });
    const admin = await createStaff(app);
    const erased = await app.post(`/users/${user.user.id}/erase`, undefined, { token: admin.token });
    expect(erased.statusCode).toBeLessThan(300);
    const [left] = await app.database.query(
      `SELECT (SELECT count(*)::int FROM totp_credentials WHERE user_id = $1) AS totps,
         (SELECT count(*)::int FROM passkeys WHERE user_id = $1) AS passkeys,
         (SELECT count(*)::int FROM recovery_codes WHERE user_id = $1) AS codes`,
      [user.user.id],
    );
    expect(left).toEqual({ totps: 0, passkeys: 0, codes: 0 });
  });

  it('is not asked of an account without a second factor', async () => {
    const { user } = await createUser(app);
    const login = await app.post('/auth/login', { email: user.email, password: TEST_PASSWORD });
    expect(login.json()).toHaveProperty('accessToken');
  });
});

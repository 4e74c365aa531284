import { randomBytes } from 'node:crypto';
import { createTotpUser, freshCode } from '../../factories/second-factor.factory.js';
import { createUser, TEST_PASSWORD, unique } from '../../factories/user.factory.js';
import { mailsTo, onlyMailTo } from '../../support/queued-mails.js';
import { TestApp } from '../../support/test-app.js';

const NEW_PASSWORD = 'eight louder herons';
const INVALID = { status: 422, code: 'auth.invalid_mail_token', errors: [{ pointer: '/token' }] };

describe('what an account does by mail', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  const login = (email: string, password: string) => app.post('/auth/login', { email, password });
  const forgot = (email: string) => app.post('/auth/password/forgot', { email });
  const reset = (token: string, password = NEW_PASSWORD) => app.post('/auth/password/reset', { token, password });
  const tokenOf = async (email: string, template: 'reset-password' | 'verify-email' | 'magic-link') =>
    (await mailsTo(app, email, template)).at(-1)!.data.token;
  const requestReset = async (email: string) => {
    expect((await forgot(email)).statusCode).toBe(202);
    return tokenOf(email, 'reset-password');
  };

  describe('a forgotten password', () => {
    it('is replaced with the token of the mail, once; the old one no longer works, and nobody is signed in by it', async () => {
      const { user } = await createUser(app);
      const token = await requestReset(user.email);
      const answer = await reset(token);
      expect([answer.statusCode, answer.body]).toEqual([204, '']);
      expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(401);
      expect((await login(user.email, NEW_PASSWORD)).statusCode).toBe(200);
      await onlyMailTo(app, user.email, 'password-changed');
    });

    it('PW-10: works once, also when ten try at the same moment', async () => {
      const { user } = await createUser(app);
      const token = await requestReset(user.email);
      const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => reset(token, `${NEW_PASSWORD} ${i}`)));
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, ...Array<number>(9).fill(422)]);
      expect((await reset(token)).json()).toMatchObject(INVALID);
      expect(await mailsTo(app, user.email, 'password-changed')).toHaveLength(1);
    });

    it('PW-10: does not work after a newer one was asked for, after the password was changed, and after 30 minutes', async () => {
      const { user, token: accessToken } = await createUser(app);
      const first = await requestReset(user.email);
      const second = await requestReset(user.email);
      expect(second).not.toBe(first);
      expect((await reset(first)).json()).toMatchObject(INVALID);
      const change = { currentPassword: TEST_PASSWORD, newPassword: NEW_PASSWORD };
      expect((await app.post('/auth/password/change', change, { token: accessToken })).statusCode).toBe(204);
      expect((await reset(second)).json()).toMatchObject(INVALID);

      const third = await requestReset(user.email);
      const aged = `UPDATE account_tokens SET expires_at = now() - interval '1 second' WHERE user_id = $1 AND used_at IS NULL`;
      await app.database.execute(aged, [user.id]);
      expect((await reset(third)).json()).toMatchObject(INVALID);
    });

    it('PW-10: lives 30 minutes', async () => {
      const { user } = await createUser(app);
      await requestReset(user.email);
      const [row] = await app.database.query<{ seconds: number }>(
        `SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM account_tokens WHERE user_id = $1`,
        [user.id],
      );
      expect(row!.seconds).toBe(1_800);
    });

    it('PW-10: is worthless with one bit changed, for another step, and as any other token', async () => {
      const { user } = await createUser(app);
      const token = await requestReset(user.email);
      const body = Buffer.from(token.slice(4), 'base64url');
      for (const bit of [0, 7, 100, 255]) {
        const altered = Buffer.from(body);
        altered[bit >> 3]! ^= 1 << (bit & 7);
        expect((await reset(`sht_${altered.toString('base64url')}`)).json()).toMatchObject(INVALID);
      }
      for (const path of ['/auth/verify-email', '/auth/magic-links/verify', '/auth/email/confirm'])
        expect((await app.post(path, { token })).json()).toMatchObject(INVALID);
      expect((await app.post('/auth/refresh', { refreshToken: token })).statusCode).toBe(401);
      expect((await app.get('/users/me', { token })).statusCode).toBe(401);
      expect((await reset(token)).statusCode).toBe(204);
    });

    it('PW-10: is 256 random bits, stored as a hash, and of use for its own account alone', async () => {
      const [one, two] = [await createUser(app), await createUser(app)];
      const token = await requestReset(one.user.email);
      expect(Buffer.from(token.slice(4), 'base64url')).toHaveLength(32);
      const rows = await app.database.query<{ row: string }>(
        `SELECT t::text AS row FROM account_tokens t UNION ALL SELECT m::text FROM mails m UNION ALL SELECT e::text FROM outbox_events e`,
      );
      expect(rows.filter(({ row }) => row.includes(token) || row.includes(token.slice(4)))).toEqual([]);
      await reset(token);
      expect((await login(two.user.email, TEST_PASSWORD)).statusCode).toBe(200);
    });

    it('PW-10: ends every session', async () => {
      const { user, token: accessToken, refreshToken } = await createUser(app);
      await reset(await requestReset(user.email));
      expect((await app.get('/users/me', { token: accessToken })).statusCode).toBe(401);
      expect((await app.post('/auth/refresh', { refreshToken })).statusCode).toBe(401);
    });

    it('keeps the token when the new password is refused: PW-4 holds here too', async () => {
      const { user } = await createUser(app);
      const token = await requestReset(user.email);
      expect((await reset(token, 'password1234567')).json()).toMatchObject({
        status: 422,
        code: 'auth.password_rejected',
        errors: [{ pointer: '/password' }],
      });
      expect((await reset(token)).statusCode).toBe(204);
    });

    it('gives an account whose address was never proven to its owner, whatever factor a squatter had added', async () => {
      const { user } = await createUser(app);
      await app.database.execute(
        `INSERT INTO passkeys (id, user_id, name, credential_id, public_key, sign_count, transports, is_backed_up)
         VALUES ($1, $1, 'Key', $2, $3, 0, '{}', false)`,
        [user.id, randomBytes(16), randomBytes(64)],
      );
      expect((await reset(await requestReset(user.email))).statusCode).toBe(204);
      expect((await login(user.email, NEW_PASSWORD)).json()).toMatchObject({ user: { id: user.id } });
    });

    it('MF-7: ends a sign-in that had come as far as the second factor with the old password', async () => {
      const owner = await createTotpUser(app);
      const { challengeToken } = (await login(owner.user.email, TEST_PASSWORD)).json<{ challengeToken: string }>();
      expect((await reset(await requestReset(owner.user.email))).statusCode).toBe(204);
      const code = await freshCode(app, owner);
      expect((await app.post('/auth/mfa/challenge', { challengeToken, code })).statusCode).toBe(401);
    });

    it('PW-10: leaves the second factor of a proven address as it is: it is still asked', async () => {
      const { user } = await createUser(app, { emailVerifiedAt: new Date() });
      await app.database.execute(
        `INSERT INTO totp_credentials (user_id, sealed_secret, confirmed_at) VALUES ($1, $2, now())`,
        [user.id, randomBytes(40)],
      );
      await reset(await requestReset(user.email));
      expect((await login(user.email, NEW_PASSWORD)).json()).toMatchObject({ mfaRequired: true, methods: ['totp'] });
    });

    it('proves the address on the way', async () => {
      const { user } = await createUser(app);
      await reset(await requestReset(user.email));
      const { accessToken } = (await login(user.email, NEW_PASSWORD)).json<{ accessToken: string }>();
      expect(
        (await app.get('/users/me', { token: accessToken })).json<{ emailVerifiedAt: unknown }>().emailVerifiedAt,
      ).not.toBeNull();
    });

    it('is of no use to a disabled account, whose owner is told nothing', async () => {
      const { user } = await createUser(app);
      const token = await requestReset(user.email);
      await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [user.id]);
      expect((await reset(token)).json()).toMatchObject(INVALID);
      expect((await forgot(user.email)).statusCode).toBe(202);
      expect(await mailsTo(app, user.email, 'reset-password')).toHaveLength(1);
    });
  });

  it('PW-7: answers alike for known and unknown addresses: same status, body and header fields', async () => {
    const { user } = await createUser(app);
    const shape = (answer: Awaited<ReturnType<typeof forgot>>) => ({
      status: answer.statusCode,
      body: answer.body,
      headers: Object.keys(answer.headers).sort(),
    });
    for (const path of ['/auth/password/forgot', '/auth/magic-links', '/auth/verify-email/resend']) {
      const known = await app.post(path, { email: user.email });
      const unknown = await app.post(path, { email: `nobody-${unique()}@example.com` });
      expect(shape(unknown)).toEqual(shape(known));
      expect(known.statusCode).toBe(202);
    }
  });

  it('sends nothing to an address without an account', async () => {
    const email = `nobody-${unique()}@example.com`;
    await forgot(email);
    await app.post('/auth/magic-links', { email });
    await app.post('/auth/verify-email/resend', { email });
    expect(await mailsTo(app, email)).toEqual([]);
  });

  describe('changing the password', () => {
    const change = (token: string, currentPassword: string, newPassword = NEW_PASSWORD) =>
      app.post('/auth/password/change', { currentPassword, newPassword }, { token });

    it('PW-6: needs the current one, keeps this session and ends the others, and tells the owner', async () => {
      const { user, token } = await createUser(app);
      const other = (await login(user.email, TEST_PASSWORD)).json<{ accessToken: string; refreshToken: string }>();
      expect((await change(token, 'not my password at all')).json()).toMatchObject({
        status: 403,
        code: 'auth.current_password_wrong',
        errors: [{ pointer: '/currentPassword' }],
      });
      expect((await change(token, TEST_PASSWORD)).statusCode).toBe(204);
      expect((await app.get('/users/me', { token })).statusCode).toBe(200);
      expect((await app.get('/users/me', { token: other.accessToken })).statusCode).toBe(401);
      expect((await app.post('/auth/refresh', { refreshToken: other.refreshToken })).statusCode).toBe(401);
      expect((await login(user.email, NEW_PASSWORD)).statusCode).toBe(200);
      await onlyMailTo(app, user.email, 'password-changed');
    });

    it('PW-4: refuses a weak one, naming the field, and changes nothing', async () => {
      const { user, token } = await createUser(app);
      expect((await change(token, TEST_PASSWORD, 'qwertyuiopasdfg')).json()).toMatchObject({
        status: 422,
        errors: [{ pointer: '/newPassword' }],
      });
      expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(200);
    });

    it('happens once when ten changes come at the same moment', async () => {
      const { user, token } = await createUser(app);
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, i) => change(token, TEST_PASSWORD, `${NEW_PASSWORD} ${i}`)),
      );
      const done = answers.filter(({ statusCode }) => statusCode === 204);
      expect(done).toHaveLength(1);
      expect(answers.filter(({ statusCode }) => statusCode === 403)).toHaveLength(9);
      const winner = answers.indexOf(done[0]!);
      expect((await login(user.email, `${NEW_PASSWORD} ${winner}`)).statusCode).toBe(200);
    });

    it('is for those who are signed in', async () => {
      const answer = await app.post('/auth/password/change', { currentPassword: 'a', newPassword: NEW_PASSWORD });
      expect(answer.statusCode).toBe(401);
    });
  });

  describe('proving the address', () => {
    const register = async () => {
      const email = `new-${unique()}@example.com`;
      const answer = await app.post('/auth/register', { email, password: TEST_PASSWORD });
      expect(answer.statusCode).toBe(201);
      return { email, ...answer.json<{ accessToken: string; user: { id: string } }>() };
    };
    const verify = (token: string) => app.post('/auth/verify-email', { token });

    it('takes the token that registering sent, once', async () => {
      const { email, accessToken } = await register();
      const { data } = await onlyMailTo(app, email, 'verify-email');
      expect((await verify(data.token)).statusCode).toBe(204);
      const me = await app.get('/users/me', { token: accessToken });
      expect(me.json()).toMatchObject({ emailVerifiedAt: expect.stringMatching(/Z$/) as unknown, version: 2 });
      expect((await verify(data.token)).json()).toMatchObject(INVALID);
    });

    it('sends the mail again when asked, and not once it is proven', async () => {
      const { email } = await register();
      expect((await app.post('/auth/verify-email/resend', { email })).statusCode).toBe(202);
      expect(await mailsTo(app, email, 'verify-email')).toHaveLength(2);
      expect((await verify(await tokenOf(email, 'verify-email'))).statusCode).toBe(204);
      expect((await app.post('/auth/verify-email/resend', { email })).statusCode).toBe(202);
      expect(await mailsTo(app, email, 'verify-email')).toHaveLength(2);
    });

    it('counts once when twenty present the token at the same moment', async () => {
      const { email } = await register();
      const token = await tokenOf(email, 'verify-email');
      const answers = await Promise.all(Array.from({ length: 20 }, () => verify(token)));
      expect(answers.filter(({ statusCode }) => statusCode === 204)).toHaveLength(1);
    });

    it('tells the owner when somebody registers with the address again', async () => {
      const { email } = await register();
      const answer = await app.post('/auth/register', { email: email.toUpperCase(), password: NEW_PASSWORD });
      expect(answer.json()).toMatchObject({ status: 409, code: 'user.email_taken' });
      await onlyMailTo(app, email, 'already-registered');
    });
  });

  describe('magic links', () => {
    const ask = async (email: string) => {
      expect((await app.post('/auth/magic-links', { email })).statusCode).toBe(202);
      return tokenOf(email, 'magic-link');
    };
    const enter = (token: string) => app.post('/auth/magic-links/verify', { token });

    it('sign in, once, and prove the address', async () => {
      const { user } = await createUser(app, { emailVerifiedAt: new Date() });
      const token = await ask(user.email);
      const answers = await Promise.all(Array.from({ length: 20 }, () => enter(token)));
      const [entered, ...more] = answers.filter(({ statusCode }) => statusCode === 200);
      expect(more).toEqual([]);
      expect(entered!.json()).toMatchObject({ user: { id: user.id }, tokenType: 'Bearer' });
      expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(200);
    });

    it('end after 15 minutes, and with a newer one', async () => {
      const { user } = await createUser(app);
      const first = await ask(user.email);
      const second = await ask(user.email);
      expect((await enter(first)).json()).toMatchObject(INVALID);
      await app.database.execute(
        `UPDATE account_tokens SET expires_at = expires_at - interval '15 minutes' WHERE user_id = $1`,
        [user.id],
      );
      expect((await enter(second)).json()).toMatchObject(INVALID);
    });

    it('take password, factors and sessions from whoever registered an address that was never proven, before its owner came', async () => {
      const { user, token: squatter } = await createUser(app);
      await app.database.execute(
        `INSERT INTO totp_credentials (user_id, sealed_secret, confirmed_at) VALUES ($1, $2, now())`,
        [user.id, randomBytes(40)],
      );
      const answer = await enter(await ask(user.email));
      expect(answer.statusCode).toBe(200);
      expect((await app.get('/users/me', { token: squatter })).statusCode).toBe(401);
      expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(401);
      expect(
        (await app.get('/users/me', { token: answer.json<{ accessToken: string }>().accessToken })).statusCode,
      ).toBe(200);
    });

    it('MF-7: do not go round a second factor', async () => {
      const { user } = await createUser(app, { emailVerifiedAt: new Date() });
      await app.database.execute(
        `INSERT INTO totp_credentials (user_id, sealed_secret, confirmed_at) VALUES ($1, $2, now())`,
        [user.id, randomBytes(40)],
      );
      const answer = await enter(await ask(user.email));
      expect(answer.json()).toEqual({
        mfaRequired: true,
        challengeToken: expect.stringMatching(/^shc_/) as unknown,
        methods: ['totp'],
        expiresIn: 600,
      });
    });
  });

  describe('another address', () => {
    const ask = (token: string, newEmail: string) => app.post('/auth/email/change', { newEmail }, { token });
    const confirm = (token: string) => app.post('/auth/email/confirm', { token });

    it('is the account’s once both ends have confirmed, in either order; both are told', async () => {
      for (const order of [
        ['old', 'new'],
        ['new', 'old'],
      ] as const) {
        const { user, token } = await createUser(app);
        const newEmail = `Moved-${unique()}@Example.com`;
        expect((await ask(token, newEmail)).statusCode).toBe(202);
        const tokens = {
          old: (await onlyMailTo(app, user.email, 'email-change-old')).data.token,
          new: (await onlyMailTo(app, newEmail, 'email-change-new')).data.token,
        };
        expect((await confirm(tokens[order[0]])).json()).toEqual({ status: 'pending' });
        expect((await confirm(tokens[order[0]])).json()).toEqual({ status: 'pending' });
        expect((await app.get('/users/me', { token })).json()).toMatchObject({ email: user.email });
        expect((await confirm(tokens[order[1]])).json()).toEqual({ status: 'changed' });
        expect((await app.get('/users/me', { token })).json()).toMatchObject({
          email: newEmail,
          emailVerifiedAt: expect.any(String) as unknown,
        });
        expect((await confirm(tokens.old)).json()).toMatchObject(INVALID);
        expect((await login(newEmail, TEST_PASSWORD)).statusCode).toBe(200);
        expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(401);
        await onlyMailTo(app, user.email, 'email-changed');
        await onlyMailTo(app, newEmail, 'email-changed');
      }
    });

    it('does not tell that it has an account, and never takes it: its owner is told instead', async () => {
      const [one, two] = [await createUser(app), await createUser(app)];
      expect((await ask(one.token, two.user.email)).statusCode).toBe(202);
      await onlyMailTo(app, two.user.email, 'already-registered');
      expect(await mailsTo(app, two.user.email, 'email-change-new')).toEqual([]);
    });

    it('goes to one account when two ask for it at the same moment', async () => {
      const newEmail = `wanted-${unique()}@example.com`;
      const askers = [await createUser(app), await createUser(app)];
      for (const { token } of askers) await ask(token, newEmail);
      const news = (await mailsTo(app, newEmail, 'email-change-new')).map(({ data }) => data.token);
      const olds = await Promise.all(askers.map(({ user }) => onlyMailTo(app, user.email, 'email-change-old')));
      await Promise.all(olds.map(({ data }) => confirm(data.token)));
      const answers = await Promise.all(news.map(confirm));
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, 409]);
      expect(answers.find(({ statusCode }) => statusCode === 409)!.json()).toMatchObject({ code: 'user.email_taken' });
    });

    it('PW-6: needs a fresh login', async () => {
      const { token, sessionId } = await createUser(app);
      await app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE id = $1`, [
        sessionId,
      ]);
      expect((await ask(token, `x-${unique()}@example.com`)).json()).toMatchObject({
        status: 401,
        code: 'auth.fresh_login_required',
      });
    });

    it('is nothing to do when it is the same; a newer wish replaces an older one', async () => {
      const { user, token } = await createUser(app);
      expect((await ask(token, user.email.toUpperCase())).statusCode).toBe(202);
      expect(await mailsTo(app, user.email)).toEqual([]);
      const [first, second] = [`a-${unique()}@example.com`, `b-${unique()}@example.com`];
      await ask(token, first);
      await ask(token, second);
      const { data } = await onlyMailTo(app, first, 'email-change-new');
      expect((await confirm(data.token)).json()).toMatchObject(INVALID);
    });
  });

  describe('within limits', () => {
    let strict: TestApp;
    beforeAll(async () => {
      strict = await TestApp.start({ RATE_LIMIT_SCALE: '1', TRUST_PROXY: '127.0.0.1' });
    });
    afterAll(() => strict.close());
    const from = (n: number) => ({ headers: { 'x-forwarded-for': `198.51.${Math.floor(n / 200)}.${(n % 200) + 1}` } });

    it('PW-14: sends one account at most six mails an hour, from wherever they are asked for, known or not', async () => {
      const { user } = await createUser(strict);
      for (const email of [user.email, `nobody-${unique()}@example.com`]) {
        const statuses: number[] = [];
        for (let n = 0; n < 8; n++) {
          statuses.push((await strict.post('/auth/password/forgot', { email }, from(n + 400))).statusCode);
        }
        expect(statuses).toEqual([202, 202, 202, 202, 202, 202, 429, 429]);
      }
      expect(await mailsTo(strict, user.email)).toHaveLength(6);
    });

    it('PW-14: takes ten requests for mail a minute from one address, for however many accounts, with Retry-After', async () => {
      const statuses: number[] = [];
      for (let n = 0; n < 12; n++) {
        const answer = await strict.post('/auth/magic-links', { email: `many-${unique()}@example.com` }, from(900));
        statuses.push(answer.statusCode);
        if (answer.statusCode === 429) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      }
      expect(statuses.filter((status) => status === 202)).toHaveLength(10);
      expect(statuses.slice(10)).toEqual([429, 429]);
    });
  });
});

import { totpCodeAt } from '../../../src/auth/mfa/totp.js';
import {
  addTotp,
  beginSignIn,
  createTotpUser,
  freshCode,
  type TotpUser,
  wrongCode,
} from '../../factories/second-factor.factory.js';
import { createUser, signIn, TEST_PASSWORD } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const RECOVERY_CODE = /^[0-9a-z]{4}(-[0-9a-z]{4}){3}$/;
const codeIn = ({ secret }: { secret: string }, steps: number): string =>
  totpCodeAt(secret, new Date(Date.now() + steps * 30_000));

describe('authenticator apps', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start({ MAIL_FROM: "Ada's Shop: best <shop@example.com>" });
  });
  afterAll(() => app.close());

  const enrol = (token: string) => app.post('/auth/mfa/totp', undefined, { token });
  const confirm = (token: string, code: unknown) => app.post('/auth/mfa/totp/verify', { code }, { token });
  const answer = (challengeToken: string, code: unknown) => app.post('/auth/mfa/challenge', { challengeToken, code });
  const mailsTo = (email: string) =>
    app.database.query<{ template: string }>(`SELECT template FROM mails WHERE recipient = $1`, [email]);
  const audited = (userId: string, action: string) =>
    app.database.query<{ after: unknown }>(
      `SELECT after FROM audit_log WHERE target_id = $1 AND action = $2 ORDER BY sequence`,
      [userId, action],
    );
  const age = (sessionId: string) =>
    app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE id = $1`, [
      sessionId,
    ]);

  describe('POST /auth/mfa/totp', () => {
    it('MF-5: gives a secret of 160 bits, the otpauth URL with shop and address, and its QR code', async () => {
      const { user, token } = await createUser(app);
      const enrolled = await enrol(token);
      expect(enrolled.statusCode).toBe(200);
      expect(enrolled.headers['cache-control']).toContain('no-store');
      const { secret, otpauthUrl, qrSvg } = enrolled.json();
      expect(secret).toMatch(/^[A-Z2-7]{32}$/);
      expect(otpauthUrl).toBe(
        `otpauth://totp/Ada%27s%20Shop%3A%20best:${user.email.replace('@', '%40')}?secret=${secret}&issuer=Ada%27s%20Shop%3A%20best`,
      );
      expect(qrSvg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"[\s\S]*<\/svg>$/);
    });

    it('MF-5: guards nothing until it is confirmed, and asking again replaces the secret', async () => {
      const { user, token } = await createUser(app);
      const first = (await enrol(token)).json();
      const second = (await enrol(token)).json();
      expect(second.secret).not.toBe(first.secret);
      expect((await app.post('/auth/login', { email: user.email, password: TEST_PASSWORD })).json()).toHaveProperty(
        'accessToken',
      );
      expect((await confirm(token, codeIn(first, 0))).json()).toMatchObject({ status: 422, code: 'auth.wrong_code' });
      expect((await confirm(token, codeIn(second, 0))).statusCode).toBe(200);
    });

    it('MF-5: refuses a second app with 409 auth.totp_already_enabled, and never shows a secret again', async () => {
      const owner = await createTotpUser(app);
      const again = await enrol(owner.token);
      expect(again.json()).toMatchObject({ status: 409, code: 'auth.totp_already_enabled' });
      const state = await app.get('/auth/mfa', { token: owner.token });
      expect(state.json()).toEqual({
        totp: { confirmedAt: expect.any(String) },
        passkeys: 0,
        recoveryCodesLeft: 10,
      });
      expect(again.body + state.body).not.toContain(owner.secret);
    });

    it('MF-5: keeps the secret encrypted', async () => {
      const { user, secret } = await createTotpUser(app);
      const [row] = await app.database.query<{ sealed_secret: Buffer }>(
        `SELECT sealed_secret FROM totp_credentials WHERE user_id = $1`,
        [user.id],
      );
      expect(row!.sealed_secret.length).toBe(12 + 16 + 32);
      expect(row!.sealed_secret.toString('latin1')).not.toContain(secret);
    });
  });

  describe('POST /auth/mfa/totp/verify', () => {
    it('MF-5: needs a right code; gives recovery codes, ends the other sessions and tells the owner', async () => {
      const { user, token } = await createUser(app);
      const other = await signIn(app, user.id);
      const secret = (await enrol(token)).json<TotpUser>();
      expect((await confirm(token, wrongCode(secret))).json()).toMatchObject({
        code: 'auth.wrong_code',
        errors: [{ pointer: '/code' }],
      });
      const confirmed = await confirm(token, codeIn(secret, 0));
      expect(confirmed.statusCode).toBe(200);
      const { confirmedAt, recoveryCodes } = confirmed.json();
      expect(Date.parse(confirmedAt)).not.toBeNaN();
      expect(recoveryCodes).toHaveLength(10);
      for (const code of recoveryCodes) expect(code).toMatch(RECOVERY_CODE);
      expect((await app.post('/auth/refresh', { refreshToken: other.refreshToken })).statusCode).toBe(401);
      expect((await app.get('/auth/mfa', { token })).statusCode).toBe(200);
      expect(await mailsTo(user.email)).toContainEqual({ template: 'second-factor-enabled' });
      expect(await audited(user.id, 'auth.second_factor_enabled')).toEqual([{ after: { method: 'totp' } }]);
    });

    it('MF-1: takes one of 20 simultaneous confirmations, with one set of recovery codes', async () => {
      const { user, token } = await createUser(app);
      const secret = (await enrol(token)).json();
      const code = codeIn(secret, 0);
      const answers = await Promise.all(Array.from({ length: 20 }, () => confirm(token, code)));
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(409)]);
      expect(await audited(user.id, 'auth.second_factor_enabled')).toHaveLength(1);
      expect((await app.get('/auth/mfa', { token })).json().recoveryCodesLeft).toBe(10);
    });

    it('answers 404 auth.totp_not_found where nothing waits for it', async () => {
      const { token } = await createUser(app);
      expect((await confirm(token, '005924')).json()).toMatchObject({ status: 404, code: 'auth.totp_not_found' });
    });

    it.each([
      5924,
      596221,
      '5924',
      '0059245',
      ' 005924',
      '005924 ',
      '005 924',
      '٠٠٥٩٢٤',
      '００５９２４',
      '00592a',
      '',
      null,
      ['005924'],
    ])('MF-4: refuses %j with 400 naming /code', async (code) => {
      const { token } = await createUser(app);
      await enrol(token);
      const refused = await confirm(token, code);
      expect(refused.json()).toMatchObject({
        status: 400,
        code: 'request.invalid',
        errors: [{ pointer: '/code' }],
      });
    });
  });

  describe('signing in', () => {
    let owner: TotpUser;
    beforeEach(async () => {
      owner = await createTotpUser(app);
    });

    it('asks for the second factor, and takes the code', async () => {
      const first = await app.post('/auth/login', { email: owner.user.email, password: TEST_PASSWORD });
      expect(first.json()).toEqual({
        mfaRequired: true,
        challengeToken: expect.stringMatching(/^shc_[A-Za-z0-9_-]{43}$/),
        methods: ['totp', 'recovery_code'],
        expiresIn: 600,
      });
      const second = await answer(first.json().challengeToken, await freshCode(app, owner));
      expect(second.statusCode).toBe(200);
      expect(second.headers['cache-control']).toContain('no-store');
      expect(second.json()).toMatchObject({ user: { id: owner.user.id }, tokenType: 'Bearer', expiresIn: 900 });
      const [session] = (await app.get('/auth/sessions', { token: second.json().accessToken })).json().data;
      expect(session).toMatchObject({ isCurrent: true });
      const methods = await app.database.query(`SELECT methods FROM sessions WHERE id = $1`, [session.id]);
      expect(methods).toEqual([{ methods: ['password', 'totp'] }]);
    });

    it('MF-1: takes a code once, also in another sign-in', async () => {
      const code = await freshCode(app, owner);
      expect((await answer(await beginSignIn(app, owner), code)).statusCode).toBe(200);
      const again = await answer(await beginSignIn(app, owner), code);
      expect(again.json()).toMatchObject({ status: 401, code: 'auth.invalid_second_factor' });
    });

    it('MF-1: takes the code that confirmed the app in no sign-in', async () => {
      const newcomer = await createUser(app);
      const code = codeIn((await enrol(newcomer.token)).json(), 0);
      expect((await confirm(newcomer.token, code)).statusCode).toBe(200);
      expect((await answer(await beginSignIn(app, newcomer), code)).statusCode).toBe(401);
    });

    it('MF-1: takes a code in one of 20 simultaneous sign-ins', async () => {
      const tokens = await Promise.all(Array.from({ length: 20 }, () => beginSignIn(app, owner)));
      const code = await freshCode(app, owner);
      const answers = await Promise.all(tokens.map((token) => answer(token, code)));
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(401)]);
    });

    it('MF-1: completes a sign-in once, of 20 simultaneous answers with as many right codes', async () => {
      const challengeToken = await beginSignIn(app, owner);
      const codes = [...owner.recoveryCodes, ...owner.recoveryCodes];
      const answers = await Promise.all(codes.map((code) => answer(challengeToken, code)));
      expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
      expect((await app.get('/auth/mfa', { token: owner.token })).json().recoveryCodesLeft).toBe(9);
    });

    it('MF-1: takes no earlier code than one that was used', async () => {
      await app.database.execute(`UPDATE totp_credentials SET last_step = NULL WHERE user_id = $1`, [owner.user.id]);
      expect((await answer(await beginSignIn(app, owner), codeIn(owner, 1))).statusCode).toBe(200);
      expect((await answer(await beginSignIn(app, owner), codeIn(owner, 0))).statusCode).toBe(401);
    });

    it('MF-2: takes the code of the next step, and none of two steps before or three after', async () => {
      await app.database.execute(`UPDATE totp_credentials SET last_step = NULL WHERE user_id = $1`, [owner.user.id]);
      const challengeToken = await beginSignIn(app, owner);
      expect((await answer(challengeToken, codeIn(owner, -2))).statusCode).toBe(401);
      expect((await answer(challengeToken, codeIn(owner, 3))).statusCode).toBe(401);
      expect((await answer(challengeToken, codeIn(owner, 1))).statusCode).toBe(200);
    });

    it.each([5924, '5924', ' 005924', '٠٠٥٩٢٤', '005-924'])('MF-4: refuses %j with 400 naming /code', async (code) => {
      const refused = await answer(await beginSignIn(app, owner), code);
      expect(refused.json()).toMatchObject({ status: 400, errors: [{ pointer: '/code' }] });
    });

    it('takes no code of another user', async () => {
      const other = await createTotpUser(app);
      const code = await freshCode(app, other);
      expect((await answer(await beginSignIn(app, owner), code)).statusCode).toBe(401);
    });
  });

  describe('DELETE /auth/mfa/totp', () => {
    const remove = (token: string) => app.delete('/auth/mfa/totp', { token });

    it('MF-5, PW-6: needs a fresh login, which is password and code', async () => {
      const owner = await createTotpUser(app);
      const old = await signIn(app, owner.user.id);
      await age(old.sessionId);
      const refused = await remove(old.token);
      expect(refused.json()).toMatchObject({ status: 401, code: 'auth.fresh_login_required' });
      expect(refused.headers['www-authenticate']).toContain('insufficient_user_authentication');
      const stepUp = (body: object) => app.post('/auth/step-up', body, { token: old.token });
      expect((await stepUp({ password: TEST_PASSWORD })).json()).toMatchObject({
        status: 401,
        code: 'auth.insufficient_proof',
        methods: [['password', 'code']],
      });
      expect((await remove(old.token)).statusCode).toBe(401);
      expect((await stepUp({ password: TEST_PASSWORD, code: await freshCode(app, owner) })).statusCode).toBe(204);
      expect((await remove(old.token)).statusCode).toBe(204);
      expect((await app.get('/auth/mfa', { token: old.token })).json()).toEqual({
        totp: null,
        passkeys: 0,
        recoveryCodesLeft: 0,
      });
    });

    it('ends the other sessions, tells the owner, and sign-ins no longer ask for a code', async () => {
      const owner = await createTotpUser(app);
      const other = await signIn(app, owner.user.id);
      expect((await remove(owner.token)).statusCode).toBe(204);
      expect((await app.post('/auth/refresh', { refreshToken: other.refreshToken })).statusCode).toBe(401);
      expect(await mailsTo(owner.user.email)).toContainEqual({ template: 'second-factor-disabled' });
      expect(await audited(owner.user.id, 'auth.second_factor_disabled')).toHaveLength(1);
      const first = await app.post('/auth/login', { email: owner.user.email, password: TEST_PASSWORD });
      expect(first.json()).toHaveProperty('accessToken');
      expect((await remove(owner.token)).json()).toMatchObject({ status: 404, code: 'auth.totp_not_found' });
    });

    it('removes an app that was not confirmed without a word to anybody', async () => {
      const { user, token } = await createUser(app);
      await enrol(token);
      expect((await remove(token)).statusCode).toBe(204);
      expect(await mailsTo(user.email)).toEqual([]);
    });
  });

  it.each([
    ['POST', '/auth/mfa/totp'],
    ['DELETE', '/auth/mfa/totp'],
    ['POST', '/auth/mfa/recovery-codes'],
  ] as const)('PW-6: %s %s needs a login within ten minutes', async (method, path) => {
    const owner = await addTotp(app, await createUser(app));
    const { token, sessionId } = await signIn(app, owner.user.id);
    await age(sessionId);
    expect((await app.send(method, path, { token })).json()).toMatchObject({ code: 'auth.fresh_login_required' });
    expect((await app.get('/auth/mfa', { token })).json()).toMatchObject({ recoveryCodesLeft: 10 });
  });

  it('needs somebody who is signed in', async () => {
    for (const [method, path] of [
      ['GET', '/auth/mfa'],
      ['POST', '/auth/mfa/totp'],
      ['POST', '/auth/mfa/totp/verify'],
      ['DELETE', '/auth/mfa/totp'],
      ['POST', '/auth/mfa/recovery-codes'],
    ] as const)
      expect((await app.send(method, path)).statusCode).toBe(401);
  });
});

import { createHash, randomBytes } from 'node:crypto';
import { generateKeyPair } from 'jose';
import type { Response } from 'light-my-request';
import { pino } from 'pino';
import { createUser, unique } from '../../factories/user.factory.js';
import { FakeGitHub, type GitHubUser } from '../../support/fakes/github.js';
import { CLIENT, MisbehavingIssuer, RealOidcProvider } from '../../support/fakes/oidc-issuer.js';
import { beginSignIn, comeBack, fragmentOf } from '../../support/oidc-sign-in.js';
import { TestApp } from '../../support/test-app.js';

const CALLBACKS = 'http://localhost:3000/api/v1/auth/oidc';
const PAGE = 'https://shop.example/signed-in?from=cart';

interface SignedIn {
  user: { id: string; email: string; name: string | null; emailVerified: boolean };
  accessToken: string;
}

describe('sign-in with a provider', () => {
  let app: TestApp;
  let real: RealOidcProvider;
  let odd: MisbehavingIssuer;
  let github: FakeGitHub;
  const logged: string[] = [];
  // One for all apps of this file: what services say goes to the logger of the app that started last.
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) });

  beforeAll(async () => {
    // The provider advises against its memory as a store.
    const advice = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    [real, odd, github] = await Promise.all([
      RealOidcProvider.start([`${CALLBACKS}/real/callback`]),
      MisbehavingIssuer.start(),
      FakeGitHub.start(),
    ]);
    advice.mockRestore();
    const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
    app = await TestApp.start(
      {
        CORS_ORIGINS: 'https://shop.example',
        LOG_LEVEL: 'trace',
        OIDC_PROVIDERS: JSON.stringify([
          { name: 'real', issuer: real.issuer, label: 'The real one', ...client },
          { name: 'odd', issuer: odd.issuer, ...client },
          { name: 'github', preset: 'github', issuer: github.origin, ...client },
          { name: 'wrong-secret', issuer: odd.issuer, ...client, clientSecret: 'not-the-secret' },
        ]),
      },
      { logger },
    );
  });
  afterAll(async () => {
    await app.close();
    await Promise.all([real.stop(), odd.stop(), github.stop()]);
  });
  afterEach(() => {
    odd.misbehaviour = {};
  });

  const newcomer = (more = {}) => ({
    email: `fed-${unique()}@example.com`,
    email_verified: true,
    name: 'Ada',
    ...more,
  });
  /** The whole way of somebody at the real provider. */
  const signIn = async (account: string): Promise<Response> => {
    const { authorizationUrl, cookie } = await beginSignIn(app, 'real');
    return comeBack(app, await real.visit(authorizationUrl, { account }), cookie);
  };
  /** The whole way of somebody at the issuer that misbehaves. */
  const signInOddly = async (subject = `sub-${unique()}`): Promise<Response> => {
    const { authorizationUrl, cookie } = await beginSignIn(app, 'odd');
    return comeBack(app, odd.visit(authorizationUrl, subject, { iss: odd.issuer }), cookie);
  };
  const countUsers = async (email: string): Promise<number> =>
    (await app.database.query(`SELECT 1 FROM users WHERE email_canonical = $1`, [email])).length;

  describe('beginning', () => {
    it('lists the providers for the buttons of a page, and nothing else of them', async () => {
      const answer = await app.get('/auth/oidc');
      expect(answer.json()).toEqual({
        data: [
          { name: 'real', label: 'The real one' },
          { name: 'odd', label: 'odd' },
          { name: 'github', label: 'GitHub' },
          { name: 'wrong-secret', label: 'wrong-secret' },
        ],
      });
    });

    it('redirects a browser to the provider, with code flow, PKCE S256, state and nonce', async () => {
      const answer = await app.get('/auth/oidc/real', { headers: { accept: 'text/html,*/*;q=0.8' } });
      expect(answer.statusCode).toBe(302);
      expect(answer.headers).toMatchObject({ 'cache-control': 'private, no-store', 'referrer-policy': 'no-referrer' });
      const url = new URL(answer.headers.location!);
      expect(url.origin).toBe(real.issuer);
      expect(Object.fromEntries(url.searchParams)).toEqual({
        client_id: CLIENT.id,
        response_type: 'code',
        redirect_uri: `${CALLBACKS}/real/callback`,
        scope: 'openid email profile',
        state: expect.stringMatching(/^shc_/) as unknown,
        nonce: expect.stringMatching(/^[\w-]{43}$/) as unknown,
        code_challenge: expect.stringMatching(/^[\w-]{43}$/) as unknown,
        code_challenge_method: 'S256',
      });
    });

    it('TK-21: ties the sign-in to the browser with a __Host- cookie that lives as long as the sign-in', async () => {
      const answer = await app.get('/auth/oidc/real');
      expect(answer.headers['set-cookie']).toMatch(
        /^__Host-oidc=[\w-]{43}; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
      );
      const rows = await app.database.query<{ seconds: number }>(
        `SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM auth_challenges ORDER BY created_at DESC LIMIT 1`,
      );
      expect(rows).toEqual([{ seconds: 600 }]);
    });

    it('lets two tabs of a browser sign in beside each other', async () => {
      const first = await beginSignIn(app, 'real');
      const second = await app.get('/auth/oidc/real', { headers: { cookie: `a=b; ${first.cookie}` } });
      expect(String(second.headers['set-cookie'])).toContain(`${first.cookie};`);
      const back = await real.visit(first.authorizationUrl, { account: real.addPerson(newcomer()) });
      expect((await comeBack(app, back, first.cookie)).statusCode).toBe(200);
    });

    it('refuses a provider that there is none of with 404 auth.oidc_provider_not_found', async () => {
      expect((await app.get('/auth/oidc/nobody')).json()).toMatchObject({
        status: 404,
        code: 'auth.oidc_provider_not_found',
      });
    });

    it.each([
      'https://evil.example/',
      'https://shop.example.evil.example/',
      'https://shop.example:8443/',
      'http://shop.example/',
      'https://user@shop.example/',
      'https://shop.example/#there',
      '//shop.example/',
      'javascript:alert(1)',
      'nowhere',
    ])('refuses to lead to %s at the end: only known origins get a result', async (redirectUri) => {
      const query = new URLSearchParams({ redirectUri, codeChallenge: 'x'.repeat(43) });
      expect((await app.get(`/auth/oidc/real?${query.toString()}`)).json()).toMatchObject({
        status: 400,
        code: 'request.invalid',
        errors: [{ pointer: '?redirectUri' }],
      });
    });

    it('refuses a page without a challenge of its own, and parameters that it does not know', async () => {
      expect((await app.get(`/auth/oidc/real?redirectUri=${encodeURIComponent(PAGE)}`)).json()).toMatchObject({
        status: 400,
        errors: [{ pointer: '?codeChallenge' }],
      });
      expect((await app.get('/auth/oidc/real?returnTo=x')).json()).toMatchObject({
        errors: [{ pointer: '?returnTo' }],
      });
    });

    it('counts beginnings per address', async () => {
      const limited = await TestApp.start({ RATE_LIMIT_SCALE: '0.001' }, { logger });
      try {
        const remoteAddress = `fd00::${Date.now().toString(16).slice(-4)}:0:0:0:1`;
        const begin = () => limited.app.inject({ url: '/api/v1/auth/oidc/nobody', remoteAddress });
        const answers = [await begin(), await begin()];
        expect(answers.map(({ statusCode }) => statusCode)).toEqual([404, 429]);
      } finally {
        await limited.close();
      }
    });
  });

  describe('coming back', () => {
    it('makes an account of a newcomer, whose address the provider has verified, and signs in', async () => {
      const person = newcomer();
      const answer = await signIn(real.addPerson(person));
      expect(answer.statusCode).toBe(200);
      expect(answer.headers).toMatchObject({ 'cache-control': 'private, no-store', 'referrer-policy': 'no-referrer' });
      const { user, accessToken } = answer.json<SignedIn>();
      expect(user).toMatchObject({ email: person.email, name: 'Ada' });
      expect((await app.get('/users/me', { token: accessToken })).json()).toMatchObject({ id: user.id });
      const [row] = await app.database.query(
        `SELECT password_hash, email_verified_at IS NOT NULL AS verified FROM users WHERE id = $1`,
        [user.id],
      );
      expect(row).toEqual({ password_hash: null, verified: true });
      const sessions = await app.get('/auth/sessions', { token: accessToken });
      expect(sessions.json()).toMatchObject({ data: [{ methods: ['oidc'] }] });
      const audited = await app.database.query<{ action: string }>(
        `SELECT action FROM audit_log WHERE actor_id = $1 ORDER BY sequence`,
        [user.id],
      );
      expect(audited.map(({ action }) => action)).toEqual([
        'auth.registered',
        'auth.identity_linked',
        'auth.signed_in',
      ]);
    });

    it('recognises them again by who they are and not by their address', async () => {
      const subject = real.addPerson(newcomer());
      const first = (await signIn(subject)).json<SignedIn>();
      real.change(subject, { email: `moved-${unique()}@example.com`, email_verified: false });
      const second = (await signIn(subject)).json<SignedIn>();
      expect(second.user).toMatchObject({ id: first.user.id, email: first.user.email });
    });

    it('still asks for the second factor', async () => {
      const subject = real.addPerson(newcomer());
      const { user } = (await signIn(subject)).json<SignedIn>();
      await app.database.execute(
        `INSERT INTO totp_credentials (user_id, sealed_secret, confirmed_at) VALUES ($1, 'x', now())`,
        [user.id],
      );
      const answer = await signIn(subject);
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual({
        mfaRequired: true,
        challengeToken: expect.stringMatching(/^shc_/) as unknown,
        methods: ['totp'],
        expiresIn: 600,
      });
    });

    it('never opens an account that has the address: 409 auth.link_required', async () => {
      const { user } = await createUser(app, { email: `own-${unique()}@example.com`, emailVerifiedAt: new Date() });
      const answer = await signIn(real.addPerson(newcomer({ email: user.email.toUpperCase() })));
      expect(answer.json()).toMatchObject({ status: 409, code: 'auth.link_required' });
      expect(await app.database.query(`SELECT 1 FROM identities WHERE user_id = $1`, [user.id])).toEqual([]);
    });

    it.each([
      ['unverified', { email_verified: false }],
      ['verified by nobody', { email_verified: undefined }],
      ['missing', { email: undefined }],
      ['no address', { email: 'ada' }],
      ['one of somebody erased', { email: 'erased-1@erased.invalid' }],
    ])('makes no account when the address is %s: 422 auth.oidc_email_unverified', async (_what, more) => {
      const person = newcomer(more);
      const answer = await signIn(real.addPerson(person));
      expect(answer.json()).toMatchObject({ status: 422, code: 'auth.oidc_email_unverified' });
      expect(await countUsers(String(person.email))).toBe(0);
    });

    it('answers somebody disabled like any failed login', async () => {
      const subject = real.addPerson(newcomer());
      const { user } = (await signIn(subject)).json<SignedIn>();
      await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [user.id]);
      expect((await signIn(subject)).json()).toMatchObject({ status: 401, code: 'auth.invalid_credentials' });
    });

    it('makes one account of 20 simultaneous first sign-ins of one person', async () => {
      const person = newcomer();
      const subject = real.addPerson(person);
      const visits = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const { authorizationUrl, cookie } = await beginSignIn(app, 'real');
          return { back: await real.visit(authorizationUrl, { account: subject }), cookie };
        }),
      );
      const answers = await Promise.all(visits.map(({ back, cookie }) => comeBack(app, back, cookie)));
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200));
      expect(new Set(answers.map((answer) => answer.json<SignedIn>().user.id)).size).toBe(1);
      expect(await countUsers(person.email)).toBe(1);
    });

    it('takes an answer once, also of 20 that come at the same moment', async () => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'real');
      const back = await real.visit(authorizationUrl, { account: real.addPerson(newcomer()) });
      const answers = await Promise.all(Array.from({ length: 20 }, () => comeBack(app, back, cookie)));
      expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1);
      expect((await comeBack(app, back, cookie)).json()).toMatchObject({
        status: 400,
        code: 'auth.oidc_state_invalid',
      });
    });

    it('refuses a code that was used before, under another state: 401 auth.oidc_failed', async () => {
      const account = real.addPerson(newcomer());
      const [first, second] = [await beginSignIn(app, 'real'), await beginSignIn(app, 'real')];
      const back = await real.visit(first.authorizationUrl, { account });
      expect((await comeBack(app, back, first.cookie)).statusCode).toBe(200);
      const other = await real.visit(second.authorizationUrl, { account });
      other.searchParams.set('code', back.searchParams.get('code')!);
      expect((await comeBack(app, other, second.cookie)).json()).toMatchObject({
        status: 401,
        code: 'auth.oidc_failed',
      });
    });

    it('refuses a code of somebody else put under my state: PKCE and nonce do not fit', async () => {
      const [mine, theirs] = [await beginSignIn(app, 'real'), await beginSignIn(app, 'real')];
      const back = await real.visit(theirs.authorizationUrl, { account: real.addPerson(newcomer()) });
      back.searchParams.set('state', new URL(mine.authorizationUrl).searchParams.get('state')!);
      expect((await comeBack(app, back, mine.cookie)).json()).toMatchObject({ status: 401, code: 'auth.oidc_failed' });
    });

    it('refuses to finish in another browser what was begun in this one, and leaves it open for the right one', async () => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'real');
      const other = await beginSignIn(app, 'real');
      const back = await real.visit(authorizationUrl, { account: real.addPerson(newcomer()) });
      for (const wrong of [undefined, other.cookie, '__Host-oidc=', `${cookie}; ${other.cookie}`]) {
        expect((await comeBack(app, back, wrong)).json()).toMatchObject({
          status: 400,
          code: 'auth.oidc_state_invalid',
        });
      }
      expect((await comeBack(app, back, cookie)).statusCode).toBe(200);
    });

    it('refuses an answer at the address of another provider', async () => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'real');
      const back = await real.visit(authorizationUrl, { account: real.addPerson(newcomer()) });
      back.pathname = back.pathname.replace('/real/', '/odd/');
      expect((await comeBack(app, back, cookie)).json()).toMatchObject({ code: 'auth.oidc_state_invalid' });
    });

    it('refuses an answer that is too old', async () => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'real');
      const back = await real.visit(authorizationUrl, { account: real.addPerson(newcomer()) });
      const state = back.searchParams.get('state')!;
      await app.database.execute(
        `UPDATE auth_challenges SET expires_at = now() - interval '1 second' WHERE token_hash = $1`,
        [createHash('sha256').update(state).digest()],
      );
      expect((await comeBack(app, back, cookie)).json()).toMatchObject({ code: 'auth.oidc_state_invalid' });
    });

    it('tells that somebody said no: 401 auth.oidc_denied', async () => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'real');
      const back = await real.visit(authorizationUrl, { refuses: true });
      expect(back.searchParams.get('error')).toBe('access_denied');
      expect((await comeBack(app, back, cookie)).json()).toMatchObject({ status: 401, code: 'auth.oidc_denied' });
    });

    it.each<[string, number, string]>([
      ['', 400, 'request.invalid'],
      ['?code=a', 400, 'request.invalid'],
      ['?state=a', 400, 'request.invalid'],
      ['?state=a&state=b&code=c', 400, 'request.invalid'],
      ['?state[x]=a&code=c', 400, 'request.invalid'],
      ['?state=a&code=b', 400, 'auth.oidc_state_invalid'],
      [`?state=shc_${'a'.repeat(43)}&code=b&session_state=x`, 400, 'auth.oidc_state_invalid'],
      ['?state=%F0%9F%98%80&error=server_error', 400, 'auth.oidc_state_invalid'],
    ])('answers "%s" without begun sign-in with %s %s', async (query, status, code) => {
      const answer = await app.get(`/auth/oidc/real/callback${query}`);
      expect(answer.json()).toMatchObject({ status, code });
    });

    it('refuses an answer that is too long', async () => {
      const answer = await app.get(`/auth/oidc/real/callback?state=a&code=${'c'.repeat(5000)}`);
      expect(answer.json()).toMatchObject({ status: 400, code: 'request.invalid', errors: [{ pointer: '?code' }] });
    });

    it.each([
      ['a code made up', { code: 'made-up' }],
      ['a code of odd characters', { code: 'é\u0001\u2028' }],
      ['an error made up', { code: '', error: 'server_error' }],
      ['another issuer (RFC 9207)', { iss: 'https://evil.example' }],
      ['no issuer, from one that tells it', { iss: '' }],
    ])('answers %s, under a state that is right, with 401', async (_what, changes: Record<string, string>) => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'real');
      const back = await real.visit(authorizationUrl, { account: real.addPerson(newcomer()) });
      for (const [name, value] of Object.entries(changes)) {
        if (value === '') back.searchParams.delete(name);
        else back.searchParams.set(name, value);
      }
      expect((await comeBack(app, back, cookie)).statusCode).toBe(401);
    });
  });

  describe('an issuer that misbehaves', () => {
    it('is believed as long as it does not', async () => {
      expect((await signInOddly()).statusCode).toBe(200);
    });

    const hour = 3600;
    const now = Math.floor(Date.now() / 1000);
    it.each<[string, () => Promise<MisbehavingIssuer['misbehaviour']>]>([
      ['another nonce', async () => ({ claims: { nonce: 'another' } })],
      ['no nonce', async () => ({ claims: { nonce: undefined } })],
      ['another audience', async () => ({ claims: { aud: 'another-shop' } })],
      ['another authorized party', async () => ({ claims: { aud: [CLIENT.id, 'b'], azp: 'b' } })],
      ['another issuer', async () => ({ claims: { iss: 'https://evil.example' } })],
      ['an ID token of yesterday', async () => ({ claims: { iat: now - 48 * hour, exp: now - 24 * hour } })],
      ['no subject', async () => ({ claims: { sub: undefined } })],
      ['a subject without end', async () => ({ claims: { sub: 'x'.repeat(300) } })],
      ['an ID token that nobody signed', async () => ({ isUnsigned: true })],
      [
        'an ID token signed with a key that is not its own',
        async () => ({ key: { privateKey: (await generateKeyPair('ES256')).privateKey, kid: 'unknown' } }),
      ],
      ['a refusal of the code', async () => ({ tokenError: { status: 400, error: 'invalid_grant' } })],
    ])('is not believed with %s: 401 auth.oidc_failed', async (_what, misbehaviour) => {
      odd.misbehaviour = await misbehaviour();
      expect((await signInOddly()).json()).toMatchObject({ status: 401, code: 'auth.oidc_failed' });
    });

    it('is not believed with a forged signature under the id of its own key', async () => {
      expect((await signInOddly()).statusCode).toBe(200);
      const { keys } = odd as unknown as { keys: { kid: string }[] };
      const { privateKey } = await generateKeyPair('ES256');
      odd.misbehaviour = { key: { privateKey, kid: keys[0]!.kid } };
      expect((await signInOddly()).json()).toMatchObject({ status: 401, code: 'auth.oidc_failed' });
    });

    it('may change its key at any time', async () => {
      expect((await signInOddly()).statusCode).toBe(200);
      await odd.rotate();
      const asked = odd.keysAsked;
      expect((await signInOddly()).statusCode).toBe(200);
      expect((await signInOddly()).statusCode).toBe(200);
      expect(odd.keysAsked - asked).toBe(1);
    });

    it('that is out of order is 503 auth.oidc_unavailable, and back as soon as it is', async () => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'odd');
      odd.misbehaviour = { status: 502 };
      const answer = await comeBack(app, odd.visit(authorizationUrl, 'a', { iss: odd.issuer }), cookie);
      expect(answer.json()).toMatchObject({ status: 503, code: 'auth.oidc_unavailable' });
      expect(answer.headers['retry-after']).toBe('10');
      odd.misbehaviour = {};
      expect((await signInOddly()).statusCode).toBe(200);
    });

    it('that does not know us is 503: the settings are wrong, and nothing that the person did', async () => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'wrong-secret');
      const answer = await comeBack(app, odd.visit(authorizationUrl, 'a', { iss: odd.issuer }), cookie);
      expect(answer.json()).toMatchObject({ status: 503, code: 'auth.oidc_unavailable' });
      expect(logged.some((line) => line.includes('check OIDC_PROVIDERS'))).toBe(true);
    });

    it('that never answers is given up after five seconds', async () => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'odd');
      odd.misbehaviour = { hangs: true };
      const answer = await comeBack(app, odd.visit(authorizationUrl, 'a', { iss: odd.issuer }), cookie);
      expect(answer.json()).toMatchObject({ status: 503, code: 'auth.oidc_unavailable' });
    });

    it('that is away when we start is asked when somebody wants to sign in', async () => {
      const gone = await MisbehavingIssuer.start();
      const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
      const settings = { OIDC_PROVIDERS: JSON.stringify([{ name: 'late', issuer: gone.issuer, ...client }]) };
      const other = await TestApp.start(settings, { logger });
      try {
        gone.misbehaviour = { status: 500 };
        expect((await other.get('/auth/oidc/late')).json()).toMatchObject({
          status: 503,
          code: 'auth.oidc_unavailable',
        });
        gone.misbehaviour = {};
        expect((await other.get('/auth/oidc/late')).statusCode).toBe(302);
        await gone.stop();
        const { authorizationUrl, cookie } = await beginSignIn(other, 'late');
        const answer = await comeBack(other, gone.visit(authorizationUrl, 'a', { iss: gone.issuer }), cookie);
        expect(answer.json()).toMatchObject({ status: 503, code: 'auth.oidc_unavailable' });
      } finally {
        await other.close();
        await gone.stop();
      }
    });

    it('TK-7: refuses its ID token as an access token', async () => {
      const issued = await fetchIdToken();
      expect((await app.get('/users/me', { token: issued })).json()).toMatchObject({
        status: 401,
        code: 'auth.invalid_token',
      });
    });

    /** An ID token, as the shop gets it. */
    async function fetchIdToken(): Promise<string> {
      const codeVerifier = randomBytes(32).toString('base64url');
      const url = new URL(`${odd.issuer}/authorize`);
      url.searchParams.set('code_challenge', createHash('sha256').update(codeVerifier).digest('base64url'));
      url.searchParams.set('nonce', 'n');
      url.searchParams.set('state', 's');
      url.searchParams.set('redirect_uri', CALLBACKS);
      const code = odd.visit(url.href, 'somebody').searchParams.get('code')!;
      const answer = await fetch(`${odd.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({ code, code_verifier: codeVerifier, client_secret: CLIENT.secret }),
      });
      return ((await answer.json()) as { id_token: string }).id_token;
    }
  });

  describe('with a page that waits for the result', () => {
    const codeVerifier = randomBytes(32).toString('base64url');
    const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
    const query = `?${new URLSearchParams({ redirectUri: PAGE, codeChallenge }).toString()}`;
    const codeFor = async (account: string): Promise<string> => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'real', query);
      const answer = await comeBack(app, await real.visit(authorizationUrl, { account }), cookie);
      return fragmentOf(answer).get('code')!;
    };

    it('hands the page a code behind #, and the code gives the session once', async () => {
      const person = newcomer();
      const { authorizationUrl, cookie } = await beginSignIn(app, 'real', query);
      const answer = await comeBack(
        app,
        await real.visit(authorizationUrl, { account: real.addPerson(person) }),
        cookie,
      );
      expect(answer.statusCode).toBe(302);
      expect(answer.headers).toMatchObject({ 'cache-control': 'private, no-store', 'referrer-policy': 'no-referrer' });
      expect(answer.headers.location).toMatch(/^https:\/\/shop\.example\/signed-in\?from=cart#code=shc_[\w-]{43}$/);
      const code = fragmentOf(answer).get('code')!;
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => app.post('/auth/oidc/result', { code, codeVerifier })),
      );
      const [won, ...more] = answers.filter(({ statusCode }) => statusCode === 200);
      expect(more).toEqual([]);
      expect(won!.json<SignedIn>().user).toMatchObject({ email: person.email });
      expect(answers.filter(({ statusCode }) => statusCode === 422)).toHaveLength(19);
      expect((await app.post('/auth/oidc/result', { code, codeVerifier })).json()).toMatchObject({
        code: 'auth.oidc_result_invalid',
      });
    });

    it('gives a code of somebody else’s sign-in to no page: the verifier is the page’s own', async () => {
      const code = await codeFor(real.addPerson(newcomer()));
      const other = randomBytes(32).toString('base64url');
      expect((await app.post('/auth/oidc/result', { code, codeVerifier: other })).json()).toMatchObject({
        status: 422,
        code: 'auth.oidc_result_invalid',
      });
      expect((await app.post('/auth/oidc/result', { code, codeVerifier })).statusCode).toBe(200);
    });

    it('gives nothing for a code after a minute', async () => {
      const code = await codeFor(real.addPerson(newcomer()));
      const tokenHash = createHash('sha256').update(code).digest();
      const [row] = await app.database.query<{ seconds: number }>(
        `SELECT extract(epoch FROM expires_at - created_at)::int AS seconds FROM auth_challenges WHERE token_hash = $1`,
        [tokenHash],
      );
      expect(row).toEqual({ seconds: 60 });
      await app.database.execute(`UPDATE auth_challenges SET expires_at = now() WHERE token_hash = $1`, [tokenHash]);
      expect((await app.post('/auth/oidc/result', { code, codeVerifier })).statusCode).toBe(422);
    });

    it('tells the page why there is none', async () => {
      const denied = await beginSignIn(app, 'real', query);
      const back = await real.visit(denied.authorizationUrl, { refuses: true });
      const answer = await comeBack(app, back, denied.cookie);
      expect(answer.headers.location).toBe(`${PAGE}#error=auth.oidc_denied`);
      const unverified = await beginSignIn(app, 'real', query);
      const account = real.addPerson(newcomer({ email_verified: false }));
      const refused = await comeBack(
        app,
        await real.visit(unverified.authorizationUrl, { account }),
        unverified.cookie,
      );
      expect(fragmentOf(refused).get('error')).toBe('auth.oidc_email_unverified');
    });

    it('leads nowhere for a browser that did not begin', async () => {
      const { authorizationUrl } = await beginSignIn(app, 'real', query);
      const answer = await comeBack(app, await real.visit(authorizationUrl, { account: real.addPerson(newcomer()) }));
      expect(answer.json()).toMatchObject({ status: 400, code: 'auth.oidc_state_invalid' });
      expect(answer.headers.location).toBeUndefined();
    });

    it('refuses codes that are none, and tokens of another kind, with 422 or 400', async () => {
      const { authorizationUrl } = await beginSignIn(app, 'real');
      const state = new URL(authorizationUrl).searchParams.get('state')!;
      for (const code of ['', 'x', state]) {
        expect((await app.post('/auth/oidc/result', { code, codeVerifier })).statusCode).toBe(422);
      }
      expect((await app.post('/auth/oidc/result', { code: state })).json()).toMatchObject({
        status: 400,
        errors: [{ pointer: '/codeVerifier' }],
      });
    });
  });

  describe('GitHub', () => {
    let users = 1000;
    const gitHubUser = (more: Partial<GitHubUser> = {}): GitHubUser => {
      const id = ++users;
      const email = `gh-${unique()}@example.com`;
      const emails = [
        { email: `other-${email}`, primary: false, verified: true, visibility: null },
        { email, primary: true, verified: true, visibility: 'private' },
      ];
      return { id, login: `octo${id}`, name: 'Octo Cat', emails, ...more };
    };
    const signInWith = async (user: GitHubUser, change?: (back: URL) => void): Promise<Response> => {
      const { authorizationUrl, cookie } = await beginSignIn(app, 'github');
      const back = github.visit(authorizationUrl, user);
      change?.(back);
      return comeBack(app, back, cookie);
    };

    it('signs in by the number of the account, with the primary address', async () => {
      const user = gitHubUser();
      const first = (await signInWith(user)).json<SignedIn>();
      expect(first.user).toMatchObject({ email: user.emails[1]!.email, name: 'Octo Cat' });
      const renamed = (await signInWith({ ...user, login: 'renamed' })).json<SignedIn>();
      expect(renamed.user.id).toBe(first.user.id);
      const successor = await signInWith(gitHubUser({ login: user.login, name: null }));
      expect(successor.json<SignedIn>().user.id).not.toBe(first.user.id);
    });

    it('makes no account when the primary address is not verified, whatever the others are', async () => {
      const user = gitHubUser();
      user.emails[1]!.verified = false;
      expect((await signInWith(user)).json()).toMatchObject({ status: 422, code: 'auth.oidc_email_unverified' });
      expect((await signInWith(gitHubUser({ emails: [] }))).json()).toMatchObject({ status: 422 });
    });

    it('understands a refusal with status 200 (bad_verification_code): 401 auth.oidc_failed', async () => {
      const answer = await signInWith(gitHubUser(), (back) => back.searchParams.set('code', 'made-up'));
      expect(answer.json()).toMatchObject({ status: 401, code: 'auth.oidc_failed' });
    });

    it('tells that somebody said no: 401 auth.oidc_denied', async () => {
      const answer = await signInWith(gitHubUser(), (back) => {
        back.searchParams.delete('code');
        back.searchParams.set('error', 'access_denied');
      });
      expect(answer.json()).toMatchObject({ status: 401, code: 'auth.oidc_denied' });
    });
  });

  it('TK-13: nothing of a sign-in is logged: no code, state, token or secret', async () => {
    const subject = real.addPerson(newcomer());
    const { authorizationUrl, cookie } = await beginSignIn(app, 'real');
    const back = await real.visit(authorizationUrl, { account: subject });
    const { accessToken } = (await comeBack(app, back, cookie)).json<SignedIn>();
    const secrets = [
      CLIENT.secret,
      accessToken,
      cookie.split('=')[1]!,
      back.searchParams.get('code')!,
      back.searchParams.get('state')!,
    ];
    expect(logged.some((line) => line.includes('/api/v1/auth/oidc/real/callback'))).toBe(true);
    expect(logged.some((line) => line.includes('Signed in'))).toBe(true);
    expect(secrets.filter((secret) => logged.some((line) => line.includes(secret)))).toEqual([]);
  });
});

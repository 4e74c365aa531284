import { ACCESS_MATRIX } from '../access/access-matrix.js';
import { examplePath, ignoresCredentials, operations } from '../docs/openapi-document.js';
import { createKey } from '../../factories/api-key.factory.js';
import { createUser, signIn, TEST_PASSWORD, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

/** Where people sign in or recover access: written down apart from the code, as the matrix of access is. */
const IGNORING = [
  'POST /auth/login',
  'POST /auth/refresh',
  'POST /auth/register',
  'POST /auth/verify-email',
  'POST /auth/verify-email/resend',
  'POST /auth/password/forgot',
  'POST /auth/password/reset',
  'POST /auth/magic-links',
  'POST /auth/magic-links/verify',
  'POST /auth/email/confirm',
  'GET /auth/oidc',
  'GET /auth/oidc/{provider}',
  'GET /auth/oidc/{provider}/callback',
  'POST /auth/oidc/result',
  'POST /auth/passkeys/login/options',
  'POST /auth/passkeys/login',
  'POST /auth/mfa/challenge',
  'POST /auth/mfa/challenge/passkey-options',
  // A guest finds their order again, and a provider proves itself by its signature.
  'POST /gift-cards/balance',
  'POST /orders/lookup',
  'POST /payment-webhooks/{provider}',
] as const;
/** Gives the roles to who is signed in; whoever is not makes an account. */
const FORGIVING = 'POST /invites/accept';

const named = operations.map((operation) => ({ ...operation, name: operation.title.replace(' /api/v1', ' ') }));

/** Contract, "stale credentials": a client that sends its old token along can still sign in. */
describe('routes that sign in or recover access', () => {
  let app: TestApp;
  let unusable: Record<string, string>;

  beforeAll(async () => {
    app = await TestApp.start();
    const [ended, other, { key }] = await Promise.all([createUser(app), createUser(app), createKey(app)]);
    await app.post('/auth/logout', undefined, { token: ended.token });
    unusable = {
      'of a session that has ended': `Bearer ${ended.token}`,
      'of somebody else': `Bearer ${other.token}`,
      'of an API key': `Bearer ${key}`,
      'of an API key that does not exist': `Bearer ${key.replace(/.{10}$/, '0123456789')}`,
      'of a service account that does not exist': `Bearer sha_${'A'.repeat(43)}`,
      'with another signature': `Bearer ${other.token.slice(0, -2)}AA`,
      'that is no token': 'Bearer not.a.token',
      'without a token': 'Bearer',
      'of another scheme': 'Basic YWRtaW46YWRtaW4=',
      'with two tokens': `Bearer ${other.token}, Bearer ${ended.token}`,
      empty: '',
    };
  });
  afterAll(() => app.close());

  it('are those of the list, and have no security requirement in the document', () => {
    const found = named.filter(ignoresCredentials).map(({ name }) => name);
    expect(found.sort()).toEqual([...IGNORING].sort());
    for (const name of [...IGNORING, FORGIVING]) expect(ACCESS_MATRIX[name]).toBe('public');
    for (const one of named.filter(ignoresCredentials))
      expect(JSON.stringify(one.operation.responses)).not.toMatch(/auth\.(invalid_token|token_expired|required)/);
  });

  it.each([...IGNORING, FORGIVING])('%s answers alike whatever Authorization says', async (name) => {
    const { method, path, operation } = named.find((one) => one.name === name)!;
    const send = async (authorization?: string) => {
      // A sign-up works once an address.
      const example = operation.requestBody?.content['application/json']?.example as object | undefined;
      const body = name === 'POST /auth/register' ? { ...example, email: `${unique()}@example.com` } : example;
      const answer = await app.send(method, `/${examplePath(path)}`, {
        body,
        headers: authorization === undefined ? {} : { authorization },
      });
      return { status: answer.statusCode, code: answer.body && answer.json<{ code?: string }>().code };
    };
    const wanted = await send();
    expect(['auth.required', 'auth.invalid_token']).not.toContain(wanted.code);
    for (const [kind, authorization] of Object.entries(unusable))
      expect({ kind, ...(await send(authorization)) }).toEqual({ kind, ...wanted });
  });

  it('sign in, refresh and register with an old token along', async () => {
    const { user, refreshToken } = await createUser(app);
    const { token } = await signIn(app, user.id);
    await app.post('/auth/logout', undefined, { token });
    expect((await app.get('/users/me', { token })).statusCode).toBe(401);
    const login = await app.post('/auth/login', { email: user.email, password: TEST_PASSWORD }, { token });
    expect(login.json()).toMatchObject({ user: { id: user.id }, accessToken: expect.any(String) as unknown });
    expect((await app.post('/auth/refresh', { refreshToken }, { token })).statusCode).toBe(200);
    const newcomer = { email: `${unique()}@example.com`, password: TEST_PASSWORD };
    expect((await app.post('/auth/register', newcomer, { token })).statusCode).toBe(201);
  });

  it('are the only ones: every other answers 401 to a token that is not valid', async () => {
    const others = named.filter(
      (one) => !ignoresCredentials(one) && one.name !== FORGIVING && !one.path.startsWith('/api/v1/oauth/'),
    );
    for (const { method, path, name } of others) {
      const answer = await app.send(method, `/${examplePath(path)}`, {
        token: 'not.a.token',
        key: true,
      });
      expect({ name, status: answer.statusCode }).toEqual({ name, status: 401 });
    }
  });
});

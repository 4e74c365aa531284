import type { Response } from 'light-my-request';
import { createUser, signIn, type SignedInUser, unique } from '../../factories/user.factory.js';
import { CLIENT, MisbehavingIssuer } from '../../support/fakes/oidc-issuer.js';
import { beginSignIn, comeBack, fragmentOf } from '../../support/oidc-sign-in.js';
import { onlyMailTo } from '../../support/queued-mails.js';
import { TestApp } from '../../support/test-app.js';

const PAGE = 'https://shop.example/account';

interface Identity {
  id: string;
  provider: string;
  email: string | null;
  createdAt: string;
  lastUsedAt: string | null;
}

describe('identities', () => {
  let app: TestApp;
  let issuers: Record<'first' | 'second', MisbehavingIssuer>;

  beforeAll(async () => {
    issuers = { first: await MisbehavingIssuer.start(), second: await MisbehavingIssuer.start() };
    const client = { clientId: CLIENT.id, clientSecret: CLIENT.secret };
    app = await TestApp.start({
      CORS_ORIGINS: 'https://shop.example',
      OIDC_PROVIDERS: JSON.stringify(
        Object.entries(issuers).map(([name, { issuer }]) => ({ name, issuer, label: `The ${name}`, ...client })),
      ),
    });
  });
  afterAll(async () => {
    await app.close();
    await Promise.all(Object.values(issuers).map((issuer) => issuer.stop()));
  });

  type Name = keyof typeof issuers;
  const visit = (name: Name, authorizationUrl: string, subject: string): URL =>
    issuers[name].visit(authorizationUrl, subject, { iss: issuers[name].issuer });
  const begin = (token: string, body: object): Promise<Response> => app.post('/auth/identities', body, { token });
  const confirm = (token: string, code: string): Promise<Response> =>
    app.post('/auth/identities/confirm', { code }, { token });

  /** A code that stands for an identity proven for this user. */
  async function prove(token: string, name: Name, subject: string): Promise<string> {
    const { authorizationUrl } = (await begin(token, { provider: name })).json<{ authorizationUrl: string }>();
    return (await comeBack(app, visit(name, authorizationUrl, subject))).json<{ code: string }>().code;
  }
  async function link(token: string, name: Name, subject = `sub-${unique()}`): Promise<Response> {
    return confirm(token, await prove(token, name, subject));
  }
  async function signInWith(name: Name, subject: string): Promise<Response> {
    const { authorizationUrl, cookie } = await beginSignIn(app, name);
    return comeBack(app, visit(name, authorizationUrl, subject), cookie);
  }
  /** Somebody who has nothing but one identity. */
  async function newcomer(name: Name): Promise<{ token: string; subject: string; userId: string }> {
    const subject = `sub-${unique()}`;
    const { accessToken, user } = (await signInWith(name, subject)).json<{
      accessToken: string;
      user: { id: string };
    }>();
    return { token: accessToken, subject, userId: user.id };
  }
  const list = async (token: string): Promise<Identity[]> =>
    (await app.get('/auth/identities', { token })).json<{ data: Identity[] }>().data;

  it('links a provider with proof of both sides, and signs in with it from then on', async () => {
    const { user, token } = await createUser(app);
    const subject = `sub-${unique()}`;
    const begun = await begin(token, { provider: 'first' });
    expect(begun.statusCode).toBe(200);
    const { authorizationUrl, expiresIn } = begun.json<{ authorizationUrl: string; expiresIn: number }>();
    expect(expiresIn).toBe(600);
    const proven = await comeBack(app, visit('first', authorizationUrl, subject));
    expect(proven.json()).toEqual({ code: expect.stringMatching(/^shc_/) as unknown, expiresIn: 60 });
    expect(await list(token)).toEqual([]);

    const linked = await confirm(token, proven.json<{ code: string }>().code);
    expect(linked.statusCode).toBe(201);
    const identity = linked.json<Identity>();
    expect(linked.headers.location).toBe(`/api/v1/auth/identities/${identity.id}`);
    expect(identity).toEqual({
      id: expect.any(String) as unknown,
      provider: 'first',
      email: `${subject}@example.com`,
      createdAt: expect.any(String) as unknown,
      lastUsedAt: null,
    });
    expect(await list(token)).toEqual([identity]);
    expect((await app.get(`/auth/identities/${identity.id}`, { token })).json()).toEqual(identity);
    expect((await signInWith('first', subject)).json()).toMatchObject({ user: { id: user.id } });
    expect((await list(token))[0]!.lastUsedAt).toEqual(expect.any(String));
  });

  it('tells by mail and records', async () => {
    const { user, token } = await createUser(app);
    const { id } = (await link(token, 'first')).json<Identity>();
    expect((await onlyMailTo(app, user.email, 'identity-linked')).data).toEqual({ provider: 'The first' });
    expect((await app.delete(`/auth/identities/${id}`, { token })).statusCode).toBe(204);
    expect((await onlyMailTo(app, user.email, 'identity-unlinked')).data).toEqual({ provider: 'The first' });
    const audited = await app.database.query(
      `SELECT action, actor_id AS actor, after FROM audit_log WHERE target_id = $1 ORDER BY sequence`,
      [id],
    );
    expect(audited).toEqual([
      { action: 'auth.identity_linked', actor: user.id, after: { provider: 'first' } },
      { action: 'auth.identity_unlinked', actor: user.id, after: { provider: 'first' } },
    ]);
  });

  it('hands the code to a page of the shop behind #, or the reason why there is none', async () => {
    const { token } = await createUser(app);
    const wanted = { provider: 'first', redirectUri: PAGE };
    const begun = await app.post('/auth/identities', wanted, { token, key: true });
    const { authorizationUrl } = begun.json<{ authorizationUrl: string }>();
    const answer = await comeBack(app, visit('first', authorizationUrl, `sub-${unique()}`));
    expect(answer.headers.location).toMatch(/^https:\/\/shop\.example\/account#code=shc_[\w-]{43}$/);
    expect((await confirm(token, fragmentOf(answer).get('code')!)).statusCode).toBe(201);
    const again = (await begin(token, { provider: 'first', redirectUri: PAGE })).json<{ authorizationUrl: string }>();
    const back = visit('first', again.authorizationUrl, 'x');
    back.searchParams.delete('code');
    back.searchParams.set('error', 'access_denied');
    expect((await comeBack(app, back)).headers.location).toBe(`${PAGE}#error=auth.oidc_denied`);
    expect((await begin(token, { provider: 'first', redirectUri: 'https://evil.example/' })).json()).toMatchObject({
      status: 400,
      errors: [{ pointer: '/redirectUri' }],
    });
  });

  it('links only in the session that asked: not for another user, not for nobody, not after it has ended', async () => {
    const [attacker, victim] = [await createUser(app), await createUser(app)];
    // Somebody is led to prove who they are for a link that another has asked for.
    const code = await prove(attacker.token, 'first', `sub-${unique()}`);
    expect((await confirm(victim.token, code)).json()).toMatchObject({ status: 422, code: 'auth.oidc_result_invalid' });
    const further = await signIn(app, attacker.user.id);
    expect((await confirm(further.token, code)).statusCode).toBe(422);
    expect((await app.post('/auth/identities/confirm', { code })).statusCode).toBe(401);
    const signInCode = { code, codeVerifier: 'v'.repeat(43) };
    expect((await app.post('/auth/oidc/result', signInCode)).statusCode).toBe(422);
    await app.post('/auth/logout', undefined, { token: attacker.token });
    expect((await confirm(attacker.token, code)).statusCode).toBe(401);
    expect([...(await list(victim.token)), ...(await list(further.token))]).toEqual([]);
  });

  it('gives a code of a link once', async () => {
    const { token } = await createUser(app);
    const code = await prove(token, 'first', `sub-${unique()}`);
    const answers = await Promise.all(Array.from({ length: 20 }, () => confirm(token, code)));
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    expect(answers.filter(({ statusCode }) => statusCode === 422)).toHaveLength(19);
  });

  it('refuses an identity of somebody else, and a second of one provider, with 409 auth.identity_taken', async () => {
    const [one, other] = [await createUser(app), await createUser(app)];
    const subject = `sub-${unique()}`;
    expect((await link(one.token, 'first', subject)).statusCode).toBe(201);
    expect((await link(other.token, 'first', subject)).json()).toMatchObject({
      status: 409,
      code: 'auth.identity_taken',
    });
    expect((await link(one.token, 'first')).json()).toMatchObject({ status: 409, code: 'auth.identity_taken' });
    expect(await list(other.token)).toEqual([]);
    expect(await list(one.token)).toHaveLength(1);
  });

  it('links one identity to one of 20 users who prove it at the same moment', async () => {
    const users: SignedInUser[] = [];
    for (let count = 0; count < 20; count++) users.push(await createUser(app));
    const subject = `sub-${unique()}`;
    const codes = await Promise.all(users.map(({ token }) => prove(token, 'first', subject)));
    const answers = await Promise.all(users.map(({ token }, index) => confirm(token, codes[index]!)));
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
    expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(19);
  });

  it('does not take the only way to sign in away: 409 auth.last_sign_in_method', async () => {
    const { token, subject, userId } = await newcomer('first');
    const [only] = await list(token);
    const remove = (id: string) => app.delete(`/auth/identities/${id}`, { token });
    expect((await remove(only!.id)).json()).toMatchObject({ status: 409, code: 'auth.last_sign_in_method' });
    expect((await signInWith('first', subject)).statusCode).toBe(200);
    await app.database.execute(
      `INSERT INTO passkeys (id, user_id, name, credential_id, public_key, sign_count, transports, is_backed_up)
       VALUES (gen_random_uuid(), $1, 'Key', $2, 'x', 0, '{}', false)`,
      [userId, Buffer.from(userId)],
    );
    expect((await remove(only!.id)).statusCode).toBe(204);
    expect(await list(token)).toEqual([]);
  });

  it('leaves one of two identities that are taken away at the same moment', async () => {
    const { token } = await newcomer('first');
    expect((await link(token, 'second')).statusCode).toBe(201);
    const identities = await list(token);
    const answers = await Promise.all(identities.map(({ id }) => app.delete(`/auth/identities/${id}`, { token })));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([204, 409]);
    expect(await list(token)).toHaveLength(1);
  });

  it('asks for a fresh login before it links or unlinks: 401 auth.fresh_login_required', async () => {
    const { user, token } = await createUser(app);
    const { id } = (await link(token, 'first')).json<Identity>();
    const stale = await signIn(app, user.id);
    await app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE id = $1`, [
      stale.sessionId,
    ]);
    const answers = [
      await begin(stale.token, { provider: 'second' }),
      await app.delete(`/auth/identities/${id}`, { token: stale.token }),
    ];
    for (const answer of answers) {
      expect(answer.json()).toMatchObject({ status: 401, code: 'auth.fresh_login_required' });
    }
    expect(await list(token)).toHaveLength(1);
  });

  it('AC-1: an identity of somebody else is as if it had never been', async () => {
    const [owner, other] = [await createUser(app), await createUser(app)];
    const { id } = (await link(owner.token, 'first')).json<Identity>();
    const never = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';
    const body = (answer: Response) => {
      const { instance, requestId, ...rest } = answer.json<Record<string, unknown>>();
      return { ...rest, hasInstance: typeof instance, hasRequestId: typeof requestId };
    };
    for (const method of ['GET', 'DELETE'] as const) {
      const theirs = await app.send(method, `/auth/identities/${id}`, { token: other.token });
      const none = await app.send(method, `/auth/identities/${never}`, { token: other.token });
      expect(theirs.json()).toMatchObject({ status: 404, code: 'auth.identity_not_found' });
      expect(body(theirs)).toEqual(body(none));
      expect((await app.send(method, `/auth/identities/${id}`)).statusCode).toBe(401);
    }
    expect(await list(other.token)).toEqual([]);
    expect(await list(owner.token)).toHaveLength(1);
  });

  it('refuses what is malformed, and a provider that there is none of', async () => {
    const { token } = await createUser(app);
    expect((await begin(token, { provider: 'nobody' })).json()).toMatchObject({ status: 404 });
    expect((await begin(token, {})).json()).toMatchObject({ status: 400, errors: [{ pointer: '/provider' }] });
    expect((await begin(token, { provider: 'first', userId: 'x' })).json()).toMatchObject({ status: 400 });
    expect((await confirm(token, 'x')).json()).toMatchObject({ status: 422 });
    expect((await app.get('/auth/identities/x', { token })).json()).toMatchObject({ status: 400 });
  });

  it('goes with the account', async () => {
    const { user, token } = await createUser(app);
    await link(token, 'first');
    const { PersonalData } = await import('../../../src/users/personal-data.js');
    const section = app.app
      .get(PersonalData, { strict: false })
      .all()
      .find(({ section: name }) => name === 'identities')!;
    expect(await section.export!(user.id)).toEqual([expect.objectContaining({ provider: 'first' })]);
    const subject = { email: user.email, emailCanonical: user.email, isEmailProven: true };
    await section.erase(user.id, subject);
    expect(await list(token)).toEqual([]);
  });
});

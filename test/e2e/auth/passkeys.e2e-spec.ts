import { pino } from 'pino';
import { addPasskey, addTotp, answerLogin, createPasskeyUser } from '../../factories/second-factor.factory.js';
import { createUser, type SignedInUser, signIn } from '../../factories/user.factory.js';
import { Authenticator, type Misbehaviour } from '../../support/fakes/authenticator.js';
import { TestApp } from '../../support/test-app.js';

interface Begun {
  token: string;
  options: never;
}

describe('passkeys', () => {
  let app: TestApp;
  const lines: string[] = [];
  beforeAll(async () => {
    app = await TestApp.start(
      { CORS_ORIGINS: 'https://shop.example' },
      { logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }) },
    );
  });
  afterAll(() => app.close());

  const begin = async ({ token }: SignedInUser): Promise<Begun> =>
    (await app.post('/auth/passkeys/options', undefined, { token })).json();
  const add = (user: SignedInUser, token: string, credential: object, name = 'Phone') =>
    app.post('/auth/passkeys', { token, name, credential }, { token: user.token });
  const login = (body: object) => app.post('/auth/passkeys/login', body);
  const list = async ({ token }: SignedInUser) => (await app.get('/auth/passkeys', { token })).json().data;
  const used = (reason: RegExp): boolean => lines.some((line) => line.includes('Passkey') && reason.test(line));
  beforeEach(() => {
    lines.length = 0;
  });

  describe('POST /auth/passkeys/options', () => {
    it('MF-8: asks for a discoverable, verified passkey with a random challenge of 256 bits', async () => {
      const owner = await createUser(app, { name: 'Ada Lovelace' });
      const begun = await app.post('/auth/passkeys/options', undefined, { token: owner.token });
      expect(begun.statusCode).toBe(200);
      expect(begun.json()).toEqual({
        token: expect.stringMatching(/^shc_[A-Za-z0-9_-]{43}$/),
        expiresIn: 300,
        options: {
          challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
          rp: { id: 'localhost', name: 'Storehouse' },
          user: {
            id: Buffer.from(owner.user.id.replaceAll('-', ''), 'hex').toString('base64url'),
            name: owner.user.email,
            displayName: 'Ada Lovelace',
          },
          pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
          timeout: 300_000,
          attestation: 'none',
          excludeCredentials: [],
          authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
          extensions: { credProps: true },
          hints: [],
        },
      });
      const again = await begin(owner);
      expect((again.options as { challenge: string }).challenge).not.toBe(begun.json().options.challenge);
    });

    it('excludes the passkeys that the account has', async () => {
      const owner = await createPasskeyUser(app);
      expect((await begin(owner)).options).toMatchObject({
        excludeCredentials: [
          {
            id: owner.authenticator.credentialId.toString('base64url'),
            type: 'public-key',
            transports: ['internal'],
          },
        ],
      });
    });
  });

  describe('POST /auth/passkeys', () => {
    it('adds a passkey with recovery codes, ends the other sessions and tells the owner', async () => {
      const owner = await createUser(app);
      const other = await signIn(app, owner.user.id);
      const { token, options } = await begin(owner);
      const added = await add(owner, token, new Authenticator().create(options), ' Ada’s phone ');
      expect(added.statusCode).toBe(201);
      const { recoveryCodes, ...passkey } = added.json();
      expect(passkey).toEqual({
        id: expect.any(String),
        name: 'Ada’s phone',
        transports: ['internal'],
        isBackedUp: false,
        createdAt: expect.any(String),
        lastUsedAt: null,
      });
      expect(recoveryCodes).toHaveLength(10);
      expect(added.headers.location).toBe(`/api/v1/auth/passkeys/${passkey.id}`);
      expect((await app.get(`/auth/passkeys/${passkey.id}`, { token: owner.token })).json()).toEqual(passkey);
      expect((await app.get('/auth/passkeys', { token: owner.token })).json()).toEqual({
        data: [passkey],
        nextCursor: null,
      });
      expect((await app.get('/auth/mfa', { token: owner.token })).json()).toEqual({
        totp: null,
        passkeys: 1,
        recoveryCodesLeft: 10,
      });
      expect((await app.post('/auth/refresh', { refreshToken: other.refreshToken })).statusCode).toBe(401);
      const mails = await app.database.query(`SELECT template FROM mails WHERE recipient = $1`, [owner.user.email]);
      expect(mails).toEqual([{ template: 'second-factor-enabled' }]);
    });

    const misbehaviours: [string, Misbehaviour, RegExp][] = [
      ['a challenge that was not asked', { challenge: 'A'.repeat(43) }, /challenge/],
      ['the origin of another site', { origin: 'https://evil.test' }, /origin/],
      ['an origin that begins like ours', { origin: 'http://localhost:3000.evil.test' }, /origin/],
      ['our origin on another port', { origin: 'http://localhost:3001' }, /origin/],
      ['another RP ID', { rpId: 'evil.test' }, /RP ID/],
      ['the type of an assertion', { type: 'webauthn.get' }, /type/],
      ['nobody present', { up: false }, /present/],
      ['a user who was not verified', { uv: false }, /verified/],
      ['an algorithm that was not offered: ES512', { algorithm: -36 }, /alg/],
      ['an algorithm that was not offered: RS1', { algorithm: -65535 }, /alg/],
      [
        'an attestation with certificates',
        { attestation: { fmt: 'packed', attStmt: new Map<string, unknown>([['x5c', [new Uint8Array(8)]]]) } },
        /attestation/i,
      ],
      ['an attestation that may ask the network', { attestation: { fmt: 'tpm', attStmt: new Map() } }, /attestation/i],
      [
        'a self attestation with a wrong signature',
        {
          attestation: {
            fmt: 'packed',
            attStmt: new Map<string, unknown>([
              ['alg', -7],
              ['sig', new Uint8Array(64)],
            ]),
          },
        },
        /./,
      ],
      ['a credential id that is too long', { credentialId: Buffer.alloc(1024, 7) }, /too long/],
    ];
    it.each(misbehaviours)('MF-8: refuses %s with 400 auth.passkey_rejected', async (_, wrong, reason) => {
      const owner = await createUser(app);
      const { token, options } = await begin(owner);
      const refused = await add(owner, token, new Authenticator().create(options, wrong));
      expect(refused.json()).toMatchObject({ status: 400, code: 'auth.passkey_rejected' });
      expect(used(reason)).toBe(true);
      expect(await list(owner)).toEqual([]);
    });

    it('MF-8: refuses options that were used, are too old, or are those of another user or of a login', async () => {
      const [owner, other] = [await createUser(app), await createUser(app)];
      const authenticator = new Authenticator();
      const first = await begin(owner);
      expect((await add(owner, first.token, authenticator.create(first.options, { uv: false }))).statusCode).toBe(400);
      expect((await add(owner, first.token, authenticator.create(first.options))).statusCode).toBe(400);

      const old = await begin(owner);
      await app.database.execute(`UPDATE auth_challenges SET expires_at = now() WHERE user_id = $1`, [owner.user.id]);
      expect((await add(owner, old.token, authenticator.create(old.options))).statusCode).toBe(400);

      const foreign = await begin(other);
      expect((await add(owner, foreign.token, authenticator.create(foreign.options))).statusCode).toBe(400);

      const mine = await begin(owner);
      const { token } = (await app.post('/auth/passkeys/login/options')).json();
      expect((await add(owner, token, authenticator.create(mine.options))).statusCode).toBe(400);
      expect((await add(owner, mine.token, authenticator.create(mine.options))).statusCode).toBe(201);
    });

    it('MF-8: adds one passkey of 20 simultaneous answers to the same options', async () => {
      const owner = await createUser(app);
      const { token, options } = await begin(owner);
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => add(owner, token, new Authenticator().create(options))),
      );
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array<number>(19).fill(400)]);
      expect(await list(owner)).toHaveLength(1);
    });

    it('MF-8: refuses a credential id that is registered, also to another user, and 20 times at once', async () => {
      const owner = await createPasskeyUser(app);
      const thief = await createUser(app);
      const { credentialId } = owner.authenticator;
      for (const user of [thief, owner]) {
        const { token, options } = await begin(user);
        const refused = await add(user, token, new Authenticator().create(options, { credentialId }));
        expect(refused.json()).toMatchObject({ status: 400, code: 'auth.passkey_rejected' });
      }
      const fresh = new Authenticator();
      const begun = await Promise.all(Array.from({ length: 20 }, () => begin(thief)));
      const answers = await Promise.all(begun.map(({ token, options }) => add(thief, token, fresh.create(options))));
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array<number>(19).fill(400)]);
      expect((await login(await answerLogin(app, owner.authenticator))).json()).toMatchObject({
        user: { id: owner.user.id },
      });
    });

    it('takes no more than 20 passkeys of an account, also at once', async () => {
      const owner = await createUser(app);
      const answers = await Promise.all(
        Array.from({ length: 23 }, async () => {
          const { token, options } = await begin(owner);
          return add(owner, token, new Authenticator().create(options));
        }),
      );
      expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(20);
      expect(answers.find(({ statusCode }) => statusCode === 409)!.json().code).toBe('auth.too_many_passkeys');
      expect(
        answers.filter((answer) => answer.statusCode === 201 && answer.json().recoveryCodes !== null),
      ).toHaveLength(1);
      const page = (await app.get('/auth/passkeys?limit=15&count=exact', { token: owner.token })).json();
      expect(page).toMatchObject({ total: 20 });
      const rest = (await app.get(`/auth/passkeys?limit=15&cursor=${page.nextCursor}`, { token: owner.token })).json();
      expect(rest).toMatchObject({ nextCursor: null });
      expect(new Set([...page.data, ...rest.data].map(({ id }: { id: string }) => id)).size).toBe(20);
    });

    const credential = new Authenticator().create({ challenge: 'x', rp: { id: 'localhost' }, user: { id: 'x' } }) as {
      response: object;
    };
    it.each([
      ['nothing', {}, ['/token', '/name', '/credential']],
      ['a blank name', { token: 'shc_x', name: ' ', credential }, ['/name']],
      ['a name of two lines', { token: 'shc_x', name: 'a\nb', credential }, ['/name']],
      ['a credential that is none', { token: 'shc_x', name: 'a', credential: 'x' }, ['/credential']],
      ['a credential in a list', { token: 'shc_x', name: 'a', credential: [credential] }, ['/credential']],
      [
        'no response',
        { token: 'shc_x', name: 'a', credential: { ...credential, response: null } },
        ['/credential/response'],
      ],
      [
        'what is not base64url',
        {
          token: 'shc_x',
          name: 'a',
          credential: { ...credential, id: 'a+/=', response: { ...credential.response, attestationObject: 'é' } },
        },
        ['/credential/response/attestationObject', '/credential/id'],
      ],
      [
        'another type',
        { token: 'shc_x', name: 'a', credential: { ...credential, type: 'password' } },
        ['/credential/type'],
      ],
      ['a member that is not known', { token: 'shc_x', name: 'a', credential, userId: '1' }, ['/userId']],
    ])('refuses %s with 400', async (_, body, pointers) => {
      const { token } = await createUser(app);
      const refused = await app.post('/auth/passkeys', body, { token });
      expect(refused.json()).toMatchObject({ status: 400, code: 'request.invalid' });
      expect(refused.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
    });

    it('answers 400 to bytes that are no attestation', async () => {
      const owner = await createUser(app);
      for (const text of ['AA', 'oA', '9g', '____', 'n_____________w', Buffer.from('null').toString('base64url')]) {
        const { token, options } = await begin(owner);
        const sent = new Authenticator().create(options) as { response: object };
        const broken = [
          { ...sent, response: { ...sent.response, attestationObject: text } },
          { ...sent, response: { ...sent.response, clientDataJSON: text } },
          { ...sent, rawId: text },
        ];
        for (const one of broken) expect((await add(owner, token, one)).statusCode).toBe(400);
      }
    });
  });

  describe('POST /auth/passkeys/login', () => {
    it('MF-8: has options that say nothing of any account', async () => {
      await createPasskeyUser(app);
      const begun = (await app.post('/auth/passkeys/login/options')).json();
      expect(begun).toEqual({
        token: expect.stringMatching(/^shc_[A-Za-z0-9_-]{43}$/),
        expiresIn: 300,
        options: {
          challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/),
          rpId: 'localhost',
          timeout: 300_000,
          userVerification: 'required',
        },
      });
    });

    it('signs in with the passkey alone, also from another listed origin, and notes its use', async () => {
      const owner = await addPasskey(app, await addTotp(app, await createUser(app)));
      const signedIn = await login(await answerLogin(app, owner.authenticator, { origin: 'https://shop.example' }));
      expect(signedIn.statusCode).toBe(200);
      expect(signedIn.json()).toMatchObject({ user: { id: owner.user.id }, tokenType: 'Bearer' });
      const { accessToken } = signedIn.json();
      const [session] = (await app.get('/auth/sessions', { token: accessToken })).json().data;
      expect(session).toMatchObject({ isCurrent: true, methods: ['passkey'] });
      const [passkey] = (await app.get('/auth/passkeys', { token: accessToken })).json().data;
      expect(passkey).toMatchObject({ lastUsedAt: expect.any(String) });
    });

    it('takes a passkey that does not count, again and again', async () => {
      const authenticator = new Authenticator();
      authenticator.counts = false;
      await createPasskeyUser(app, authenticator);
      for (let time = 0; time < 3; time++)
        expect((await login(await answerLogin(app, authenticator))).statusCode).toBe(200);
    });

    it('notes that a passkey is kept elsewhere too', async () => {
      const owner = await createPasskeyUser(app);
      owner.authenticator.isBackedUp = true;
      expect((await login(await answerLogin(app, owner.authenticator))).statusCode).toBe(200);
      expect(await list(owner)).toMatchObject([{ isBackedUp: true }]);
    });

    const misbehaviours: [string, Misbehaviour, RegExp][] = [
      ['a challenge that was not asked', { challenge: 'A'.repeat(43) }, /challenge/],
      ['the origin of another site', { origin: 'https://evil.test' }, /origin/],
      ['the origin of a subdomain that is not listed', { origin: 'http://sub.localhost:3000' }, /origin/],
      ['another RP ID', { rpId: 'evil.test' }, /RP ID/],
      ['the type of a registration', { type: 'webauthn.create' }, /type/],
      ['nobody present', { up: false }, /present/],
      ['a user who was not verified', { uv: false }, /verified/],
      ['a signature over something else', { spoil: true }, /signature/],
      ['a credential that is unknown', { credentialId: Buffer.alloc(16, 7) }, /unknown/],
      ['the user handle of another', { userHandle: Buffer.alloc(16, 7).toString('base64url') }, /user handle/],
      ['no user handle', { userHandle: null }, /user handle/],
    ];
    it.each(misbehaviours)('MF-8: refuses %s with 401 auth.invalid_passkey', async (_, wrong, reason) => {
      const owner = await createPasskeyUser(app);
      const refused = await login(await answerLogin(app, owner.authenticator, wrong));
      expect(refused.json()).toMatchObject({ status: 401, code: 'auth.invalid_passkey' });
      expect(refused.headers['www-authenticate']).toBe('Bearer realm="storehouse"');
      expect(used(reason)).toBe(true);
    });

    it('MF-8: gives the same answer whatever is wrong', async () => {
      const owner = await createPasskeyUser(app);
      const seen = new Set<string>();
      for (const [, wrong] of misbehaviours) {
        const { requestId, ...body } = (await login(await answerLogin(app, owner.authenticator, wrong))).json();
        seen.add(JSON.stringify(body));
        expect(requestId).toEqual(expect.any(String));
      }
      expect(seen.size).toBe(1);
    });

    it('MF-8: refuses the passkey of another user under the handle of the victim', async () => {
      const [victim, thief] = [await createPasskeyUser(app), await createPasskeyUser(app)];
      const userHandle = Buffer.from(victim.user.id.replaceAll('-', ''), 'hex').toString('base64url');
      expect((await login(await answerLogin(app, thief.authenticator, { userHandle }))).statusCode).toBe(401);
      const { credentialId } = victim.authenticator;
      const forged = await answerLogin(app, thief.authenticator, { userHandle, credentialId });
      expect((await login(forged)).statusCode).toBe(401);
    });

    it('MF-8: refuses options that were used, rightly or wrongly, or are too old', async () => {
      const { authenticator } = await createPasskeyUser(app);
      const begun = async () => (await app.post('/auth/passkeys/login/options')).json();
      const right = await begun();
      const once = { token: right.token, credential: authenticator.get(right.options) };
      expect((await login(once)).statusCode).toBe(200);
      expect((await login(once)).statusCode).toBe(401);
      expect((await login({ ...once, credential: authenticator.get(right.options) })).statusCode).toBe(401);

      const wrong = await begun();
      expect(
        (await login({ token: wrong.token, credential: authenticator.get(wrong.options, { uv: false }) })).statusCode,
      ).toBe(401);
      expect((await login({ token: wrong.token, credential: authenticator.get(wrong.options) })).statusCode).toBe(401);

      const old = await begun();
      await app.database.execute(
        `UPDATE auth_challenges SET expires_at = now() WHERE kind = 'passkey_login' AND used_at IS NULL AND user_id IS NULL`,
      );
      expect((await login({ token: old.token, credential: authenticator.get(old.options) })).statusCode).toBe(401);
    });

    it('MF-8: signs in once of 20 simultaneous answers to the same options', async () => {
      const { authenticator } = await createPasskeyUser(app);
      const { token, options } = (await app.post('/auth/passkeys/login/options')).json();
      const answers = await Promise.all(
        Array.from({ length: 20 }, () => login({ token, credential: authenticator.get(options) })),
      );
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(401)]);
    });

    it('MF-8: signs in once of 20 simultaneous answers with the same count', async () => {
      const { authenticator } = await createPasskeyUser(app);
      const bodies = await Promise.all(
        Array.from({ length: 20 }, () => answerLogin(app, authenticator, { signCount: 100 })),
      );
      const answers = await Promise.all(bodies.map(login));
      expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(401)]);
    });

    it('MF-8: refuses a count that falls or stays, and writes down that there may be a copy', async () => {
      const owner = await createPasskeyUser(app);
      expect((await login(await answerLogin(app, owner.authenticator, { signCount: 10 }))).statusCode).toBe(200);
      for (const signCount of [9, 10, 0]) {
        const refused = await login(await answerLogin(app, owner.authenticator, { signCount }));
        expect(refused.json()).toMatchObject({ status: 401, code: 'auth.invalid_passkey' });
      }
      const records = await app.database.query(
        `SELECT after FROM audit_log WHERE target_id = $1 AND action = 'auth.passkey_cloned' ORDER BY sequence`,
        [owner.user.id],
      );
      expect(records).toEqual(
        [9, 10, 0].map((presented) => ({ after: { passkeyId: owner.passkeyId, stored: 10, presented } })),
      );
      expect(lines.map((line) => JSON.parse(line))).toContainEqual(
        expect.objectContaining({ level: 40, event: 'auth.passkey_cloned', passkeyId: owner.passkeyId, presented: 9 }),
      );
      expect((await login(await answerLogin(app, owner.authenticator, { signCount: 11 }))).statusCode).toBe(200);
    });

    it('MF-8: raises no alarm over a falling count under a wrong signature', async () => {
      const owner = await createPasskeyUser(app);
      await login(await answerLogin(app, owner.authenticator, { signCount: 10 }));
      await login(await answerLogin(app, owner.authenticator, { signCount: 1, spoil: true }));
      const records = await app.database.query(
        `SELECT 1 FROM audit_log WHERE target_id = $1 AND action = 'auth.passkey_cloned'`,
        [owner.user.id],
      );
      expect(records).toEqual([]);
    });

    it('refuses a disabled account with 401 auth.invalid_credentials', async () => {
      const owner = await createPasskeyUser(app);
      const body = await answerLogin(app, owner.authenticator);
      await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [owner.user.id]);
      expect((await login(body)).json()).toMatchObject({ status: 401, code: 'auth.invalid_credentials' });
    });

    it('answers 401 to bytes that are no assertion, and 400 to what is not base64url', async () => {
      const { authenticator } = await createPasskeyUser(app);
      for (const text of [
        'AA',
        '____',
        Buffer.from('null').toString('base64url'),
        Buffer.from('{"type":1}').toString('base64url'),
      ]) {
        for (const member of ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle']) {
          const { token, options } = (await app.post('/auth/passkeys/login/options')).json();
          const credential = authenticator.get(options) as { response: object };
          const broken = { ...credential, response: { ...credential.response, [member]: text } };
          expect((await login({ token, credential: broken })).statusCode).toBe(401);
          const malformed = { ...credential, response: { ...credential.response, [member]: 'a b' } };
          expect((await login({ token, credential: malformed })).json()).toMatchObject({
            status: 400,
            errors: [{ pointer: `/credential/response/${member}` }],
          });
        }
      }
    });
  });

  describe('DELETE /auth/passkeys/{id}', () => {
    it('removes a passkey, which signs in no more; ends the other sessions and tells the owner', async () => {
      const owner = await createPasskeyUser(app);
      const other = await signIn(app, owner.user.id);
      const removed = await app.delete(`/auth/passkeys/${owner.passkeyId}`, { token: owner.token });
      expect(removed.statusCode).toBe(204);
      expect((await login(await answerLogin(app, owner.authenticator))).statusCode).toBe(401);
      expect((await app.post('/auth/refresh', { refreshToken: other.refreshToken })).statusCode).toBe(401);
      expect((await app.get('/auth/mfa', { token: owner.token })).json()).toMatchObject({
        passkeys: 0,
        recoveryCodesLeft: 0,
      });
      const mails = await app.database.query(`SELECT template FROM mails WHERE recipient = $1`, [owner.user.email]);
      expect(mails).toContainEqual({ template: 'second-factor-disabled' });
      const again = await app.delete(`/auth/passkeys/${owner.passkeyId}`, { token: owner.token });
      expect(again.json()).toMatchObject({ status: 404, code: 'auth.passkey_not_found' });
    });

    it("AC-1: answers 404 to somebody else's passkey, and leaves it", async () => {
      const [owner, other] = [await createPasskeyUser(app), await createUser(app)];
      const path = `/auth/passkeys/${owner.passkeyId}`;
      expect((await app.get(path, { token: other.token })).statusCode).toBe(404);
      expect((await app.delete(path, { token: other.token })).statusCode).toBe(404);
      expect(await list(owner)).toHaveLength(1);
    });
  });

  it('PW-6: need a login within ten minutes to be added and removed', async () => {
    const owner = await createPasskeyUser(app);
    const { token, sessionId } = await signIn(app, owner.user.id);
    await app.database.execute(`UPDATE sessions SET authenticated_at = now() - interval '11 minutes' WHERE id = $1`, [
      sessionId,
    ]);
    for (const answer of [
      await app.post('/auth/passkeys/options', undefined, { token }),
      await app.delete(`/auth/passkeys/${owner.passkeyId}`, { token }),
    ])
      expect(answer.json()).toMatchObject({ status: 401, code: 'auth.fresh_login_required' });
    expect(await list(owner)).toHaveLength(1);
  });

  it('AC-5: show neither keys nor credential ids when they are read', async () => {
    const owner = await createPasskeyUser(app);
    const { body } = await app.get('/auth/passkeys', { token: owner.token });
    expect(body).not.toContain(owner.authenticator.credentialId.toString('base64url'));
    expect(Object.keys(JSON.parse(body).data[0]).sort()).toEqual([
      'createdAt',
      'id',
      'isBackedUp',
      'lastUsedAt',
      'name',
      'transports',
    ]);
  });

  it('are bound to WEBAUTHN_RP_ID and to WEBAUTHN_ORIGINS where these are given', async () => {
    const shop = await TestApp.start({
      WEBAUTHN_RP_ID: 'shop.example',
      WEBAUTHN_ORIGINS: 'https://www.shop.example,android:apk-key-hash:kbiLvqVKT6Q5dSjVJ0zzJGXQH5ry',
    });
    try {
      const owner = await createPasskeyUser(
        shop,
        new Authenticator('android:apk-key-hash:kbiLvqVKT6Q5dSjVJ0zzJGXQH5ry'),
      );
      const { options } = (await shop.post('/auth/passkeys/login/options')).json();
      expect(options.rpId).toBe('shop.example');
      const from = async (origin: string) =>
        (await shop.post('/auth/passkeys/login', await answerLogin(shop, owner.authenticator, { origin }))).statusCode;
      expect(await from('https://www.shop.example')).toBe(200);
      expect(await from('https://shop.example')).toBe(401);
      expect(await from('http://localhost:3000')).toBe(401);
    } finally {
      await shop.close();
    }
  });
});

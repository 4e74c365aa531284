import { RetentionTasks } from '../../../src/jobs/retention-tasks.js';
import { PersonalData } from '../../../src/users/personal-data.js';
import { createStaff, createUser, signIn, type SignedInUser, unique } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { eventsOf, watch } from './watch.js';

const PASSWORD = 'eleven patient herons';
const NOBODY = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';

describe('/invites', () => {
  let app: TestApp;
  let admin: SignedInUser;
  let watched: ReturnType<typeof watch>;

  beforeAll(async () => {
    app = await TestApp.start();
    admin = await createStaff(app);
    watched = watch(app);
  });
  afterAll(() => app.close());

  const newEmail = () => `invited-${unique()}@example.com`;
  const invite = (body: object = {}, token = admin.token) =>
    app.post('/invites', { email: newEmail(), roles: ['support'], ...body }, { token });
  /** Invites, and reads the token out of the mail. */
  const invited = async (
    body: object = {},
    token = admin.token,
  ): Promise<{ id: string; email: string; token: string }> => {
    const answer = await invite(body, token);
    expect(answer.statusCode).toBe(201);
    const { id, email } = answer.json();
    return { id, email, token: tokenTo(email) };
  };
  const tokenTo = (email: string): string => watched.mailsTo(email).at(-1)!.data.token as string;
  const accept = (token: string, body: object = {}, bearer?: string) =>
    app.post('/invites/accept', { token, password: PASSWORD, ...body }, { token: bearer });
  const read = async (id: string) => (await app.get(`/invites/${id}`, { token: admin.token })).json();
  const logIn = (email: string, password = PASSWORD) => app.post('/auth/login', { email, password });
  const findUser = async (email: string) =>
    (await app.get(`/users?q=${encodeURIComponent(email)}`, { token: admin.token })).json().data;

  describe('POST /invites', () => {
    it('sends a mail with a token, which is nowhere else: not in the answer, and in the database as a hash only', async () => {
      const email = newEmail();
      const answer = await invite({ email: ` ${email} `, name: 'Grace', roles: ['support', 'finance'] });
      expect(answer.statusCode).toBe(201);
      const { id } = answer.json();
      expect(answer.headers.location).toBe(`/api/v1/invites/${id}`);
      const at = expect.stringMatching(/^\d{4}-.*Z$/) as unknown;
      expect(answer.json()).toEqual({
        id,
        email,
        name: 'Grace',
        roles: ['finance', 'support'],
        status: 'pending',
        preparedUserId: null,
        invitedBy: admin.user.id,
        acceptedBy: null,
        acceptedAt: null,
        revokedAt: null,
        expiresAt: at,
        createdAt: at,
        updatedAt: at,
        version: 1,
      });
      const { createdAt, expiresAt } = answer.json();
      expect(Date.parse(expiresAt) - Date.parse(createdAt)).toBe(72 * 3_600_000);
      const mails = watched.mailsTo(email);
      expect(mails).toMatchObject([{ template: 'invite', to: { name: 'Grace', address: email }, data: { hours: 72 } }]);
      const token = tokenTo(email);
      expect(Buffer.from(token.slice(4), 'base64url')).toHaveLength(32);
      expect(answer.body).not.toContain(token);
      const [row] = await app.database.query<{ row: string; fits: boolean }>(
        `SELECT to_jsonb(invites)::text AS row, token_hash = sha256($2::bytea) AS fits FROM invites WHERE id = $1`,
        [id, Buffer.from(token)],
      );
      expect(row).toMatchObject({ fits: true, row: expect.not.stringContaining(token) as unknown });
      const leaks = await app.database.query(`SELECT 1 FROM outbox_events WHERE data::text LIKE '%' || $1 || '%'`, [
        token,
      ]);
      expect(leaks).toEqual([]);
      expect(await read(id)).toEqual(answer.json());
      expect(await eventsOf(app, id)).toEqual([['invite.created', 1]]);
      expect(watched.auditOf(id)).toEqual([
        { action: 'invite.created', target: { type: 'invite', id }, after: { roles: ['finance', 'support'] } },
      ]);
    });

    it('refuses roles above the inviter with 403 naming the scopes, and sends nothing', async () => {
      const { token } = await createStaff(app, ['users:write', 'orders:read']);
      const email = newEmail();
      expect((await invite({ email, roles: ['admin'] }, token)).json()).toMatchObject({
        status: 403,
        code: 'auth.scope_exceeded',
        missingScopes: ['*'],
      });
      expect((await invite({ email, roles: ['finance'] }, token)).json().missingScopes).toContain('payments:refund');
      expect(watched.mailsTo(email)).toEqual([]);
      expect((await invite({ email, roles: ['customer'] }, token)).statusCode).toBe(201);
    });

    it.each([
      [{ email: 'nobody' }, '/email'],
      [{ email: 'a@example.com\r\nBcc: b@example.com' }, '/email'],
      [{ roles: [] }, '/roles'],
      [{ roles: ['no-such-role'] }, '/roles/0'],
      [{ roles: null }, '/roles'],
      [{ name: 'a\nb' }, '/name'],
    ])('refuses %j with 400 naming the field', async (body, pointer) => {
      const answer = await invite(body);
      expect(answer.statusCode).toBe(400);
      expect(answer.json().errors[0].pointer).toBe(pointer);
    });

    it('AC-4: refuses scopes, isAdmin, status, invitedBy, userId and expiresAt by name', async () => {
      for (const member of [
        'scopes',
        'isAdmin',
        'status',
        'invitedBy',
        'userId',
        'preparedUserId',
        'expiresAt',
        'token',
      ]) {
        expect((await invite({ [member]: 'x' })).json()).toMatchObject({
          status: 400,
          errors: [{ pointer: `/${member}`, code: 'unknown' }],
        });
      }
      const { token } = await invited();
      for (const member of ['roles', 'scopes', 'email', 'isAdmin', 'status']) {
        expect((await accept(token, { [member]: ['admin'] })).json()).toMatchObject({
          status: 400,
          errors: [{ pointer: `/${member}`, code: 'unknown' }],
        });
      }
    });

    it('replaces the open invite to the same address, in any spelling; of 20 at the same moment one stays open', async () => {
      const email = newEmail();
      const first = await invited({ email });
      const second = await invited({ email: email.toUpperCase() });
      expect((await read(first.id)).status).toBe('revoked');
      expect((await accept(first.token)).json().code).toBe('invite.invalid_token');
      const answers = await Promise.all(Array.from({ length: 20 }, () => invite({ email })));
      expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(201));
      expect((await accept(second.token)).json().code).toBe('invite.invalid_token');
      const states = await Promise.all(answers.map(async (answer) => (await read(answer.json().id)).status as string));
      expect(states.filter((status) => status === 'pending')).toHaveLength(1);
      expect(await eventsOf(app, first.id)).toEqual([
        ['invite.created', 1],
        ['invite.revoked', 2],
      ]);
    });

    it('is for users:write, and reading for users:read', async () => {
      const [reader, customer] = [await createStaff(app, ['users:read']), await createUser(app)];
      const { id } = await invited();
      expect((await app.get('/invites', { token: reader.token })).statusCode).toBe(200);
      for (const token of [reader.token, customer.token]) {
        expect((await invite({}, token)).statusCode).toBe(403);
        expect((await app.delete(`/invites/${id}`, { token })).statusCode).toBe(403);
        expect((await app.post(`/invites/${id}/resend`, undefined, { token })).statusCode).toBe(403);
      }
      expect((await app.get('/invites', { token: customer.token })).statusCode).toBe(403);
      expect((await app.get(`/invites/${id}`, { token: customer.token })).statusCode).toBe(403);
      expect((await app.get('/invites')).statusCode).toBe(401);
    });
  });

  describe('POST /invites/accept', () => {
    it('makes an account with a proven address and the roles, and signs nobody in', async () => {
      const { id, email, token } = await invited({ name: 'Grace' });
      const answer = await accept(token);
      expect(answer.statusCode).toBe(201);
      expect(answer.headers.location).toBe('/api/v1/users/me');
      expect(answer.json()).toMatchObject({
        email,
        name: 'Grace',
        roles: ['support'],
        status: 'active',
        emailVerifiedAt: expect.any(String),
      });
      expect(answer.body).not.toMatch(/token/i);
      const login = await logIn(email);
      expect(login.statusCode).toBe(200);
      expect((await app.get('/users', { token: login.json().accessToken })).statusCode).toBe(200);
      const userId = answer.json().id as string;
      expect(await read(id)).toMatchObject({ status: 'accepted', acceptedBy: userId, version: 2 });
      expect(await eventsOf(app, id)).toEqual([
        ['invite.created', 1],
        ['invite.accepted', 2],
      ]);
      expect(watched.auditOf(id)[1]).toEqual({
        action: 'invite.accepted',
        actor: { kind: 'user', id: userId },
        target: { type: 'invite', id },
        after: { userId, roles: ['support'] },
      });
    });

    it('takes the name that the new user gives', async () => {
      const { token } = await invited({ name: 'Grace' });
      expect((await accept(token, { name: 'Grace Hopper' })).json().name).toBe('Grace Hopper');
    });

    it('works once: of 20 at the same moment one makes the account', async () => {
      const { email, token } = await invited();
      const answers = await Promise.all(Array.from({ length: 20 }, () => accept(token)));
      expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(1);
      const codes = new Set(answers.filter(({ statusCode }) => statusCode !== 201).map((answer) => answer.json().code));
      for (const code of codes) expect(['invite.invalid_token', 'invite.account_exists']).toContain(code);
      expect(await findUser(email)).toHaveLength(1);
      expect((await accept(token)).json()).toMatchObject({
        status: 422,
        code: 'invite.invalid_token',
        errors: [{ pointer: '/token' }],
      });
    });

    it('refuses a token that is unknown, altered, another kind’s, revoked or past its 72 hours, all alike', async () => {
      const { refreshToken } = await createUser(app);
      const [altered, revoked, expired] = [await invited(), await invited(), await invited()];
      await app.delete(`/invites/${revoked.id}`, { token: admin.token });
      await app.database.execute(`UPDATE invites SET expires_at = now() WHERE id = $1`, [expired.id]);
      const tokens = [
        'shn_',
        `shn_${'A'.repeat(43)}`,
        altered.token.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
        altered.token.toUpperCase(),
        ` ${altered.token}`,
        refreshToken,
        revoked.token,
        expired.token,
      ];
      const answers = await Promise.all(tokens.map((token) => accept(token)));
      for (const answer of answers) {
        const { requestId: _, ...body } = answer.json();
        const { requestId: __, ...first } = answers[0]!.json();
        expect(body).toEqual({ ...first, status: 422, code: 'invite.invalid_token' });
      }
      for (const token of [null, 1, {}, 'x'.repeat(101)]) {
        expect((await app.post('/invites/accept', { token, password: PASSWORD })).statusCode).toBe(400);
      }
      expect((await read(expired.id)).status).toBe('expired');
    });

    it('refuses a weak password with 422 auth.password_rejected and a missing one with 400, and the token still works', async () => {
      const { email, token } = await invited({ name: 'Grace' });
      expect((await accept(token, { password: 'short' })).json().code).toBe('auth.password_rejected');
      expect((await accept(token, { password: `${email}${email}` })).json().code).toBe('auth.password_rejected');
      expect((await accept(token, { password: undefined })).json()).toMatchObject({
        status: 400,
        errors: [{ pointer: '/password', code: 'required' }],
      });
      expect((await accept(token)).statusCode).toBe(201);
    });

    it('gives the roles to an account of the address only when its owner is signed in to it', async () => {
      const owner = await createUser(app);
      const { id, token } = await invited({ email: owner.user.email });
      const stranger = await createUser(app);
      for (const bearer of [undefined, stranger.token, admin.token]) {
        expect((await accept(token, {}, bearer)).json()).toMatchObject({ status: 409, code: 'invite.account_exists' });
      }
      expect((await app.get('/users', { token: owner.token })).statusCode).toBe(403);

      const answer = await app.post('/invites/accept', { token }, { token: owner.token });
      expect(answer.statusCode).toBe(201);
      expect(answer.json()).toMatchObject({ id: owner.user.id, roles: ['customer', 'support'], version: 2 });
      expect((await app.get('/users', { token: owner.token })).statusCode).toBe(200);
      expect((await logIn(owner.user.email)).statusCode).toBe(401);
      expect((await logIn(owner.user.email, 'seven quiet otters')).statusCode).toBe(200);
      expect((await read(id)).acceptedBy).toBe(owner.user.id);
      expect(await eventsOf(app, owner.user.id)).toEqual([
        ['user.registered', 1],
        ['user.roles_changed', 2],
      ]);
      const changes = watched.auditOf(owner.user.id).filter(({ action }) => action.startsWith('user.'));
      expect(changes).toMatchObject([
        { action: 'user.roles_changed', before: { roles: ['customer'] }, after: { roles: ['customer', 'support'] } },
      ]);
    });

    it('makes no second account when somebody registers the address meanwhile', async () => {
      for (let round = 0; round < 5; round++) {
        const { email, token } = await invited();
        const [accepted, registered] = await Promise.all([
          accept(token),
          app.post('/auth/register', { email, password: PASSWORD }),
        ]);
        const outcome = [accepted.statusCode, registered.statusCode].join();
        expect(['201,409', '409,201']).toContain(outcome);
        const [user, ...further] = await findUser(email);
        expect(further).toEqual([]);
        expect(user.roles).toEqual(accepted.statusCode === 201 ? ['support'] : ['customer']);
      }
    });

    it('does not give the roles when somebody else acts as the owner', async () => {
      const owner = await createUser(app);
      const { token } = await invited({ email: owner.user.email });
      const session = await signIn(app, owner.user.id);
      await app.database.execute(`UPDATE sessions SET impersonator_id = $2 WHERE id = $1`, [
        session.sessionId,
        admin.user.id,
      ]);
      expect((await accept(token, {}, session.token)).statusCode).not.toBe(201);
      expect((await accept(token, {}, owner.token)).statusCode).toBe(201);
    });

    it.each([
      ['has lost the role', `DELETE FROM user_roles WHERE user_id = $1`],
      ['was disabled', `UPDATE users SET status = 'disabled' WHERE id = $1`],
      [
        'may no longer change users',
        `UPDATE roles SET scopes = scopes[2:] WHERE name IN (SELECT role_name FROM user_roles WHERE user_id = $1)`,
      ],
      [
        'holds less than the role by now',
        `UPDATE roles SET scopes = scopes[:2] WHERE name IN (SELECT role_name FROM user_roles WHERE user_id = $1)`,
      ],
    ])('gives nothing when the inviter %s', async (_title, sql) => {
      const inviter = await createStaff(app, [
        'users:write',
        'orders:read',
        'products:read',
        'payments:capture',
        'payments:refund',
        'users:read',
      ]);
      const { email, token } = await invited({ roles: ['finance'] }, inviter.token);
      await app.database.execute(sql, [inviter.user.id]);
      expect((await accept(token)).json()).toMatchObject({ status: 409, code: 'invite.not_grantable' });
      expect(await findUser(email)).toEqual([]);

      const owner = await createUser(app, { email });
      expect((await accept(token, {}, owner.token)).json().code).toBe('invite.not_grantable');
    });

    it('gives nothing when the role has come to allow more than the inviter may do, or is gone', async () => {
      const inviter = await createStaff(app, ['users:write', 'orders:read']);
      const name = `r${unique()}`;
      await app.post('/roles', { name, scopes: ['orders:read'] }, { token: admin.token });
      const { id, token } = await invited({ roles: [name] }, inviter.token);
      await app.patch(`/roles/${name}`, { scopes: ['orders:read', 'payments:refund'] }, { token: admin.token });
      expect((await accept(token)).json().code).toBe('invite.not_grantable');
      await app.delete(`/roles/${name}`, { token: admin.token });
      expect((await accept(token)).json().code).toBe('invite.not_grantable');
      expect((await read(id)).status).toBe('pending');
      const resent = await app.post(`/invites/${id}/resend`, undefined, { token: admin.token });
      expect(resent.json()).toMatchObject({ status: 400, errors: [{ pointer: '/roles/0' }] });
    });

    it('is throttled by address', async () => {
      const throttled = await TestApp.start({ RATE_LIMIT_SCALE: '1', TRUST_PROXY: '127.0.0.1' });
      try {
        const statuses: number[] = [];
        for (let attempt = 0; attempt < 12; attempt++) {
          const answer = await throttled.post(
            '/invites/accept',
            { token: `shn_${'A'.repeat(43)}`, password: PASSWORD },
            { headers: { 'x-forwarded-for': '203.0.113.61' } },
          );
          statuses.push(answer.statusCode);
        }
        expect(statuses.slice(0, 10)).toEqual(Array(10).fill(422));
        expect(statuses.slice(10)).toEqual([429, 429]);
      } finally {
        await throttled.close();
      }
    });
  });

  describe('an account that staff made', () => {
    const make = async (body: object = {}) => {
      const email = newEmail();
      const { id } = (await app.post('/users', { email, roles: ['support'], ...body }, { token: admin.token })).json();
      return { id: id as string, email, token: tokenTo(email) };
    };

    it('gets its first password and a proven address with the token of its mail, once', async () => {
      const { id, email, token } = await make({ name: 'Grace' });
      expect((await accept(token, { password: 'short' })).json().code).toBe('auth.password_rejected');
      const answers = await Promise.all(Array.from({ length: 20 }, () => accept(token)));
      const accepted = answers.filter(({ statusCode }) => statusCode === 201);
      expect(accepted).toHaveLength(1);
      expect(accepted[0]!.json()).toMatchObject({
        id,
        name: 'Grace',
        roles: ['support'],
        emailVerifiedAt: expect.any(String),
        version: 2,
      });
      expect((await logIn(email)).statusCode).toBe(200);
      expect(await eventsOf(app, id)).toEqual([
        ['user.registered', 1],
        ['user.password_changed', 2],
      ]);
    });

    it('keeps the roles that it has by then, not those of the mail', async () => {
      const { id, token } = await make();
      await app.put(`/users/${id}/roles`, { roles: ['customer'] }, { token: admin.token });
      expect((await accept(token)).json().roles).toEqual(['customer']);
    });

    it('does not get another password once it has one, has another address, or is disabled', async () => {
      const [opened, moved, disabled] = [await make(), await make(), await make()];
      await app.database.execute(
        `UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = $2) WHERE id = $1`,
        [opened.id, admin.user.id],
      );
      expect((await accept(opened.token)).json().code).toBe('invite.account_exists');
      await app.database.execute(`UPDATE users SET email = 'm-' || id, email_canonical = 'm-' || id WHERE id = $1`, [
        moved.id,
      ]);
      expect((await accept(moved.token)).json().code).toBe('invite.invalid_token');
      await app.post(`/users/${disabled.id}/disable`, {}, { token: admin.token });
      expect((await accept(disabled.token)).json().code).toBe('invite.invalid_token');
      const session = await signIn(app, opened.id);
      expect((await accept(opened.token, {}, session.token)).statusCode).toBe(201);
      expect((await logIn(opened.email)).statusCode).toBe(401);
    });
  });

  describe('what is kept of people who were invited', () => {
    const section = () =>
      app.app
        .get(PersonalData, { strict: false })
        .all()
        .find(({ section: name }) => name === 'invites')!;

    it('is theirs to have: what they accepted and what went to an address that they have proven, without any token', async () => {
      const { email, token } = await invited({ name: 'Grace' });
      const { id } = (await accept(token)).json();
      await invited({ email });
      const exported = (await section().export!(id)) as Record<string, unknown>[];
      expect(exported).toMatchObject([
        { email, name: 'Grace', roles: ['support'], status: 'accepted' },
        { email, name: null, status: 'pending' },
      ]);
      expect(JSON.stringify(exported)).not.toMatch(/shn_|hash/i);
      const unproven = await createUser(app, { email: (await invited()).email });
      expect(await section().export!(unproven.user.id)).toEqual([]);
    });

    it('goes with their account, and nothing of anybody else', async () => {
      const { id: inviteId, email, token } = await invited();
      const { id } = (await accept(token)).json();
      const [open, foreign] = [await invited({ email }), await invited()];
      const subject = { email, emailCanonical: email, isEmailProven: true };
      await app.database.run(() => section().erase(id, subject));
      expect((await read(inviteId)).code).toBe('invite.not_found');
      expect((await read(open.id)).code).toBe('invite.not_found');
      expect((await read(foreign.id)).status).toBe('pending');
    });

    it('is deleted 90 days after it ran out', async () => {
      const [old, younger] = [await invited(), await invited()];
      const age = (id: string, days: number) =>
        app.database.execute(`UPDATE invites SET expires_at = now() - make_interval(days => $2) WHERE id = $1`, [
          id,
          days,
        ]);
      await Promise.all([age(old.id, 91), age(younger.id, 89)]);
      const task = app.app
        .get(RetentionTasks, { strict: false })
        .all()
        .find(({ name }) => name === 'invites')!;
      expect(await task.purge(1000)).toBe(1);
      expect((await read(old.id)).code).toBe('invite.not_found');
      expect((await read(younger.id)).status).toBe('expired');
    });
  });

  describe('GET, DELETE and resend', () => {
    it('lists newest first, page by page, filtered by status', async () => {
      const made = [await invited(), await invited(), await invited(), await invited()];
      const [pending, revoked, expired, accepted] = made as [
        (typeof made)[0],
        (typeof made)[0],
        (typeof made)[0],
        (typeof made)[0],
      ];
      await app.delete(`/invites/${revoked.id}`, { token: admin.token });
      await app.database.execute(`UPDATE invites SET expires_at = now() WHERE id = $1`, [expired.id]);
      await accept(accepted.token);
      const list = (query: string) => app.get(`/invites?${query}`, { token: admin.token });
      const firstOf = async (status: string) => (await list(`status=${status}&limit=1`)).json().data[0].id as string;
      expect(await firstOf('pending')).toBe(pending.id);
      expect(await firstOf('revoked')).toBe(revoked.id);
      expect(await firstOf('expired')).toBe(expired.id);
      expect(await firstOf('accepted')).toBe(accepted.id);

      const page = (await list('limit=2&count=exact')).json();
      expect(page.data.map(({ id }: { id: string }) => id)).toEqual([accepted.id, expired.id]);
      expect(page.total).toBeGreaterThanOrEqual(4);
      const next = (await list(`limit=2&cursor=${page.nextCursor}`)).json();
      expect(next.data.map(({ id }: { id: string }) => id)).toEqual([revoked.id, pending.id]);
      expect((await list(`status=pending&cursor=${page.nextCursor}`)).json()).toMatchObject({
        status: 400,
        errors: [{ pointer: '?cursor' }],
      });
      expect((await list('status=gone')).statusCode).toBe(400);
      expect(JSON.stringify(page)).not.toMatch(/hash|shn_/);
    });

    it('revokes: 204 again for one that is revoked, 409 for one that was accepted, 404 for none, 412 for another version', async () => {
      const { id, token } = await invited();
      const revoke = (which: string, headers = {}) => app.delete(`/invites/${which}`, { token: admin.token, headers });
      expect((await revoke(id, { 'if-match': '"2"' })).statusCode).toBe(412);
      expect((await revoke(id)).statusCode).toBe(204);
      expect((await revoke(id)).statusCode).toBe(204);
      expect((await accept(token)).json().code).toBe('invite.invalid_token');
      const accepted = await invited();
      await accept(accepted.token);
      expect((await revoke(accepted.id)).json()).toMatchObject({
        status: 409,
        code: 'invite.closed',
        inviteStatus: 'accepted',
      });
      expect((await revoke(NOBODY)).json().code).toBe('invite.not_found');
      expect((await revoke('accept')).statusCode).toBe(400);
    });

    it('is either accepted or revoked when both happen at the same moment', async () => {
      for (let round = 0; round < 5; round++) {
        const { id, email, token } = await invited();
        const [accepted, revoked] = await Promise.all([
          accept(token),
          app.delete(`/invites/${id}`, { token: admin.token }),
        ]);
        expect(['201,409', '422,204']).toContain([accepted.statusCode, revoked.statusCode].join());
        expect(await findUser(email)).toHaveLength(accepted.statusCode === 201 ? 1 : 0);
      }
    });

    it('resends with another token and a new life; whoever resends answers for the roles', async () => {
      const inviter = await createStaff(app, [
        'users:write',
        'orders:read',
        'products:read',
        'payments:capture',
        'payments:refund',
        'users:read',
      ]);
      const first = await invited({ roles: ['finance'] }, inviter.token);
      await app.database.execute(`UPDATE invites SET expires_at = now() WHERE id = $1`, [first.id]);
      await app.database.execute(`DELETE FROM user_roles WHERE user_id = $1`, [inviter.user.id]);
      const resend = (token = admin.token) => app.post(`/invites/${first.id}/resend`, undefined, { token });
      const weaker = await createStaff(app, ['users:write']);
      expect((await resend(weaker.token)).json().code).toBe('auth.scope_exceeded');

      const answer = await resend();
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toMatchObject({ status: 'pending', invitedBy: admin.user.id, version: 2 });
      expect(watched.mailsTo(first.email)).toHaveLength(2);
      expect((await accept(first.token)).json().code).toBe('invite.invalid_token');
      expect((await accept(tokenTo(first.email))).json()).toMatchObject({ email: first.email, roles: ['finance'] });
      expect((await resend()).json()).toMatchObject({ status: 409, code: 'invite.closed' });
      expect(await eventsOf(app, first.id)).toEqual([
        ['invite.created', 1],
        ['invite.resent', 2],
        ['invite.accepted', 3],
      ]);
    });
  });
});

import { Environment } from '../../../src/config/environment.js';
import { addPasskey } from '../../factories/second-factor.factory.js';
import { createStaff, type SignedInUser, TEST_PASSWORD } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { emptyJobs } from '../../support/test-worker.js';

const HERE = { 'sec-fetch-site': 'same-origin' };

describe('the board of queues', () => {
  let app: TestApp;

  beforeAll(async () => {
    await emptyJobs();
    app = await TestApp.start({ ROLE: 'api' });
  });
  afterAll(() => app.close());

  const form = (path: string, members: Record<string, string>, headers: Record<string, string> = HERE) =>
    app.send('POST', `//admin/queues${path}`, {
      raw: new URLSearchParams(members).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  const signIn = (who: SignedInUser, headers?: Record<string, string>) =>
    form('/sign-in', { email: who.user.email, password: TEST_PASSWORD }, headers);
  /** The cookie of a member of staff who has signed in. */
  const enter = async (scopes: Parameters<typeof createStaff>[1]): Promise<{ staff: SignedInUser; cookie: string }> => {
    const staff = await createStaff(app, scopes);
    const response = await signIn(staff);
    expect([response.statusCode, response.headers.location]).toEqual([303, '/admin/queues']);
    return { staff, cookie: String(response.headers['set-cookie']).split(';')[0]! };
  };
  const read = (path: string, cookie: string) => app.get(`//admin/queues${path}`, { headers: { cookie } });
  const change = (path: string, cookie: string, headers: Record<string, string> = HERE) =>
    app.put(`//admin/queues${path}`, undefined, { headers: { cookie, ...headers } });

  it('shows nothing to who has not signed in, bearer tokens included', async () => {
    const { token } = await createStaff(app);
    for (const path of ['', '/', '/queue/mail']) {
      const page = await app.get(`//admin/queues${path}`, { token });
      expect(page.statusCode).toBe(401);
      expect(page.body).toContain('<form method="post" action="/admin/queues/sign-in">');
      expect(page.headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': expect.stringMatching(
          /^default-src 'none'.*form-action 'self'.*frame-ancestors 'none'/,
        ),
      });
    }
    for (const path of ['/api/queues', '/static/images/logo.svg']) {
      expect((await app.get(`//admin/queues${path}`, { token })).statusCode).toBe(401);
    }
    expect((await change('/api/queues/mail/pause', '')).statusCode).toBe(401);
  });

  it('gives a cookie that no script reads and no other site sends, and answers only with a strict policy, never kept', async () => {
    const staff = await createStaff(app, ['jobs:read']);
    const response = await signIn(staff);
    expect(response.headers['set-cookie']).toMatch(
      /^__Host-queues=[\w.-]+; Max-Age=28800; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
    const cookie = String(response.headers['set-cookie']).split(';')[0]!;
    for (const path of ['', '/queue/mail', '/api/queues', '/static/images/logo.svg']) {
      const { statusCode, headers } = await read(path, cookie);
      expect({ path, statusCode, kept: headers['cache-control'] }).toEqual({ path, statusCode: 200, kept: 'no-store' });
      expect(String(headers['content-security-policy'])).not.toMatch(/unsafe|https?:|\*/);
    }
    const queues = (await read('/api/queues', cookie)).json<{ queues: { name: string; readOnlyMode: boolean }[] }>();
    expect(queues.queues).toContainEqual(expect.objectContaining({ name: 'order-mail', readOnlyMode: true }));
  });

  it.each([
    ['a wrong password', { email: 'nobody@example.com', password: 'wrong' }, 401],
    ['nothing', {}, 401],
    ['a step that nobody began', { challengeToken: 'shc_none', code: '123456' }, 401],
  ])('refuses %s on its page, without saying more than the API', async (_, members, status) => {
    const response = await form('/sign-in', members);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toContain('text/html');
    expect(response.headers['set-cookie']).toBeUndefined();
  });

  it('lets staff in whose only second factor is a passkey, with a recovery code of theirs; without one it says what to do', async () => {
    const staff = await addPasskey(app, await createStaff(app, ['jobs:read']));
    const asked = await signIn(staff);
    expect([asked.statusCode, asked.body]).toEqual([200, expect.stringContaining('or a recovery code')]);
    const challengeToken = /name="challengeToken" value="([^"]+)"/.exec(asked.body)![1]!;
    const response = await form('/sign-in', { challengeToken, code: staff.recoveryCodes[0]! });
    expect([response.statusCode, response.headers.location]).toEqual([303, '/admin/queues']);
    const cookie = String(response.headers['set-cookie']).split(';')[0]!;
    expect((await read('/api/queues', cookie)).statusCode).toBe(200);
    await app.database.execute(`DELETE FROM recovery_codes WHERE user_id = $1`, [staff.user.id]);
    const refused = await signIn(staff);
    expect([refused.statusCode, refused.headers['set-cookie']]).toEqual([403, undefined]);
    expect(refused.body).toContain('no recovery code is left');
  });

  it.each<[string, Record<string, string>]>([
    ['another site', { 'sec-fetch-site': 'cross-site' }],
    ['a subdomain', { 'sec-fetch-site': 'same-site', origin: 'http://evil.localhost' }],
    ['another origin', { origin: 'https://evil.example' }],
    ['no origin', {}],
    ['an origin that is none', { origin: 'null' }],
  ])('refuses what %s sends with 403, cookie or not', async (_, headers) => {
    const { staff, cookie } = await enter(['jobs:write']);
    expect((await signIn(staff, headers)).statusCode).toBe(403);
    const refused = await change('/api/queues/mail/pause', cookie, headers);
    expect([refused.statusCode, refused.json<{ code: string }>().code]).toEqual([403, 'auth.foreign_request']);
    expect((await form('/sign-out', {}, { ...headers, cookie })).statusCode).toBe(403);
    expect((await read('', cookie)).statusCode).toBe(200);
  });

  it('takes changes from who holds jobs:write, records them, and takes none from others', async () => {
    const reader = await enter(['jobs:read']);
    const writer = await enter(['jobs:read', 'jobs:write']);
    expect((await change('/api/queues/invoice/pause', reader.cookie)).statusCode).toBe(403);
    expect((await change('/api/queues/invoice/pause', writer.cookie)).statusCode).toBe(200);
    const queues = await app.get('/jobs/queues', { token: writer.staff.token });
    expect(queues.json<{ data: object[] }>().data).toContainEqual(
      expect.objectContaining({ name: 'invoice', isPaused: true }),
    );
    expect((await change('/api/queues/invoice/resume', writer.cookie)).statusCode).toBe(200);
    const records = await app.database.query(
      `SELECT action, target_id AS "on" FROM audit_log WHERE actor_id = $1 AND action LIKE 'queue.%' ORDER BY sequence`,
      [writer.staff.user.id],
    );
    expect(records).toEqual([
      { action: 'queue.paused', on: 'invoice' },
      { action: 'queue.resumed', on: 'invoice' },
    ]);
  });

  it.each([
    'invoice/empty',
    'invoice/obliterate',
    'invoice/clean/failed',
    'invoice/retry/failed',
    'pause',
    'invoice/promote',
  ])('refuses PUT /api/queues/%s to everybody, as it would go round what PostgreSQL knows', async (path) => {
    const { cookie } = await enter(['jobs:write']);
    expect((await change(`/api/queues/${path}`, cookie)).statusCode).toBe(403);
  });

  it.each([
    ['/static/../package.json'],
    ['/static/%2e%2e/index.ejs'],
    ['/static/..%2findex.ejs'],
    ['/static/js'],
    ['/static/nothing.js'],
    ['/api/nothing'],
    ['/api/queues/post/1'],
  ])('answers %s with 404 and no file', async (path) => {
    const { cookie } = await enter(['jobs:read']);
    const response = await read(path, cookie);
    expect([400, 404, 200]).toContain(response.statusCode);
    if (response.statusCode === 200) expect(response.body).toContain('<div id="root">');
    expect(response.body).not.toContain('"@bull-board/ui"');
  });

  it('closes when the session ends, the scope goes, or the cookie has been changed', async () => {
    const { staff, cookie } = await enter(['jobs:read']);
    expect((await read('/api/queues', cookie)).statusCode).toBe(200);
    const [name, value = ''] = cookie.split('=');
    const [session, end, signature] = value.split('.');
    for (const forged of [
      `${session}.${Number(end) + 60}.${signature}`,
      `${staff.sessionId}.${end}.${signature}`,
      `${session}.${end}.${signature!.replace(/./, (letter) => (letter === 'A' ? 'B' : 'A'))}`,
      `${value}; ${name}=${value}`,
      '',
    ])
      expect((await read('/api/queues', `${name}=${forged}`)).statusCode).toBe(401);

    await app.delete(`/auth/sessions/${session}`, { token: staff.token });
    expect((await read('/api/queues', cookie)).statusCode).toBe(401);

    const other = await enter(['jobs:read']);
    const admin = await createStaff(app);
    await app.put(`/users/${other.staff.user.id}/roles`, { roles: ['customer'] }, { token: admin.token });
    expect((await read('/api/queues', other.cookie)).statusCode).toBe(403);
    expect((await read('', other.cookie)).statusCode).toBe(403);
  });

  it('is shown over HTTPS only in production', async () => {
    const { staff, cookie } = await enter(['jobs:read']);
    jest.spyOn(Environment.prototype, 'isProduction', 'get').mockReturnValue(true);
    try {
      for (const response of [await read('', cookie), await read('/api/queues', cookie), await signIn(staff)])
        expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([403, 'auth.insecure_request']);
    } finally {
      jest.restoreAllMocks();
    }
  });

  it('signs out by a form and not by a link', async () => {
    const { cookie } = await enter(['jobs:read']);
    expect((await read('/sign-out', cookie)).statusCode).toBe(200);
    expect((await read('/api/queues', cookie)).statusCode).toBe(200);
    const out = await form('/sign-out', {}, { ...HERE, cookie });
    expect(out.headers['set-cookie']).toMatch(/^__Host-queues=; Max-Age=0;/);
    expect((await read('/api/queues', cookie)).statusCode).toBe(401);
  });
});

import { buildUser, createUser, TEST_PASSWORD } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const newEmail = (): string => buildUser().email;

describe('POST /auth/register', () => {
  let app: TestApp;

  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  const register = (body: unknown, key?: string) => app.post('/auth/register', body, { key });

  it('answers 201 with the user and both tokens, and the access token works at once', async () => {
    const email = newEmail();
    const answer = await register({ email, password: TEST_PASSWORD, name: 'Ada' });
    expect(answer.statusCode).toBe(201);
    const body = answer.json();
    expect(body).toEqual({
      user: {
        id: expect.any(String),
        email,
        name: 'Ada',
        locale: null,
        phone: null,
        status: 'active',
        roles: ['customer'],
        emailVerifiedAt: null,
        createdAt: expect.stringMatching(/Z$/),
        updatedAt: expect.stringMatching(/Z$/),
        version: 1,
      },
      accessToken: expect.stringMatching(/^ey/),
      refreshToken: expect.stringMatching(/^shr_[A-Za-z0-9_-]{43}$/),
      expiresIn: 900,
      tokenType: 'Bearer',
    });
    expect(answer.headers['cache-control']).toMatch(/no-store/);
    expect(answer.headers.location).toBe('/api/v1/users/me');
    const me = await app.get('/users/me', { token: body.accessToken });
    expect(me.json()).toEqual(body.user);
  });

  it('announces the user in the same transaction, once', async () => {
    const { user } = (await register({ email: newEmail(), password: TEST_PASSWORD })).json();
    const events = await app.database.query(`SELECT type, data FROM outbox_events WHERE aggregate_id = $1`, [user.id]);
    expect(events).toEqual([{ type: 'user.registered', data: { userId: user.id } }]);
  });

  it('PW-9: stores the password as argon2id and the refresh token as SHA-256 only', async () => {
    const { user, refreshToken } = (await register({ email: newEmail(), password: TEST_PASSWORD })).json();
    const [stored] = await app.database.query<{ password_hash: string; token_hash: Buffer }>(
      `SELECT u.password_hash, t.token_hash FROM users u JOIN sessions s ON s.user_id = u.id
       JOIN refresh_tokens t ON t.session_id = s.id WHERE u.id = $1`,
      [user.id],
    );
    expect(stored!.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(stored!.token_hash).toHaveLength(32);
    expect(stored!.token_hash.toString('latin1')).not.toContain(refreshToken);
  });

  it('PW-13: keeps the address as typed, and has one account for all its spellings', async () => {
    const email = newEmail();
    const typed = `  ${email.replace('user', 'USER')} `;
    const first = await register({ email: typed, password: TEST_PASSWORD });
    expect(first.json().user.email).toBe(typed.trim());
    for (const spelling of [email, email.toUpperCase(), ` ${email}`]) {
      const answer = await register({ email: spelling, password: TEST_PASSWORD });
      expect(answer.statusCode).toBe(409);
      expect(answer.json()).toMatchObject({ code: 'user.email_taken', errors: [{ pointer: '/email' }] });
    }
  });

  it('PW-13: gives 20 parallel registrations of one address one 201 and 19 409 user.email_taken', async () => {
    const email = newEmail();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        register({ email: index % 2 ? email : email.toUpperCase(), password: TEST_PASSWORD }),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, ...Array<number>(19).fill(409)]);
    expect(
      answers
        .filter(({ statusCode }) => statusCode === 409)
        .every((answer) => answer.json().code === 'user.email_taken'),
    ).toBe(true);
    const [{ users, events }] = (await app.database.query<{ users: number; events: number }>(
      `SELECT count(DISTINCT u.id)::int AS users, count(e.id)::int AS events
       FROM users u LEFT JOIN outbox_events e ON e.aggregate_id = u.id WHERE u.email_canonical = $1`,
      [email],
    )) as [{ users: number; events: number }];
    expect({ users, events }).toEqual({ users: 1, events: 1 });
  });

  it('answers twins with one Idempotency-Key alike, and makes one account', async () => {
    const body = { email: newEmail(), password: TEST_PASSWORD };
    const key = `register-${newEmail()}`;
    const answers = await Promise.all([register(body, key), register(body, key), register(body, key)]);
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
    expect(new Set(answers.map(({ body: text }) => text)).size).toBe(1);
  });

  it.each([
    ['no address', { password: TEST_PASSWORD }, '/email'],
    ['something that is not an address', { email: 'ada', password: TEST_PASSWORD }, '/email'],
    ['an address with a line break', { email: 'ada\r\nBcc: x@example.com', password: TEST_PASSWORD }, '/email'],
    [
      'an address of 255 characters',
      { email: `${'a'.repeat(60)}@${'b'.repeat(190)}.com`, password: TEST_PASSWORD },
      '/email',
    ],
    ['a megabyte of address', { email: 'a'.repeat(500_000), password: TEST_PASSWORD }, '/email'],
    ['an address that is a list', { email: ['ada@example.com'], password: TEST_PASSWORD }, '/email'],
    ['no password', { email: 'ada@example.com' }, '/password'],
    ['a password that is a number', { email: 'ada@example.com', password: 123456789012345 }, '/password'],
    [
      'a name with a line break',
      { email: 'ada@example.com', password: TEST_PASSWORD, name: 'Ada\r\nBcc: x@example.com' },
      '/name',
    ],
    ['a blank name', { email: 'ada@example.com', password: TEST_PASSWORD, name: '  ' }, '/name'],
    ['a name of 201 characters', { email: 'ada@example.com', password: TEST_PASSWORD, name: 'x'.repeat(201) }, '/name'],
    [
      'a name that is an object',
      { email: 'ada@example.com', password: TEST_PASSWORD, name: { first: 'Ada' } },
      '/name',
    ],
  ])('refuses %s with 400 naming the field', async (_, body, pointer) => {
    const answer = await register(body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'request.invalid', errors: [{ pointer }] });
  });

  it.each([
    'role',
    'roles',
    'isAdmin',
    'permissions',
    'scopes',
    'status',
    'emailVerified',
    'emailVerifiedAt',
    'passwordHash',
    'id',
    'createdAt',
    'version',
  ])('refuses to be told the member "%s" (mass assignment), and makes no account', async (member) => {
    const email = newEmail();
    const answer = await register({ email, password: TEST_PASSWORD, [member]: 'admin' });
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors).toEqual([{ pointer: `/${member}`, code: 'unknown', message: expect.any(String) }]);
    expect(await app.database.query(`SELECT 1 FROM users WHERE email_canonical = $1`, [email])).toEqual([]);
  });

  it.each([
    ['14 characters', 'kqvz xmbw rtpj', 'too_short'],
    ['257 characters', `${'kqvz xmbw rtpj 4'.repeat(16)}x`, 'too_long'],
    ['one of the commonest', 'password1234567', 'common'],
    ['a row of keys', 'qwertyuiopasdfg', 'repetitive'],
    ['the name of the site', 'storehouse2026!', 'contains_site_name'],
  ])('refuses a password of %s with 422 auth.password_rejected and the reason', async (_, password, code) => {
    const answer = await register({ email: newEmail(), password });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: 'auth.password_rejected', errors: [{ pointer: '/password', code }] });
  });

  it('refuses a password that holds the address itself', async () => {
    const email = newEmail();
    const answer = await register({ email, password: email.toUpperCase() });
    expect(answer.json()).toMatchObject({ code: 'auth.password_rejected', errors: [{ code: 'contains_email' }] });
  });

  it('serves somebody who is signed in already like anybody else', async () => {
    const { token } = await createUser(app);
    const answer = await app.post('/auth/register', { email: newEmail(), password: TEST_PASSWORD }, { token });
    expect(answer.statusCode).toBe(201);
  });
});

describe('limits of POST /auth/register', () => {
  it('PW-14: takes 10 a minute from one address, then 429 with Retry-After; a forged X-Forwarded-For does not help', async () => {
    const app = await TestApp.start({ RATE_LIMIT_SCALE: '1' });
    const attempt = (forged: string) =>
      app.app.inject({
        method: 'POST',
        url: '/api/v1/auth/register',
        remoteAddress: '198.51.100.1',
        headers: { 'x-forwarded-for': forged },
        payload: { email: 'not an address' },
      });
    try {
      const answers = [];
      for (let host = 1; host <= 11; host++) answers.push(await attempt(`192.0.2.${host}`));
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([...Array<number>(10).fill(400), 429]);
      expect(answers[0]!.headers['ratelimit-policy']).toBe('"register";q=10;w=60');
      expect(Number(answers[10]!.headers['retry-after'])).toBeGreaterThan(0);
      expect(answers[10]!.json().code).toBe('request.rate_limited');
    } finally {
      await app.close();
    }
  });
});

import { Writable } from 'node:stream';
import { hash } from '@node-rs/argon2';
import { createLogger } from '../../../src/common/logging/logger.js';
import { buildUser, createUser, TEST_PASSWORD } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const newEmail = (): string => buildUser().email;
const storedHash = async (app: TestApp, userId: string): Promise<string> =>
  (await app.database.query<{ password_hash: string }>(`SELECT password_hash FROM users WHERE id = $1`, [userId]))[0]!
    .password_hash;

describe('POST /auth/login', () => {
  let app: TestApp;
  const lines: string[] = [];

  beforeAll(async () => {
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString('utf8'));
        done();
      },
    });
    app = await TestApp.start(
      {},
      { logger: createLogger({ LOG_LEVEL: 'info', LOG_FORMAT: 'json', ROLE: 'api' }, sink) },
    );
  });
  afterAll(() => app.close());

  const login = (email: string, password: string) => app.post('/auth/login', { email, password });

  it('answers 200 with the user and tokens of a new session', async () => {
    const { user, sessionId } = await createUser(app);
    const answer = await login(user.email, TEST_PASSWORD);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toMatch(/no-store/);
    const body = answer.json();
    expect(body).toMatchObject({ user: { id: user.id }, expiresIn: 900, tokenType: 'Bearer' });
    const sessions = (await app.get('/auth/sessions', { token: body.accessToken })).json().data;
    expect(sessions).toHaveLength(2);
    expect(sessions.find((session: { isCurrent: boolean }) => session.isCurrent).id).not.toBe(sessionId);
  });

  it('finds the account under any spelling of the address', async () => {
    const { user } = await createUser(app);
    expect((await login(` ${user.email.toUpperCase()} `, TEST_PASSWORD)).statusCode).toBe(200);
  });

  it('PW-7: gives the same answer to an unknown address, a wrong password, a disabled account and one without a password', async () => {
    const [known, disabled, passwordless] = [
      await createUser(app),
      await createUser(app),
      await createUser(app, { passwordHash: null }),
    ];
    await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [disabled.user.id]);
    const answers = [
      await login(newEmail(), TEST_PASSWORD),
      await login(known.user.email, 'not the right password'),
      await login(disabled.user.email, TEST_PASSWORD),
      await login(passwordless.user.email, TEST_PASSWORD),
      await login(known.user.email, 'x'.repeat(100_000)),
    ];
    const seen = answers.map((answer) => {
      const { requestId, ...body } = answer.json();
      const { 'x-request-id': _, date, ratelimit, ...headers } = answer.headers;
      return JSON.stringify({ status: answer.statusCode, body, headers, length: requestId.length });
    });
    expect(new Set(seen).size).toBe(1);
    expect(answers[0]!.statusCode).toBe(401);
    expect(answers[0]!.json().code).toBe('auth.invalid_credentials');
    expect(answers[0]!.headers['www-authenticate']).toBe('Bearer realm="storehouse"');
  });

  it('PW-2: refuses altered forms of a password: other case, trailing blank, first 72 bytes', async () => {
    const email = newEmail();
    const password = `Otters swim at night ${'ж'.repeat(40)} end`;
    expect((await app.post('/auth/register', { email, password })).statusCode).toBe(201);
    const altered = [
      password.toLowerCase(),
      `${password} `,
      ` ${password}`,
      Buffer.from(password).subarray(0, 71).toString(),
      `${password.slice(0, -1)}D`,
    ];
    for (const form of altered) expect((await login(email, form)).statusCode).toBe(401);
    expect((await login(email, password)).statusCode).toBe(200);
  });

  it('PW-5: accepts a password typed in another Unicode composition', async () => {
    const email = newEmail();
    await app.post('/auth/register', { email, password: 'caf\u00e9 otters at night' });
    expect((await login(email, 'cafe\u0301 otters at night')).statusCode).toBe(200);
  });

  it('PW-9: hashes the password anew when the parameters have been raised since, and not otherwise', async () => {
    const weak = await hash(TEST_PASSWORD, { memoryCost: 8_192, timeCost: 1, parallelism: 1 });
    const { user } = await createUser(app, { passwordHash: weak });
    await login(user.email, 'not the right password');
    expect(await storedHash(app, user.id)).toBe(weak);
    expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(200);
    const raised = await storedHash(app, user.id);
    expect(raised).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(200);
    expect(await storedHash(app, user.id)).toBe(raised);
  });

  it('logs successes and failures, with neither secrets nor the address of a failure', async () => {
    const { user } = await createUser(app);
    lines.length = 0;
    await login(user.email, 'a wrong password, twice');
    const { accessToken, refreshToken } = (await login(user.email, TEST_PASSWORD)).json();
    const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        event: 'auth.login_failed',
        account: expect.stringMatching(/^[0-9a-f]{32}$/),
        requestId: expect.any(String),
      }),
    );
    expect(events).toContainEqual(expect.objectContaining({ level: 'info', event: 'auth.login', userId: user.id }));
    for (const secret of [user.email, TEST_PASSWORD, 'a wrong password', accessToken, refreshToken])
      expect(lines.join('\n')).not.toContain(secret);
  });

  it.each([
    ['nothing', {}, ['/email', '/password']],
    ['an address that is none', { email: 'ada', password: 'x' }, ['/email']],
    ['a password that is an object', { email: 'ada@example.com', password: { $ne: '' } }, ['/password']],
    ['an unknown member', { email: 'ada@example.com', password: 'x', admin: true }, ['/admin']],
  ])('refuses %s with 400 naming each field', async (_, body, pointers) => {
    const answer = await app.post('/auth/login', body);
    expect(answer.statusCode).toBe(400);
    expect(answer.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(pointers);
  });
});

describe('limits of POST /auth/login', () => {
  let app: TestApp;
  let host = 0;
  /** From an address of its own each time, told by a proxy that is trusted. */
  const login = (email: string, password: string) =>
    app.post('/auth/login', { email, password }, { headers: { 'x-forwarded-for': `198.51.100.${++host}` } });

  beforeAll(async () => {
    app = await TestApp.start({ RATE_LIMIT_SCALE: '1', TRUST_PROXY: '127.0.0.1' });
  });
  afterAll(() => app.close());

  it('PW-8: stops guessing one account from many addresses after 10 failures, and tells nothing about the right password', async () => {
    const { user } = await createUser(app);
    for (let attempt = 0; attempt < 10; attempt++)
      expect((await login(user.email, `wrong password ${attempt}`)).statusCode).toBe(401);
    const [right, wrong] = [
      await login(user.email, TEST_PASSWORD),
      await login(user.email.toUpperCase(), 'wrong password'),
    ];
    for (const answer of [right, wrong]) {
      expect(answer.statusCode).toBe(429);
      expect(answer.json()).toMatchObject({ code: 'request.rate_limited', 'violated-policies': ['login-account'] });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(900);
    }
  });

  it('PW-8: treats an account that does not exist alike', async () => {
    const email = newEmail();
    const statuses = [];
    for (let attempt = 0; attempt < 11; attempt++) statuses.push((await login(email, 'wrong password')).statusCode);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
  });

  it('counts failures in a row: a success forgets them', async () => {
    const { user } = await createUser(app);
    for (let round = 0; round < 2; round++) {
      for (let attempt = 0; attempt < 9; attempt++) await login(user.email, 'wrong password');
      expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(200);
    }
  });

  it('lets no more than 10 of 30 parallel guesses through', async () => {
    const { user } = await createUser(app);
    const answers = await Promise.all(Array.from({ length: 30 }, () => login(user.email, 'wrong password')));
    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(10);
    expect(answers.filter(({ statusCode }) => statusCode === 429)).toHaveLength(20);
  });

  it('PW-8: takes 10 a minute from one address over all accounts', async () => {
    const statuses = [];
    for (let attempt = 0; attempt < 11; attempt++) {
      const answer = await app.post(
        '/auth/login',
        { email: newEmail(), password: 'wrong' },
        { headers: { 'x-forwarded-for': '203.0.113.9' } },
      );
      statuses.push(answer.statusCode);
    }
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429]);
  });
});

describe('POST /auth/login without Redis', () => {
  it('is closed with 503 and Retry-After, because nobody could count the guesses', async () => {
    const app = await TestApp.start({ REDIS_URL: 'redis://127.0.0.1:1' });
    try {
      const answer = await app.post('/auth/login', { email: newEmail(), password: TEST_PASSWORD });
      expect(answer.statusCode).toBe(503);
      expect(answer.headers['retry-after']).toBeDefined();
      expect(answer.json().code).toBe('service.unavailable');
    } finally {
      await app.close();
    }
  });
});

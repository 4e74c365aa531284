import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { AuditLog } from '../../../src/audit/audit-log.js';
import { REDIS } from '../../../src/common/redis/redis.module.js';
import { buildUser, createUser, TEST_PASSWORD } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

const WRONG = 'not the right password';
const newEmail = (): string => buildUser().email;

let hosts = 0;
/** An address that no other test uses; 198.18.0.0/15 is for tests. */
const newAddress = (): string => `198.18.${Math.floor(++hosts / 250)}.${(hosts % 250) + 1}`;
/** An IPv6 network that no other test uses. */
const newNetwork = (): string => `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}`;

describe('guessing passwords behind a trusted proxy', () => {
  let app: TestApp;
  let audited: jest.SpyInstance;

  beforeAll(async () => {
    app = await TestApp.start({ RATE_LIMIT_SCALE: '1', TRUST_PROXY: '127.0.0.1' });
    audited = jest.spyOn(app.app.get(AuditLog), 'record');
  });
  beforeEach(() => audited.mockClear());
  afterAll(() => app.close());

  /** Signs in; the proxy tells from where. */
  const login = (email: string, password: string, from = newAddress()) =>
    app.post('/auth/login', { email, password }, { headers: { 'x-forwarded-for': from } });
  const statusesOf = async (count: number, attempt: (index: number) => ReturnType<typeof login>): Promise<number[]> => {
    const statuses: number[] = [];
    for (let index = 0; index < count; index++) statuses.push((await attempt(index)).statusCode);
    return statuses;
  };
  const refusedAfter = (allowed: number, count: number): number[] => [
    ...Array<number>(allowed).fill(401),
    ...Array<number>(count - allowed).fill(429),
  ];
  const clearWindow = async (policy: string): Promise<void> => {
    const redis = app.app.get<Redis>(REDIS);
    for (const key of await redis.keys(`*rate-limit:${policy}:*`)) await redis.del(key);
  };

  it('PW-8: 20 wrong passwords on one account from one address: 429 with Retry-After after 10, also for the right one', async () => {
    const { user } = await createUser(app);
    const home = newAddress();
    expect(await statusesOf(20, () => login(user.email, WRONG, home))).toEqual(refusedAfter(10, 20));
    const right = await login(user.email, TEST_PASSWORD, home);
    expect(right.statusCode).toBe(429);
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(right.headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(right.json()).toMatchObject({ code: 'request.rate_limited', 'violated-policies': ['login'] });
  });

  it('PW-8: 20 wrong passwords on one account from 20 addresses: the account is throttled, and the right password does not show', async () => {
    const [{ user }, unknown] = [await createUser(app), newEmail()];
    expect(await statusesOf(20, () => login(user.email, WRONG))).toEqual(refusedAfter(10, 20));
    expect(await statusesOf(20, () => login(unknown, WRONG))).toEqual(refusedAfter(10, 20));
    const answers = [
      await login(user.email, TEST_PASSWORD),
      await login(user.email, WRONG),
      await login(unknown, WRONG),
    ];
    for (const answer of answers) {
      expect(answer.statusCode).toBe(429);
      expect(answer.json()).toMatchObject({ code: 'request.rate_limited', 'violated-policies': ['login-account'] });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(900);
    }
  });

  it('PW-8: the owner is not locked out where they have signed in before, however long others guess', async () => {
    const { user } = await createUser(app);
    const home = newAddress();
    expect((await login(user.email, TEST_PASSWORD, home)).statusCode).toBe(200);
    await statusesOf(15, () => login(user.email, WRONG));
    expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(429);
    expect((await login(user.email, TEST_PASSWORD, home)).statusCode).toBe(200);
    // Signing in at home gives those who guess elsewhere no further attempts.
    expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(429);
  });

  it('PW-8: guessing at the home of one account is throttled too, and helps with no other', async () => {
    const [ada, eve] = [await createUser(app), await createUser(app)];
    const home = newAddress();
    expect((await login(ada.user.email, TEST_PASSWORD, home)).statusCode).toBe(200);
    await clearWindow('login');
    expect(await statusesOf(10, () => login(ada.user.email, WRONG, home))).toEqual(refusedAfter(10, 10));
    await clearWindow('login');
    const throttled = await login(ada.user.email, TEST_PASSWORD, home);
    expect(throttled.json()).toMatchObject({ status: 429, 'violated-policies': ['login-account'] });
    expect(await statusesOf(12, () => login(eve.user.email, WRONG))).toEqual(refusedAfter(10, 12));
    expect((await login(eve.user.email, TEST_PASSWORD, home)).statusCode).toBe(429);
  });

  it('PW-8: at most 100 failures in a row, in whatever pauses; the window ends by itself', async () => {
    const { user } = await createUser(app);
    for (let round = 0; round < 10; round++) {
      expect(await statusesOf(10, () => login(user.email, WRONG))).toEqual(refusedAfter(10, 10));
      await clearWindow('login-account');
    }
    const answer = await login(user.email, TEST_PASSWORD);
    expect(answer.json()).toMatchObject({ status: 429, 'violated-policies': ['login-account-day'] });
    expect(Number(answer.headers['retry-after'])).toBeLessThanOrEqual(86_400);
    await clearWindow('login-account');
    await clearWindow('login-account-day');
    expect((await login(user.email, TEST_PASSWORD)).statusCode).toBe(200);
  });

  it('PW-8: one password over 100 accounts from one address is stopped after 10', async () => {
    const from = newAddress();
    expect(await statusesOf(100, () => login(newEmail(), TEST_PASSWORD, from))).toEqual(refusedAfter(10, 100));
  });

  it('PW-8: what a caller writes before the address that the proxy adds does not count', async () => {
    const real = newAddress();
    const statuses = await statusesOf(20, (index) =>
      login(newEmail(), WRONG, `203.0.113.${index + 1}, 10.0.0.${index + 1}, ${real}`),
    );
    expect(statuses).toEqual(refusedAfter(10, 20));
    // Nor can it be used up for somebody else by naming them.
    expect((await login(newEmail(), WRONG, '203.0.113.1')).statusCode).toBe(401);
  });

  it('PW-8: IPv6 counts by /64, which one subscriber holds; an IPv4 address in IPv6 form is the IPv4 address', async () => {
    const [network, other, v4] = [newNetwork(), newNetwork(), newAddress()];
    expect(await statusesOf(12, (index) => login(newEmail(), WRONG, `${network}::${index + 1}`))).toEqual(
      refusedAfter(10, 12),
    );
    expect((await login(newEmail(), WRONG, `${network}:ffff:1:2:3`)).statusCode).toBe(429);
    expect((await login(newEmail(), WRONG, `${other}::1`)).statusCode).toBe(401);
    const forms = (index: number): string => (index % 2 ? v4 : `::ffff:${v4}`);
    expect(await statusesOf(12, (index) => login(newEmail(), WRONG, forms(index)))).toEqual(refusedAfter(10, 12));
  });

  it('PW-8: an owner is known by their IPv6 network', async () => {
    const { user } = await createUser(app);
    const network = newNetwork();
    expect((await login(user.email, TEST_PASSWORD, `${network}::1`)).statusCode).toBe(200);
    await statusesOf(12, () => login(user.email, WRONG));
    expect((await login(user.email, TEST_PASSWORD, `${network}:1:2:3:4`)).statusCode).toBe(200);
    expect((await login(user.email, TEST_PASSWORD, `${newNetwork()}::1`)).statusCode).toBe(429);
  });

  it('PW-8: whatever the proxy names, an address that is none does no harm', async () => {
    const { user } = await createUser(app);
    for (const from of ['unknown', `${newNetwork()}::1`, 'unknown', newAddress()])
      expect((await login(user.email, TEST_PASSWORD, from)).statusCode).toBe(200);
  });

  it('leaves an audit entry of each failure and one of each window that is used up, without the e-mail address', async () => {
    const [{ user }, unknown] = [await createUser(app), newEmail()];
    audited.mockClear();
    await statusesOf(13, () => login(user.email, WRONG));
    await statusesOf(13, () => login(unknown, WRONG));
    const entries = audited.mock.calls.map(([entry]) => entry as object);
    const target = { type: 'user', id: user.id };
    expect(entries).toEqual([
      ...Array<object>(10).fill({ action: 'auth.login_failed', target }),
      { action: 'auth.throttled', target },
      ...Array<object>(10).fill({ action: 'auth.login_failed' }),
      { action: 'auth.throttled' },
    ]);
  });
});

describe('guessing passwords without a trusted proxy', () => {
  it('PW-8: a forged X-Forwarded-For changes nothing: the connection counts', async () => {
    const app = await TestApp.start({ RATE_LIMIT_SCALE: '1' });
    const remoteAddress = newAddress();
    try {
      const statuses: number[] = [];
      for (let host = 1; host <= 20; host++) {
        const answer = await app.app.inject({
          method: 'POST',
          url: '/api/v1/auth/login',
          remoteAddress,
          headers: {
            'x-forwarded-for': `192.0.2.${host}`,
            forwarded: `for=192.0.2.${host}`,
            'x-real-ip': `192.0.2.${host}`,
          },
          payload: { email: newEmail(), password: WRONG },
        });
        statuses.push(answer.statusCode);
      }
      expect(statuses).toEqual([...Array<number>(10).fill(401), ...Array<number>(10).fill(429)]);
    } finally {
      await app.close();
    }
  });
});

describe('asking for mail again and again', () => {
  it.each(['/auth/password/forgot', '/auth/verify-email/resend', '/auth/magic-links'])(
    'PW-14: 100 times %s a minute for one account are throttled by the account, from wherever they come, known or not',
    async (path) => {
      const app = await TestApp.start({ RATE_LIMIT_SCALE: '1', TRUST_PROXY: '127.0.0.1' });
      const ask = (email: string, from: string) => app.post(path, { email }, { headers: { 'x-forwarded-for': from } });
      try {
        const { user } = await createUser(app);
        for (const email of [user.email, newEmail()]) {
          const statuses: number[] = [];
          for (let index = 0; index < 100; index++) statuses.push((await ask(email, newAddress())).statusCode);
          expect(statuses.filter((status) => status === 202).length).toBeLessThanOrEqual(10);
          expect(statuses.slice(-50)).toEqual(Array<number>(50).fill(429));
        }
        const from = newAddress();
        const statuses: number[] = [];
        for (let index = 0; index < 100; index++) statuses.push((await ask(newEmail(), from)).statusCode);
        expect(statuses).toEqual([...Array<number>(10).fill(202), ...Array<number>(90).fill(429)]);
      } finally {
        await app.close();
      }
    },
  );
});

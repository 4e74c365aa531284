import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Redis } from 'ioredis';
import { totpCodeAt } from '../../../src/auth/mfa/totp.js';
import { createLogger } from '../../../src/common/logging/logger.js';
import { createStaff, createUser, TEST_PASSWORD, unique } from '../../factories/user.factory.js';
import { bodiesOf } from '../../support/mime.js';
import { TestApp } from '../../support/test-app.js';
import { emptyJobs, eventually } from '../../support/test-worker.js';

const NEW_PASSWORD = 'eight louder herons, after all';

describe('secrets', () => {
  let app: TestApp;
  let log = '';
  /** Every command sent to Redis: a job that is done has left it. */
  let commands = '';

  beforeAll(async () => {
    await emptyJobs();
    const { sendCommand } = Redis.prototype;
    jest.spyOn(Redis.prototype, 'sendCommand').mockImplementation(function (this: Redis, command, ...rest) {
      commands += `${command.name} ${command.args.map(String).join(' ')}\n`;
      return sendCommand.call(this, command, ...rest);
    });
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        log += chunk.toString('utf8');
        done();
      },
    });
    const logger = createLogger({ LOG_LEVEL: 'trace', LOG_FORMAT: 'json', ROLE: 'all' }, sink);
    app = await TestApp.start({ ROLE: 'all', LOG_LEVEL: 'trace' }, { logger });
  });
  afterAll(() => app.close());

  /** The token in the mail of a subject that is sent to an address; in which order mails leave is not promised. */
  const mailed = async (email: string, subject: string): Promise<string> => {
    let token: string | undefined;
    await eventually(async () => {
      const folder = join(process.env.TEST_DATA_DIR!, 'mail');
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml'));
      for (const name of names) {
        const mail = await readFile(join(folder, name), 'utf8');
        const isTo = new RegExp(`^To: .*${email}`, 'im').test(mail);
        if (!isTo || !/^Subject: (.*)$/m.exec(mail)![1]!.includes(subject)) continue;
        token = /\bsh[a-z]_[\w-]{43}/.exec(bodiesOf(mail).text)?.[0];
        return token !== undefined;
      }
      return false;
    });
    return token!;
  };

  /** Does with accounts whatever involves a secret. @returns every secret that was used or handed out. */
  async function useSecrets(): Promise<Record<string, string>> {
    const email = `secretive-${unique()}@example.com`;
    const registered = (await app.post('/auth/register', { email, password: TEST_PASSWORD })).json<Tokens>();
    const verification = await mailed(email, 'Please confirm your e-mail address');
    await app.post('/auth/verify-email', { token: verification });
    const refreshed = (await app.post('/auth/refresh', { refreshToken: registered.refreshToken })).json<Tokens>();
    const token = refreshed.accessToken;
    await app.post('/auth/login', { email, password: 'wrong horse battery' });

    const totp = (await app.post('/auth/mfa/totp', undefined, { token })).json<{ secret: string }>();
    const codes = (
      await app.post('/auth/mfa/totp/verify', { code: totpCodeAt(totp.secret, new Date()) }, { token })
    ).json<{ recoveryCodes: string[] }>();
    const pending = (await app.post('/auth/login', { email, password: TEST_PASSWORD })).json<{
      challengeToken: string;
    }>();
    const { challengeToken } = pending;
    await app.post('/auth/mfa/challenge', { challengeToken, code: codes.recoveryCodes[0] });

    await app.post('/auth/password/forgot', { email });
    const reset = await mailed(email, 'Choose a new password');
    await app.post('/auth/password/reset', { token: reset, password: NEW_PASSWORD });
    await app.post('/auth/password/reset', { token: reset, password: NEW_PASSWORD });

    const staff = await createStaff(app);
    const key = (await app.post('/api-keys', { name: 'Robot', scopes: ['orders:read'] }, { token: staff.token })).json<{
      id: string;
      key: string;
    }>();
    await app.get('/orders', { token: key.key });
    await app.get('/orders', { token: `${key.key.slice(0, -2)}zz` });
    const granted = await app.app.inject({
      method: 'POST',
      url: '/api/v1/oauth/token',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${key.id}:${encodeURIComponent(key.key)}`).toString('base64')}`,
      },
      payload: 'grant_type=client_credentials',
    });
    const invited = `invited-${unique()}@example.com`;
    await app.post('/invites', { email: invited, roles: ['support'] }, { token: staff.token });
    const [last] = await app.database.query<{ id: string }>(`SELECT id FROM mails ORDER BY id DESC LIMIT 1`);
    return {
      id: last!.id,
      password: TEST_PASSWORD,
      'wrong password': 'wrong horse battery',
      'new password': NEW_PASSWORD,
      'access token': registered.accessToken,
      'refresh token': registered.refreshToken,
      'second refresh token': refreshed.refreshToken,
      'verification token': verification,
      'reset token': reset,
      'totp secret': totp.secret,
      'recovery code': codes.recoveryCodes[0]!,
      'challenge token': challengeToken,
      'api key': key.key,
      'client token': granted.json<{ access_token: string }>().access_token,
      'invitation token': await mailed(invited, 'You are invited'),
    };
  }

  it('OP-1: stand in no log line, no job, no event and no row, neither plain nor encoded', async () => {
    const { id, ...secrets } = await useSecrets();
    for (const [name, secret] of Object.entries(secrets))
      expect({ name, secret }).toEqual({ name, secret: expect.any(String) });
    await eventually(
      async () => (await app.database.query(`SELECT 1 FROM mails WHERE sealed_data IS NOT NULL`)).length === 0,
    );
    const places: Record<string, string> = {
      log,
      redis: commands + (await everythingInRedis()),
      database: await everyRow(),
    };
    // What is no secret is found there, so the search can find.
    expect(log).toContain('auth.login_failed');
    expect(places.redis).toContain(id);
    expect(places.database).toContain(id);
    const found = Object.entries(places).flatMap(([place, text]) =>
      Object.entries(secrets)
        .filter(([, secret]) => spellings(secret).some((spelling) => text.includes(spelling)))
        .map(([name]) => `${name} in ${place}`),
    );
    expect(found).toEqual([]);
  });

  it('OP-3: sign-ins, refusals, changes of password, factor and role, and a token used twice are all written down', async () => {
    const [someone, staff] = [await createUser(app), await createStaff(app)];
    await app.get('/users', { token: someone.token });
    const renewed = await app.post('/auth/refresh', { refreshToken: someone.refreshToken });
    expect(renewed.statusCode).toBe(200);
    await app.post('/auth/refresh', { refreshToken: someone.refreshToken });
    await app.put(`/users/${someone.user.id}/roles`, { roles: ['customer', 'support'] }, { token: staff.token });
    const rows = await app.database.query<{ action: string; address: string | null; requestId: string | null }>(
      `SELECT action, address, request_id AS "requestId" FROM audit_log`,
    );
    const actions = new Set(rows.map(({ action }) => action));
    for (const action of [
      'auth.registered',
      'auth.signed_in',
      'auth.login_failed',
      'auth.access_refused',
      'auth.refresh_reused',
      'auth.password_reset',
      'user.email_verified',
      'user.roles_changed',
    ]) {
      expect({ action, isThere: actions.has(action) }).toEqual({ action, isThere: true });
    }
    expect([...actions].some((action) => /totp|second_factor/.test(action))).toBe(true);
    const refused = rows.find(({ action }) => action === 'auth.access_refused')!;
    expect(refused).toMatchObject({ address: '127.0.0.1', requestId: expect.any(String) as unknown });
  });

  async function everythingInRedis(): Promise<string> {
    const redis = new Redis(process.env.REDIS_URL!);
    const parts: string[] = [];
    try {
      for (const name of await redis.keys('*')) {
        parts.push(name);
        const type = await redis.type(name);
        if (type === 'string') parts.push(String(await redis.get(name)));
        if (type === 'hash') parts.push(JSON.stringify(await redis.hgetall(name)));
        if (type === 'list') parts.push(JSON.stringify(await redis.lrange(name, 0, -1)));
        if (type === 'set') parts.push(JSON.stringify(await redis.smembers(name)));
        if (type === 'zset') parts.push(JSON.stringify(await redis.zrange(name, 0, -1)));
      }
    } finally {
      await redis.quit();
    }
    return parts.join('\n');
  }

  async function everyRow(): Promise<string> {
    const tables = await app.database.query<{ name: string }>(
      `SELECT quote_ident(tablename) AS name FROM pg_tables WHERE schemaname = 'public'`,
    );
    const rows: string[] = [];
    for (const { name } of tables) {
      const found = await app.database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
      rows.push(...found.map(({ row }) => row));
    }
    return rows.join('\n');
  }
});

interface Tokens {
  accessToken: string;
  refreshToken: string;
}

/** A secret as it is, and as the ways of writing bytes would spell it. */
function spellings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), encodeURIComponent(secret)];
}

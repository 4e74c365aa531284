import type { Response } from 'light-my-request';
import { Passwords } from '../../../src/auth/passwords.js';
import { buildUser, createUser, TEST_PASSWORD } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

/** Everything that a caller sees of a refusal, without what differs between any two requests. */
function seenOf(answer: Response): object {
  const { requestId: _, ...body } = answer.json();
  const { 'x-request-id': __, date: ___, ratelimit: ____, ...headers } = answer.headers;
  return { status: answer.statusCode, body, headers };
}

describe('what a refused sign-in tells', () => {
  let app: TestApp;
  let passwords: Passwords;

  beforeAll(async () => {
    app = await TestApp.start();
    passwords = app.app.get(Passwords, { strict: false });
    // The first statements of a process also set up its connections.
    await login(buildUser().email, TEST_PASSWORD);
  });
  afterAll(() => app.close());

  const login = (email: string, password: string) => app.post('/auth/login', { email, password });

  /** An address and a password that do not go together, for each way of being wrong. */
  async function wrongSignIns(): Promise<Record<string, [email: string, password: string]>> {
    const [known, disabled, passwordless] = [
      await createUser(app),
      await createUser(app),
      await createUser(app, { passwordHash: null }),
    ];
    await app.database.execute(`UPDATE users SET status = 'disabled' WHERE id = $1`, [disabled.user.id]);
    return {
      'unknown address': [buildUser().email, TEST_PASSWORD],
      'wrong password': [known.user.email, 'not the right password'],
      'disabled account, right password': [disabled.user.email, TEST_PASSWORD],
      'disabled account, wrong password': [disabled.user.email, 'not the right password'],
      'account without a password': [passwordless.user.email, TEST_PASSWORD],
      'password longer than any': [known.user.email, 'x'.repeat(100_000)],
    };
  }

  it('PW-7: status, body and header fields are the same whatever is wrong', async () => {
    const seen: object[] = [];
    for (const [email, password] of Object.values(await wrongSignIns()))
      seen.push(seenOf(await login(email, password)));
    expect(seen[0]).toMatchObject({ status: 401, body: { code: 'auth.invalid_credentials' } });
    for (const other of seen) expect(other).toEqual(seen[0]);
  });

  it('PW-7: the work is the same whatever is wrong: one password is checked, and the database is asked the same', async () => {
    const work: Record<string, object> = {};
    for (const [what, [email, password]] of Object.entries(await wrongSignIns())) {
      const before = passwords.worked;
      const { statements } = await countStatements(() => login(email, password));
      work[what] = { hashes: passwords.worked - before, statements };
    }
    const expected = { hashes: 1, statements: (work['unknown address'] as { statements: string[] }).statements };
    for (const done of Object.values(work)) expect(done).toEqual(expected);
  });

  it('PW-7: a malformed address is refused before anything is looked up, whoever it might belong to', async () => {
    const before = passwords.worked;
    expect((await login('not an address', TEST_PASSWORD)).statusCode).toBe(400);
    expect(passwords.worked).toBe(before);
  });

  it('PW-7: the throttle counts both alike, and its refusals are the same', async () => {
    const throttled = await TestApp.start({ RATE_LIMIT_SCALE: '1', TRUST_PROXY: '127.0.0.1' });
    let host = 0;
    const from = (email: string) =>
      throttled.post(
        '/auth/login',
        { email, password: 'not the right password' },
        { headers: { 'x-forwarded-for': `192.0.2.${++host}` } },
      );
    try {
      const emails = [(await createUser(throttled)).user.email, buildUser().email];
      const statuses: number[][] = [[], []];
      const last: Response[] = [];
      for (let attempt = 0; attempt < 12; attempt++) {
        for (const [index, email] of emails.entries()) {
          last[index] = await from(email);
          statuses[index]!.push(last[index].statusCode);
        }
      }
      expect(statuses[0]).toEqual([...Array<number>(10).fill(401), 429, 429]);
      expect(statuses[1]).toEqual(statuses[0]);
      const seen = last.map((answer) => {
        const { 'retry-after': _, ...headers } = answer.headers;
        const { detail: __, ...body } = answer.json();
        return { ...seenOf({ ...answer, headers, json: () => body } as Response) };
      });
      expect(seen[1]).toEqual(seen[0]);
    } finally {
      await throttled.close();
    }
  });
});

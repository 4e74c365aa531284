import {
  addPasskey,
  addTotp,
  beginSignIn,
  createTotpUser,
  type TotpUser,
} from '../../factories/second-factor.factory.js';
import { createUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('recovery codes', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await TestApp.start();
  });
  afterAll(() => app.close());

  const answer = async (owner: TotpUser, code: string) =>
    app.post('/auth/mfa/challenge', { challengeToken: await beginSignIn(app, owner), code });
  const replace = (token: string) => app.post('/auth/mfa/recovery-codes', undefined, { token });
  const left = async (token: string): Promise<number> =>
    (await app.get('/auth/mfa', { token })).json().recoveryCodesLeft;
  const mailsTo = (email: string) =>
    app.database.query<{ template: string }>(`SELECT template FROM mails WHERE recipient = $1`, [email]);

  it('MF-6: sign in once each, in any spelling, and the owner is told', async () => {
    const owner = await createTotpUser(app);
    const [first, second] = owner.recoveryCodes;
    expect((await answer(owner, first!)).statusCode).toBe(200);
    expect((await answer(owner, first!)).json()).toMatchObject({ status: 401, code: 'auth.invalid_second_factor' });
    expect((await answer(owner, second!.toUpperCase().replaceAll('-', ' '))).statusCode).toBe(200);
    expect(await left(owner.token)).toBe(8);
    const mails = await mailsTo(owner.user.email);
    expect(mails.filter(({ template }) => template === 'recovery-code-used')).toHaveLength(2);
    const records = await app.database.query(
      `SELECT after FROM audit_log WHERE target_id = $1 AND action = 'auth.recovery_code_used' ORDER BY sequence`,
      [owner.user.id],
    );
    expect(records).toEqual([{ after: { left: 9 } }, { after: { left: 8 } }]);
  });

  it('MF-6: sign in once of 20 simultaneous times', async () => {
    const owner = await createTotpUser(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => answer(owner, owner.recoveryCodes[0]!)));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(401)]);
    expect(await left(owner.token)).toBe(9);
  });

  it('MF-6: are dead once there is a new set, and the owner is told', async () => {
    const owner = await createTotpUser(app);
    const replaced = await replace(owner.token);
    expect(replaced.statusCode).toBe(200);
    const { recoveryCodes } = replaced.json();
    expect(new Set([...recoveryCodes, ...owner.recoveryCodes]).size).toBe(20);
    for (const code of owner.recoveryCodes) expect((await answer(owner, code)).statusCode).toBe(401);
    expect((await answer(owner, recoveryCodes[0])).statusCode).toBe(200);
    expect(await mailsTo(owner.user.email)).toContainEqual({ template: 'recovery-codes-replaced' });
  });

  it('MF-6: leave one living set after 20 simultaneous replacements', async () => {
    const owner = await createTotpUser(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => replace(owner.token)));
    expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    expect(await left(owner.token)).toBe(10);
  });

  it('MF-6: are stored as an HMAC that the database alone cannot check', async () => {
    const owner = await createTotpUser(app);
    const rows = await app.database.query<{ hash: string }>(
      `SELECT encode(code_hash, 'hex') AS hash FROM recovery_codes WHERE user_id = $1`,
      [owner.user.id],
    );
    expect(rows).toHaveLength(10);
    for (const { hash } of rows) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const plain = owner.recoveryCodes.flatMap((code) => [code, code.replaceAll('-', '')]);
    const digests = await app.database.query<{ digest: string }>(
      `SELECT encode(sha256(code::bytea), 'hex') AS digest FROM unnest($1::text[]) AS code`,
      [plain],
    );
    const stored = new Set(rows.map(({ hash }) => hash));
    expect(digests.filter(({ digest }) => stored.has(digest))).toEqual([]);
  });

  it("MF-6: are nobody else's", async () => {
    const [owner, other] = [await createTotpUser(app), await createTotpUser(app)];
    expect((await answer(owner, other.recoveryCodes[0]!)).statusCode).toBe(401);
    expect(await left(other.token)).toBe(10);
  });

  it('are made with the first second factor only, and go with the last', async () => {
    const owner = await addTotp(app, await createUser(app));
    const both = await addPasskey(app, owner);
    expect(owner.recoveryCodes).toHaveLength(10);
    expect(both.recoveryCodes).toBeNull();
    await app.delete('/auth/mfa/totp', { token: owner.token });
    expect(await left(owner.token)).toBe(10);
    expect((await answer(owner, owner.recoveryCodes[0]!)).statusCode).toBe(200);
    await app.delete(`/auth/passkeys/${both.passkeyId}`, { token: owner.token });
    expect(await left(owner.token)).toBe(0);
  });

  it('are refused with 409 auth.no_second_factor to an account without one', async () => {
    const { token } = await createUser(app);
    expect((await replace(token)).json()).toMatchObject({ status: 409, code: 'auth.no_second_factor' });
  });
});

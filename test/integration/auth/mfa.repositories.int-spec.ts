import { randomBytes } from 'node:crypto';
import { SecondFactorsRepository } from '../../../src/auth/mfa/second-factors.repository.js';
import { PasskeysRepository } from '../../../src/auth/passkeys/passkeys.repository.js';
import { createUser, unique } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const SOMEBODY = '01970000-0000-7000-8000-0000000000c1';

describe('second factors in the database', () => {
  let app: TestApp;
  let factors: SecondFactorsRepository;
  let passkeys: PasskeysRepository;
  const mark = unique();

  beforeAll(async () => {
    app = await TestApp.start();
    factors = app.app.get(SecondFactorsRepository, { strict: false });
    passkeys = app.app.get(PasskeysRepository, { strict: false });
    await app.database.run(async () => {
      await app.database.execute(
        `INSERT INTO users (id, email, email_canonical)
         SELECT gen_random_uuid(), $1 || n || '@example.com', $1 || n || '@example.com' FROM generate_series(1, 1000) AS n`,
        [mark],
      );
      await app.database.execute(
        `INSERT INTO totp_credentials (user_id, sealed_secret, confirmed_at)
         SELECT id, '\\x00', now() FROM users WHERE email LIKE $1 || '%'`,
        [mark],
      );
      await app.database.execute(
        `INSERT INTO recovery_codes (id, user_id, code_hash)
         SELECT gen_random_uuid(), id, uuid_send(gen_random_uuid()) FROM users, generate_series(1, 10) WHERE email LIKE $1 || '%'`,
        [mark],
      );
      await app.database.execute(
        `INSERT INTO passkeys (id, user_id, name, credential_id, public_key, sign_count, transports, is_backed_up)
         SELECT gen_random_uuid(), id, 'x', uuid_send(gen_random_uuid()), '\\x00', 0, '{}', false
         FROM users, generate_series(1, 5) WHERE email LIKE $1 || '%'`,
        [mark],
      );
    });
    await app.database.manager.query('VACUUM ANALYZE users, totp_credentials, recovery_codes, passkeys');
  });
  afterAll(async () => {
    await app.database.execute(`DELETE FROM users WHERE email LIKE $1 || '%'`, [mark]);
    await app.close();
  });

  /** The plan of the one statement that `work` sends, with its own values. */
  const planOf = async (work: () => Promise<unknown>): Promise<string> => {
    const { statements, values } = await countStatements(work);
    expect(statements).toHaveLength(1);
    const plan = await app.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statements[0]!}`, values[0]);
    return plan.map((row) => row['QUERY PLAN']).join('\n');
  };

  it.each([
    ['the secret of a user', () => factors.findTotp(SOMEBODY), ['totp_credentials_pkey']],
    ['using a step', () => factors.useTotpStep(SOMEBODY, Buffer.alloc(1), 1), ['totp_credentials_pkey']],
    [
      'using a recovery code',
      () => factors.useRecoveryCode(SOMEBODY, Buffer.alloc(32)),
      ['recovery_codes_user_id_code_hash_key'],
    ],
    ['what is left of them', () => factors.countRecoveryCodes(SOMEBODY), ['recovery_codes_user_id_code_hash_key']],
    ['a passkey by its credential', () => passkeys.findKey(randomBytes(16)), ['passkeys_credential_id_key']],
    ['those of a user', () => passkeys.descriptorsOf(SOMEBODY), ['passkeys_user_id_idx']],
    [
      'everything of a user',
      () => factors.find(SOMEBODY),
      ['totp_credentials_pkey', 'passkeys_user_id_idx', 'recovery_codes_user_id_code_hash_key'],
    ],
  ])('finds %s by an index', async (_, work, indexes) => {
    const plan = await planOf(work);
    for (const index of indexes) expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan');
  });

  it('MF-1: uses a step up once of 20 simultaneous times, and none before it afterwards', async () => {
    const { user } = await createUser(app);
    const secret = Buffer.from('sealed');
    await factors.replacePendingTotp(user.id, secret);
    expect(await factors.useTotpStep(user.id, secret, 100)).toBe(false);
    await factors.confirmTotp(user.id, secret, 100);
    const used = await Promise.all(Array.from({ length: 20 }, () => factors.useTotpStep(user.id, secret, 101)));
    expect(used.filter(Boolean)).toHaveLength(1);
    for (const step of [99, 100, 101]) expect(await factors.useTotpStep(user.id, secret, step)).toBe(false);
    expect(await factors.useTotpStep(user.id, secret, 102)).toBe(true);
  });

  it('confirms no secret but the one that the code was checked against', async () => {
    const { user } = await createUser(app);
    await factors.replacePendingTotp(user.id, Buffer.from('first'));
    await factors.replacePendingTotp(user.id, Buffer.from('second'));
    expect(await factors.confirmTotp(user.id, Buffer.from('first'), 1)).toBeNull();
    expect(await factors.confirmTotp(user.id, Buffer.from('second'), 1)).toBeInstanceOf(Date);
    expect(await factors.replacePendingTotp(user.id, Buffer.from('third'))).toBe(false);
  });

  it('MF-8: notes uses with rising counts only, and a count of 0 as often as it comes', async () => {
    const { user } = await createUser(app);
    const { id } = user;
    await passkeys.insert({
      id,
      userId: user.id,
      name: 'x',
      credentialId: randomBytes(16),
      publicKey: Buffer.alloc(1),
      signCount: 0,
      transports: [],
      isBackedUp: false,
    });
    const note = (signCount: number): Promise<boolean> => passkeys.noteUse(id, { signCount, isBackedUp: false });
    expect([await note(0), await note(0), await note(4_294_967_295)]).toEqual([true, true, true]);
    expect([await note(4_294_967_295), await note(5), await note(0)]).toEqual([false, false, false]);
  });
});

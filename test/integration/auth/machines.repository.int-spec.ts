import { randomBytes } from 'node:crypto';
import { MachinesRepository } from '../../../src/auth/api-keys/machines.repository.js';
import { OAuthTokensRepository } from '../../../src/auth/oauth/oauth-tokens.repository.js';
import { createUser } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const ROWS = 5_000;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: Plan[];
}

/** What every request of a machine waits for. */
describe('statements of machines', () => {
  let app: TestApp;
  let userId: string;

  beforeAll(async () => {
    app = await TestApp.start();
    userId = (await createUser(app)).user.id;
    await app.database.execute(
      `INSERT INTO api_keys (id, creator_id, name, scopes, prefix, key_hash, previous_hash, previous_prefix, previous_expires_at)
       SELECT gen_random_uuid(), $1, 'bulk', '{orders:read}', 'shk_', sha256(('k' || n)::bytea), sha256(('p' || n)::bytea), 'shk_', now()
       FROM generate_series(1, ${ROWS}) AS n`,
      [userId],
    );
    await app.database.execute(
      `INSERT INTO oauth_access_tokens (id, key_id, token_hash, secret_hash, scopes, created_at, expires_at)
       SELECT gen_random_uuid(), id, sha256(key_hash), key_hash, scopes, now(), now() + interval '1 hour'
       FROM api_keys WHERE creator_id = $1`,
      [userId],
    );
    await app.database.manager.query('VACUUM ANALYZE api_keys, oauth_access_tokens');
  });
  afterAll(async () => {
    await app.database.execute(`DELETE FROM api_keys WHERE creator_id = $1`, [userId]);
    await app.close();
  });

  /** The indexes that a statement uses, and the tables that it reads as a whole. */
  async function accessOf(work: () => Promise<unknown>): Promise<{ indexes: string[]; scanned: string[] }> {
    const { statements, values } = await countStatements(work);
    const [row] = await app.database.manager.query<[{ 'QUERY PLAN': [{ Plan: Plan }] }]>(
      `EXPLAIN (FORMAT JSON) ${statements[0]}`,
      values[0],
    );
    const plans: Plan[] = [row['QUERY PLAN'][0].Plan];
    for (const plan of plans) plans.push(...(plan.Plans ?? []));
    return {
      indexes: plans.flatMap((plan) => plan['Index Name'] ?? []),
      scanned: plans.flatMap((plan) => (plan['Node Type'] === 'Seq Scan' ? (plan['Relation Name'] ?? []) : [])),
    };
  }

  it('recognise a key by the hash of its secret, the one before included, by index', async () => {
    const machines = app.app.get(MachinesRepository, { strict: false });
    const { indexes, scanned } = await accessOf(() => machines.findByKey(randomBytes(32)));
    expect(indexes).toEqual(expect.arrayContaining(['api_keys_key_hash_key', 'api_keys_previous_hash_key']));
    expect(scanned).not.toContain('api_keys');
  });

  it('recognise a token by its hash, by index', async () => {
    const machines = app.app.get(MachinesRepository, { strict: false });
    const { indexes, scanned } = await accessOf(() => machines.findByToken(randomBytes(32)));
    expect(indexes).toEqual(expect.arrayContaining(['oauth_access_tokens_token_hash_key', 'api_keys_pkey']));
    expect(scanned).not.toContain('oauth_access_tokens');
    expect(scanned).not.toContain('api_keys');
  });

  it('find the tokens that are to be deleted by index', async () => {
    const tokens = app.app.get(OAuthTokensRepository, { strict: false });
    const { indexes } = await accessOf(() => tokens.purgeEnded(10));
    expect(indexes).toContain('oauth_access_tokens_expires_at_idx');
  });
});

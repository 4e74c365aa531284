import { IdentitiesRepository } from '../../../src/auth/oidc/identities.repository.js';
import { createUser } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const ROWS = 5_000;

describe('statements of identities', () => {
  let app: TestApp;
  let userId: string;

  beforeAll(async () => {
    app = await TestApp.start();
    userId = (await createUser(app)).user.id;
    await app.database.execute(
      `INSERT INTO identities (id, user_id, provider, issuer, subject)
       SELECT gen_random_uuid(), $1, 'bulk-' || n, 'https://bulk.internal', n FROM generate_series(1, ${ROWS}) AS n`,
      [userId],
    );
    await app.database.manager.query('VACUUM ANALYZE identities');
  });
  afterAll(async () => {
    await app.database.execute(`DELETE FROM identities WHERE user_id = $1`, [userId]);
    await app.close();
  });

  const planOf = async (work: (identities: IdentitiesRepository) => Promise<unknown>): Promise<string> => {
    const { statements, values } = await countStatements(() =>
      work(app.app.get(IdentitiesRepository, { strict: false })),
    );
    return JSON.stringify(await app.database.manager.query(`EXPLAIN ${statements[0]!}`, values[0]));
  };

  it('find whose identity it is by index', async () => {
    expect(await planOf((identities) => identities.use('https://bulk.internal', '7', null))).toContain(
      'Index Scan using identities_issuer_subject_key',
    );
  });

  it('find the identities of a user by index', async () => {
    const nobody = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';
    expect(await planOf((identities) => identities.listOf(nobody))).toContain('identities_user_id_provider_key');
  });
});

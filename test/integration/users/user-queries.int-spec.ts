import { newId } from '../../../src/common/ids.js';
import { Cursors } from '../../../src/common/pagination/cursor.js';
import { OrderPrivacyRepository } from '../../../src/orders/privacy/order-privacy.repository.js';
import { OperationsRepository } from '../../../src/operations/operations.repository.js';
import { AddressesRepository } from '../../../src/users/addresses/addresses.repository.js';
import { ConsentsRepository } from '../../../src/users/consents/consents.repository.js';
import { GroupsRepository } from '../../../src/users/groups/groups.repository.js';
import type { ListUsersDto, UserSort } from '../../../src/users/dto/user.dto.js';
import { UsersRepository } from '../../../src/users/users.repository.js';
import { unique } from '../../factories/user.factory.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const USERS = 10_000;
const SOMEBODY = '01970000-0000-7000-8000-0000000000c1';

describe('queries of users and what belongs to them', () => {
  let app: TestApp;
  const mark = unique();
  beforeAll(async () => {
    app = await TestApp.start();
    await app.database.run(async () => {
      await app.database.execute(
        `INSERT INTO users (id, email, email_canonical, name, created_at, email_verified_at)
         SELECT gen_random_uuid(), $1 || n || '@example.com', $1 || n || '@example.com', 'Name ' || md5(n::text),
           now() - make_interval(mins => n), CASE WHEN n % 2 = 0 THEN now() END
         FROM generate_series(1, ${USERS}) AS n`,
        [mark],
      );
      await app.database.execute(
        `INSERT INTO customer_groups (id, code, name) SELECT gen_random_uuid(), $1 || n, 'x' FROM generate_series(1, 200) AS n`,
        [`g${mark}-`],
      );
      await app.database.execute(
        `INSERT INTO customer_group_members (group_id, user_id)
         SELECT g.id, u.id FROM (SELECT id, row_number() OVER () AS n FROM users WHERE email LIKE $1 || '%') u
           JOIN (SELECT id, row_number() OVER () AS n FROM customer_groups WHERE code LIKE 'g' || $1 || '%') g ON u.n % 200 = g.n - 1`,
        [mark],
      );
      await app.database.execute(
        `INSERT INTO addresses (id, user_id, name, line1, city, country_code)
         SELECT gen_random_uuid(), id, 'x', 'y', 'z', 'HK' FROM users WHERE email LIKE $1 || '%'`,
        [mark],
      );
    });
    // Also empties the list of entries that wait to get into the trigram index.
    await app.database.manager.query('VACUUM ANALYZE users, customer_groups, customer_group_members, addresses');
  });
  afterAll(async () => {
    await app.database.execute(`DELETE FROM users WHERE email LIKE $1 || '%'`, [mark]);
    await app.database.execute(`DELETE FROM customer_groups WHERE code LIKE 'g' || $1 || '%'`, [mark]);
    await app.close();
  });

  /** The plan of the one statement that `work` sends, with its own values. */
  const planOf = async (work: () => Promise<unknown>): Promise<string> => {
    const { statements, values } = await countStatements(work);
    expect(statements).toHaveLength(1);
    const plan = await app.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statements[0]!}`, values[0]);
    return plan.map((row) => row['QUERY PLAN']).join('\n');
  };
  const get = <Repository>(repository: abstract new (...args: never[]) => Repository): Repository =>
    app.app.get<Repository>(repository, { strict: false });
  const list = (
    sort: UserSort,
    filter: Partial<ListUsersDto> = {},
    after: readonly [string, string] | null = null,
  ): Promise<unknown> => {
    const cursor = after && get(Cursors).encode(`users ${sort} ${JSON.stringify(filter)}`, after);
    return get(UsersRepository).findPage({ ...filter, sort, limit: 20, ...(cursor && { cursor }) });
  };

  it.each<[string, string, () => Promise<unknown>]>([
    ['the newest', 'users_created_at_id_idx', () => list('-createdAt')],
    ['a later page', 'users_created_at_id_idx', () => list('-createdAt', {}, ['2026-01-01T00:00:00Z', SOMEBODY])],
    ['those by address', 'users_email_canonical_key', () => list('email')],
    ['a later page by address', 'users_email_canonical_key', () => list('-email', {}, ['m@example.com', SOMEBODY])],
    ['those by name', 'users_name_id_idx', () => list('name')],
    ['a later page by name', 'users_name_id_idx', () => list('-name', {}, ['name m', SOMEBODY])],
    ['a group', 'customer_group_members_pkey', () => list('-createdAt', { group: [`g${mark}-7`] })],
    [
      'a span of time',
      'users_created_at_id_idx',
      () => list('createdAt', { createdAt: { gte: new Date(Date.now() - 3_600_000).toISOString() } }),
    ],
  ])('staff find %s through %s', async (_, index, work) => {
    const plan = await planOf(work);
    expect(plan).toContain(index);
    expect(plan).not.toContain('Seq Scan on users');
  });

  it('reads an address book, the members of a group and the groups of a user by index', async () => {
    const [group] = await app.database.query<{ id: string }>(`SELECT id FROM customer_groups WHERE code = $1`, [
      `g${mark}-7`,
    ]);
    expect(await planOf(() => get(AddressesRepository).findPage(SOMEBODY, { limit: 20 }))).toContain(
      'addresses_user_id_id_idx',
    );
    expect(await planOf(() => get(GroupsRepository).findMembers(group!.id, { limit: 20 }))).toContain(
      'customer_group_members_pkey',
    );
    expect(await planOf(() => get(GroupsRepository).listOf(SOMEBODY))).toContain('customer_group_members_user_id_idx');
  });

  it('can find a part of a name, and read consents, operations and the orders of erased people by index', async () => {
    const reader = { userId: SOMEBODY, scopes: new Set<string>(), seesAll: false };
    for (const [index, work] of [
      // Or does, depending on how many matches are expected.
      ['users_search_idx', () => list('-createdAt', { q: '8f14e45fceea' })],
      ['consents_user_id_purpose_position_idx', () => get(ConsentsRepository).findCurrent(SOMEBODY, 'terms')],
      ['consents_pkey', () => get(ConsentsRepository).findPage(SOMEBODY, { limit: 20 })],
      ['operations_pkey', () => get(OperationsRepository).find(newId(), reader)],
      ['orders_unerased_idx', () => get(OrderPrivacyRepository).eraseDelivered(10)],
    ] as const) {
      const { statements, values } = await countStatements<unknown>(work);
      // These tables are nearly empty here, which an index does not help.
      const plan = await app.database.run(async () => {
        await app.database.execute(`SET LOCAL enable_seqscan = off`);
        const others = index === 'users_search_idx' ? 'indexscan' : 'sort';
        await app.database.execute(`SET LOCAL enable_${others} = off`);
        return app.database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statements[0]!}`, values[0]);
      });
      expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain(index);
    }
  });
});

import { DataSource } from 'typeorm';
import { safeInteger, toSafeInteger } from '../../../src/database/columns.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import {
  isDatabaseUnavailable,
  isLockTimeout,
  isRetryable,
  sqlState,
  violatedConstraint,
} from '../../../src/database/postgres-errors.js';

describe('PostgreSQL errors', () => {
  let dataSource: DataSource;

  beforeAll(async () => {
    dataSource = await new DataSource(dataSourceOptions(process.env.DATABASE_URL!, 2)).initialize();
  });
  afterAll(() => dataSource.destroy());

  const failure = (sql: string): Promise<unknown> =>
    dataSource.query(sql).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('name the constraint that refused a write, of the kind asked for only', async () => {
    const error = await failure(`DO $$ BEGIN RAISE unique_violation USING CONSTRAINT = 'users_email_key'; END $$`);
    expect(violatedConstraint(error)).toBe('users_email_key');
    expect(violatedConstraint(error, '23503')).toBeUndefined();
    expect(violatedConstraint(new Error('other'))).toBeUndefined();
  });

  it.each([
    ['deadlock_detected', { isRetryable: true, isLockTimeout: false, isDatabaseUnavailable: false }],
    ['serialization_failure', { isRetryable: true, isLockTimeout: false, isDatabaseUnavailable: false }],
    ['lock_not_available', { isRetryable: false, isLockTimeout: true, isDatabaseUnavailable: false }],
    ['admin_shutdown', { isRetryable: false, isLockTimeout: false, isDatabaseUnavailable: true }],
    ['cannot_connect_now', { isRetryable: false, isLockTimeout: false, isDatabaseUnavailable: true }],
    ['too_many_connections', { isRetryable: false, isLockTimeout: false, isDatabaseUnavailable: true }],
    ['connection_failure', { isRetryable: false, isLockTimeout: false, isDatabaseUnavailable: true }],
    ['undefined_table', { isRetryable: false, isLockTimeout: false, isDatabaseUnavailable: false }],
  ])('%s is sorted as %p', async (condition, kinds) => {
    const error = await failure(`DO $$ BEGIN RAISE ${condition}; END $$`);
    expect(sqlState(error)).toHaveLength(5);
    expect({
      isRetryable: isRetryable(error),
      isLockTimeout: isLockTimeout(error),
      isDatabaseUnavailable: isDatabaseUnavailable(error),
    }).toEqual(kinds);
  });

  it('say that a server which does not answer is away', async () => {
    const away = new DataSource(dataSourceOptions('postgres://nobody:x@127.0.0.1:9/none', 1));
    const error: unknown = await away.initialize().catch((reason: unknown) => reason);
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each([undefined, null, 'text', {}, new Error('plain')])('make nothing of %p', (error) => {
    expect([sqlState(error), isRetryable(error), isLockTimeout(error), isDatabaseUnavailable(error)]).toEqual([
      undefined,
      false,
      false,
      false,
    ]);
  });

  it('reads bigint columns as exact numbers and refuses what a number cannot hold', async () => {
    const [row] = await dataSource.query<{ most: string; more: string }[]>(
      'SELECT 9007199254740991::bigint AS most, 9007199254740992::bigint AS more',
    );
    expect(safeInteger.from(row!.most)).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => toSafeInteger(row!.more)).toThrow(RangeError);
    expect(safeInteger.from(null)).toBeNull();
    expect(safeInteger.to(5)).toBe(5);
  });
});

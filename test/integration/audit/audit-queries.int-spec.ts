import type { TestingModule } from '@nestjs/testing';
import { AuditRepository } from '../../../src/audit/audit.repository.js';
import type { ListAuditLogDto } from '../../../src/audit/dto/audit-log.dto.js';
import { newId } from '../../../src/common/ids.js';
import { Cursors } from '../../../src/common/pagination/cursor.js';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import { countStatements } from '../../support/statement-counter.js';
import { startAudit } from './audit-context.js';

const ENTRIES = 20_000;

describe('queries of the audit log', () => {
  let module: TestingModule;
  let database: TransactionRunner;
  beforeAll(async () => {
    module = await startAudit();
    database = module.get(TransactionRunner);
  });
  afterAll(() => module.close());

  const somebody = newId();
  const queries: readonly (readonly [title: string, index: string, query: () => Promise<unknown>])[] = [
    ['the newest', 'audit_log_at_sequence_idx', () => list({})],
    [
      'a later page',
      'audit_log_at_sequence_idx',
      () => list({ cursor: module.get(Cursors).encode('audit-log {}', [new Date().toISOString(), 1_000_000]) }),
    ],
    [
      'those of a span of time',
      'audit_log_at_sequence_idx',
      () => list({ at: { gte: '2026-01-01T00:00:00Z', lt: '2026-01-02T00:00:00Z' } }),
    ],
    ['those of one actor', 'audit_log_actor_id_at_sequence_idx', () => list({ actor: somebody })],
    ['those of one action', 'audit_log_action_idx', () => list({ action: 'rare.1000' })],
    ['those whose action begins so', 'audit_log_action_idx', () => list({ action: 'rare.*' })],
    [
      'those about one thing',
      'audit_log_target_id_at_sequence_idx',
      () => list({ targetType: 'user', targetId: somebody }),
    ],
    ['those about one kind of thing', 'audit_log_target_type_at_sequence_idx', () => list({ targetType: 'role' })],
    ['a stretch of the chain', 'audit_log_pkey', () => chain().findBetween(1_000_100, 1_000_200, 50)],
    ['what stands after the end', 'audit_log_pkey', () => chain().findBeyondHead()],
  ];
  const list = (query: Partial<ListAuditLogDto>) => chain().findPage({ ...query, limit: 20 });
  const chain = () => module.get(AuditRepository);
  const plans = new Map<string, string>();

  // In a transaction that is rolled back: what is in the log cannot be deleted again.
  beforeAll(async () => {
    const rolledBack = database.run(async () => {
      await database.execute(
        `INSERT INTO audit_log (sequence, id, at, action, actor_kind, actor_id, target_type, target_id, previous_hash, hash)
         SELECT 1000000 + n, gen_random_uuid(), now() + make_interval(secs => n),
           CASE n % 1000 WHEN 0 THEN 'rare.' || n % 3000 ELSE 'auth.login_' || n % 7 END, 'user', gen_random_uuid(),
           CASE n % 100 WHEN 0 THEN 'role' ELSE 'user' END, gen_random_uuid(), '', ''
         FROM generate_series(1, ${ENTRIES}) AS n`,
      );
      await database.execute(`ANALYZE audit_log`);
      for (const [title, , query] of queries) plans.set(title, await planOf(query));
      throw new Error('forget');
    });
    await expect(rolledBack).rejects.toThrow('forget');
  });

  const planOf = async (query: () => Promise<unknown>): Promise<string> => {
    const { statements, values } = await countStatements(query);
    expect(statements).toHaveLength(1);
    const plan = await database.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statements[0]}`, values[0]);
    return plan.map((row) => row['QUERY PLAN']).join('\n');
  };

  it.each(queries)('finds %s by %s', (title, index) => {
    expect(plans.get(title)).toContain(index);
    expect(plans.get(title)).not.toContain('Seq Scan on audit_log');
  });
});

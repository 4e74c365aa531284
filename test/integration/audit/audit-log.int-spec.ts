import type { TestingModule } from '@nestjs/testing';
import { AuditLog } from '../../../src/audit/audit-log.js';
import { runInContext } from '../../../src/common/http/request-context.js';
import { newId } from '../../../src/common/ids.js';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import { countStatements } from '../../support/statement-counter.js';
import { startAudit } from './audit-context.js';

const action = 'test.done';

describe('AuditLog', () => {
  let module: TestingModule;
  let database: TransactionRunner;
  let log: AuditLog;
  beforeAll(async () => {
    module = await startAudit();
    database = module.get(TransactionRunner);
    log = module.get(AuditLog);
  });
  afterAll(() => module.close());

  const target = () => ({ type: 'thing', id: newId() });
  const entriesOf = ({ id }: { id: string }) =>
    database.query<Record<string, unknown>>(`SELECT * FROM audit_log WHERE target_id = $1 ORDER BY sequence`, [id]);
  const headSequence = async () =>
    Number((await database.query<{ sequence: string }>(`SELECT sequence FROM audit_head`))[0]!.sequence);

  it('records in a transaction of its own when none is open', async () => {
    const thing = target();
    const before = new Date(Date.now() - 60_000);
    await log.record({ action, target: thing, before: { status: 'a' }, after: { status: 'b' } });
    const [entry] = await entriesOf(thing);
    expect(entry).toMatchObject({
      action,
      target_type: 'thing',
      before: { status: 'a' },
      after: { status: 'b' },
      actor_kind: 'system',
      actor_id: null,
      address: null,
      request_id: null,
    });
    expect((entry!.at as Date).getTime()).toBeGreaterThan(before.getTime());
  });

  it('commits with the open transaction, or not at all', async () => {
    const [kept, lost] = [target(), target()];
    await database.run(() => log.record({ action, target: kept }));
    const sequence = await headSequence();
    const failing = database.run(async () => {
      await log.record({ action, target: lost });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await entriesOf(kept)).toHaveLength(1);
    expect(await entriesOf(lost)).toHaveLength(0);
    expect(await headSequence()).toBe(sequence);
  });

  it('records once what a unit of work that had to run again recorded each time', async () => {
    const thing = target();
    let attempts = 0;
    await database.run(async () => {
      await log.record({ action, target: thing, after: { attempt: ++attempts } });
      if (attempts < 3) throw Object.assign(new Error('again'), { code: '40P01' });
    });
    expect((await entriesOf(thing)).map(({ after }) => after)).toEqual([{ attempt: 3 }]);
  });

  it('sends two statements a transaction, however many entries it has, and both at its end', async () => {
    const thing = target();
    const { statements } = await countStatements(() =>
      database.run(async () => {
        for (let index = 0; index < 5; index++) await log.record({ action, target: thing, after: { index } });
        await database.query('SELECT 1 AS work');
      }),
    );
    expect(statements.map((statement) => statement.split(' ', 2).join(' '))).toEqual([
      'BEGIN',
      'SELECT 1',
      'SELECT sequence,',
      'WITH entries',
      'COMMIT',
    ]);
    const sequences = (await entriesOf(thing)).map(({ sequence }) => Number(sequence));
    expect(sequences).toEqual(sequences.map((_, index) => sequences[0]! + index));
  });

  it('says who, from where and in which request, from the request', async () => {
    const [user, key, nobody, job, unknown] = Array.from({ length: 5 }, target);
    const [userId, staffId, keyId] = [newId(), newId(), newId()];
    const origin = { address: '203.0.113.9', userAgent: 'Browser "1"\n' };
    const scopes = new Set<string>();
    const person = {
      kind: 'user',
      id: userId,
      email: 'ada@example.com',
      sessionId: newId(),
      scopes,
      address: origin.address,
      authenticatedAt: new Date(),
      impersonatorId: staffId,
    } as const;
    const machine = { kind: 'key', id: keyId, creatorId: userId, scopes, address: origin.address } as const;
    const anonymous = { kind: 'anonymous', scopes, address: origin.address } as const;
    await runInContext({ requestId: 'r-1', origin: { ...origin, caller: person } }, () =>
      log.record({ action, target: user }),
    );
    await runInContext({ requestId: 'r-2', origin: { ...origin, caller: machine } }, () =>
      log.record({ action, target: key }),
    );
    await runInContext({ requestId: 'r-3', origin: { ...origin, caller: anonymous } }, async () => {
      await log.record({ action, target: nobody });
      await log.record({ action, target: nobody, actor: { kind: 'user', id: userId.toUpperCase() } });
    });
    await runInContext({ requestId: 'r-4' }, () => log.record({ action, target: job }));
    await runInContext({ requestId: 'r-5', origin: { address: '::1', caller: undefined } }, () =>
      log.record({ action, target: unknown }),
    );
    const told = (columns: object) => ({
      address: '203.0.113.9',
      user_agent: 'Browser "1"\n',
      impersonator_id: null,
      ...columns,
    });
    expect(await entriesOf(user!)).toMatchObject([
      told({ actor_kind: 'user', actor_id: userId, impersonator_id: staffId, request_id: 'r-1' }),
    ]);
    expect(await entriesOf(key!)).toMatchObject([told({ actor_kind: 'api_key', actor_id: keyId, request_id: 'r-2' })]);
    expect(await entriesOf(nobody!)).toMatchObject([
      told({ actor_kind: 'anonymous', actor_id: null, request_id: 'r-3' }),
      told({ actor_kind: 'user', actor_id: userId, request_id: 'r-3' }),
    ]);
    expect(await entriesOf(job!)).toMatchObject([
      { actor_kind: 'system', actor_id: null, address: null, user_agent: null, request_id: 'r-4' },
    ]);
    expect(await entriesOf(unknown!)).toMatchObject([{ actor_kind: 'anonymous', address: '::1', user_agent: null }]);
  });

  it('keeps no e-mail address, even when it is handed one by mistake', async () => {
    const thing = target();
    await log.record({ action, target: thing, after: { email: 'ada@example.com', changed: ['email'] } });
    await log.record({ action: 'test.address', target: { type: 'account', id: 'ada@example.com' } });
    expect(await entriesOf(thing)).toMatchObject([{ after: { email: '[redacted]', changed: ['email'] } }]);
    expect(
      await database.query(`SELECT 1 FROM audit_log WHERE (before, after, target_id)::text LIKE '%ada@example.com%'`),
    ).toEqual([]);
  });

  it.each([
    `UPDATE audit_log SET action = 'x'`,
    `DELETE FROM audit_log`,
    `TRUNCATE audit_log`,
    `TRUNCATE audit_log CASCADE`,
    `UPDATE audit_head SET sequence = sequence - 1`,
    `UPDATE audit_head SET hash = decode(repeat('00', 32), 'hex')`,
    `DELETE FROM audit_head`,
    `TRUNCATE audit_head`,
  ])('OP-3: is append-only, also against SQL: %s', async (sql) => {
    const thing = target();
    await log.record({ action, target: thing });
    const sequence = await headSequence();
    await expect(database.execute(sql)).rejects.toThrow(/audit_(log|head) is append-only/);
    expect(await entriesOf(thing)).toHaveLength(1);
    expect(await headSequence()).toBe(sequence);
  });

  it('makes no deadlock of transactions that lock rows in their own order, because its lock comes last', async () => {
    const first = target();
    const second = target();
    await database.execute(`CREATE TABLE IF NOT EXISTS test_rows (id int PRIMARY KEY, touched int NOT NULL DEFAULT 0)`);
    await database.execute(`INSERT INTO test_rows (id) VALUES (1), (2) ON CONFLICT DO NOTHING`);
    let attempts = 0;
    // One records before it locks the row that the other holds while it records: with the lock taken at once, neither could go on.
    const writer = (id: number, thing: { type: string; id: string }, mayGoOn: Promise<unknown>, started: () => void) =>
      database.run(async () => {
        attempts++;
        if (id === 1) await log.record({ action, target: thing });
        else await database.execute(`UPDATE test_rows SET touched = touched + 1 WHERE id = 1`);
        started();
        await mayGoOn;
        if (id === 1) await database.execute(`UPDATE test_rows SET touched = touched + 1 WHERE id = 1`);
        else await log.record({ action, target: thing });
      });
    const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await Promise.all([writer(1, first, two.promise, one.resolve), writer(2, second, one.promise, two.resolve)]);
    await database.execute(`DROP TABLE test_rows`);
    expect(attempts).toBe(2);
    expect([await entriesOf(first), await entriesOf(second)].map(({ length }) => length)).toEqual([1, 1]);
  });

  it('fails loudly when it is called after its transaction has ended', async () => {
    const thing = target();
    let late!: Promise<void>;
    const end = Promise.withResolvers<void>();
    await database.run(async () => {
      late = end.promise.then(() => log.record({ action, target: thing }));
      late.catch(() => undefined);
    });
    end.resolve();
    await expect(late).rejects.toThrow('belongs to a transaction that has ended');
    expect(await entriesOf(thing)).toEqual([]);
  });
});

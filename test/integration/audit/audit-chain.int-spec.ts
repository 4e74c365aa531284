import type { TestingModule } from '@nestjs/testing';
import { AuditChain, type ChainProblem } from '../../../src/audit/audit-chain.js';
import { AuditLog } from '../../../src/audit/audit-log.js';
import { AuditRepository } from '../../../src/audit/audit.repository.js';
import { AuditVerification } from '../../../src/audit/audit-verification.service.js';
import { runInContext } from '../../../src/common/http/request-context.js';
import { newId } from '../../../src/common/ids.js';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import { startAudit } from './audit-context.js';

const ENTRIES = 10;

describe('the chain of the audit log', () => {
  let module: TestingModule;
  let database: TransactionRunner;
  let log: AuditLog;
  let verification: AuditVerification;
  beforeAll(async () => {
    module = await startAudit();
    database = module.get(TransactionRunner);
    log = module.get(AuditLog);
    verification = module.get(AuditVerification);
    module.useLogger(false);
  });
  afterAll(() => module.close());

  const headSequence = async () => (await module.get(AuditRepository).findHead())!.sequence;

  /** Records some entries. @returns the place of the first. */
  const recordSome = async (): Promise<number> => {
    const first = (await headSequence()) + 1;
    const origin = { address: '203.0.113.9', userAgent: 'Browser', caller: undefined };
    await runInContext({ requestId: 'r-1', origin }, () =>
      database.run(async () => {
        for (let index = 0; index < ENTRIES; index++) {
          await log.record({
            action: 'test.chained',
            actor: { kind: 'user', id: newId() },
            target: { type: 'thing', id: newId() },
            before: { zulu: 1, alpha: [{ b: 2, a: 1.5 }], index },
            after: { text: 'ünïcode 😀 "\\', big: 1e21, small: 1e-7, none: null },
          });
        }
      }),
    );
    return first;
  };

  it('has no gap and holds after 50 transactions of three entries each at once', async () => {
    const from = (await headSequence()) + 1;
    const ids = Array.from({ length: 50 }, newId);
    await Promise.all(
      ids.map((id) =>
        database.run(async () => {
          for (const step of [1, 2, 3])
            await log.record({ action: `test.step_${step}`, target: { type: 'thing', id }, after: { step } });
        }),
      ),
    );
    const rows = await database.query<{ sequence: string; targetId: string; at: Date }>(
      `SELECT sequence, target_id AS "targetId", at FROM audit_log WHERE target_id = ANY ($1) ORDER BY sequence`,
      [ids],
    );
    expect(rows.map(({ sequence }) => Number(sequence))).toEqual(
      Array.from({ length: 150 }, (_, index) => from + index),
    );
    // The entries of a transaction stand together.
    for (let index = 0; index < rows.length; index += 3)
      expect(new Set(rows.slice(index, index + 3).map(({ targetId }) => targetId)).size).toBe(1);
    const times = rows.map(({ at }) => at.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(await verification.verify({ from })).toMatchObject({ isValid: true, checked: 150, from, to: from + 149 });
    expect(await verification.verifyAll()).toMatchObject({ isValid: true, from: 1, checked: from + 149 });
  });

  it('holds for every kind of value that can be recorded, because it covers what PostgreSQL gives back', async () => {
    const from = (await headSequence()) + 1;
    const states: Record<string, unknown>[] = [
      {},
      { b: 1, a: 2, '10': 3, '9': 4, '': 5, __proto__: 6, ä: 7, Z: 8 },
      { nested: { z: [1, [2, { y: 3, x: 4 }]], a: {} }, empty: [] },
      { number: -0, fraction: 0.1 + 0.2, tiny: 5e-324, huge: Number.MAX_VALUE, not: NaN, endless: Infinity },
      { integer: Number.MAX_SAFE_INTEGER, big: 12345678901234567890n },
      { instant: new Date('2026-01-01T00:00:00.123Z'), missing: undefined, nothing: null, yes: true },
      { nul: 'a\0b', 'na\0me': 1, half: 'a\ud800b', other: '\udc00', pair: '😀', line: 'a\nb\u2028\x1b[31m"\\' },
      JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as Record<string, unknown>,
    ];
    for (const state of states) await log.record({ action: 'test.state', before: state, after: state });
    const origin = { address: '::ffff:127.0.0.1', userAgent: `\0${'x'.repeat(510)}😀 and more`, caller: undefined };
    await runInContext({ requestId: 'r"1\n', origin }, () =>
      log.record({ action: 'test.text', target: { type: 'thing', id: `\ud800${'ü'.repeat(300)}` } }),
    );
    await log.record({ action: 'test.actor', actor: { kind: 'user', id: newId().toUpperCase() } });
    expect(await verification.verify({ from })).toMatchObject({ isValid: true, checked: states.length + 2 });
    const [text] = await database.query<{ user_agent: string; target_id: string }>(
      `SELECT user_agent, target_id FROM audit_log WHERE sequence = $1`,
      [from + states.length],
    );
    expect(text).toEqual({
      user_agent: `\uFFFD${'x'.repeat(510)}\uFFFD`,
      target_id: `\uFFFD${'ü'.repeat(199)}`,
    });
  });

  it('is whole while others write', async () => {
    const from = await recordSome();
    const writers = Array.from({ length: 20 }, recordSome);
    const walks = await Promise.all(Array.from({ length: 10 }, () => verification.verify({ from })));
    await Promise.all(writers);
    expect(walks.map(({ firstProblem }) => firstProblem)).toEqual(walks.map(() => null));
  });

  it('is checked in parts: as many entries as asked for, and where to go on', async () => {
    const from = await recordSome();
    const to = from + ENTRIES - 1;
    const head = { sequence: to, hash: (await module.get(AuditRepository).findHash(to))! };
    const whole = { isValid: true, firstProblem: null, head };
    expect(await verification.verify({ from }, 4)).toEqual({
      ...whole,
      checked: 4,
      from,
      to: from + 3,
      nextFrom: from + 4,
    });
    expect(await verification.verify({ from: from + 4, to: from + 5 }, 4)).toEqual({
      ...whole,
      checked: 2,
      from: from + 4,
      to: from + 5,
      nextFrom: null,
    });
    expect(await verification.verify({ from: from + 8 }, 4)).toMatchObject({ checked: 2, to, nextFrom: null });
    expect(await verification.verify({ from: to + 5 })).toMatchObject({ isValid: true, checked: 0, from: to + 5, to });
    await expect(verification.verify({ from: 5, to: 4 })).rejects.toMatchObject({ errors: [{ pointer: '?to' }] });
  });

  describe('of which somebody with all rights in the database', () => {
    /** Does the damage without triggers, as their owner can, and takes it back. @returns what the walk from `first` on finds. */
    const findAfter = async (first: number, damage: (last: number) => Promise<unknown>, from = first) => {
      let found: ChainProblem | null | undefined;
      const rolledBack = database.run(async () => {
        await database.execute(`SET LOCAL session_replication_role = replica`);
        await damage(first + ENTRIES - 1);
        const { isValid, firstProblem } = await verification.verify({ from });
        expect(isValid).toBe(firstProblem === null);
        found = firstProblem;
        throw new Error('take the damage back');
      });
      await expect(rolledBack).rejects.toThrow('take the damage back');
      expect(await verification.verify({ from: first })).toMatchObject({ isValid: true, checked: ENTRIES });
      return found;
    };
    const change = (sequence: number, columns: string) =>
      database.execute(`UPDATE audit_log SET ${columns} WHERE sequence = $1`, [sequence]);
    const renumber = (from: number, by: number) =>
      database
        .execute(`UPDATE audit_log SET sequence = sequence + 1000000000 WHERE sequence >= $1`, [from])
        .then(() =>
          database.execute(`UPDATE audit_log SET sequence = sequence - 1000000000 + $1 WHERE sequence > 1000000000`, [
            by,
          ]),
        );
    const moveHead = (to: number) =>
      database.execute(
        `UPDATE audit_head SET (sequence, hash) = (SELECT sequence, hash FROM audit_log WHERE sequence = $1)`,
        [to],
      );
    const forge = (sequence: number) =>
      database.execute(
        `INSERT INTO audit_log SELECT $1::bigint, gen_random_uuid(), at, 'test.forged', actor_kind, actor_id, impersonator_id, target_type,
           target_id, before, after, address, user_agent, request_id, hash, sha256(hash) FROM audit_log WHERE sequence = $1::bigint - 1`,
        [sequence],
      );

    it.each([
      `id = gen_random_uuid()`,
      `at = at + interval '1 ms'`,
      `action = 'test.other'`,
      `actor_kind = 'system'`,
      `actor_id = gen_random_uuid()`,
      `actor_id = NULL`,
      `impersonator_id = gen_random_uuid()`,
      `target_type = 'other'`,
      `target_id = target_id || 'x'`,
      `target_type = target_id, target_id = target_type`,
      `before = before || '{"index": -1}'`,
      `before = NULL`,
      `after = jsonb_set(after, '{text}', '"other"')`,
      `before = after, after = before`,
      `address = '198.51.100.1'`,
      `user_agent = NULL`,
      `request_id = 'r-2'`,
      `previous_hash = sha256(previous_hash)`,
      `hash = sha256(hash)`,
    ])('changed an entry: %s', async (columns) => {
      const first = await recordSome();
      expect(await findAfter(first, () => change(first + 4, columns))).toEqual({ sequence: first + 4, reason: 'hash' });
    });

    it('took one away in the middle', async () => {
      const first = await recordSome();
      const damage = () => database.execute(`DELETE FROM audit_log WHERE sequence = $1`, [first + 4]);
      expect(await findAfter(first, damage)).toEqual({ sequence: first + 4, reason: 'gap' });
      expect(await findAfter(first, damage, first + 5)).toEqual({ sequence: first + 4, reason: 'gap' });
    });

    it('took one away in the middle and closed the gap', async () => {
      const first = await recordSome();
      const damage = async (last: number) => {
        await database.execute(`DELETE FROM audit_log WHERE sequence = $1`, [first + 4]);
        await renumber(first + 5, -1);
        await moveHead(last - 1);
      };
      expect(await findAfter(first, damage)).toEqual({ sequence: first + 4, reason: 'hash' });
    });

    it('took the last ones away', async () => {
      const first = await recordSome();
      const damage = (last: number) => database.execute(`DELETE FROM audit_log WHERE sequence > $1`, [last - 2]);
      expect(await findAfter(first, damage)).toEqual({ sequence: first + ENTRIES - 2, reason: 'tail' });
    });

    it('took the last ones away and moved the end of the chain back to what was left', async () => {
      const first = await recordSome();
      const damage = async (last: number) => {
        await database.execute(`DELETE FROM audit_log WHERE sequence > $1`, [last - 2]);
        await moveHead(last - 2);
      };
      expect(await findAfter(first, damage)).toEqual({ sequence: first + ENTRIES - 3, reason: 'tail' });
    });

    it('took the end of the chain away', async () => {
      const first = await recordSome();
      expect(await findAfter(first, () => database.execute(`DELETE FROM audit_head`))).toMatchObject({
        reason: 'tail',
      });
    });

    it('exchanged two', async () => {
      const first = await recordSome();
      const damage = async () => {
        await change(first + 4, `sequence = 1000000000`);
        await change(first + 5, `sequence = ${first + 4}`);
        await change(1_000_000_000, `sequence = ${first + 5}`);
      };
      expect(await findAfter(first, damage)).toEqual({ sequence: first + 4, reason: 'hash' });
    });

    it('put one between two others', async () => {
      const first = await recordSome();
      const damage = async (last: number) => {
        await renumber(first + 5, 1);
        await forge(first + 5);
        await moveHead(last + 1);
      };
      expect(await findAfter(first, damage)).toEqual({ sequence: first + 5, reason: 'hash' });
    });

    it('put one at the end', async () => {
      const first = await recordSome();
      const last = first + ENTRIES - 1;
      expect(await findAfter(first, () => forge(last + 1))).toEqual({ sequence: last + 1, reason: 'tail' });
      const damage = async () => {
        await forge(last + 1);
        await moveHead(last + 1);
      };
      expect(await findAfter(first, damage)).toEqual({ sequence: last + 1, reason: 'hash' });
    });

    it('put a genuine one of another history in the place of one, such as out of a backup', async () => {
      const first = await recordSome();
      const damage = async () => {
        const [entry] = await module.get(AuditRepository).findBetween(first + 4, first + 4, 1);
        const hash = module.get(AuditChain).hashOf({ ...entry!, action: 'test.other' });
        await database.execute(`UPDATE audit_log SET action = 'test.other', hash = $2 WHERE sequence = $1`, [
          first + 4,
          hash,
        ]);
      };
      expect(await findAfter(first, damage)).toEqual({ sequence: first + 5, reason: 'link' });
    });
  });
});

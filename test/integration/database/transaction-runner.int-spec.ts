import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Client, Connection } from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import {
  isDatabaseUnavailable,
  sqlState,
  UNIQUE_VIOLATION,
  violatedConstraint,
} from '../../../src/database/postgres-errors.js';
import { FaultProxy, isAnswerToCommit, isCommit } from '../../support/fault-proxy.js';
import { TransactionClosedError, TransactionRunner } from '../../../src/database/transaction-runner.js';

const POOL = 4;

describe('TransactionRunner', () => {
  let dataSource: DataSource;
  let transactions: TransactionRunner;

  beforeAll(async () => {
    dataSource = await new DataSource(dataSourceOptions(process.env.DATABASE_URL!, POOL)).initialize();
    transactions = new TransactionRunner(dataSource);
    await dataSource.query('DROP TABLE IF EXISTS test_accounts');
    await dataSource.query('CREATE TABLE test_accounts (id int PRIMARY KEY, balance int NOT NULL DEFAULT 0)');
  });
  afterAll(async () => {
    await dataSource.query('DROP TABLE test_accounts');
    await dataSource.destroy();
  });
  beforeEach(async () => {
    await dataSource.query('TRUNCATE test_accounts');
    await dataSource.query('INSERT INTO test_accounts (id) VALUES (1), (2)');
  });

  const credit = (id: number, by = 1) =>
    transactions.execute('UPDATE test_accounts SET balance = balance + $2 WHERE id = $1', [id, by]);
  const balance = async (id: number): Promise<number> => {
    const [row] = await transactions.query<{ balance: number }>('SELECT balance FROM test_accounts WHERE id = $1', [
      id,
    ]);
    return row!.balance;
  };

  it('commits all of a unit of work and hands back its result', async () => {
    const result = await transactions.run(async () => {
      await credit(1);
      await credit(2);
      return 'done';
    });
    expect(result).toBe('done');
    expect([await balance(1), await balance(2)]).toEqual([1, 1]);
  });

  it('commits nothing of a unit of work that fails', async () => {
    const failing = transactions.run(async () => {
      await credit(1);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await balance(1)).toBe(0);
  });

  it('is invisible to others until it has committed', async () => {
    await transactions.run(async () => {
      await credit(1);
      const [row] = await dataSource.query<{ balance: number }[]>('SELECT balance FROM test_accounts WHERE id = 1');
      expect(row!.balance).toBe(0);
      expect(await balance(1)).toBe(1);
    });
  });

  it('gives SQL and entities the same transaction', async () => {
    const pids = await transactions.run(async () => {
      const [sql] = await transactions.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const [entity] = await transactions.manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      expect(transactions.isOpen).toBe(true);
      return [sql!.pid, entity!.pid];
    });
    expect(pids[0]).toBe(pids[1]);
    expect(transactions.isOpen).toBe(false);
  });

  describe('a statement whose answer nobody waits for', () => {
    const write = (id: number, by = 1) =>
      transactions.write('UPDATE test_accounts SET balance = balance + $2 WHERE id = $1', [id, by]);

    it('is done before what is sent after it, and commits with the rest', async () => {
      const seen = await transactions.run(async () => {
        write(1);
        write(1, 2);
        return balance(1);
      });
      expect([seen, await balance(1)]).toEqual([3, 3]);
    });

    it.each(['at the end', 'before others'])('fails the unit of work with its own error: %s', async (place) => {
      const failing = transactions.run(async () => {
        write(2);
        transactions.write('INSERT INTO test_accounts (id) VALUES (1)', []);
        if (place === 'before others') await credit(2);
      });
      await expect(failing).rejects.toMatchObject({ code: UNIQUE_VIOLATION });
      expect([await balance(1), await balance(2)]).toEqual([0, 0]);
    });

    it('makes the unit run again when PostgreSQL ends it by deadlock', async () => {
      let attempts = 0;
      await transactions.run(() => {
        attempts += 1;
        transactions.write(
          `DO $$ BEGIN ${attempts < 3 ? `RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01';` : ''} END $$`,
          [],
        );
        write(1);
        return Promise.resolve();
      });
      expect([attempts, await balance(1)]).toEqual([3, 1]);
    });

    it('needs a transaction', () => {
      expect(() => write(1)).toThrow('There is no transaction');
    });
  });

  describe('a nested run', () => {
    it('joins the outer transaction: all of it commits', async () => {
      await transactions.run(async () => {
        await credit(1);
        await transactions.run(() => credit(2));
      });
      expect([await balance(1), await balance(2)]).toEqual([1, 1]);
    });

    it('joins the outer transaction: none of it commits when the outer fails afterwards', async () => {
      const failing = transactions.run(async () => {
        await transactions.run(() => credit(2));
        throw new Error('outer');
      });
      await expect(failing).rejects.toThrow('outer');
      expect(await balance(2)).toBe(0);
    });

    it('joins the outer transaction: none of it commits when the inner fails, even if that is caught', async () => {
      const failing = transactions.run(async () => {
        await credit(1);
        await transactions
          .run(async () => {
            await credit(2);
            throw new Error('inner');
          })
          .catch(() => undefined);
      });
      await expect(failing).rejects.toThrow('inner');
      expect([await balance(1), await balance(2)]).toEqual([0, 0]);
    });
  });

  describe('a deadlock or serialization failure', () => {
    it('rolls back and runs the whole unit again in a new transaction', async () => {
      let attempts = 0;
      const survivor = Promise.withResolvers<void>();
      // Each holds what the other wants next; whoever has to give way waits for the other before it tries again.
      const transfer = async (from: number, to: number, holds: () => void, otherHolds: Promise<void>) => {
        await transactions.run(async () => {
          if (++attempts > 2) await survivor.promise;
          await credit(from, -1);
          holds();
          await otherHolds;
          await credit(to, 1);
        });
        survivor.resolve();
      };
      const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      await Promise.all([transfer(1, 2, one.resolve, two.promise), transfer(2, 1, two.resolve, one.promise)]);
      expect(attempts).toBe(3);
      expect([await balance(1), await balance(2)]).toEqual([0, 0]);
    });

    it.each(['40001', '40P01'])('%s: three attempts at most, then the original error', async (code) => {
      const pids: number[] = [];
      const failing = transactions.run(async () => {
        await credit(1);
        const [row] = await transactions.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
        pids.push(Number(row!.id));
        throw Object.assign(new Error(`attempt ${pids.length}`), { code });
      });
      await expect(failing).rejects.toThrow('attempt 3');
      expect(new Set(pids).size).toBe(3);
      expect(await balance(1)).toBe(0);
    });

    it('reruns from the outside when it happens inside a nested run', async () => {
      let attempts = 0;
      await transactions.run(async () => {
        await credit(1);
        await transactions.run(() => {
          if (++attempts === 1) throw Object.assign(new Error('serialize'), { code: '40001' });
          return credit(2);
        });
      });
      expect(attempts).toBe(2);
      expect([await balance(1), await balance(2)]).toEqual([1, 1]);
    });

    it('does not run anything else again', async () => {
      let attempts = 0;
      const failing = transactions.run(() => {
        attempts++;
        return transactions.execute('INSERT INTO test_accounts (id) VALUES (1)');
      });
      const error: unknown = await failing.catch((reason: unknown) => reason);
      expect(sqlState(error)).toBe(UNIQUE_VIOLATION);
      expect(violatedConstraint(error)).toBe('test_accounts_pkey');
      expect(attempts).toBe(1);
    });
  });

  it.each(['query', 'execute', 'manager', 'run', 'beforeCommit', 'afterCommit'] as const)(
    'lets a use of %s that outlives its transaction fail loudly instead of running outside it',
    async (use) => {
      let late!: Promise<unknown>;
      const end = Promise.withResolvers<void>();
      await transactions.run(() => {
        late = end.promise.then(() => {
          if (use === 'manager') return transactions.manager.query('SELECT 1');
          if (use === 'run') return transactions.run(() => credit(1));
          if (use === 'beforeCommit') return transactions.beforeCommit(() => Promise.resolve(), 1);
          if (use === 'afterCommit') return transactions.afterCommit(() => undefined);
          return transactions[use]('UPDATE test_accounts SET balance = 99');
        });
        late.catch(() => undefined);
        return Promise.resolve();
      });
      end.resolve();
      await expect(late).rejects.toThrow(TransactionClosedError);
      expect(await balance(1)).toBe(0);
    },
  );

  it('gives two units of work that run side by side a transaction each', async () => {
    const ids = await Promise.all(
      [1, 2, 3].map((id) =>
        transactions
          .run(async () => {
            await credit(1);
            await delay(10);
            const [row] = await transactions.query<{ id: string }>('SELECT pg_current_xact_id()::text AS id');
            if (id === 2) throw new Error('only this one');
            return row!.id;
          })
          .catch(() => 'failed'),
      ),
    );
    expect(new Set(ids).size).toBe(3);
    expect(await balance(1)).toBe(2);
  });

  describe('what waits for the end of the unit of work', () => {
    const written: unknown[] = [];
    const write = async (items: readonly number[]) => {
      written.push([...items]);
      for (const item of items) await credit(1, item);
    };
    beforeEach(() => {
      written.length = 0;
    });

    it('is done in one call, after everything else and inside the transaction', async () => {
      await transactions.run(async () => {
        transactions.beforeCommit(write, 1);
        await transactions.run(async () => transactions.beforeCommit(write, 2));
        expect(await balance(1)).toBe(0);
        await credit(2);
      });
      expect(written).toEqual([[1, 2]]);
      expect([await balance(1), await balance(2)]).toEqual([3, 1]);
    });

    it('is done in the order of the first items, and includes what is added meanwhile', async () => {
      const order: string[] = [];
      const second = async (items: readonly string[]) => void order.push(...items);
      const first = async (items: readonly string[]) => {
        order.push(...items);
        if (items.length > 1) transactions.beforeCommit(first, 'added');
        await transactions.run(() => credit(1));
      };
      await transactions.run(async () => {
        transactions.beforeCommit(first, 'a');
        transactions.beforeCommit(second, 'b');
        transactions.beforeCommit(first, 'c');
      });
      expect(order).toEqual(['a', 'c', 'b', 'added']);
      expect(await balance(1)).toBe(2);
    });

    it('rolls everything back when it fails, even if a failure inside was caught', async () => {
      const failing = async () => {
        await credit(2);
        throw new Error('cannot write');
      };
      const caught = () => transactions.run(failing).catch(() => undefined);
      for (const last of [failing, caught]) {
        const unit = transactions.run(async () => {
          await credit(1);
          transactions.beforeCommit(last, 1);
          transactions.afterCommit(() => written.push('committed'));
        });
        await expect(unit).rejects.toThrow('cannot write');
      }
      expect([await balance(1), await balance(2)]).toEqual([0, 0]);
      expect(written).toEqual([]);
    });

    it('is not done when the unit fails, and once when it had to run again', async () => {
      let attempts = 0;
      await transactions.run(async () => {
        transactions.beforeCommit(write, ++attempts);
        if (attempts < 3) throw Object.assign(new Error('again'), { code: '40001' });
      });
      const nested = transactions.run(async () => {
        transactions.beforeCommit(write, 100);
        await transactions.run(() => Promise.reject(new Error('no'))).catch(() => undefined);
      });
      await expect(nested).rejects.toThrow('no');
      expect(written).toEqual([[3]]);
      expect(await balance(1)).toBe(3);
    });

    it('makes the unit run again when PostgreSQL ends it by deadlock', async () => {
      let attempts = 0;
      const last = async () => {
        if (++attempts < 2) throw Object.assign(new Error('deadlock'), { code: '40P01' });
        await credit(1);
      };
      await transactions.run(async () => {
        await credit(2);
        transactions.beforeCommit(last, 1);
      });
      expect(attempts).toBe(2);
      expect([await balance(1), await balance(2)]).toEqual([1, 1]);
    });

    it('gives no way in to a query that the unit of work did not await', async () => {
      const isWriting = Promise.withResolvers<void>();
      let late!: Promise<unknown>;
      await transactions.run(async () => {
        late = isWriting.promise.then(() => credit(2, 99));
        late.catch(() => undefined);
        transactions.beforeCommit(async () => {
          isWriting.resolve();
          await late.catch(() => undefined);
        }, 1);
      });
      await expect(late).rejects.toThrow(TransactionClosedError);
      expect(await balance(2)).toBe(0);
    });

    it('needs a transaction', () => {
      expect(() => transactions.beforeCommit(write, 1)).toThrow('no transaction');
    });
  });

  it('calls back after the commit, in order, and not after a rollback', async () => {
    const calls: string[] = [];
    await transactions.run(async () => {
      await credit(1);
      transactions.afterCommit(() => calls.push('first'));
      await transactions.run(() => {
        transactions.afterCommit(() => calls.push('second'));
        return Promise.resolve();
      });
      expect(calls).toEqual([]);
    });
    await transactions
      .run(() => {
        transactions.afterCommit(() => calls.push('never'));
        return Promise.reject(new Error('no'));
      })
      .catch(() => undefined);
    transactions.afterCommit(() => calls.push('at once'));
    expect(calls).toEqual(['first', 'second', 'at once']);
  });

  it('calls back once when the unit had to run again', async () => {
    let attempts = 0;
    const calls: number[] = [];
    await transactions.run(() => {
      const attempt = ++attempts;
      transactions.afterCommit(() => calls.push(attempt));
      if (attempt < 3) throw Object.assign(new Error('again'), { code: '40001' });
      return Promise.resolve();
    });
    expect(calls).toEqual([3]);
  });

  it('keeps the result when a callback fails, and logs that: the commit has happened', async () => {
    const logged = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const result = await transactions.run(async () => {
      await credit(1);
      transactions.afterCommit(() => {
        throw new Error('a listener broke');
      });
      return 'kept';
    });
    expect(result).toBe('kept');
    expect(logged).toHaveBeenCalledWith(
      'A callback after a commit failed',
      expect.stringContaining('a listener broke'),
    );
    logged.mockRestore();
    expect(await balance(1)).toBe(1);
  });

  it('gives every connection back, whatever happened', async () => {
    for (let round = 0; round < POOL * 3; round++) {
      await transactions.run(() => (round % 2 ? Promise.reject(new Error('no')) : credit(1))).catch(() => undefined);
    }
    const together = Array.from({ length: POOL * 5 }, () => transactions.run(() => credit(1)));
    await Promise.all(together);
    expect(await balance(1)).toBe(POOL * 1.5 + POOL * 5);
  });

  it('says that the database is away when the connection dies inside, and goes on with the next unit', async () => {
    const outside = new Client({ connectionString: process.env.DATABASE_URL });
    await outside.connect();
    const cut = transactions.run(async () => {
      await credit(1);
      const [row] = await transactions.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      await outside.query('SELECT pg_terminate_backend($1)', [row!.pid]);
      await credit(1);
    });
    const error: unknown = await cut.catch((reason: unknown) => reason);
    await outside.end();
    expect(isDatabaseUnavailable(error)).toBe(true);
    await transactions.run(() => credit(1));
    expect(await balance(1)).toBe(1);
  });

  it('prepares a statement once per connection', async () => {
    await transactions.run(async () => {
      const text = 'SELECT $1::int AS once';
      for (let index = 0; index < 3; index++) await transactions.query(text, [index]);
      const statements = await transactions.query<{ calls: number }>(
        'SELECT (generic_plans + custom_plans)::int AS calls FROM pg_prepared_statements WHERE statement = $1',
        [text],
      );
      expect(statements).toEqual([{ calls: 3 }]);
    });
  });

  it('asks for the columns of a prepared statement once per connection, whatever comes of it', async () => {
    const described = jest.spyOn(Connection.prototype as Connection & { describe(): void }, 'describe');
    await transactions.run(async () => {
      const read = (id: number) =>
        transactions.query('SELECT id, balance, NULL AS none FROM test_accounts WHERE id = $1', [id]);
      expect(await read(1)).toEqual([{ id: 1, balance: 0, none: null }]);
      expect(await read(3)).toEqual([]);
      expect(await read(2)).toEqual([{ id: 2, balance: 0, none: null }]);
    });
    const divide = (by: number) =>
      transactions.run(() => transactions.queryOne('SELECT 6 / $1::int AS quotient', [by]));
    expect(await divide(3)).toEqual({ quotient: 2 });
    await expect(divide(0)).rejects.toThrow('division by zero');
    expect(await divide(2)).toEqual({ quotient: 3 });
    expect(described).toHaveBeenCalledTimes(2);
    described.mockRestore();
  });

  it('never reads an answer by columns that it does not have', async () => {
    const read = () => transactions.query('SELECT * FROM test_columns');
    await dataSource.query('CREATE TABLE test_columns AS SELECT 1 AS a');
    expect([await read(), await read()]).toEqual([[{ a: 1 }], [{ a: 1 }]]);
    await dataSource.query(`ALTER TABLE test_columns ADD b text DEFAULT 'x'`);
    await expect(read()).rejects.toThrow('cached plan must not change result type');
    await dataSource.query('DROP TABLE test_columns');
  });

  it('refuses to run longer than 15 s in one statement and 30 s idle', async () => {
    const [statement] = await transactions.query<{ value: string }>(
      `SELECT current_setting('statement_timeout') AS value`,
    );
    const [idle] = await transactions.query<{ value: string }>(
      `SELECT current_setting('idle_in_transaction_session_timeout') AS value`,
    );
    expect([statement!.value, idle!.value]).toEqual(['15s', '30s']);
  });

  describe('when the connection is lost at the end', () => {
    let proxy: FaultProxy;
    let cutOff: DataSource;
    let runner: TransactionRunner;

    beforeAll(async () => {
      proxy = await FaultProxy.to(process.env.DATABASE_URL!);
      cutOff = await new DataSource(dataSourceOptions(proxy.url, 1)).initialize();
      runner = new TransactionRunner(cutOff);
    });
    afterAll(async () => {
      await cutOff.destroy();
      await proxy.close();
    });
    afterEach(() => {
      proxy.fault = () => undefined;
    });

    it.each([
      ['has committed and does not know it', isAnswerToCommit, 1],
      ['has committed nothing', isCommit, 0],
    ])(
      '%s: says that the database is away, runs nothing again, and goes on with a new connection',
      async (_, isMeant, kept) => {
        const after: string[] = [];
        proxy.fault = (message) => (isMeant(message) ? 'cut' : undefined);
        let runs = 0;
        const cut = runner.run(async () => {
          runs += 1;
          runner.afterCommit(() => after.push('committed'));
          await runner.execute('UPDATE test_accounts SET balance = balance + 1 WHERE id = 1');
        });
        const error: unknown = await cut.catch((failure: unknown) => failure);
        expect([isDatabaseUnavailable(error), runs, after]).toEqual([true, 1, []]);
        proxy.fault = () => undefined;
        await runner.run(() => runner.execute('UPDATE test_accounts SET balance = balance + 10 WHERE id = 1'));
        expect(await balance(1)).toBe(10 + kept);
      },
    );
  });

  describe('what is to be kept although the unit of work fails', () => {
    it('is done once it has been rolled back, and is free to wait for the rows that it held', async () => {
      const failing = transactions.run(async () => {
        await credit(1, 5);
        await transactions.run(() => transactions.afterRollback(async () => void (await credit(1, 2))));
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
      expect(await balance(1)).toBe(2);
    });

    it('is not done when the unit of work is run again and then commits', async () => {
      let runs = 0;
      await transactions.run(async () => {
        if (++runs > 1) return;
        await transactions.afterRollback(async () => void (await credit(1, 2)));
        await transactions.execute(`DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'deadlock_detected'; END $$`);
      });
      expect([runs, await balance(1)]).toEqual([2, 0]);
    });

    it('is not done after a commit, and at once outside of a transaction', async () => {
      await transactions.run(() => transactions.afterRollback(async () => void (await credit(1))));
      expect(await balance(1)).toBe(0);
      await transactions.afterRollback(async () => void (await credit(1)));
      expect(await balance(1)).toBe(1);
    });
  });
});

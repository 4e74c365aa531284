import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import type { Pool, PoolClient, QueryResult } from 'pg';
import { DataSource, type EntityManager, type ObjectLiteral, type QueryRunner } from 'typeorm';
import { EntityRows } from './entity-rows.js';
import { isRetryable } from './postgres-errors.js';
import { PreparedQuery } from './prepared-query.js';
import { UnpreparedError } from './unprepared.error.js';

/** Attempts of one unit of work that PostgreSQL aborts by deadlock or serialization failure. */
const ATTEMPTS = 3;
/** Answers that one unit of work may have fetched, one after the other. */
const PREPARATIONS = 50;
/** Prepared statements a process keeps; dynamic SQL beyond that runs unprepared instead of filling the servers' memory. */
const MAX_PREPARED = 500;

interface OpenTransaction {
  client: PoolClient;
  /** TypeORM's view of the connection; made when somebody asks for it, as most transactions send their own SQL. */
  queryRunner?: QueryRunner;
  isOpen: boolean;
  /** The first failure inside; a transaction that saw one never commits, even when the failure was caught. */
  failure?: unknown;
  /** What was sent without waiting for its answer. */
  unanswered: Promise<unknown>[];
  /** What is written at the end, by who writes it. */
  beforeCommit: Map<LastWork, unknown[]>;
  afterCommit: (() => void)[];
  afterRollback: (() => Promise<void>)[];
}

/** Writes what was collected during a unit of work. */
type LastWork<Item = never> = (items: readonly Item[]) => Promise<void>;

/** A query was made after its transaction had ended, usually because a promise was not awaited. */
export class TransactionClosedError extends Error {
  constructor() {
    super('This query belongs to a transaction that has ended; await every query inside the unit of work.');
    this.name = 'TransactionClosedError';
  }
}

/**
 * Runs units of work in a transaction and gives repositories the connection of the one they are in.
 *
 * The open transaction travels in `AsyncLocalStorage`, so nobody passes a manager around and nobody can forget to.
 * See docs/decisions/0001-ambient-transactions.md.
 */
@Injectable()
export class TransactionRunner {
  private readonly logger = new Logger(TransactionRunner.name);
  private readonly current = new AsyncLocalStorage<OpenTransaction>();
  private readonly statementNames = new Map<string, string>();

  constructor(private readonly dataSource: DataSource) {
    // Every repository that Nest injects asks its manager for a connection at each call, so all of them follow the open transaction.
    Object.defineProperty(dataSource.manager, 'queryRunner', {
      get: () => this.queryRunnerOf(this.open()),
    });
  }

  /**
   * Runs `work` in one transaction at READ COMMITTED: all of it commits or none does.
   *
   * A nested call joins the outer transaction. Deadlock (40P01) and serialization failure (40001) roll back and run the whole unit
   * again in a new transaction, three attempts at most; `work` must therefore have no effect outside the database. `UnpreparedError` does so
   * after what is missing has been fetched.
   *
   * @throws whatever `work` throws, after the rollback.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const outer = this.current.getStore();
    if (outer) return this.join(outer, work);
    for (let attempt = 1, preparations = 0; ; attempt++) {
      const kept: OpenTransaction['afterRollback'] = [];
      try {
        return await this.attempt(work, kept);
      } catch (error) {
        if (error instanceof UnpreparedError && preparations++ < PREPARATIONS) {
          await error.prepare();
          attempt--;
        } else if (attempt >= ATTEMPTS || !isRetryable(error)) {
          for (const keep of kept) await keep();
          throw error;
        }
      }
    }
  }

  /** Reads, and reads again once what was missing has been fetched. Inside a transaction, all of that runs again instead. */
  async prepared<T>(read: () => Promise<T>): Promise<T> {
    for (let preparations = 0; ; preparations++) {
      try {
        return await read();
      } catch (error) {
        if (this.isOpen || !(error instanceof UnpreparedError) || preparations >= PREPARATIONS) throw error;
        await error.prepare();
      }
    }
  }

  /** Runs `work` like `run` and rolls it back. @returns what the work has returned. */
  async rehearse<T>(work: () => Promise<T>): Promise<T> {
    const end = new Error('a rehearsal is taken back');
    let result: T;
    await this.run(async () => {
      result = await work();
      throw end;
    }).catch((error: unknown) => {
      if (error !== end) throw error;
    });
    return result!;
  }

  /**
   * Runs `work` outside the open transaction, on a connection of its own: for what others must see before this one ends, and what of theirs
   * it would not see. It must not touch rows that the open transaction has locked.
   */
  apart<T>(work: () => Promise<T>): Promise<T> {
    return this.current.exit(work);
  }

  /** True inside `run`. */
  get isOpen(): boolean {
    return this.current.getStore() !== undefined;
  }

  /** The entity manager of the open transaction, or one that runs each query by itself; injected repositories do the same. */
  get manager(): EntityManager {
    return this.dataSource.manager;
  }

  /**
   * Runs one SQL statement, prepared once per connection, in the open transaction or by itself, and returns its rows.
   *
   * For hot paths: no entity is made. The text must be constant apart from a bounded set of variants.
   */
  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return (await this.send(text, values)).rows as Row[];
  }

  /** Runs one SQL statement like `query`, but planned anew for the values at hand: where one plan does not suit them all. */
  async queryUnprepared<Row>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return (await this.send(text, values, { isPrepared: false })).rows as Row[];
  }

  /** Runs one SQL statement like `query` and returns how many rows it changed. */
  async execute(text: string, values: readonly unknown[] = []): Promise<number> {
    return (await this.send(text, values)).rowCount ?? 0;
  }

  /** Runs one SQL statement like `query` and returns its first row; null when there is none. */
  async queryOne<Row>(text: string, values: readonly unknown[] = []): Promise<Row | null> {
    const [row] = await this.query<Row>(text, values);
    return row ?? null;
  }

  /** Runs one SQL statement that changes one row, or none; says which. */
  async executeOne(text: string, values: readonly unknown[] = []): Promise<boolean> {
    return (await this.execute(text, values)) === 1;
  }

  /** Deletes up to `limit` rows of a table that meet the condition, in no order. @returns how many. */
  purge(table: string, condition: string, limit: number): Promise<number> {
    return this.execute(
      `DELETE FROM ${table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT $1))`,
      [limit],
    );
  }

  /**
   * Sends one SQL statement of the open transaction without waiting for its answer, which nobody needs. Should it fail, so does the
   * transaction, with this error.
   *
   * What follows is sent right behind it, and PostgreSQL answers all at once. For writes at the end of a unit of work.
   *
   * @throws Error when no transaction is open.
   */
  write(text: string, values: readonly unknown[]): void {
    const transaction = this.open();
    if (!transaction) throw new Error('There is no transaction that could fail with this statement');
    const answer = this.send(text, values);
    answer.catch((error: unknown) => (transaction.failure ??= error));
    transaction.unanswered.push(answer);
  }

  /**
   * Hands `item` to `work` inside the open transaction when all else in it is done, together with every other item given for the same
   * `work`: one call a transaction, in the order of the first items. For what takes a lock that everybody wants: it is held briefly, and
   * taken after every other lock.
   *
   * The items belong to the attempt, so a unit that runs again starts without them. A failure of `work` rolls back.
   *
   * @throws Error when no transaction is open.
   */
  beforeCommit<Item>(work: LastWork<Item>, item: Item): void {
    const transaction = this.open();
    if (!transaction) throw new Error('There is no transaction, so there is nothing to write at the end of one');
    const items = transaction.beforeCommit.get(work);
    if (items) items.push(item);
    else transaction.beforeCommit.set(work, [item]);
  }

  /** Whole rows of an entity in SQL text. */
  rowsOf<Entity extends ObjectLiteral>(entity: new () => Entity): EntityRows<Entity> {
    return new EntityRows(this.dataSource, entity);
  }

  /** Calls `callback` once the open transaction has committed; at once when there is none. Never called after a rollback. */
  afterCommit(callback: () => void): void {
    const transaction = this.open();
    if (transaction) transaction.afterCommit.push(callback);
    else callback();
  }

  /**
   * Does `work` once the open transaction has been rolled back for good and its connection is free, and not after a commit, nor before the
   * unit of work is run again; at once when there is none. For what is to be kept although the unit of work fails.
   */
  async afterRollback(work: () => Promise<void>): Promise<void> {
    const transaction = this.open();
    if (transaction) transaction.afterRollback.push(work);
    else await work();
  }

  private send(text: string, values: readonly unknown[], { isPrepared } = { isPrepared: true }): Promise<QueryResult> {
    const client = this.open()?.client;
    if (client) sendTogether(client);
    const connection = client ?? this.pool;
    const name = isPrepared ? this.statementName(text) : undefined;
    return name === undefined
      ? connection.query({ text, values: values as unknown[] })
      : new PreparedQuery(name, text, values).run(connection);
  }

  /** How many connections the pool of this process has, how many of them are idle, and how many units of work wait for one. */
  get connections(): { total: number; idle: number; waiting: number } {
    const { totalCount, idleCount, waitingCount } = this.pool;
    return { total: totalCount, idle: idleCount, waiting: waitingCount };
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }

  private open(): OpenTransaction | undefined {
    const transaction = this.current.getStore();
    if (transaction && !transaction.isOpen) throw new TransactionClosedError();
    return transaction;
  }

  private queryRunnerOf(transaction: OpenTransaction | undefined): QueryRunner | undefined {
    if (transaction && !transaction.queryRunner) {
      // Given the connection and told of the transaction, TypeORM neither takes another one nor begins its own.
      transaction.queryRunner = Object.assign(this.dataSource.createQueryRunner(), {
        databaseConnection: transaction.client,
        isTransactionActive: true,
      });
    }
    return transaction?.queryRunner;
  }

  private async join<T>(outer: OpenTransaction, work: () => Promise<T>): Promise<T> {
    if (!outer.isOpen) throw new TransactionClosedError();
    try {
      return await work();
    } catch (error) {
      outer.failure ??= error;
      throw error;
    }
  }

  /** BEGIN and COMMIT are not waited for on their own: they travel with the first and with the last statement. */
  private async attempt<T>(work: () => Promise<T>, afterRollback: OpenTransaction['afterRollback']): Promise<T> {
    const client = await this.pool.connect();
    client.on('error', reportedByItsQueries);
    const transaction: OpenTransaction = {
      client,
      isOpen: true,
      unanswered: [],
      beforeCommit: new Map(),
      afterCommit: [],
      afterRollback,
    };
    sendTogether(client);
    const begun = client.query('BEGIN');
    begun.catch((error: unknown) => (transaction.failure ??= error));
    let isBroken = false;
    try {
      const result = await this.current.run(transaction, work);
      transaction.isOpen = false;
      if (transaction.failure !== undefined) throw asError(transaction.failure);
      await this.finish(transaction);
      sendTogether(client);
      const commit = client.query('COMMIT');
      await Promise.all([...transaction.unanswered, commit]);
      // PostgreSQL answers the COMMIT of a transaction that has failed with a rollback, and calls it a success.
      if ((await commit).command !== 'COMMIT') throw new Error('The transaction was rolled back by PostgreSQL');
      this.callBack(transaction.afterCommit);
      return result;
    } catch (error) {
      transaction.isOpen = false;
      // A lost connection cannot roll back; PostgreSQL has done it already, and the first error is the one to report.
      await client.query('ROLLBACK').catch(() => (isBroken = true));
      throw asError(transaction.failure ?? error);
    } finally {
      client.off('error', reportedByItsQueries);
      client.release(isBroken);
    }
  }

  /** Runs what waits for the end. The unit of work's own view of the transaction stays closed: a query it did not await fails still. */
  private async finish(transaction: OpenTransaction): Promise<void> {
    if (transaction.beforeCommit.size === 0) return;
    const ending: OpenTransaction = { ...transaction, isOpen: true };
    try {
      await this.current.run(ending, async () => {
        for (const [work, items] of ending.beforeCommit) {
          // Forgotten first, so that what the work itself adds is a new call.
          ending.beforeCommit.delete(work);
          await work(items as never[]);
        }
      });
    } finally {
      ending.isOpen = false;
    }
    if (ending.failure !== undefined) throw asError(ending.failure);
  }

  /** What was committed stays committed: a callback that fails must not look like a failed unit of work. */
  private callBack(callbacks: readonly (() => void)[]): void {
    for (const callback of callbacks) {
      try {
        callback();
      } catch (error) {
        this.logger.error('A callback after a commit failed', error instanceof Error ? error.stack : String(error));
      }
    }
  }

  private statementName(text: string): string | undefined {
    let name = this.statementNames.get(text);
    if (name === undefined && this.statementNames.size < MAX_PREPARED) {
      name = `s${this.statementNames.size}`;
      this.statementNames.set(text, name);
    }
    return name;
  }
}

/** Makes one packet of what is sent before anything is waited for: each costs both processes a system call and a wake-up. */
function sendTogether(client: PoolClient): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/** A connection that is lost fails the query under way, or the next one; nobody else needs to hear of it. */
function reportedByItsQueries(): void {}

function asError(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error('A nested unit of work failed', { cause: failure });
}

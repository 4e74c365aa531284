import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, LessThan, Not, type Repository } from 'typeorm';
import { newId } from '../../common/ids.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { type ImportCounts, noCounts } from './import-counts.js';
import { ImportRun } from './import-run.entity.js';
import type { ReadRow } from './rows/import-format.js';

/** What names a run. */
export type RunIdentity = Pick<ImportRun, 'kind' | 'source' | 'fingerprint' | 'mapping'>;

/** An accepted row on its way to the staging table; `source` is the row as JSON, for the case that it is refused later. */
export interface AcceptedRow {
  readonly merge_key: string;
  readonly line: number;
  readonly fragment: unknown;
  readonly source: string;
}

/** A refused row; `source` is the row as JSON. */
export interface RejectedRow {
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly source: string;
}

/** What is in the catalogue from one mapping; categories with those above them, sums in minor units by currency, as text. */
export interface CatalogueFigures {
  readonly products: number;
  readonly productNames: number;
  readonly brands: number;
  readonly categoryNames: number;
  readonly variants: number;
  readonly prices: number;
  readonly priceSums: Readonly<Record<string, string>>;
}

/** Advisory lock of all imports of a database; two of them would decide about the same slugs and SKUs. */
const IMPORT_LOCK = [7_305_418, 1] as const;
const LOCK_POLL_MS = 200;
const ABANDONED_AFTER_MS = 7 * 86_400_000;

/** Every query about import runs, and those about staged and refused rows, which are SQL text because they take many rows at a time. */
@Injectable()
export class ImportRepository {
  constructor(
    @InjectRepository(ImportRun) private readonly runs: Repository<ImportRun>,
    private readonly transactions: TransactionRunner,
  ) {}

  /**
   * Runs `work` while no other import runs on this database.
   *
   * The lock belongs to a connection of its own and not to a transaction, so that it lasts over all of them and goes with the process.
   *
   * @param onWait Called once when another import has to end first.
   */
  async exclusively<T>(work: () => Promise<T>, onWait: () => void = () => undefined): Promise<T> {
    const session = this.runs.manager.dataSource.createQueryRunner();
    try {
      for (let isFirst = true; ; isFirst = false) {
        const [{ held }] = (await session.query('SELECT pg_try_advisory_lock($1, $2) AS held', [...IMPORT_LOCK])) as [
          { held: boolean },
        ];
        if (held) break;
        if (isFirst) onWait();
        await sleep(LOCK_POLL_MS);
      }
      try {
        return await work();
      } finally {
        await session.query('SELECT pg_advisory_unlock($1, $2)', [...IMPORT_LOCK]).catch(() => undefined);
      }
    } finally {
      await session.release();
    }
  }

  /** The unfinished run of the same file and mapping, if its staged rows are all still there. */
  async findUnfinished(fingerprint: string): Promise<ImportRun | null> {
    const where = { fingerprint, status: Not('succeeded' as const) };
    const run = await this.runs.findOne({ where, order: { id: 'DESC' } });
    return run && (await this.isComplete(run)) ? run : null;
  }

  async start(identity: RunIdentity): Promise<ImportRun> {
    const run = this.runs.create({
      id: newId(),
      ...identity,
      phase: 'reading',
      linesDone: 0,
      mergedKey: null,
      counts: noCounts(),
    });
    // A copy, into which PostgreSQL's order of the counts is read back.
    await this.runs.insert({ ...run });
    return run;
  }

  /** Forgets what unfinished runs have staged: earlier ones of this source and mapping, and any that nobody came back to for a week. */
  async forgetOthers({ id, source, mapping }: ImportRun): Promise<void> {
    const unfinished = { id: Not(id), status: Not('succeeded' as const) };
    const abandoned = { ...unfinished, updatedAt: LessThan(new Date(Date.now() - ABANDONED_AFTER_MS)) };
    const others = await this.runs.find({ where: [{ ...unfinished, source, mapping }, abandoned] });
    const ids = others.map((other) => other.id);
    if (ids.length === 0) return;
    await this.transactions.run(async () => {
      await this.clear(ids);
      await this.runs.delete({ id: In(ids) });
    });
  }

  /**
   * Does a part of a run in one transaction, which also notes how far the run has come.
   *
   * @param work Adds to the counts it is given, which are a copy of those before.
   * @returns what has been counted so far.
   */
  chunk(
    id: string,
    at: Partial<Pick<ImportRun, 'phase' | 'linesDone' | 'mergedKey'>>,
    before: ImportCounts,
    work: (counts: ImportCounts) => Promise<void>,
  ): Promise<ImportCounts> {
    return this.transactions.run(async () => {
      const counts = structuredClone(before);
      await work(counts);
      await this.runs.update({ id }, { status: 'running', ...at, counts });
      return counts;
    });
  }

  async close(id: string, status: 'succeeded' | 'failed'): Promise<void> {
    await this.runs.update({ id }, { status, ...(status === 'succeeded' && { phase: 'finished' }) });
  }

  async stage(id: string, accepted: readonly AcceptedRow[], rejected: readonly RejectedRow[]): Promise<void> {
    const insert = async (table: string, names: string, types: string, rows: readonly unknown[]): Promise<void> => {
      if (rows.length === 0) return;
      await this.transactions.execute(
        `INSERT INTO ${table} (run_id, ${names}) SELECT $1, ${names} FROM json_to_recordset($2::json) AS row (${types})`,
        [id, JSON.stringify(rows)],
      );
    };
    const keyed = 'merge_key text, line bigint, fragment json, source text';
    await insert('import_rows', 'merge_key, line, fragment, source', keyed, accepted);
    const refused = 'line bigint, code text, message text, source text';
    await insert('import_rejects', 'line, code, message, source', refused, rejected);
  }

  /**
   * Which of the keys are staged already.
   *
   * @param sortPrefix Characters of the staged merge keys to leave out of the comparison.
   */
  async stagedKeys(id: string, keys: readonly string[], sortPrefix = 0): Promise<Set<string>> {
    if (keys.length === 0) return new Set();
    // Only the plain comparison can use the primary key.
    const compared = sortPrefix === 0 ? 'merge_key' : 'substr(merge_key, $3 + 1)';
    const rows = await this.transactions.query<{ key: string }>(
      `SELECT DISTINCT ${compared} AS key FROM import_rows WHERE run_id = $1 AND ${compared} = ANY ($2)`,
      sortPrefix === 0 ? [id, keys] : [id, keys, sortPrefix],
    );
    return new Set(rows.map((row) => row.key));
  }

  /**
   * The next staged rows after a merge key, in the order of keys and lines, never only a part of the rows of one key.
   *
   * @param limit Rows; exceeded when one key has more.
   */
  async page<Fragment>(id: string, after: string | null, limit: number): Promise<ReadRow<Fragment>[]> {
    const rows = await this.transactions.query<ReadRow<Fragment>>(
      `SELECT merge_key AS "mergeKey", fragment FROM import_rows
       WHERE run_id = $1 AND merge_key > $2 ORDER BY merge_key, line LIMIT $3`,
      [id, after ?? '', limit],
    );
    if (rows.length < limit) return rows;
    const lastKey = rows.at(-1)!.mergeKey;
    const whole = rows.filter((row) => row.mergeKey !== lastKey);
    return whole.length > 0 ? whole : this.page(id, after, limit * 4);
  }

  /** Refuses every staged row of the keys after all. */
  async rejectStaged(id: string, refusals: readonly { key: string; code: string; message: string }[]): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO import_rejects (run_id, line, code, message, source)
       SELECT $1, staged.line, refusal.code, refusal.message, staged.source
       FROM json_to_recordset($2::json) AS refusal (key text, code text, message text)
       JOIN import_rows staged ON staged.run_id = $1 AND staged.merge_key = refusal.key`,
      [id, JSON.stringify(refusals)],
    );
  }

  /**
   * Reports every child that staged categories name and that is no category of the file: once each, on the first line that names it.
   *
   * @param sortPrefix Characters of a merge key before the id.
   * @returns how many there are.
   */
  async rejectUnknownChildren(id: string, sortPrefix: number): Promise<number> {
    return this.unhurried(() =>
      this.transactions.execute(
        `INSERT INTO import_rejects (run_id, line, code, message, source)
         SELECT DISTINCT ON (child) $1, line, 'unknown_child',
           format('the child "%s" is no category of the file', child), json_build_object('id', child)::text
         FROM import_rows, json_array_elements_text(fragment -> 'children') AS child
         WHERE run_id = $1 AND child NOT IN (SELECT substr(merge_key, $2 + 1) FROM import_rows WHERE run_id = $1)
         ORDER BY child, line`,
        [id, sortPrefix],
      ),
    );
  }

  /** The refused rows in the order of their lines, some at a time. */
  async *rejects(id: string): AsyncGenerator<RejectedRow[]> {
    let last = { line: '0', id: '0' };
    for (;;) {
      const rows = await this.transactions.query<Omit<RejectedRow, 'line'> & { line: string; id: string }>(
        `SELECT line, id, code, message, source FROM import_rejects
         WHERE run_id = $1 AND (line, id) > ($2, $3) ORDER BY line, id LIMIT 2000`,
        [id, last.line, last.id],
      );
      if (rows.length === 0) return;
      last = rows.at(-1)!;
      yield rows.map((row) => ({ ...row, line: Number(row.line) }));
    }
  }

  /** Throws away what runs have staged; their counts stay. */
  async clear(ids: readonly string[]): Promise<void> {
    await this.unhurried(async () => {
      await this.transactions.execute('DELETE FROM import_rows WHERE run_id = ANY ($1)', [ids]);
      await this.transactions.execute('DELETE FROM import_rejects WHERE run_id = ANY ($1)', [ids]);
    });
  }

  /** Lets the planner know tables that have just been filled. */
  async analyze(tables: string): Promise<void> {
    await this.unhurried(() => this.transactions.execute(`ANALYZE ${tables}`));
  }

  /** Figures of all that one mapping has ever imported, for comparing with the source. */
  async figuresOf(prefix: string): Promise<CatalogueFigures> {
    const [row] = await this.transactions.query<CatalogueFigures>(
      `WITH RECURSIVE product AS (SELECT id, name, brand FROM products WHERE starts_with(import_key, $1)),
         variant AS (SELECT id FROM variants WHERE product_id IN (SELECT id FROM product)),
         price AS (SELECT currency, amount FROM variant_prices WHERE variant_id IN (SELECT id FROM variant)),
         shelf AS (
           SELECT id, parent_id, name FROM categories
           WHERE id IN (SELECT category_id FROM product_categories WHERE product_id IN (SELECT id FROM product))
           UNION
           SELECT above.id, above.parent_id, above.name FROM categories above JOIN shelf ON above.id = shelf.parent_id
         )
       SELECT (SELECT count(*)::int FROM product) AS products,
         (SELECT count(DISTINCT name)::int FROM product) AS "productNames",
         (SELECT count(DISTINCT brand)::int FROM product) AS brands,
         (SELECT count(DISTINCT name)::int FROM shelf) AS "categoryNames",
         (SELECT count(*)::int FROM variant) AS variants,
         (SELECT count(*)::int FROM price) AS prices,
         (SELECT coalesce(jsonb_object_agg(currency, total), '{}') FROM
           (SELECT currency, sum(amount)::text AS total FROM price GROUP BY currency) AS sums) AS "priceSums"`,
      [prefix],
    );
    return row!;
  }

  async hasProducts(): Promise<boolean> {
    const [row] = await this.transactions.query<{ found: boolean }>('SELECT EXISTS (SELECT FROM products) AS found');
    return row!.found;
  }

  /** A crash of PostgreSQL empties unlogged tables, and what is missing can only be read again. */
  private async isComplete({ id, counts }: ImportRun): Promise<boolean> {
    const [row] = await this.unhurried(() =>
      this.transactions.query<{ staged: string; refused: string }>(
        `SELECT (SELECT count(*) FROM import_rows WHERE run_id = $1) AS staged,
                (SELECT count(*) FROM import_rejects WHERE run_id = $1) AS refused`,
        [id],
      ),
    );
    return Number(row!.staged) >= counts.accepted && Number(row!.refused) === counts.listed;
  }

  /** Statements over all rows of a large file may take longer than any of a request. */
  private unhurried<T>(work: () => Promise<T>): Promise<T> {
    return this.transactions.run(async () => {
      await this.transactions.execute('SET LOCAL statement_timeout = 0');
      return work();
    });
  }
}

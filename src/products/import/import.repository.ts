import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { ImportCounts } from './import-counts.js';
import type { StagedRow } from './rows/import-format.js';
import type { ImportPhase, ImportStatus } from './import-run.entity.js';

/** A run as the importer needs it. */
export interface RunState {
  readonly id: string;
  readonly phase: ImportPhase;
  readonly linesDone: number;
  readonly mergedKey: string | null;
  readonly counts: ImportCounts;
}

/** What names a run. */
export interface RunIdentity {
  readonly kind: string;
  readonly source: string;
  readonly fingerprint: string;
  readonly mapping: string;
}

/** An accepted row on its way to the staging table; `source` is the row as JSON, for the case that it is refused later. */
export interface AcceptedRow {
  readonly key: string;
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

export interface KeyedRow<Fragment> extends StagedRow<Fragment> {
  readonly mergeKey: string;
}

interface RunRow {
  id: string;
  phase: ImportPhase;
  lines_done: string;
  merged_key: string | null;
  result: ImportCounts;
}

/** Advisory lock of all imports of a database; two of them would decide about the same slugs and SKUs. */
const IMPORT_LOCK = [7_305_418, 1] as const;
const LOCK_POLL_MS = 200;
const ABANDONED_AFTER = '7 days';

/** Every query about import runs, staged rows and refused rows. */
@Injectable()
export class ImportRepository {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly dataSource: DataSource,
  ) {}

  /**
   * Runs `work` while no other import runs on this database.
   *
   * The lock belongs to a connection of its own and not to a transaction, so that it lasts over all of them and goes with the process.
   *
   * @param onWait Called once when another import has to end first.
   */
  async exclusively<T>(work: () => Promise<T>, onWait: () => void = () => undefined): Promise<T> {
    const session = this.dataSource.createQueryRunner();
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
  async findUnfinished(fingerprint: string): Promise<RunState | null> {
    const [row] = await this.transactions.query<RunRow>(
      `SELECT id, phase, lines_done, merged_key, result FROM import_runs
       WHERE fingerprint = $1 AND status <> 'succeeded' ORDER BY id DESC LIMIT 1`,
      [fingerprint],
    );
    if (!row) return null;
    const state = stateOf(row);
    return (await this.isComplete(state)) ? state : null;
  }

  async start(id: string, { kind, source, fingerprint, mapping }: RunIdentity, counts: ImportCounts): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO import_runs (id, kind, source, fingerprint, mapping, result) VALUES ($1, $2, $3, $4, $5, $6)`,
      [id, kind, source, fingerprint, mapping, JSON.stringify(counts)],
    );
  }

  /** Forgets what unfinished runs have staged: earlier ones of this source and mapping, and any that nobody came back to for a week. */
  async forgetOthers(id: string, { source, mapping }: RunIdentity): Promise<void> {
    await this.unhurried(async () => {
      const others = `SELECT id FROM import_runs WHERE id <> $1 AND status <> 'succeeded'
        AND ((source = $2 AND mapping = $3) OR updated_at < now() - interval '${ABANDONED_AFTER}')`;
      await this.transactions.execute(`DELETE FROM import_rows WHERE run_id IN (${others})`, [id, source, mapping]);
      await this.transactions.execute(`DELETE FROM import_rejects WHERE run_id IN (${others})`, [id, source, mapping]);
      await this.transactions.execute(`DELETE FROM import_runs WHERE id IN (${others})`, [id, source, mapping]);
    });
  }

  /** Notes how far the run has come; in the transaction of what it has done up to there. */
  async checkpoint(
    id: string,
    at: Partial<Pick<RunState, 'phase' | 'linesDone' | 'mergedKey'>>,
    counts: ImportCounts,
  ): Promise<void> {
    await this.transactions.execute(
      `UPDATE import_runs SET status = 'running', phase = coalesce($2, phase), lines_done = coalesce($3, lines_done),
         merged_key = coalesce($4, merged_key), result = $5, updated_at = now()
       WHERE id = $1`,
      [id, at.phase ?? null, at.linesDone ?? null, at.mergedKey ?? null, JSON.stringify(counts)],
    );
  }

  async close(id: string, status: ImportStatus): Promise<void> {
    await this.transactions.execute(
      `UPDATE import_runs SET status = $2, phase = CASE WHEN $2 = 'succeeded' THEN 'finished' ELSE phase END, updated_at = now()
       WHERE id = $1`,
      [id, status],
    );
  }

  async stage(id: string, accepted: readonly AcceptedRow[], rejected: readonly RejectedRow[]): Promise<void> {
    if (accepted.length > 0) {
      await this.transactions.execute(
        `INSERT INTO import_rows (run_id, merge_key, line, fragment, source)
         SELECT $1, key, line, fragment, source
         FROM json_to_recordset($2::json) AS row (key text, line bigint, fragment json, source text)`,
        [id, JSON.stringify(accepted)],
      );
    }
    if (rejected.length > 0) {
      await this.transactions.execute(
        `INSERT INTO import_rejects (run_id, line, code, message, source)
         SELECT $1, line, code, message, source
         FROM json_to_recordset($2::json) AS row (line bigint, code text, message text, source text)`,
        [id, JSON.stringify(rejected)],
      );
    }
  }

  /**
   * Which of the keys are staged already.
   *
   * @param sortPrefix Characters of the staged merge keys to leave out of the comparison.
   */
  async stagedKeys(id: string, keys: readonly string[], sortPrefix = 0): Promise<Set<string>> {
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
  async page<Fragment>(id: string, after: string | null, limit: number): Promise<KeyedRow<Fragment>[]> {
    const rows = await this.transactions.query<{ merge_key: string; line: string; fragment: Fragment }>(
      `SELECT merge_key, line, fragment FROM import_rows
       WHERE run_id = $1 AND merge_key > $2 ORDER BY merge_key, line LIMIT $3`,
      [id, after ?? '', limit],
    );
    const keyed = rows.map(({ merge_key, line, fragment }) => ({ mergeKey: merge_key, line: Number(line), fragment }));
    if (keyed.length < limit) return keyed;
    const lastKey = keyed.at(-1)!.mergeKey;
    const whole = keyed.filter((row) => row.mergeKey !== lastKey);
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

  /** Throws away what a run has staged; its counts stay. */
  async clear(id: string): Promise<void> {
    await this.unhurried(async () => {
      await this.transactions.execute('DELETE FROM import_rows WHERE run_id = $1', [id]);
      await this.transactions.execute('DELETE FROM import_rejects WHERE run_id = $1', [id]);
    });
  }

  /** Lets the planner know the staged rows, or the catalogue that has just been filled. */
  async analyze(what: 'staging' | 'catalogue'): Promise<void> {
    const tables =
      what === 'staging' ? 'import_rows' : 'categories, products, product_categories, variants, variant_prices, stock';
    await this.unhurried(() => this.transactions.execute(`ANALYZE ${tables}`));
  }

  /** A crash of PostgreSQL empties unlogged tables, and what is missing can only be read again. */
  private async isComplete({ id, counts }: RunState): Promise<boolean> {
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

function stateOf(row: RunRow): RunState {
  return {
    id: row.id,
    phase: row.phase,
    linesDone: Number(row.lines_done),
    mergedKey: row.merged_key,
    counts: row.result,
  };
}

import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { countRefusal, type ImportCounts } from './import-counts.js';
import type { RowOutcome, RowReader } from './rows/import-format.js';
import { ImportFailedError } from './import.errors.js';
import { type AcceptedRow, ImportRepository, type RejectedRow, type RunState } from './import.repository.js';
import { MAX_KEY_LENGTH } from './rows/limits.js';
import type { Mapping } from './mappings/mapping.js';
import type { ImportProgress } from './progress.js';
import type { Refusal } from './rows/refusal.js';
import { OTHER_COLUMNS } from './rows/row-values.js';
import type { RawRow, SourceFile } from './reading/source-file.js';

/** What staging needs besides the file. */
export interface StagingOptions {
  readonly reader: RowReader;
  readonly mapping?: Mapping;
  /** Rows of one transaction. */
  readonly batch: number;
  readonly onProgress?: (progress: ImportProgress) => void;
}

/** The first half of an import: reads the rows of a file, checks each by itself, and stages what is accepted. */
@Injectable()
export class RowStaging {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly imports: ImportRepository,
  ) {}

  /**
   * Stages the rows of a file from where the run stopped to the end, each chunk in a transaction with its checkpoint.
   *
   * @returns what has been counted so far.
   * @throws ImportFailedError when the file cannot be read or lacks columns of the mapping.
   */
  async stage(run: RunState, file: SourceFile, options: StagingOptions): Promise<ImportCounts> {
    const { mapping, batch, onProgress } = options;
    let counts = run.counts;
    let chunk: RawRow[] = [];
    const flush = async (phase?: 'merging'): Promise<void> => {
      counts = await this.stageChunk(run.id, chunk, options.reader, counts, phase);
      chunk = [];
      onProgress?.({ phase: 'reading', done: file.bytesRead, total: file.size, counts });
    };
    const rows = file.rows({
      format: mapping?.format ?? 'ndjson',
      encoding: mapping?.encoding,
      delimiter: mapping?.delimiter,
      onColumns: (columns) => assertColumns(columns, mapping),
    });
    for await (const some of rows) {
      for (const row of some) {
        if (row.lastLine <= run.linesDone) continue;
        chunk.push(row);
        if (chunk.length >= batch) await flush();
      }
    }
    await flush('merging');
    return counts;
  }

  private async stageChunk(
    id: string,
    rows: readonly RawRow[],
    reader: RowReader,
    before: ImportCounts,
    phase?: 'merging',
  ): Promise<ImportCounts> {
    const outcomes = rows.map((row) => withinLimits(reader.read(row)));
    const uniqueKeys = outcomes.map((outcome) =>
      'mergeKey' in outcome ? reader.uniqueKeyOf(outcome.mergeKey) : undefined,
    );
    return this.transactions.run(async () => {
      const counts = structuredClone(before);
      const taken = await this.takenKeys(id, uniqueKeys, reader.sortPrefix);
      const accepted: AcceptedRow[] = [];
      const rejected: RejectedRow[] = [];
      rows.forEach((row, index) => {
        const key = uniqueKeys[index];
        const outcome = key !== undefined && taken.has(key) ? repeated(key) : outcomes[index]!;
        counts.rows += 1;
        if ('mergeKey' in outcome) {
          counts.accepted += 1;
          accepted.push({ key: outcome.mergeKey, line: row.line, fragment: outcome.fragment, source: sourceOf(row) });
          if (key !== undefined) taken.add(key);
        } else {
          countRefusal(counts, outcome.refusals);
          rejected.push({ line: row.line, ...outcome.refusals[0], source: sourceOf(row) });
        }
      });
      await this.imports.stage(id, accepted, rejected);
      await this.imports.checkpoint(id, { phase, linesDone: rows.at(-1)?.lastLine }, counts);
      return counts;
    });
  }

  private async takenKeys(id: string, keys: readonly (string | undefined)[], sortPrefix: number): Promise<Set<string>> {
    const unique = keys.filter((key) => key !== undefined);
    return unique.length === 0 ? new Set() : this.imports.stagedKeys(id, unique, sortPrefix);
  }
}

/** @throws ImportFailedError when the columns are not those of the mapping: then it is the wrong file, or the wrong mapping. */
function assertColumns(columns: readonly string[], mapping: Mapping | undefined): void {
  const rules = mapping?.columns ?? {};
  const missing = Object.keys(rules).filter(
    (name) => name !== OTHER_COLUMNS && !rules[name]!.optional && !columns.includes(name),
  );
  const unknown = rules[OTHER_COLUMNS] ? [] : columns.filter((name) => !Object.hasOwn(rules, name));
  const problems = [
    ...(missing.length > 0 ? [`lacks the columns ${missing.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`has the unknown columns ${unknown.join(', ')}`] : []),
  ];
  if (problems.length > 0)
    throw new ImportFailedError(`The file does not fit the mapping ${mapping?.name}: it ${problems.join(' and ')}.`);
}

function withinLimits(outcome: RowOutcome<unknown>): RowOutcome<unknown> {
  if (!('mergeKey' in outcome) || outcome.mergeKey.length <= MAX_KEY_LENGTH) return outcome;
  return refusedFor({
    code: 'out_of_limits',
    message: `what names the row is longer than ${MAX_KEY_LENGTH} characters`,
  });
}

function repeated(key: string): RowOutcome<unknown> {
  return refusedFor({ code: 'repeated', message: `an earlier row of the file is "${key}" already` });
}

function refusedFor(refusal: Refusal): RowOutcome<unknown> {
  return { refusals: [refusal] };
}

/** The row as JSON: the object of an NDJSON line, and the text of anything else. */
function sourceOf({ text, values }: RawRow): string {
  return values && text.trimStart().startsWith('{') ? text.trim() : JSON.stringify(text);
}

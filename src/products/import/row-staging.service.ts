import { Injectable } from '@nestjs/common';
import { countRefusal, type ImportCounts, type ImportPace } from './import-counts.js';
import type { ImportRun } from './import-run.entity.js';
import { ImportFailedError, type Refusal } from './import.errors.js';
import { type AcceptedRow, ImportRepository, type RejectedRow } from './import.repository.js';
import type { Mapping } from './mappings/mapping.js';
import type { RawRow, SourceFile } from './reading/source-file.js';
import { outcomeOf, type RowReader } from './rows/import-format.js';
import { OTHER_COLUMNS } from './rows/row-values.js';

/** What staging needs besides the file. */
export interface StagingOptions extends ImportPace {
  readonly reader: RowReader;
  readonly mapping?: Mapping;
}

/** The first half of an import: reads the rows of a file, checks each by itself, and stages what is accepted. */
@Injectable()
export class RowStaging {
  constructor(private readonly imports: ImportRepository) {}

  /**
   * Stages the rows of a file from where the run stopped to the end, each chunk in a transaction with its checkpoint.
   *
   * @returns what has been counted so far.
   * @throws ImportFailedError when the file cannot be read or lacks columns of the mapping.
   */
  async stage(run: ImportRun, file: SourceFile, options: StagingOptions): Promise<ImportCounts> {
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
    const read = rows.map((row) => {
      const outcome = outcomeOf(reader, row);
      const isUnique = reader.sortPrefix !== null && 'mergeKey' in outcome;
      return { row, outcome, key: isUnique ? outcome.mergeKey.slice(reader.sortPrefix) : undefined };
    });
    const keys = read.flatMap(({ key }) => key ?? []);
    const at = { phase, linesDone: rows.at(-1)?.lastLine };
    return this.imports.chunk(id, at, before, async (counts) => {
      const taken = await this.imports.stagedKeys(id, keys, reader.sortPrefix ?? 0);
      const accepted: AcceptedRow[] = [];
      const rejected: RejectedRow[] = [];
      for (const { row, outcome, key } of read) {
        const { line } = row;
        counts.rows += 1;
        if ('refusals' in outcome || (key !== undefined && taken.has(key))) {
          const refusals = 'refusals' in outcome ? outcome.refusals : ([repetitionOf(key!)] as const);
          countRefusal(counts, refusals);
          rejected.push({ line, ...refusals[0], source: sourceOf(row) });
        } else {
          counts.accepted += 1;
          accepted.push({ merge_key: outcome.mergeKey, line, fragment: outcome.fragment, source: sourceOf(row) });
          if (key !== undefined) taken.add(key);
        }
      }
      await this.imports.stage(id, accepted, rejected);
    });
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

const repetitionOf = (key: string): Refusal => ({
  code: 'repeated',
  message: `an earlier row of the file is "${key}" already`,
});

/** The row as JSON: the object of an NDJSON line, and the text of anything else. */
function sourceOf({ text, values }: RawRow): string {
  return values && text.trimStart().startsWith('{') ? text.trim() : JSON.stringify(text);
}

import type { Refusal } from '../import.errors.js';
import { MAX_ROW_LENGTH, type TextLine } from './line-splitter.js';

/** One record: its cells, or why it has none. `line` is where it begins, `lastLine` where it ends. */
export interface CsvRecord {
  readonly line: number;
  readonly lastLine: number;
  readonly text: string;
  readonly cells?: readonly string[];
  readonly problem?: Refusal;
}

/** A cell over more lines than this is taken for one whose closing quote is missing; it also bounds the work of finding that out. */
const MAX_RECORD_LINES = 1_000;
/** A quoted cell that has not ended where the text ends. */
const UNCLOSED = Symbol('unclosed');

/**
 * Reads CSV records (RFC 4180) out of lines.
 *
 * A stray quote costs only the line it stands on: when a cell stays open to the end of the file, or beyond the longest record, its first
 * line is refused and reading goes on with the next one. Blank lines are no records. Ours, because csv-parse takes three times as long
 * and loses all that follows a quote that is never closed.
 */
export class CsvReader {
  /** Lines of a record whose last cell is open. */
  private pending: TextLine[] = [];
  private pendingLength = 0;

  constructor(
    private readonly delimiter = ',',
    private readonly maxLength = MAX_ROW_LENGTH,
  ) {}

  push(lines: readonly TextLine[]): CsvRecord[] {
    const records: CsvRecord[] = [];
    for (const line of lines) this.take(line, records);
    return records;
  }

  end(): CsvRecord[] {
    const records: CsvRecord[] = [];
    while (this.pending.length > 0) this.giveUpFirst(records);
    return records;
  }

  private take(line: TextLine, records: CsvRecord[]): void {
    const { number, text, isTooLong } = line;
    const isFirst = this.pending.length === 0;
    if (isFirst && isTooLong) return void records.push(refused(line, 'line_too_long', 'the line is longer than 1 MiB'));
    if (isFirst && text === '') return;
    const hasQuote = text.includes('"');
    // The usual case: nothing quoted, so nothing to look for.
    if (isFirst && !hasQuote)
      return void records.push({ line: number, lastLine: number, text, cells: text.split(this.delimiter) });
    this.pending.push(line);
    this.pendingLength += text.length + 1;
    const whole = isFirst || !hasQuote ? text : this.pending.map((one) => one.text).join('\n');
    // Without a quote, nothing in the line can end the open cell.
    const result = isTooLong || !hasQuote ? UNCLOSED : cellsOf(whole, this.delimiter);
    if (typeof result === 'string') return this.giveUpFirst(records, result);
    if (result === UNCLOSED) {
      const isBeyondLimits = this.pendingLength > this.maxLength || this.pending.length > MAX_RECORD_LINES;
      if (isTooLong || isBeyondLimits) this.giveUpFirst(records);
      return;
    }
    records.push({ line: this.pending[0]!.number, lastLine: number, text: whole, cells: result });
    this.pending = [];
    this.pendingLength = 0;
  }

  /** Refuses the first pending line by itself and reads the others again. */
  private giveUpFirst(records: CsvRecord[], message = 'a quoted cell is not closed'): void {
    const [first, ...others] = this.pending;
    this.pending = [];
    this.pendingLength = 0;
    records.push(refused(first!, 'malformed_csv', message));
    for (const line of others) this.take(line, records);
  }
}

function refused({ number, text }: TextLine, code: string, message: string): CsvRecord {
  return { line: number, lastLine: number, text, problem: { code, message } };
}

/** @returns the cells, `UNCLOSED`, or what is wrong with the quotes. */
function cellsOf(text: string, delimiter: string): string[] | string | typeof UNCLOSED {
  const cells: string[] = [];
  for (let start = 0; ;) {
    let end: number;
    if (text[start] === '"') {
      const closing = closingQuote(text, start + 1);
      if (closing === -1) return UNCLOSED;
      cells.push(text.slice(start + 1, closing).replaceAll('""', '"'));
      end = closing + 1;
      if (end < text.length && !text.startsWith(delimiter, end)) return 'text follows the closing quote of a cell';
    } else {
      const next = text.indexOf(delimiter, start);
      end = next === -1 ? text.length : next;
      const cell = text.slice(start, end);
      if (cell.includes('"')) return 'a cell with a quote in it must be quoted, and the quote doubled';
      cells.push(cell);
    }
    if (end >= text.length) return cells;
    start = end + delimiter.length;
  }
}

/** The quote that ends the cell; doubled ones stand for themselves. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 2)) {
    if (text[at + 1] !== '"') return at;
  }
  return -1;
}

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ImportFailedError, type Refusal } from '../import.errors.js';
import { CsvReader } from './csv-reader.js';
import { LineSplitter, type TextLine } from './line-splitter.js';
import type { RowValues } from '../rows/row-values.js';

export type FileFormat = 'ndjson' | 'csv';

/** One row of a file, counted by the line on which it begins: its values, or why it has none. */
export interface RawRow {
  readonly line: number;
  /** Last line of the row; a CSV cell may hold line breaks. */
  readonly lastLine: number;
  readonly text: string;
  readonly values?: RowValues;
  readonly problem?: Refusal;
}

/** How the text of a file is to be read. */
export interface ReadingOptions {
  readonly format: FileFormat;
  readonly encoding?: string;
  readonly delimiter?: string;
  /** Is given the column names of a CSV file before its first row, and may refuse them by throwing. */
  readonly onColumns?: (columns: readonly string[]) => void;
}

const GZIP_MAGIC = [0x1f, 0x8b];
/** Digits beyond these are lost when a JSON number becomes a JavaScript number. */
const EXACT_DIGITS = 15;

/** A file of rows on disk, plain or gzipped; read as a stream, so that its size does not matter. */
export class SourceFile {
  /** Bytes read so far, of `size`. */
  bytesRead = 0;

  private constructor(
    readonly path: string,
    readonly size: number,
    readonly isGzipped: boolean,
    /** By the name of the file or, if that says nothing, by its first character. */
    readonly format: FileFormat,
  ) {}

  /** @throws ImportFailedError when the file cannot be read. */
  static async open(path: string): Promise<SourceFile> {
    try {
      const details = await stat(path);
      if (!details.isFile()) throw new ImportFailedError(`${path} is not a file.`);
      const head = await readHead(path);
      const isGzipped = GZIP_MAGIC.every((byte, index) => head[index] === byte);
      const byName = formatOfName(path);
      return new SourceFile(path, details.size, isGzipped, byName ?? (await formatOfContent(path, isGzipped)));
    } catch (error) {
      if (error instanceof ImportFailedError) throw error;
      throw new ImportFailedError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }

  /** SHA-256 of the bytes, by which a later run recognises the same file. */
  async fingerprint(): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(this.path), hash);
    return hash.digest('hex');
  }

  /**
   * Reads the rows from the first to the last, in lists of some hundreds.
   *
   * @throws ImportFailedError for a damaged archive, or whatever `onColumns` throws.
   */
  async *rows(options: ReadingOptions): AsyncGenerator<RawRow[]> {
    this.bytesRead = 0;
    const reader = options.format === 'csv' ? new CsvRows(options) : ndjsonRows;
    const splitter = new LineSplitter();
    for await (const text of this.text(options.encoding)) yield reader.push(splitter.push(text));
    yield reader.push(splitter.end());
    yield reader.end();
  }

  private async *text(encoding = 'utf-8'): AsyncGenerator<string> {
    const file = createReadStream(this.path, { highWaterMark: 65_536 });
    file.on('data', (chunk) => (this.bytesRead += chunk.length));
    const bytes = this.isGzipped ? file.pipe(createGunzip()) : file;
    file.on('error', (error) => bytes.destroy(error));
    let decoder: InstanceType<typeof TextDecoder> | undefined;
    try {
      for await (const chunk of bytes as AsyncIterable<Buffer>) {
        decoder ??= new TextDecoder(byteOrderMark(chunk) ?? encoding);
        yield decoder.decode(chunk, { stream: true });
      }
      yield decoder?.decode() ?? '';
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (!this.isGzipped || !code?.startsWith('Z_')) throw error;
      throw new ImportFailedError(`${this.path} is damaged: ${(error as Error).message}`, { cause: error });
    } finally {
      file.destroy();
    }
  }
}

/** Makes rows of lines. */
interface RowReading {
  push(lines: readonly TextLine[]): RawRow[];
  end(): RawRow[];
}

const ndjsonRows: RowReading = {
  push: (lines) => lines.flatMap((line) => (line.text.trim() === '' && !line.isTooLong ? [] : [ndjsonRow(line)])),
  end: () => [],
};

function ndjsonRow({ number, text, isTooLong }: TextLine): RawRow {
  const place = { line: number, lastLine: number, text };
  const refused = (code: string, message: string): RawRow => ({ ...place, problem: { code, message } });
  if (isTooLong) return refused('line_too_long', 'the line is longer than 1 MiB');
  if (text.includes('\uFFFD'))
    return refused('invalid_encoding', 'the line holds bytes that are no text in the encoding of the file');
  let values: unknown;
  try {
    values = JSON.parse(text);
  } catch (error) {
    return refused('malformed_json', (error as Error).message);
  }
  if (typeof values !== 'object' || values === null || Array.isArray(values))
    return refused('malformed_json', 'the line is no JSON object');
  if (/\0|\\u(?:0000|d[89a-f])/i.test(text) && !isStorable(values)) return refused('invalid_text', UNSTORABLE);
  if (/\d[\d.]{15}/.test(text) && hasInexactNumber(text)) {
    return refused('number_too_long', `a number has more than ${EXACT_DIGITS} digits, which cannot be read exactly`);
  }
  return { ...place, values: values as RowValues };
}

class CsvRows implements RowReading {
  private readonly reader: CsvReader;
  private columns: readonly string[] | undefined;

  constructor(private readonly options: ReadingOptions) {
    this.reader = new CsvReader(options.delimiter);
  }

  push(lines: readonly TextLine[]): RawRow[] {
    return this.rowsOf(this.reader.push(lines));
  }

  end(): RawRow[] {
    const rows = this.rowsOf(this.reader.end());
    if (!this.columns) throw new ImportFailedError('The file is empty: its first line must name the columns.');
    return rows;
  }

  private rowsOf(records: ReturnType<CsvReader['push']>): RawRow[] {
    const rows: RawRow[] = [];
    for (const { line, lastLine, text, cells, problem } of records) {
      if (!this.columns) {
        this.columns = this.readHeader(cells, problem);
        continue;
      }
      const place = { line, lastLine, text };
      if (!cells) rows.push({ ...place, problem });
      else if (cells.length !== this.columns.length) rows.push({ ...place, problem: this.miscounted(cells.length) });
      else if (text.includes('\uFFFD')) rows.push({ ...place, problem: BAD_BYTES });
      else if (text.includes('\0')) rows.push({ ...place, problem: { code: 'invalid_text', message: UNSTORABLE } });
      else rows.push({ ...place, values: Object.fromEntries(this.columns.map((name, index) => [name, cells[index]])) });
    }
    return rows;
  }

  private readHeader(cells: readonly string[] | undefined, problem: Refusal | undefined): readonly string[] {
    if (!cells) throw new ImportFailedError(`The first line must name the columns: ${problem?.message}.`);
    const columns = cells.map((name) => name.trim());
    const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
    if (repeated !== undefined) throw new ImportFailedError(`The column "${repeated}" occurs twice in the first line.`);
    this.options.onColumns?.(columns);
    return columns;
  }

  private miscounted(found: number): Refusal {
    return {
      code: 'wrong_column_count',
      message: `the row has ${found} cells and the first line names ${this.columns!.length} columns`,
    };
  }
}

const UNSTORABLE = 'a text holds the character NUL or half of a surrogate pair, which cannot be stored';
const BAD_BYTES: Refusal = {
  code: 'invalid_encoding',
  message: 'the row holds bytes that are no text in the encoding of the file',
};

function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => isStorable(name) && isStorable(member));
}

function hasInexactNumber(json: string): boolean {
  const outsideOfTexts = json.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  const numbers = outsideOfTexts.match(/-?\d+(?:\.\d+)?/g) ?? [];
  return numbers.some((text) => text.replace(/^-?0*\.?0*|\D/g, '').length > EXACT_DIGITS);
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function formatOfName(path: string): FileFormat | undefined {
  const name = path.toLowerCase().replace(/\.gz$/, '');
  if (/\.(csv|tsv)$/.test(name)) return 'csv';
  return /\.(ndjson|jsonl|json)$/.test(name) ? 'ndjson' : undefined;
}

async function formatOfContent(path: string, isGzipped: boolean): Promise<FileFormat> {
  const file = createReadStream(path, { end: 65_535 });
  const bytes = isGzipped ? file.pipe(createGunzip()) : file;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      const text = new TextDecoder(byteOrderMark(chunk) ?? 'utf-8').decode(chunk).trimStart();
      if (text !== '') return text.startsWith('{') ? 'ndjson' : 'csv';
    }
  } finally {
    file.destroy();
  }
  return 'ndjson';
}

function byteOrderMark(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : undefined;
}

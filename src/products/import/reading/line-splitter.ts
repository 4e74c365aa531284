/** One physical line of a file, numbered from 1. */
export interface TextLine {
  readonly number: number;
  /** Without its line ending; only the beginning when `isTooLong`. */
  readonly text: string;
  readonly isTooLong: boolean;
}

/** Characters of a line, or of a CSV record over several lines; what is longer is refused, so that memory stays bounded. */
export const MAX_ROW_LENGTH = 1_048_576;
const KEPT_OF_A_LONG_LINE = 1_000;

/** Cuts a stream of text into lines (LF or CR LF) without ever holding more than one long line. */
export class LineSplitter {
  private rest = '';
  private number = 0;
  private isSkipping = false;

  constructor(private readonly maxLength = MAX_ROW_LENGTH) {}

  push(chunk: string): TextLine[] {
    const lines: TextLine[] = [];
    const text = this.rest === '' ? chunk : this.rest + chunk;
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; start = end + 1, end = text.indexOf('\n', start)) {
      this.complete(text.slice(start, text[end - 1] === '\r' && end > start ? end - 1 : end), lines);
    }
    this.rest = text.slice(start);
    if (this.rest.length > this.maxLength) {
      this.isSkipping = true;
      this.rest = this.rest.slice(0, KEPT_OF_A_LONG_LINE);
    }
    return lines;
  }

  /** The last line, when the file does not end with a line break. */
  end(): TextLine[] {
    const lines: TextLine[] = [];
    if (this.rest !== '' || this.isSkipping) this.complete(this.rest, lines);
    this.rest = '';
    return lines;
  }

  private complete(text: string, lines: TextLine[]): void {
    const isTooLong = this.isSkipping || text.length > this.maxLength;
    this.number += 1;
    this.isSkipping = false;
    lines.push({ number: this.number, text: isTooLong ? text.slice(0, KEPT_OF_A_LONG_LINE) : text, isTooLong });
  }
}

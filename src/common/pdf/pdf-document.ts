import { createRequire } from 'node:module';
import type PDFKit from 'pdfkit';

/** What every page of a document has in common. */
export interface PdfFrame {
  /** What readers call it: in the window's title and in lists of files. */
  readonly title: string;
  /** BCP 47 tag of the language it is written in. */
  readonly language: string;
  /** When it counts as made. Nothing else of the clock goes into the file, so the same content makes the same bytes. */
  readonly date: Date;
  /** At the foot of every page, left of its number; long ones are cut off after two lines. */
  readonly footer?: string;
  /** How a page says which it is. "1 / 3" unless given. */
  readonly pageLabel?: (page: number, pages: number) => string;
}

export interface PdfColumn {
  readonly label: string;
  /** A column of text breaks its lines and gets this share of the room that is left; columns of figures are as wide as their widest figure. */
  readonly share?: number;
}

/** A label and what it says, both ready to be shown. */
export interface PdfFigure {
  readonly label: string;
  readonly value: string;
  readonly isBold?: boolean;
}

type Weight = 'regular' | 'bold';

const MARGIN = 50;
const FOOTER = 30;
const GAP = 8;
const SIZE = 9;
/** Sizes of a table, from the one wanted to one that still can be read. */
const TABLE_SIZES = [SIZE, 8, 7, 6, 5];
/** Columns of text keep at least this part of the width; otherwise the table is set smaller. */
const LEAST_TEXT = 0.3;
/** Lines of a cell, or of a block beside another, after which it is cut off: none becomes taller than a page. */
const MOST_LINES = 30;
/** Characters of such a cell or block: more do not go into its lines. */
const MOST_LETTERS = 2_000;
const GREY = '#666666';
const RULE = '#bbbbbb';

/**
 * A document of A4 pages that flows from top to bottom: blocks of text, tables that go on over pages under their header, and figures.
 *
 * Written with the DejaVu fonts, which know Latin with all its extensions, Greek, Cyrillic, Armenian, Georgian, Hebrew and Arabic letters,
 * and the signs of currencies. What they do not know (Chinese, Japanese, Korean, the scripts of India and South-East Asia, emoji) is shown as
 * an empty box, and text from right to left is not put in its order; neither keeps a document from being made.
 */
export class PdfDocument {
  private readonly chunks: Buffer[] = [];
  private readonly ended: Promise<Buffer>;

  private constructor(
    private readonly pdf: PDFKit.PDFDocument,
    private readonly frame: PdfFrame,
  ) {
    this.ended = new Promise((resolve, reject) => {
      pdf.on('data', (chunk: Buffer) => this.chunks.push(chunk));
      pdf.on('end', () => resolve(Buffer.concat(this.chunks)));
      pdf.on('error', reject);
    });
  }

  /** Begins a document. The library and the fonts are loaded by the first one only. */
  static begin(frame: PdfFrame): PdfDocument {
    const load = createRequire(import.meta.url);
    const Document = load('pdfkit') as typeof PDFKit;
    const font = (name: string): string => load.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);
    const pdf = new Document({
      size: 'A4',
      margins: { top: MARGIN, left: MARGIN, right: MARGIN, bottom: MARGIN + FOOTER },
      bufferPages: true,
      lang: frame.language,
      displayTitle: true,
      info: { Title: shown(frame.title), Creator: 'Storehouse', Producer: 'Storehouse', CreationDate: frame.date },
      font: font('DejaVuSansCondensed'),
    });
    pdf.registerFont('regular', font('DejaVuSansCondensed'));
    pdf.registerFont('bold', font('DejaVuSansCondensed-Bold'));
    return new PdfDocument(pdf, frame);
  }

  heading(text: string, size = 16): this {
    this.type('bold', size);
    this.keep(this.heightOf(text, this.width) + 3 * SIZE);
    this.pdf.text(shown(text), MARGIN, this.pdf.y, { width: this.width });
    return this.space();
  }

  /** Text that breaks its lines, and goes on over pages. An empty one leaves nothing. */
  paragraph(
    text: string,
    style: { readonly size?: number; readonly isBold?: boolean; readonly isGrey?: boolean } = {},
  ): this {
    if (text === '') return this;
    this.type(style.isBold ? 'bold' : 'regular', style.size ?? SIZE);
    this.pdf.fillColor(style.isGrey ? GREY : 'black').text(shown(text), MARGIN, this.pdf.y, { width: this.width });
    this.pdf.fillColor('black');
    return this;
  }

  space(points = GAP): this {
    this.pdf.y += points;
    return this;
  }

  /** Blocks of lines side by side, each with as much of the width as the others. */
  beside(...blocks: readonly (readonly string[])[]): this {
    const { pdf } = this;
    this.type('regular', SIZE);
    const width = (this.width - (blocks.length - 1) * 2 * GAP) / blocks.length;
    const heights = blocks.map((lines) => this.heightOf(lines.join('\n'), width));
    const height = Math.max(0, ...heights);
    this.keep(height);
    const top = pdf.y;
    blocks.forEach((lines, index) =>
      this.write(lines.join('\n'), MARGIN + index * (width + 2 * GAP), top, width, 'left'),
    );
    pdf.y = top + height;
    return this;
  }

  /** A table whose rows stay whole, and whose header is repeated on every page. @param rows One text for each column. */
  table(columns: readonly PdfColumn[], rows: readonly (readonly string[])[]): this {
    const { pdf } = this;
    const { size, widths } = this.fit(columns, rows);
    const row = (cells: readonly string[], weight: Weight): (() => void) & { height: number } => {
      this.type(weight, size);
      const height = Math.max(...cells.map((cell, index) => this.heightOf(cell, widths[index]!))) + GAP;
      const draw = (): void => {
        this.type(weight, size);
        const top = pdf.y;
        let left = MARGIN;
        cells.forEach((cell, index) => {
          this.write(cell, left, top + GAP / 2, widths[index]!, columns[index]!.share ? 'left' : 'right');
          left += widths[index]! + GAP;
        });
        pdf.y = top + height;
        this.rule(weight === 'bold' ? 'black' : RULE);
      };
      return Object.assign(draw, { height });
    };
    const header = row(
      columns.map(({ label }) => label),
      'bold',
    );
    this.keep(header.height + 3 * size);
    header();
    for (const cells of rows) {
      const next = row(cells, 'regular');
      if (this.keep(next.height)) header();
      next();
    }
    return this.space();
  }

  /** Figures under each other at the right, kept on one page. */
  figures(figures: readonly PdfFigure[]): this {
    const { pdf } = this;
    const measured = figures.map(({ label, value, isBold }) => {
      this.type(isBold ? 'bold' : 'regular', SIZE);
      return { label: pdf.widthOfString(shown(label)), value: pdf.widthOfString(shown(value)) };
    });
    const valueWidth = Math.max(0, ...measured.map(({ value }) => value)) + 1;
    const labelWidth = Math.min(
      Math.max(0, ...measured.map(({ label }) => label)) + 1,
      this.width - valueWidth - 2 * GAP,
    );
    const left = MARGIN + this.width - valueWidth - 2 * GAP - labelWidth;
    const heights = figures.map(({ label, isBold }) => {
      this.type(isBold ? 'bold' : 'regular', SIZE);
      return this.heightOf(label, labelWidth) + 4;
    });
    this.keep(
      Math.min(
        heights.reduce((sum, height) => sum + height, 0),
        this.room,
      ),
    );
    figures.forEach(({ label, value, isBold }, index) => {
      this.keep(heights[index]!);
      this.type(isBold ? 'bold' : 'regular', SIZE);
      const top = pdf.y;
      this.write(label, left, top, labelWidth, 'left');
      this.write(value, MARGIN + this.width - valueWidth, top, valueWidth, 'right');
      pdf.y = top + heights[index]!;
    });
    return this.space();
  }

  /** Writes the foot of every page. @returns the whole file. */
  end(): Promise<Buffer> {
    const { pdf, frame } = this;
    const { start, count } = pdf.bufferedPageRange();
    for (let page = 0; page < count; page += 1) {
      pdf.switchToPage(start + page);
      // Below the margin, which would begin another page.
      pdf.page.margins.bottom = 0;
      const top = pdf.page.height - MARGIN - FOOTER / 3;
      const label = frame.pageLabel?.(page + 1, count) ?? `${page + 1} / ${count}`;
      this.type('regular', 7);
      const labelWidth = pdf.widthOfString(shown(label)) + 1;
      pdf.fillColor(GREY);
      if (frame.footer) this.write(frame.footer, MARGIN, top, this.width - labelWidth - 2 * GAP, 'left', 2);
      this.write(label, MARGIN + this.width - labelWidth, top, labelWidth, 'right');
    }
    pdf.end();
    return this.ended;
  }

  private get width(): number {
    return this.pdf.page.width - 2 * MARGIN;
  }

  /** Points from top to bottom of what a page can hold. */
  private get room(): number {
    return this.pdf.page.height - 2 * MARGIN - FOOTER;
  }

  /** Begins a page unless `height` still fits on this one. @returns whether it has. */
  private keep(height: number): boolean {
    if (this.pdf.y + height <= MARGIN + this.room) return false;
    this.pdf.addPage();
    return true;
  }

  private type(weight: Weight, size: number): void {
    this.pdf.font(weight).fontSize(size);
  }

  private rule(colour: string): void {
    const { pdf } = this;
    pdf
      .moveTo(MARGIN, pdf.y)
      .lineTo(MARGIN + this.width, pdf.y)
      .lineWidth(0.5)
      .stroke(colour);
  }

  /** In the type that is set. */
  private heightOf(text: string, width: number): number {
    const { pdf } = this;
    return Math.min(pdf.heightOfString(cut(text), { width }), MOST_LINES * pdf.currentLineHeight(true));
  }

  private write(
    text: string,
    left: number,
    top: number,
    width: number,
    align: 'left' | 'right',
    lines = MOST_LINES,
  ): void {
    if (text === '') return;
    const height = lines * this.pdf.currentLineHeight(true);
    this.pdf.text(cut(text), left, top, { width, align, height, ellipsis: true });
  }

  /** The largest type in which the figures stand on one line and the text has room beside them. */
  private fit(
    columns: readonly PdfColumn[],
    rows: readonly (readonly string[])[],
  ): { size: number; widths: readonly number[] } {
    const room = this.width - (columns.length - 1) * GAP;
    const shares = columns.reduce((sum, { share = 0 }) => sum + share, 0);
    const least = shares > 0 ? LEAST_TEXT * this.width : 0;
    const widthsAt = (size: number): (number | undefined)[] =>
      columns.map(({ label, share }, index) => {
        if (share) return undefined;
        this.type('bold', size);
        const heading = this.pdf.widthOfString(shown(label));
        this.type('regular', size);
        return Math.max(heading, ...rows.map((row) => this.pdf.widthOfString(shown(row[index]!)))) + 1;
      });
    const taken = (widths: readonly (number | undefined)[]): number =>
      widths.reduce<number>((sum, width = 0) => sum + width, 0);
    const size = TABLE_SIZES.find((each) => taken(widthsAt(each)) + least <= room) ?? TABLE_SIZES.at(-1)!;
    const fixed = widthsAt(size);
    const left = Math.max(room - taken(fixed), least);
    return { size, widths: columns.map(({ share = 0 }, index) => fixed[index] ?? (left * share) / shares) };
  }
}

function cut(text: string): string {
  return shown(text.slice(0, MOST_LETTERS));
}

/** Without what cannot be written: halves of characters, and control characters other than the end of a line. */
function shown(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.toWellFormed().replace(/[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g, '');
}

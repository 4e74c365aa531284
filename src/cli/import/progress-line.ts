import type { ImportProgress } from '../../products/import/import-counts.js';

const WIDTH = 24;
/** Percents between two lines where lines cannot be overwritten. */
const STEP = 10;

/** Draws the progress of an import: one line that moves on a terminal, a line every ten percent elsewhere. */
export class ProgressLine {
  private lastStep = '';

  constructor(private readonly output: NodeJS.WriteStream = process.stderr) {}

  show(progress: ImportProgress): void {
    if (progress.phase === 'waiting') {
      this.output.write('Another import runs; waiting for it to end …\n');
      return;
    }
    const { phase, done, total, counts } = progress;
    const percent = total === 0 ? 100 : Math.min(100, Math.floor((done / total) * 100));
    const refused = counts.refused === 0 ? '' : `, ${counts.refused.toLocaleString('en')} refused`;
    const facts =
      phase === 'reading' ? `${counts.rows.toLocaleString('en')} rows${refused}` : `${done.toLocaleString('en')} rows`;
    if (this.output.isTTY) {
      const filled = Math.round((percent / 100) * WIDTH);
      this.output.write(
        `\r${phase.padEnd(8)}${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${percent} %  ${facts}\x1b[K`,
      );
      return;
    }
    const step = `${phase} ${Math.floor(percent / STEP)}`;
    if (step !== this.lastStep) this.output.write(`${phase} ${percent} % · ${facts}\n`);
    this.lastStep = step;
  }

  end(): void {
    if (this.output.isTTY) this.output.write('\r\x1b[K');
  }
}

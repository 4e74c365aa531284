import { TemporarilyUnavailableError } from '../../common/errors/request.errors.js';

/** Runs expensive work a few pieces at a time, first come first served, and refuses what would wait behind too many. */
export class WorkQueue {
  private running = 0;
  private finished = 0;
  private readonly waiting: (() => void)[] = [];

  /** @param width Pieces under way at the same moment. @param longest Pieces that may wait. */
  constructor(
    readonly width: number,
    private readonly longest: number,
  ) {}

  /** How many pieces have been worked on, to their end or to a failure. */
  get done(): number {
    return this.finished;
  }

  /**
   * Does the work when its turn comes. Whoever asked may go away: the turn is neither lost nor given to somebody else.
   *
   * @throws TemporarilyUnavailableError (503 with `Retry-After`) when too many wait already; nothing has been done then.
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running < this.width) this.running++;
    else await this.turn();
    try {
      return await work();
    } finally {
      this.finished++;
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  private turn(): Promise<void> {
    if (this.waiting.length >= this.longest) {
      throw new TemporarilyUnavailableError('Too many requests of this kind are waiting; repeat it in a few seconds.');
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}

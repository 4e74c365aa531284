import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';

interface Call<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one statement of the calls of one turn, and of those that come while another is under way.
 *
 * A single call goes out with the end of its turn; the busier a process is, the more calls share a round trip and a commit. They never
 * join the transaction of a caller.
 */
export class Grouped<Item, Result> {
  private waiting: Call<Item, Result>[] = [];
  private isRunning = false;
  private readonly outside = AsyncLocalStorage.snapshot();

  /** @param work Its results are in the order of the items. Called for each item alone when it has failed for several. */
  constructor(private readonly work: (items: readonly Item[]) => Promise<readonly Result[]>) {}

  run(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      if (!this.isRunning) this.outside(() => void this.drain());
    });
  }

  private async drain(): Promise<void> {
    this.isRunning = true;
    await setImmediate();
    while (this.waiting.length > 0) {
      const calls = this.waiting;
      this.waiting = [];
      await this.answer(calls);
    }
    this.isRunning = false;
  }

  private async answer(calls: readonly Call<Item, Result>[]): Promise<void> {
    try {
      const results = await this.work(calls.map(({ item }) => item));
      calls.forEach(({ resolve }, index) => resolve(results[index]!));
    } catch (error) {
      // One that cannot succeed must not fail the others.
      if (calls.length === 1) calls[0]!.reject(error);
      else for (const call of calls) await this.answer([call]);
    }
  }
}

import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate } from 'node:timers/promises';
import { Grouped } from './grouped.js';

describe('Grouped', () => {
  it('sends the first call at once, and those that come meanwhile as one', async () => {
    const batches: number[][] = [];
    let end: (() => void) | undefined;
    const first = new Promise<void>((resolve) => (end = resolve));
    const grouped = new Grouped(async (items: readonly number[]) => {
      batches.push([...items]);
      await first;
      return items;
    });
    const one = grouped.run(1);
    await setImmediate();
    const others = [2, 3, 4].map((item) => grouped.run(item));
    await setImmediate();
    expect(batches).toEqual([[1]]);
    end!();
    expect(await Promise.all([one, ...others])).toEqual([1, 2, 3, 4]);
    expect(batches).toEqual([[1], [2, 3, 4]]);
    expect(await grouped.run(5)).toBe(5);
  });

  it('sends what is asked for in one turn as one', async () => {
    const batches: number[][] = [];
    const grouped = new Grouped((items: readonly number[]) => {
      batches.push([...items]);
      return Promise.resolve(items.map((item) => item * 2));
    });
    expect(await Promise.all([1, 2, 3].map((item) => Promise.resolve(item).then((it) => grouped.run(it))))).toEqual([
      2, 4, 6,
    ]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it('lets one call that cannot succeed fail alone', async () => {
    const grouped = new Grouped((items: readonly number[]) =>
      items.includes(3) ? Promise.reject(new Error('three')) : Promise.resolve([...items]),
    );
    const results = await Promise.allSettled([1, 2, 3, 4].map((item) => grouped.run(item)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });

  it('joins nothing that its callers are in', async () => {
    const context = new AsyncLocalStorage<string>();
    const grouped = new Grouped((items: readonly number[]) => Promise.resolve(items.map(() => context.getStore())));
    expect(await context.run('a transaction', () => grouped.run(1))).toBeUndefined();
  });
});

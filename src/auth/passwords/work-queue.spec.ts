import { TemporarilyUnavailableError } from '../../common/errors/request.errors.js';
import { WorkQueue } from './work-queue.js';

/** Work that ends when told to. */
function piece(): { work: () => Promise<void>; end: () => void; fail: () => void; isStarted: () => boolean } {
  let started = false;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  return {
    work: () => {
      started = true;
      return promise;
    },
    end: resolve,
    fail: () => reject(new Error('failed')),
    isStarted: () => started,
  };
}

describe('WorkQueue', () => {
  it('runs as many pieces at once as it is wide, and the others in the order of their coming', async () => {
    const queue = new WorkQueue(2, 10);
    const pieces = [piece(), piece(), piece(), piece()];
    const results = pieces.map(({ work }) => queue.run(work));
    expect(pieces.map(({ isStarted }) => isStarted())).toEqual([true, true, false, false]);
    pieces[1]!.end();
    await results[1];
    expect(pieces.map(({ isStarted }) => isStarted())).toEqual([true, true, true, false]);
    for (const { end } of pieces) end();
    await Promise.all(results);
    expect(queue.done).toBe(4);
  });

  it('refuses with 503 and Retry-After what would wait behind too many, without doing it', async () => {
    const queue = new WorkQueue(1, 1);
    const [first, second, third] = [piece(), piece(), piece()];
    const results = [queue.run(first.work), queue.run(second.work)];
    const refused = queue.run(third.work);
    await expect(refused).rejects.toThrow(TemporarilyUnavailableError);
    await expect(refused).rejects.toMatchObject({ headers: { 'retry-after': '2' } });
    expect(third.isStarted()).toBe(false);
    first.end();
    second.end();
    await Promise.all(results);
    third.end();
    await expect(queue.run(third.work)).resolves.toBeUndefined();
  });

  it('goes on after a failure', async () => {
    const queue = new WorkQueue(1, 5);
    const [first, second] = [piece(), piece()];
    const results = [queue.run(first.work), queue.run(second.work)];
    first.fail();
    second.end();
    await expect(results[0]).rejects.toThrow('failed');
    await expect(results[1]).resolves.toBeUndefined();
    expect(queue.done).toBe(2);
  });
});

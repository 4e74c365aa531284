/** Something took longer than it may. */
export class TimeoutError extends Error {
  constructor(limitMs: number) {
    super(`No answer within ${limitMs} ms`);
    this.name = 'TimeoutError';
  }
}

/**
 * Waits for `work`, but no longer than `limitMs`. The work itself goes on; its late failure concerns nobody.
 *
 * @throws TimeoutError
 */
export async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    // Where this process itself stood still, timers are due before what has come meanwhile is read: that is heard first.
    timer = setTimeout(() => setImmediate(() => reject(new TimeoutError(limitMs))), limitMs);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

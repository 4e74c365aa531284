/**
 * A unit of work needs an answer of another company, which nobody may be asked inside a transaction. What it did is rolled back, the answer
 * is fetched, and it runs again.
 */
export class UnpreparedError extends Error {
  /** @param prepare Fetches the answer and keeps it where the next run finds it, or that there is none. */
  constructor(readonly prepare: () => Promise<void>) {
    super('An answer has to be fetched outside of the transaction');
    this.name = 'UnpreparedError';
  }
}

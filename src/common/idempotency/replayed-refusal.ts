import type { StoredAnswer } from './idempotency.repository.js';

/** A stored refusal that is sent again as it was. */
export class ReplayedRefusal extends Error {
  constructor(readonly answer: StoredAnswer) {
    super('replayed');
  }
}

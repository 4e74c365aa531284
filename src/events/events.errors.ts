import { gone } from '../common/errors/domain.error.js';

/** A reader has stayed away for longer than events are kept. */
export class EventPrunedError extends gone('event.pruned', 'Events are gone') {
  override readonly extensions: Readonly<Record<string, unknown>>;

  /** @param prunedSequence The last one that is gone: reading on after it misses what was deleted, and nothing else. */
  constructor(prunedSequence: number) {
    super(
      `Events up to ${prunedSequence} are not kept any more; read the resources anew, and then on after ${prunedSequence}.`,
    );
    this.extensions = { prunedSequence };
  }
}

import { gone } from '../common/errors/domain.error.js';

/** Events after the given one are no longer kept, so that reading on from there would leave some out. */
export class EventPrunedError extends gone(
  'event.pruned',
  'No longer kept',
  'Events after this one have been deleted since; read the resources anew, and go on from the newest event.',
) {}

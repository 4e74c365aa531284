import { conflict, notFound } from '../common/errors/domain.error.js';
import type { JobState } from './job.dto.js';

/** There is no such job, or no longer: jobs that are done are kept for seven days. */
export class JobNotFoundError extends notFound('job.not_found', 'No such job', 'There is no such job, or no longer.') {}

/** Only jobs that failed for good can be retried; all others still have their tries, or are over. */
export class JobNotFailedError extends conflict('job.not_failed', 'The job has not failed for good') {
  override readonly extensions: Record<string, unknown>;

  constructor(state: JobState) {
    super(`A job that is ${state} cannot be retried; only one that has failed for good can.`);
    this.extensions = { state };
  }
}

/** What runs can be stopped only where it works on an operation; what is over cannot be stopped at all. */
export class JobNotCancellableError extends conflict('job.not_cancellable', 'The job cannot be cancelled now') {
  override readonly extensions: Record<string, unknown>;

  constructor(state: JobState) {
    super(`A job that is ${state} cannot be cancelled.`);
    this.extensions = { state };
  }
}

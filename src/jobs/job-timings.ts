/** Token of `JobTimings`; tests replace it to see in seconds what takes minutes. */
export const JOB_TIMINGS = Symbol('JOB_TIMINGS');

/** The clocks of a worker, in milliseconds. */
export interface JobTimings {
  /** How long a job belongs to its worker without a sign of life; renewed at half of it. */
  readonly lockMs: number;
  /** How often jobs of dead workers are looked for. */
  readonly stalledCheckMs: number;
  /** How often the relay looks for events that nobody told it of. */
  readonly pollMs: number;
  /** How often jobs that nobody acknowledged are looked for. */
  readonly sweepMs: number;
  /** Age of an open job at which it is handed to its queue again. */
  readonly reofferAfterMs: number;
  /** Pause after the first failure; doubles with each further one. */
  readonly firstRetryMs: number;
  /** How long running jobs may take to end at shutdown before they are given back to their queue. */
  readonly drainMs: number;
}

export const DEFAULT_JOB_TIMINGS: JobTimings = {
  lockMs: 20_000,
  stalledCheckMs: 5_000,
  pollMs: 1_000,
  sweepMs: 10_000,
  reofferAfterMs: 60_000,
  firstRetryMs: 1_000,
  drainMs: 4_000,
};

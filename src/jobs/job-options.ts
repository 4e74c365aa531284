import { randomInt } from 'node:crypto';
import type { JobOptions, QueueOptions } from 'bull';
import { DEFAULT_REDIS_PREFIX, type Environment } from '../config/environment.js';
import { readRedisAddress } from '../config/redis-address.js';
import type { JobTimings } from './job-timings.js';
import type { QueueConnections } from './queue-connections.js';
import { policyOf, type QueueName } from './queues.js';

const BACKOFF = 'doubling';
const DAY_SECONDS = 86_400;

/** How long a job that failed for good stays among the failed ones; afterwards the sweep hands it out for another round. */
export const FAILED_KEPT_MS = DAY_SECONDS * 1000;

/** Settings of the queue `name`. */
export function queueOptions(
  name: QueueName,
  environment: Environment,
  timings: JobTimings,
  connections: QueueConnections,
): QueueOptions {
  return {
    prefix: keyPrefix(name, environment),
    createClient: (kind) => connections.get(kind),
    settings: {
      lockDuration: timings.lockMs,
      stalledInterval: timings.stalledCheckMs,
      // Killed workers are no fault of the job; a job that itself kills workers must end some day.
      maxStalledCount: 5,
      retryProcessDelay: 1_000,
      backoffStrategies: {
        [BACKOFF]: (attemptsMade, _error, longestMs) =>
          pauseAfter(attemptsMade, timings.firstRetryMs, longestMs as number),
      },
      // The embedded server notices a closed connection only when its blocking command ends.
      ...(environment.REDIS_FLAVOUR === 'embedded' ? { drainDelay: 1 } : {}),
    },
  };
}

/**
 * What the keys of a queue begin with.
 *
 * In a cluster it is a hash tag, so that all keys of one queue are on one node, as Bull's scripts need, and queues spread over the nodes.
 * Elsewhere it is Bull's own name for shops that are alone on their Redis: theirs have been so from the first release on.
 */
function keyPrefix(name: QueueName, { REDIS_URL, REDIS_PREFIX }: Environment): string {
  if (readRedisAddress(REDIS_URL).form === 'cluster') return `{${REDIS_PREFIX}:${name}}`;
  return REDIS_PREFIX === DEFAULT_REDIS_PREFIX ? 'bull' : REDIS_PREFIX;
}

/** Half to all of a pause that doubles with each failure, so that what failed together does not come back together. */
function pauseAfter(attemptsMade: number, firstMs: number, longestMs: number): number {
  const pause = Math.min(firstMs * 2 ** (attemptsMade - 1), longestMs);
  return randomInt(Math.ceil(pause / 2), pause + 1);
}

/**
 * A job made from an event: its id is the event's, so that handing it over again adds nothing while it waits.
 *
 * One that is done leaves Redis at once, as it has been acknowledged in PostgreSQL before; see `EventJobs`.
 */
export function eventJobOptions(queue: QueueName, eventId: string): JobOptions {
  const { attempts, longestPauseSeconds } = policyOf(queue);
  return {
    jobId: eventId,
    attempts,
    backoff: { type: BACKOFF, options: longestPauseSeconds * 1_000 },
    stackTraceLimit: 3,
    removeOnComplete: true,
    removeOnFail: { age: DAY_SECONDS, count: 1_000 },
  };
}

/** A job of the clock: one per time slot, kept for a few slots so that the same slot of another worker adds nothing. */
export function scheduledJobOptions(queue: string, slot: number, periodMs: number): JobOptions {
  return {
    jobId: `${queue}:${slot}`,
    attempts: 1,
    stackTraceLimit: 1,
    removeOnComplete: { age: Math.max(60, Math.ceil((periodMs * 3) / 1000)), count: 100 },
    removeOnFail: { age: DAY_SECONDS, count: 100 },
  };
}

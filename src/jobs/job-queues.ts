import { setTimeout as delay } from 'node:timers/promises';
import type { Job, JobOptions, Queue } from 'bull';
import { type BeforeApplicationShutdown, Logger } from '@nestjs/common';
import { type Sample, Tally } from '../common/metrics/metrics.js';
import type { RedisConnection } from '../common/redis/redis-connection.js';
import { eventJobOptions, scheduledJobOptions } from './job-options.js';
import type { JobTimings } from './job-timings.js';
import type { QueueConnections } from './queue-connections.js';
import type { EventJob, QueueName } from './queues.js';
import { TimeoutError, within } from '../common/within.js';

/** One event for one queue. */
export interface QueuedEvent {
  readonly queue: QueueName;
  readonly event: EventJob;
}

/** How long Redis may take to accept jobs; nobody waits longer, the sweep makes it good. */
const REDIS_PATIENCE_MS = 5_000;
const CLOSE_PATIENCE_MS = 1_000;
const GIVE_BACK_PATIENCE_MS = 500;
const REACHED_POLL_MS = 20;

/** Moves a job that this worker holds from the active ones to the front of those that wait; does nothing with one it lost. */
const GIVE_BACK = `if redis.call('GET', KEYS[3]) ~= ARGV[2] then return 0 end
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call('DEL', KEYS[3])
return redis.call('RPUSH', KEYS[2], ARGV[1])`;

/** How Bull says that a job has taken too many workers with it. */
const LOST = 'job stalled more than allowable limit';

/** Where a job is in Redis. */
export type QueuedState = 'waiting' | 'delayed' | 'active' | 'failed' | 'completed';

/** How a queue is doing. */
export interface QueueLoad {
  readonly queue: QueueName;
  readonly counts: Readonly<Record<'waiting' | 'active' | 'delayed', number>>;
  readonly isPaused: boolean;
  /** Since when the job waits whose turn is next; null when none does. */
  readonly oldestWaitingAt: Date | null;
}

/** Members of a Bull queue that its types leave out. */
interface QueueInternals {
  token: string;
  /** By processor slot: the job it fetches or runs. */
  processing: Record<string, Promise<unknown>>;
  /** Whether the connection that blocks until a job comes has been opened. */
  bclientInitialized?: boolean;
  bclient: { disconnect(): void };
  setWorkerName(): Promise<unknown>;
  onApplicationShutdown?: () => unknown;
}

/** All queues of the worker as one: hands jobs to them, watches them, and closes them in good order. */
export class JobQueues implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Jobs');
  private readonly queues: ReadonlyMap<QueueName, Queue>;
  private readonly client: RedisConnection;
  private readonly running = new Map<Queue, Set<Job>>();
  private readonly reachableListeners: (() => void)[] = [];
  private readonly disconnectListeners: (() => void)[] = [];
  private readonly lostListeners: ((queue: QueueName, job: Job, error: Error) => void)[] = [];
  /** Jobs that ended in this process. */
  private readonly ended = new Tally(['queue', 'outcome']);
  private isAway = false;
  private isClosing = false;

  constructor(
    queues: readonly Queue[],
    private readonly timings: JobTimings,
    private readonly connections: QueueConnections,
  ) {
    this.queues = new Map(queues.map((queue) => [queue.name as QueueName, queue]));
    this.client = connections.get('client');
    for (const queue of queues) this.watch(queue);
    this.watchConnection();
  }

  /** The queues themselves, for a board that shows them. */
  get all(): Queue[] {
    return [...this.queues.values()];
  }

  get names(): QueueName[] {
    return [...this.queues.keys()];
  }

  /** True while Redis takes commands at once. */
  get isReachable(): boolean {
    return this.client.status === 'ready';
  }

  /** Calls `listener` whenever Redis takes commands again, the first time included unless it does already. */
  onReachable(listener: () => void): void {
    this.reachableListeners.push(listener);
  }

  /** Calls `listener` whenever Redis, or a node of its cluster, went away; when it is back, it may have forgotten everything. */
  onDisconnect(listener: () => void): void {
    this.disconnectListeners.push(listener);
  }

  /** Calls `listener` for each job that is given up because every worker that took it has died. */
  onLost(listener: (queue: QueueName, job: Job, error: Error) => void): void {
    this.lostListeners.push(listener);
  }

  /**
   * Hands events to their queues; one that is there already is left as it is.
   *
   * @throws when Redis did not accept all of them in time; some may be there nevertheless.
   */
  async addEvents(jobs: readonly QueuedEvent[]): Promise<void> {
    const repeats = jobs.filter(({ event }) => event.isRepeat);
    if (repeats.length > 0)
      await within(
        REDIS_PATIENCE_MS,
        Promise.all(repeats.map(({ queue, event }) => this.forget(queue, event.eventId))),
      );
    await this.add(
      jobs.map(({ queue, event }) => ({ queue, data: event, options: eventJobOptions(queue, event.eventId) })),
    );
  }

  /** Adds the job of one time slot, unless another worker has done so, or an earlier slot still waits for its turn. */
  async addScheduled(queue: QueueName, slot: number, periodMs: number): Promise<void> {
    const waiting = await within(REDIS_PATIENCE_MS, this.get(queue).getWaitingCount());
    if (waiting === 0) await this.add([{ queue, data: {}, options: scheduledJobOptions(queue, slot, periodMs) }]);
  }

  /** Removes up to `limit` jobs that failed for good longer ago than `ageMs`. @returns how many. */
  async forgetFailed(ageMs: number, limit: number): Promise<number> {
    const removed = await Promise.all([...this.queues.values()].map((queue) => queue.clean(ageMs, 'failed', limit)));
    return Math.max(0, ...removed.map(({ length }) => length));
  }

  /** Where Redis has a job; null when it does not know it. */
  async stateOf(queue: QueueName, id: string): Promise<QueuedState | null> {
    const job = await within(REDIS_PATIENCE_MS, this.get(queue).getJob(id));
    const state = job && (await within(REDIS_PATIENCE_MS, job.getState()));
    return state === null || state === 'stuck' ? null : state === 'paused' ? 'waiting' : state;
  }

  /** Takes a job out of its queue. @returns false when a worker has it. */
  async remove(queue: QueueName, id: string): Promise<boolean> {
    const job = await within(REDIS_PATIENCE_MS, this.get(queue).getJob(id));
    if (!job) return true;
    try {
      await within(REDIS_PATIENCE_MS, job.remove());
      return true;
    } catch (error) {
      if (error instanceof TimeoutError || !this.isReachable) throw error;
      return false;
    }
  }

  /** How each queue is doing; over all processes. */
  load(): Promise<QueueLoad[]> {
    return within(
      REDIS_PATIENCE_MS,
      Promise.all(
        [...this.queues].map(async ([name, queue]) => {
          const [{ active, delayed }, waiting, isPaused, [oldest]] = await Promise.all([
            queue.getJobCounts(),
            queue.getWaitingCount(),
            queue.isPaused(),
            queue.getWaiting(0, 0),
          ]);
          const oldestWaitingAt = oldest ? new Date(oldest.timestamp) : null;
          return { queue: name, counts: { waiting, active, delayed }, isPaused, oldestWaitingAt };
        }),
      ),
    );
  }

  /** Waits until Redis takes commands. @throws TimeoutError when it does not within `limitMs`. */
  async reached(limitMs: number): Promise<void> {
    for (const end = Date.now() + limitMs; !this.isReachable; await delay(REACHED_POLL_MS))
      if (Date.now() > end) throw new TimeoutError(limitMs);
  }

  /** How many jobs each queue holds, by state; those of all processes. */
  async countJobs(): Promise<Sample[]> {
    if (!this.isReachable) throw new Error('Redis does not answer');
    const counts = await within(
      REDIS_PATIENCE_MS,
      Promise.all([...this.queues].map(async ([name, queue]) => ({ name, states: await queue.getJobCounts() }))),
    );
    return counts.flatMap(({ name, states }) =>
      Object.entries(states).map(([state, value]) => ({ labels: { queue: name, state }, value: value as number })),
    );
  }

  /** How many jobs ended in this process, by outcome; a failed try counts each time. */
  countEnded(): Sample[] {
    return this.ended.samples();
  }

  /** Lets running jobs end, gives back those that take too long, and closes every connection; takes 6 s at most. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    await Promise.all([...this.queues.values()].map((queue) => this.close(queue)));
    this.connections.disconnect();
  }

  /**
   * Removes what Redis keeps of a job that failed for good, or of one that was under way when Redis was wiped: Bull writes down how far it is
   * of a job that is gone, and takes that for the job when it is handed over again.
   */
  private async forget(queue: QueueName, id: string): Promise<void> {
    const job = await this.get(queue).getJob(id);
    if (job && ((job.data as Partial<EventJob>).eventId === undefined || (await job.isFailed()))) await job.remove();
  }

  private get(name: QueueName): Queue {
    const queue = this.queues.get(name);
    if (!queue) throw new Error(`There is no queue ${name}`);
    return queue;
  }

  private async add(jobs: readonly { queue: QueueName; data: unknown; options: JobOptions }[]): Promise<void> {
    // Side by side they share a round trip. Not `addBulk`: its transaction fails when Redis has forgotten Bull's scripts.
    await within(
      REDIS_PATIENCE_MS,
      Promise.all(jobs.map(({ queue, data, options }) => this.get(queue).add(data, options))),
    );
  }

  private watch(queue: Queue): void {
    this.keepRejectionsHandled(queue);
    const running = new Set<Job>();
    this.running.set(queue, running);
    queue.on('active', (job: Job) => running.add(job));
    queue.on('completed', (job: Job) => {
      running.delete(job);
      this.ended.add(queue.name, 'completed');
    });
    queue.on('failed', (job: Job | null, error: Error) => {
      if (!job) return;
      running.delete(job);
      this.ended.add(queue.name, 'failed');
      this.logFailure(queue, job, error);
      if (error.message === LOST)
        for (const listener of this.lostListeners) listener(queue.name as QueueName, job, error);
    });
    queue.on('error', (error: Error) => this.logError(queue, error));
  }

  private watchConnection(): void {
    this.client.on('ready', () => {
      if (this.isAway) this.logger.log('Redis is back; jobs go on');
      this.isAway = false;
      for (const listener of this.reachableListeners) listener();
    });
    const tellOfLoss = (): void => this.disconnectListeners.forEach((listener) => listener());
    this.client.on('close', tellOfLoss);
    this.client.on('-node', tellOfLoss);
  }

  /**
   * Bull leaves two promises of its start to nobody. Closing a queue that has just been opened rejects them, which would end the process.
   */
  private keepRejectionsHandled(queue: Queue): void {
    const internals = queue as unknown as QueueInternals;
    const setWorkerName = internals.setWorkerName.bind(queue);
    internals.setWorkerName = () => setWorkerName().catch((error: unknown) => this.logError(queue, error as Error));
    const process = queue.process.bind(queue) as (...args: unknown[]) => Promise<void>;
    queue.process = ((...args: unknown[]) => {
      const end = process(...args);
      end.catch((error: unknown) => this.logError(queue, error as Error));
      return end;
    }) as Queue['process'];
    // @nestjs/bull would close the queue without a limit of time.
    internals.onApplicationShutdown = undefined;
  }

  private logFailure(queue: Queue, job: Job, error: Error): void {
    const { attempts = 1 } = job.opts;
    const what = `Job ${job.id} of ${queue.name} failed (attempt ${job.attemptsMade} of ${attempts}): ${error.message}`;
    if (job.attemptsMade < attempts) this.logger.warn(what);
    else this.logger.error(what, error.stack);
  }

  private logError(queue: Queue, error: Error): void {
    if (this.isClosing) return;
    if (this.isReachable) {
      this.logger.warn(`Queue ${queue.name}: ${error.message}`);
    } else if (!this.isAway) {
      this.isAway = true;
      this.logger.warn(`Redis does not answer, jobs wait: ${error.message}`);
    }
  }

  private async close(queue: Queue): Promise<void> {
    try {
      await this.takeNoMore(queue);
      await within(
        this.timings.drainMs,
        Promise.allSettled(Object.values((queue as unknown as QueueInternals).processing)),
      );
    } catch (error) {
      if (error instanceof TimeoutError) await this.giveBack(queue);
    }
    await within(CLOSE_PATIENCE_MS, queue.close(true)).catch(() => undefined);
  }

  /**
   * Pauses the queue for this process and ends the command that waits for its next job.
   *
   * Bull's own way sends QUIT behind that command, waits half a second for it, and opens the connection anew; when Redis is away, it
   * leaves the failure of that to nobody.
   */
  private async takeNoMore(queue: Queue): Promise<void> {
    const internals = queue as unknown as QueueInternals;
    const isWaiting = internals.bclientInitialized === true;
    internals.bclientInitialized = false;
    await queue.pause(true);
    if (isWaiting) internals.bclient.disconnect();
  }

  private async giveBack(queue: Queue): Promise<void> {
    const { token } = queue as unknown as QueueInternals;
    const jobs = [...this.running.get(queue)!];
    this.logger.warn(`Queue ${queue.name}: ${jobs.length} running jobs are given back`);
    const given = jobs.map((job) =>
      queue.client.eval(GIVE_BACK, 3, queue.toKey('active'), queue.toKey('wait'), job.lockKey(), job.id, token),
    );
    // A job that could not be given back is taken from this worker when its lock ends.
    await within(GIVE_BACK_PATIENCE_MS, Promise.allSettled(given)).catch(() => undefined);
  }
}

import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { TemporarilyUnavailableError } from '../common/errors/request.errors.js';
import { Environment } from '../config/environment.js';
import { queueOptions } from './job-options.js';
import { JobQueues } from './job-queues.js';
import { JOB_TIMINGS, type JobTimings } from './job-timings.js';
import { QueueConnections } from './queue-connections.js';
import { QUEUES } from './queues.js';
import { TimeoutError } from '../common/within.js';

/** How long a request waits for Redis. */
const PATIENCE_MS = 2_000;

/**
 * The queues for processes that answer requests: those of the worker in this process, or else opened when somebody first asks. A process
 * that is never asked neither loads Bull nor connects to it.
 */
@Injectable()
export class QueueAccess implements BeforeApplicationShutdown {
  private opened: Promise<JobQueues> | undefined;

  constructor(
    private readonly modules: ModuleRef,
    private readonly environment: Environment,
    private readonly connections: QueueConnections,
    @Inject(JOB_TIMINGS) private readonly timings: JobTimings,
  ) {}

  /** Does something with the queues. @throws TemporarilyUnavailableError while Redis does not answer. */
  async use<T>(work: (queues: JobQueues) => Promise<T>): Promise<T> {
    const queues = await (this.opened ??= this.open());
    try {
      if (!queues.isReachable) await queues.reached(PATIENCE_MS);
      return await work(queues);
    } catch (error) {
      if (queues.isReachable && !(error instanceof TimeoutError)) throw error;
      throw new TemporarilyUnavailableError(
        'The queues do not answer at the moment; repeat the request in a few seconds.',
      );
    }
  }

  /** Closes what was opened here; the queues of a worker close themselves. */
  async beforeApplicationShutdown(): Promise<void> {
    if (!this.environment.runsJobs) await (await this.opened)?.beforeApplicationShutdown();
  }

  private async open(): Promise<JobQueues> {
    if (this.environment.runsJobs) return this.modules.get(JobQueues, { strict: false });
    const { default: Queue } = await import('bull');
    const { environment, timings, connections } = this;
    const queues = Object.values(QUEUES).map(
      (name) => new Queue(name, queueOptions(name, environment, timings, connections)),
    );
    return new JobQueues(queues, timings, connections);
  }
}

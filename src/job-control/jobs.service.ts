import { Injectable } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.js';
import { raise } from '../common/errors/domain.error.js';
import { isUuid } from '../common/ids.js';
import type { Page } from '../common/pagination/page.dto.js';
import { Environment } from '../config/environment.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { type JobKey, type JobRecord, JobsRepository } from '../jobs/jobs.repository.js';
import { QueueAccess } from '../jobs/queue-access.js';
import { EVENT_QUEUES, periodMsOf, QUEUE_POLICIES, type QueueName } from '../jobs/queues.js';
import { OperationsService } from '../operations/operations.service.js';
import { JobNotCancellableError, JobNotFailedError, JobNotFoundError } from './job-control.errors.js';
import { type JobState, type ListFailedJobsDto, type QueueResponseDto, toQueueResponse } from './job.dto.js';

/** A job and where it is. */
export type JobWithState = JobRecord & { state: JobState };

/** How long a relay may take to hand a job over; until then nobody can say that Redis will not have it. */
const HANDING_OVER_MS = 10_000;

/** What staff may see of the queues and do about jobs. See docs/decisions/0041-jobs.md. */
@Injectable()
export class JobsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly jobs: JobsRepository,
    private readonly access: QueueAccess,
    private readonly operations: OperationsService,
    private readonly audit: AuditLog,
    private readonly environment: Environment,
  ) {}

  /** Every queue and how it is doing. @throws TemporarilyUnavailableError while Redis does not answer. */
  async queues(): Promise<QueueResponseDto[]> {
    const [loads, failed] = await Promise.all([this.access.use((queues) => queues.load()), this.jobs.countFailed()]);
    const types = Object.entries(EVENT_QUEUES);
    return loads.map((load) => {
      const { queue } = load;
      const reads = types.filter(([, queues]) => queues.includes(queue)).map(([type]) => type);
      const everyMs = periodMsOf(queue, this.environment);
      return toQueueResponse(QUEUE_POLICIES.get(queue)!, reads, everyMs, load, failed.get(queue) ?? 0);
    });
  }

  /** Jobs that failed for good and wait, the latest first. Needs no Redis. */
  async findFailed({ queue, ...request }: ListFailedJobsDto): Promise<Page<JobWithState>> {
    const page = await this.jobs.findFailed(queue, request);
    return { ...page, data: page.data.map((job) => ({ ...job, state: 'failed' })) };
  }

  /** @throws JobNotFoundError; TemporarilyUnavailableError while Redis, which knows where an open job is, does not answer. */
  async get(id: string): Promise<JobWithState> {
    const key = keyOf(id) ?? raise(new JobNotFoundError());
    const job = (await this.jobs.find(key)) ?? raise(new JobNotFoundError());
    return { ...job, state: await this.stateOf(key, job) };
  }

  /**
   * Gives a job that failed for good another round of tries. Should Redis not take it at once, the sweep of a worker hands it over.
   *
   * @throws JobNotFoundError, JobNotFailedError
   */
  async retry(id: string): Promise<JobWithState> {
    const { state, ...job } = await this.get(id);
    const key = keyOf(id)!;
    const event = await this.transactions.run(async () => {
      const reopened = (await this.jobs.reopen(key)) ?? raise(new JobNotFailedError(state));
      await this.audit.record({
        action: 'job.retried',
        target: { type: 'job', id },
        after: { attempts: job.attempts },
      });
      return reopened;
    });
    const queued = { queue: key.queue, event: { ...event, isRepeat: true as const } };
    await this.access.use((queues) => queues.addEvents([queued])).catch(() => undefined);
    return { ...job, failedAt: null, state: 'waiting' };
  }

  /**
   * Ends a job that waits, or has failed for good, and its operation with it. What runs is asked to stop where it works on an operation, and
   * stops at its next checkpoint.
   *
   * @throws JobNotFoundError; JobNotCancellableError for what is over, for other jobs that run, and for the moment in which a job is being
   * handed to its queue; TemporarilyUnavailableError while Redis does not answer.
   */
  async cancel(id: string): Promise<JobWithState> {
    const { state, ...job } = await this.get(id);
    const key = keyOf(id)!;
    const operationId = job.event.aggregateType === 'operation' ? job.event.aggregateId : null;
    if (state === 'completed' || state === 'cancelled') throw new JobNotCancellableError(state);
    if (state === 'active' || !(await this.takeOut(key, job))) {
      if (operationId === null || !(await this.operations.stop(operationId)))
        throw new JobNotCancellableError(state === 'active' ? state : 'active');
      return { ...job, state: 'active' };
    }
    await this.transactions.run(async () => {
      if (!(await this.jobs.cancel(key))) throw new JobNotCancellableError('completed');
      await this.audit.record({ action: 'job.cancelled', target: { type: 'job', id } });
      if (operationId !== null) await this.operations.stop(operationId);
    });
    return this.get(id);
  }

  /** Takes a job out of Redis before it is ended, so that no worker takes it meanwhile. @returns false when one has it. */
  private async takeOut(key: JobKey, job: JobRecord): Promise<boolean> {
    // What has failed for good runs only if staff see to it, so its copy in Redis need not be there to be removed.
    if (job.failedAt) return this.access.use((queues) => queues.remove(key.queue, key.eventId)).catch(() => true);
    const isKnown = (await this.access.use((queues) => queues.stateOf(key.queue, key.eventId))) !== null;
    if (!isKnown && Date.now() - job.enqueuedAt.getTime() < HANDING_OVER_MS)
      throw new JobNotCancellableError('waiting');
    return this.access.use((queues) => queues.remove(key.queue, key.eventId));
  }

  private async stateOf(key: JobKey, job: JobRecord): Promise<JobState> {
    if (job.cancelledAt) return 'cancelled';
    if (job.completedAt) return 'completed';
    if (job.failedAt) return 'failed';
    const state = await this.access.use((queues) => queues.stateOf(key.queue, key.eventId));
    // What Redis has lost, or calls over although nobody has acknowledged it, is handed over again.
    return state === 'delayed' || state === 'active' ? state : 'waiting';
  }
}

/** The queue and the event that an id names; null when it is none of ours. */
function keyOf(id: string): JobKey | null {
  const [queue = '', eventId = ''] = id.split(':');
  return QUEUE_POLICIES.has(queue as QueueName) && isUuid(eventId)
    ? { queue: queue as QueueName, eventId: eventId.toLowerCase() }
    : null;
}

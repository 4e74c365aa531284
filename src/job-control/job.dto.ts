import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsIn } from 'class-validator';
import { CommaSeparated, PageOf, PageQueryDto } from '../common/pagination/page.dto.js';
import { MayBeAbsent } from '../common/validation/decorators.js';
import type { QueueLoad } from '../jobs/job-queues.js';
import type { JobRecord } from '../jobs/jobs.repository.js';
import { QUEUES, type QueueName, type QueuePolicy } from '../jobs/queues.js';

const QUEUE_NAMES = Object.values(QUEUES);

export const JOB_STATES = ['waiting', 'delayed', 'active', 'failed', 'completed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Which dead letters to list. */
export class ListFailedJobsDto extends PageQueryDto {
  /**
   * Jobs of one of these queues.
   * @example "mail,order-mail"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(QUEUE_NAMES.length)
  @IsIn(QUEUE_NAMES, { each: true })
  queue?: QueueName[];
}

/** What the event of a job is about. */
export class JobAggregateDto {
  /** @example "order" */
  type: string;

  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;
}

/** What happened that the job reacts to. */
export class JobEventDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /** @example "order.confirmed" */
  type: string;

  aggregate: JobAggregateDto;

  /** @example "2026-01-15T09:30:00.000Z" */
  occurredAt: Date;
}

/** What is to be done about one event. */
export class JobResponseDto {
  /**
   * Its queue and its event.
   * @example "order-mail:01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  id: string;

  /** @example "order-mail" */
  @ApiProperty({ enum: QUEUE_NAMES, enumName: 'QueueName' })
  queue: QueueName;

  /**
   * `delayed` jobs wait for their next try, `failed` ones have had all of theirs.
   * @example "failed"
   */
  @ApiProperty({ enum: JOB_STATES, enumName: 'JobState' })
  state: JobState;

  event: JobEventDto;

  /**
   * Tries that have failed.
   * @example 16
   */
  attempts: number;

  /**
   * Why the last of them failed, in up to 500 characters, without addresses and credentials; null when none has.
   * @example "connect ECONNREFUSED 203.0.113.7:587"
   */
  reason: string | null;

  /** When it failed for good; null unless it waits for somebody to see to it. @example "2026-01-15T12:30:00.000Z" */
  failedAt: Date | null;

  /** When it was done or cancelled; null while it has not been. @example null */
  endedAt: Date | null;
}

/** One page of jobs that failed for good. */
export class JobPageDto extends PageOf(JobResponseDto) {}

/** How many jobs of a queue there are, by state. */
export class JobCountsDto {
  /** Jobs whose turn has not come. @example 12 */
  waiting: number;

  /** Jobs that run. @example 8 */
  active: number;

  /** Jobs that wait for their next try. @example 0 */
  delayed: number;

  /** Jobs of events that failed for good. What a clock brings about is done at its next time instead. @example 1 */
  failed: number;
}

/** A queue, what it is for and how it is doing. */
export class QueueResponseDto {
  /** @example "order-mail" */
  @ApiProperty({ enum: QUEUE_NAMES, enumName: 'QueueName' })
  name: QueueName;

  /** What its jobs do. @example "Writes to customers about what happened to their orders." */
  description: string;

  /** The types of events it gets a job of. @example ["order.confirmed", "order.cancelled"] */
  reads: string[];

  /** How often a clock gives it a job, in seconds; null when only events do. @example null */
  everySeconds: number | null;

  /** How often a job of an event is tried before it has failed for good. @example 16 */
  attempts: number;

  /** Jobs that one process runs at once. @example 8 */
  concurrency: number;

  /** True while no worker takes its jobs. @example false */
  isPaused: boolean;

  counts: JobCountsDto;

  /** Since when the job waits whose turn is next; null when none waits. @example "2026-01-15T09:30:00.000Z" */
  oldestWaitingAt: Date | null;
}

/** Every queue there is. */
export class QueueListDto {
  data: QueueResponseDto[];

  /** Always null: there is one page. @example null */
  nextCursor: string | null;
}

export function toQueueResponse(
  { name, does: description, attempts, concurrency }: QueuePolicy,
  reads: string[],
  everyMs: number,
  { counts, isPaused, oldestWaitingAt }: QueueLoad,
  failed: number,
): QueueResponseDto {
  const everySeconds = everyMs > 0 ? everyMs / 1_000 : null;
  return {
    name,
    description,
    reads,
    everySeconds,
    attempts,
    concurrency,
    isPaused,
    counts: { ...counts, failed },
    oldestWaitingAt,
  };
}

export function toJobResponse({ state, ...job }: JobRecord & { state: JobState }): JobResponseDto {
  const { id, type, aggregateType, aggregateId, occurredAt } = job.event;
  return {
    id: `${job.queue}:${id}`,
    queue: job.queue as QueueName,
    state,
    event: { id, type, aggregate: { type: aggregateType, id: aggregateId }, occurredAt },
    attempts: job.attempts,
    reason: job.lastError,
    failedAt: job.completedAt ? null : job.failedAt,
    endedAt: job.completedAt,
  };
}

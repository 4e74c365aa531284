import { setTimeout as delay } from 'node:timers/promises';
import { Process, Processor } from '@nestjs/bull';
import { Inject, type LoggerService } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import type { Job, Queue } from 'bull';
import { Redis } from 'ioredis';
import pg from 'pg';
import { CommonModule } from '../../src/common/common.module.js';
import { newId } from '../../src/common/ids.js';
import { RedisModule } from '../../src/common/redis/redis.module.js';
import { ConfigModule } from '../../src/config/config.module.js';
import type { Environment } from '../../src/config/environment.js';
import { DatabaseModule } from '../../src/database/database.module.js';
import { TransactionRunner } from '../../src/database/transaction-runner.js';
import { EventSink } from '../../src/events/sinks/event-sink.js';
import { SinksModule } from '../../src/events/sinks/sinks.module.js';
import type { DomainEvent } from '../../src/jobs/domain-event.js';
import { EventJobs } from '../../src/jobs/event-jobs.js';
import { DEFAULT_JOB_TIMINGS, JOB_TIMINGS, type JobTimings } from '../../src/jobs/job-timings.js';
import { JobsModule } from '../../src/jobs/jobs.module.js';
import { Outbox } from '../../src/jobs/outbox.js';
import { type EventJob, QUEUES, type QueueName } from '../../src/jobs/queues.js';
import { WorkerModule } from '../../src/jobs/worker.module.js';
import { MailJobsModule } from '../../src/mail/jobs/mail-jobs.module.js';
import { MailModule } from '../../src/mail/mail.module.js';
import { MAIL_LEASE_SECONDS } from '../../src/mail/mail-delivery.js';
import { testEnvironment } from './test-environment.js';

/** What the test does with a job of the order-mail queue. */
export type Work = (event: EventJob, worker: TestingModule) => Promise<void>;
const WORK = Symbol('WORK');

@Processor(QUEUES.orderMail)
class TestProcessor {
  module: TestingModule;

  constructor(
    private readonly eventJobs: EventJobs,
    @Inject(WORK) private readonly work: Work,
  ) {}

  @Process({ concurrency: 4 })
  run(job: Job<EventJob>): Promise<void> {
    return this.eventJobs.run(QUEUES.orderMail, job, (event) => this.work(event, this.module));
  }
}

export interface TestWorkerOptions {
  environment?: Partial<Record<keyof Environment, string>>;
  timings?: Partial<JobTimings>;
  mailLeaseSeconds?: number;
  /** Acts on events of type `order.confirmed`; without it nobody does. */
  work?: Work;
  /** Leaves relay, clock and queues out, as the API role does: events are told to other processes. */
  isApi?: boolean;
  /** Sends the mails that are enqueued; without it nobody does. */
  sendsMail?: boolean;
  /** Hands the log of events to these engines, by name. */
  sinks?: ReadonlyMap<string, EventSink>;
  logger?: LoggerService;
}

/** Timings under which a test sees in a second what takes a minute. */
const QUICK: JobTimings = {
  ...DEFAULT_JOB_TIMINGS,
  lockMs: 2_000,
  stalledCheckMs: 500,
  pollMs: 200,
  sweepMs: 300,
  reofferAfterMs: 1_000,
  firstRetryMs: 50,
};

/** A worker process without the features: relay, clock, retention, mail, and one processor that the test supplies. */
export class TestWorker {
  private closed: Promise<void> | undefined;

  private constructor(
    readonly module: TestingModule,
    readonly database: TransactionRunner,
  ) {}

  static async start(options: TestWorkerOptions = {}): Promise<TestWorker> {
    const environment = testEnvironment({ ROLE: options.isApi ? 'api' : 'worker', ...options.environment });
    const builder = Test.createTestingModule({
      imports: [
        ConfigModule.register(environment),
        DatabaseModule,
        RedisModule,
        CommonModule,
        JobsModule,
        MailModule,
        ...(options.isApi ? [] : [WorkerModule]),
        ...(options.sendsMail ? [MailJobsModule] : []),
        ...(options.sinks ? [SinksModule] : []),
      ],
      providers: options.work ? [TestProcessor, { provide: WORK, useValue: options.work }] : [],
    });
    builder.overrideProvider(JOB_TIMINGS).useValue({ ...QUICK, ...options.timings });
    if (options.sinks) builder.overrideProvider(EventSink).useValue(options.sinks);
    if (options.mailLeaseSeconds) builder.overrideProvider(MAIL_LEASE_SECONDS).useValue(options.mailLeaseSeconds);
    builder.setLogger(options.logger ?? SILENT);
    const module = await builder.compile();
    if (options.work) module.get(TestProcessor).module = module;
    await module.init();
    return new TestWorker(module, module.get(TransactionRunner));
  }

  queue(name: QueueName): Queue {
    return this.module.get<Queue>(`BullQueue_${name}`, { strict: false });
  }

  /** Commits one event that goes to the order-mail queue. @returns the id of its aggregate. */
  async confirmOrder(data: Record<string, unknown> = {}): Promise<string> {
    const event = orderConfirmed(data);
    await this.database.run(() => this.module.get(Outbox).add(event));
    return event.aggregateId;
  }

  /** Jobs that nobody has acknowledged. */
  async openJobs(): Promise<number> {
    const [row] = await this.database.query<{ open: number }>(
      `SELECT count(*)::int AS open FROM outbox_jobs WHERE completed_at IS NULL`,
    );
    return row!.open;
  }

  /** Stops the worker; a second call waits for the same end. */
  close(): Promise<void> {
    return (this.closed ??= this.module.close());
  }
}

export function orderConfirmed(data: Record<string, unknown> = {}): DomainEvent {
  return { type: 'order.confirmed', aggregateType: 'order', aggregateId: newId(), aggregateVersion: 1, data };
}

/** Empties the outbox, the mails and the logical Redis database of this Jest worker. */
export async function emptyJobs(): Promise<void> {
  const database = new pg.Client({ connectionString: process.env.DATABASE_URL });
  const redis = new Redis(process.env.REDIS_URL!);
  await Promise.all([database.connect(), redis.flushdb()]);
  await database.query(`TRUNCATE outbox_events, outbox_jobs, mails`);
  await Promise.all([database.end(), redis.quit()]);
}

/** Waits until `condition` holds. @throws when it does not within `limitMs`. */
export async function eventually(condition: () => boolean | Promise<boolean>, limitMs = 60_000): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It did not happen within ${limitMs} ms: ${condition.toString()}`);
    await delay(10);
  }
}

const silent = (): void => undefined;
const SILENT: LoggerService = {
  log: silent,
  error: silent,
  warn: silent,
  debug: silent,
  verbose: silent,
  fatal: silent,
};

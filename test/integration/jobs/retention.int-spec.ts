import { Logger } from '@nestjs/common';
import { newId } from '../../../src/common/ids.js';
import { RetentionProcessor } from '../../../src/jobs/retention.processor.js';
import { QUEUES } from '../../../src/jobs/queues.js';
import { RetentionTasks } from '../../../src/jobs/retention-tasks.js';
import { ScheduleClock } from '../../../src/jobs/schedule-clock.js';
import { emptyJobs, eventually, TestWorker } from '../../support/test-worker.js';

describe('retention', () => {
  let worker: TestWorker;

  beforeEach(async () => {
    await emptyJobs();
    worker = await TestWorker.start();
    // From here on the test alone runs it: the run that the clock begins with is over.
    await eventually(async () => (await worker.queue(QUEUES.retention).getCompletedCount()) > 0);
    worker.module.get(ScheduleClock).onModuleDestroy();
  });

  afterEach(() => worker.close());

  it('deletes events published more than 30 days ago with their jobs, but none with an open job and none unpublished', async () => {
    const old = await event('31 days', 'done');
    const young = await event('29 days', 'done');
    const open = await event('31 days', 'open');
    const unpublished = await event(null);
    const withoutJob = await event('31 days');
    await run();
    const left = await ids(`SELECT id FROM outbox_events`);
    expect(left).toEqual(new Set([young, open, unpublished]));
    expect(left.has(old) || left.has(withoutJob)).toBe(false);
    expect(await ids(`SELECT event_id AS id FROM outbox_jobs`)).toEqual(new Set([open]));
  });

  it('keeps what a reader of the log has not had yet for 90 days at most, and notes how far the log is gone', async () => {
    const warned = jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    await event('95 days');
    const second = await placeOf(await event('91 days'));
    const unread = await event('40 days');
    await worker.database.execute(`INSERT INTO event_readers (name, sequence) VALUES ('retention test', 0)`);
    await run();
    expect(await ids(`SELECT id FROM outbox_events`)).toEqual(new Set([unread]));
    expect(await pruned()).toBe(second);
    const told = () =>
      warned.mock.calls
        .map(([said]) => Number(/^Deleted (\d+) events that a reader .* for 90 days$/.exec(String(said))?.[1] ?? 0))
        .reduce((sum, count) => sum + count, 0);
    expect(told()).toBe(2);
    const third = await placeOf(unread);
    await worker.database.execute(`UPDATE event_readers SET sequence = $1 WHERE name = 'retention test'`, [third]);
    await run();
    expect(await ids(`SELECT id FROM outbox_events`)).toEqual(new Set());
    expect(await pruned()).toBe(third);
    expect(told()).toBe(2);
    await worker.database.execute(`DELETE FROM event_readers WHERE name = 'retention test'`);
  });

  it('deletes jobs completed more than 7 days ago and keeps their events', async () => {
    const old = await event('8 days', 'done');
    const young = await event('6 days', 'done');
    await run();
    expect(await ids(`SELECT id FROM outbox_events`)).toEqual(new Set([old, young]));
    expect(await ids(`SELECT event_id AS id FROM outbox_jobs`)).toEqual(new Set([young]));
  });

  it('deletes expired idempotency keys', async () => {
    await worker.database.execute(
      `INSERT INTO idempotency_keys (principal, key, fingerprint, expires_at)
       VALUES ('retention', 'over', '', now() - interval '1 s'), ('retention', 'valid', '', now() + interval '1 min')`,
    );
    await run();
    expect(await worker.database.query(`SELECT key FROM idempotency_keys WHERE principal = 'retention'`)).toEqual([
      { key: 'valid' },
    ]);
    await worker.database.execute(`DELETE FROM idempotency_keys WHERE principal = 'retention'`);
  });

  it('deletes mails asked for more than 90 days ago', async () => {
    await worker.database.execute(
      `INSERT INTO mails (id, dedupe_key, template, recipient, created_at, sent_at)
       SELECT id, age, 'order-confirmation', 'a@example.com', now() - age::interval, now()
       FROM unnest($1::uuid[], $2::text[]) AS mail (id, age)`,
      [
        [newId(), newId()],
        ['91 days', '89 days'],
      ],
    );
    await run();
    expect(await worker.database.query(`SELECT dedupe_key AS age FROM mails`)).toEqual([{ age: '89 days' }]);
  });

  it('calls a task until nothing is left, and the others although one fails', async () => {
    const tasks = new RetentionTasks();
    let left = 2_500;
    const limits: number[] = [];
    tasks.add({ name: 'broken', purge: () => Promise.reject(new Error('broken')) });
    tasks.add({
      name: 'counted',
      purge: (limit) => {
        limits.push(limit);
        const count = Math.min(limit, left);
        left -= count;
        return Promise.resolve(count);
      },
    });
    await new RetentionProcessor(tasks).run();
    expect(left).toBe(0);
    expect(limits).toEqual([1_000, 1_000, 1_000]);
  });

  /** Readers of earlier tests and of the worker itself do not hold anything back meanwhile. */
  async function run(): Promise<void> {
    const others = await worker.database.query<{ name: string; sequence: string }>(
      `DELETE FROM event_readers WHERE name <> 'retention test' RETURNING name, sequence`,
    );
    await worker.module.get(RetentionProcessor).run();
    for (const { name, sequence } of others)
      await worker.database.execute(`INSERT INTO event_readers (name, sequence) VALUES ($1, $2)`, [name, sequence]);
  }

  async function placeOf(id: string): Promise<number> {
    const row = await worker.database.queryOne<{ sequence: string }>(
      `SELECT sequence FROM outbox_events WHERE id = $1`,
      [id],
    );
    return Number(row!.sequence);
  }

  async function pruned(): Promise<number> {
    const row = await worker.database.queryOne<{ sequence: string }>(
      `SELECT pruned_sequence AS sequence FROM event_log`,
    );
    return Number(row!.sequence);
  }

  /** An event published (and its job, if any, completed) the given time ago. */
  async function event(age: string | null, job?: 'open' | 'done'): Promise<string> {
    const id = newId();
    await worker.database.execute(
      `WITH event AS (
         INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at, published_at, sequence)
         VALUES ($1, 'test.done', 'test', $1, 1, '{}', now(), now() - $2::interval,
           CASE WHEN $2::interval IS NULL THEN NULL ELSE nextval('outbox_events_sequence_seq') END)
       )
       INSERT INTO outbox_jobs (event_id, queue, enqueued_at, completed_at)
       SELECT $1, 'no-such-queue', now() - $2::interval, CASE WHEN $3 = 'done' THEN now() - $2::interval END WHERE $3 IS NOT NULL`,
      [id, age, job ?? null],
    );
    return id;
  }

  async function ids(sql: string): Promise<Set<string>> {
    return new Set((await worker.database.query<{ id: string }>(sql)).map(({ id }) => id));
  }
});

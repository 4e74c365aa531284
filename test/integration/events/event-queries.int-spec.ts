import { newId } from '../../../src/common/ids.js';
import { EventLogRepository, type EventQuery } from '../../../src/events/event-log.repository.js';
import { EventReadersRepository } from '../../../src/events/event-readers.repository.js';
import { typesOf } from '../../../src/events/event-types.js';
import { OrderEventAudience } from '../../../src/orders/events/order-event-audience.service.js';
import { countStatements } from '../../support/statement-counter.js';
import { TestApp } from '../../support/test-app.js';

const EVENTS = 120_000;
const AGGREGATE = '01970000-0000-7000-8000-00000000e7e7';

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
}

describe('reading a log of 120,000 events', () => {
  let app: TestApp;
  let first: number;
  beforeAll(async () => {
    app = await TestApp.start();
    // As they come in two days: one in a hundred about what is rare, five about one order.
    await app.database.execute(
      `INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at, published_at, sequence)
       SELECT gen_random_uuid(), CASE WHEN n % 100 = 0 THEN 'role.created' ELSE 'order.placed' END, 'order',
         CASE WHEN n % ${EVENTS / 5} = 7 THEN $1::uuid ELSE gen_random_uuid() END, n, '{}', at, at, nextval('outbox_events_sequence_seq')
       FROM (SELECT n, now() - make_interval(secs => 1.44 * (${EVENTS} - n)) AS at FROM generate_series(1, ${EVENTS}) AS n) AS made`,
      [AGGREGATE],
    );
    await app.database.execute(`ANALYZE outbox_events`);
    first = (await app.app.get(EventLogRepository).newest()) - EVENTS;
  });
  afterAll(async () => {
    await app.database.execute(`DELETE FROM outbox_events WHERE sequence > $1 AND data = '{}'`, [first]);
    await app.database.execute(`ANALYZE outbox_events`);
    await app.close();
  });

  const log = () => app.app.get(EventLogRepository);
  const page = (query: Partial<EventQuery>) =>
    log().findPage({ types: typesOf(['*']), aggregateIds: null, ...query }, 100);
  const anHourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

  it.each<[string, number, () => Promise<unknown>]>([
    ['a page from a place on', 200, () => page({ after: first + 60_000 })],
    ['a page of what is rare', 10_100, () => page({ after: first, types: ['user.enabled'] })],
    ['a page from a time on', 200, () => page({ after: first, occurredAt: { gte: anHourAgo() } })],
    ['a page of a few aggregates', 100, () => page({ aggregateIds: [AGGREGATE, newId()] })],
    ['where the log ends', 100, () => page({ after: first + EVENTS })],
    ['the next for a reader', 200, () => log().find({ after: first + 60_000, types: typesOf(['*']) }, 100)],
    ['the newest', 10, () => log().newest()],
  ])('finds %s and looks at no more than %i rows for it', async (_, limit, query) => {
    const { statements, values } = await countStatements(query);
    const [row] = await app.database.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      `EXPLAIN (ANALYZE, FORMAT JSON) ${statements.at(-1)}`,
      values.at(-1),
    );
    const nodes = flat(row!['QUERY PLAN'][0]!.Plan);
    const reads = nodes.filter((node) => node['Relation Name'] === 'outbox_events');
    expect(reads.length).toBeGreaterThan(0);
    expect(reads.map((node) => node['Node Type'])).not.toContain('Seq Scan');
    const seen = reads.map(
      (node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
    );
    expect(Math.max(...seen)).toBeLessThanOrEqual(limit);
  });

  it('finds the orders of a customer, and the customers of events, by indexes', async () => {
    const audience = app.app.get(OrderEventAudience);
    const event = { id: newId(), type: 'order.placed', data: { orderId: newId() } };
    for (const query of [
      () => audience.aggregatesOf(newId()),
      () => audience.ownersOf([event]),
    ] as (() => Promise<unknown>)[]) {
      const { statements, values } = await countStatements(query);
      expect(statements).toHaveLength(1);
      const plan = await app.database.run(async () => {
        // Tables of tests are small; what matters is that there is an index for each.
        await app.database.execute(`SET LOCAL enable_seqscan = off`);
        return app.database.query(`EXPLAIN ${statements[0]}`, values[0]);
      });
      expect(JSON.stringify(plan)).not.toContain('Seq Scan');
    }
  });

  it('moves a reader on past what it does not ask for, so that nothing is kept for it', async () => {
    const readers = app.app.get(EventReadersRepository);
    await app.database.execute(`INSERT INTO event_readers (name, sequence) VALUES ('of what is rare', $1)`, [first]);
    const place = async () =>
      Number(
        (await app.database.queryOne<{ sequence: string }>(
          `SELECT sequence FROM event_readers WHERE name = 'of what is rare'`,
        ))!.sequence,
      );
    try {
      const handled: number[] = [];
      const advance = (type: string) =>
        readers.advance('of what is rare', [type], 10, (events) => {
          handled.push(...events.map(({ sequence }) => sequence));
          return Promise.resolve();
        });
      expect(await advance('role.created')).toBe(10);
      expect(handled).toHaveLength(10);
      expect(await place()).toBe(handled[9]);
      expect(await advance('user.enabled')).toBe(0);
      expect(await place()).toBe(first + EVENTS);
      expect(handled).toHaveLength(10);
    } finally {
      await app.database.execute(`DELETE FROM event_readers WHERE name = 'of what is rare'`);
    }
  });

  it('passes over 10,000 places at a time when there is nothing in them', async () => {
    const empty = await page({ after: first, types: ['user.enabled'] });
    expect(empty).toMatchObject({ events: [], nextAfter: first + 10_000, hasMore: true });
    const rare = await page({ after: first, types: ['role.created'] });
    expect(rare.events).toHaveLength(100);
    expect(rare.nextAfter).toBe(rare.events[99]!.sequence);
    let pages = 0;
    for (let after = first, isMore = true; isMore; pages++) {
      const next = await page({ after, types: ['user.enabled'] });
      [after, isMore] = [next.nextAfter, next.hasMore];
    }
    expect(pages).toBe(EVENTS / 10_000);
    const own = await page({ aggregateIds: [AGGREGATE] });
    expect(own).toMatchObject({ nextAfter: first + EVENTS, hasMore: false });
    expect(own.events).toHaveLength(5);
  });
});

const flat = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flat)];

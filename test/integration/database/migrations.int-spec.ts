import pg from 'pg';
import { DataSource, type QueryRunner } from 'typeorm';
import { newId } from '../../../src/common/ids.js';
import { dataSourceOptions } from '../../../src/database/data-source.js';
import { migrations } from '../../../src/database/migrations/index.js';

/** The first migration of the log of events and of what reads it. */
const FIRST_OF_EVENTS = migrations.findIndex(({ name }) => name === 'EventReaders1767225640000');
const MAIN_LOCATION = '01970000-0000-7000-8000-000000000001';

/** Everything that migrations make, but for what extensions bring along: one line each. */
const SCHEMA = `
  SELECT format('column %s.%s %s %s %s', table_name, column_name, data_type, is_nullable, column_default) AS line
    FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
  UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE contype <> 'n' AND connamespace = 'public'::regnamespace
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
  UNION ALL SELECT format('sequence %s', sequencename) FROM pg_sequences
  UNION ALL SELECT pg_get_functiondef(p.oid) FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND prokind = 'f'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')`;

describe('migrations', () => {
  const url = new URL(process.env.DATABASE_URL!);
  const name = `${url.pathname.slice(1)}_migrations`;
  let dataSource: DataSource;
  let runner: QueryRunner;

  const administer = async (...statements: string[]): Promise<void> => {
    const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  beforeEach(async () => {
    await administer(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`, `CREATE DATABASE "${name}" TEMPLATE template0`);
    const own = new URL(url);
    own.pathname = `/${name}`;
    dataSource = await new DataSource(dataSourceOptions(own.href, 1)).initialize();
    runner = dataSource.createQueryRunner();
  });
  afterEach(async () => {
    await dataSource.destroy();
    await administer(`DROP DATABASE "${name}" WITH (FORCE)`);
  });

  const schema = async (): Promise<string[]> =>
    ((await runner.query(SCHEMA)) as { line: string }[]).map(({ line }) => line.replace(/\s+/g, ' ')).sort();
  /** Runs migrations from one on up to another, or takes them back. */
  const up = async (from: number, to = migrations.length): Promise<void> => {
    for (const Migration of migrations.slice(from, to)) await new Migration().up(runner);
  };
  const down = async (to: number): Promise<void> => {
    for (const Migration of migrations.slice(to).reverse()) await new Migration().down(runner);
  };
  const insert = async (table: string, row: Record<string, unknown>): Promise<void> => {
    const columns = Object.keys(row);
    await runner.query(
      `INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map((_, index) => `$${index + 1}`).join()})`,
      Object.values(row),
    );
  };

  it('take back all that they have brought, each of them, and nothing else', async () => {
    let before = await schema();
    for (const [index, Migration] of migrations.entries()) {
      await up(index, index + 1);
      const after = await schema();
      await new Migration().down(runner);
      expect([Migration.name, await schema()]).toEqual([Migration.name, before]);
      await up(index, index + 1);
      before = await schema();
      expect([Migration.name, before]).toEqual([Migration.name, after]);
    }
  });

  it('of the log, webhooks, jobs and mails go and come again when there is something in every table of theirs', async () => {
    await up(0, FIRST_OF_EVENTS);
    const before = await schema();
    await up(FIRST_OF_EVENTS);
    const after = await schema();
    const [userId, productId, variantId, eventId] = [newId(), newId(), newId(), newId()];
    const [endpointId, deliveryId, replayId] = [newId(), newId(), newId()];
    const availability = async () =>
      (await runner.query(
        `SELECT aggregate_version AS version, data->>'availability' AS availability FROM outbox_events
         WHERE aggregate_id = $1 AND type = 'variant.availability_changed' ORDER BY version`,
        [variantId],
      )) as object[];
    const stock = (onHand: number) =>
      runner.query(`UPDATE stock SET on_hand = $2 WHERE variant_id = $1`, [variantId, onHand]);
    await insert('users', { id: userId, email: 'a@example.com', email_canonical: 'a@example.com' });
    await insert('products', { id: productId, slug: 'a', name: 'A' });
    await insert('variants', { id: variantId, product_id: productId, sku: 'A' });
    await insert('stock', { variant_id: variantId, location_id: MAIN_LOCATION, on_hand: 3 });
    await stock(0);
    expect(await availability()).toEqual([
      { version: 1, availability: 'low' },
      { version: 2, availability: 'out' },
    ]);
    const event = {
      type: 'order.placed',
      aggregate_type: 'order',
      aggregate_id: newId(),
      aggregate_version: 1,
      data: {},
    };
    await insert('outbox_events', {
      id: eventId,
      ...event,
      occurred_at: new Date(),
      published_at: new Date(),
      sequence: 7,
    });
    await insert('outbox_jobs', {
      event_id: eventId,
      queue: 'order-mail',
      enqueued_at: new Date(),
      failed_at: new Date(),
    });
    await runner.query(`UPDATE event_log SET pruned_sequence = 6`);
    await insert('event_readers', { name: 'webhooks', sequence: 7 });
    await insert('event_readers', { name: 'sink:kafka', sequence: 7, holder: newId(), leased_until: new Date() });
    await insert('webhook_endpoints', {
      id: endpointId,
      url: 'https://example.com',
      types: ['*'],
      creator_id: userId,
      secret: '',
    });
    const delivery = { endpoint_id: endpointId, event_id: eventId, type: 'order.placed', next_attempt_at: new Date() };
    await insert('webhook_deliveries', { id: deliveryId, ...delivery });
    await insert('webhook_attempts', {
      ...{ id: newId(), delivery_id: deliveryId, started_at: new Date(), duration_ms: 1 },
      ...{ request_headers: {}, request_body: '' },
    });
    await insert('operations', { id: replayId, kind: 'webhook_replay', started_by: userId });
    await insert('webhook_replays', {
      id: replayId,
      endpoint_id: endpointId,
      types: ['*'],
      sequence: 0,
      last_sequence: 7,
    });
    const mail = { id: newId(), dedupe_key: 'a', template: 'order-confirmed', recipient: 'a@example.com' };
    await insert('mails', { ...mail, handing_over_since: new Date() });

    await down(FIRST_OF_EVENTS);
    expect(await schema()).toEqual(before);
    // Work goes on without what is gone.
    await stock(2);
    await up(FIRST_OF_EVENTS);
    expect(await schema()).toEqual(after);
    expect(await runner.query(`SELECT pruned_sequence::int AS pruned FROM event_log`)).toEqual([{ pruned: 6 }]);
    expect(await runner.query(`SELECT status FROM operations`)).toEqual([{ status: 'cancelled' }]);
    expect(await runner.query(`SELECT name FROM event_readers`)).toEqual([]);
    // The log has versions of before, which are not told a second time.
    await stock(0);
    await stock(9);
    expect(await availability()).toEqual([
      { version: 1, availability: 'low' },
      { version: 2, availability: 'out' },
      { version: 3, availability: 'out' },
      { version: 4, availability: 'in_stock' },
    ]);
  });
});

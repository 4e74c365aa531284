import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Events get a number as they are written, by which the relay orders them: ids are made by the clocks of instances, which differ. And what the
 * trigger of stock tells wakes the relays.
 */
export class EventArrivals1767225648000 implements MigrationInterface {
  name = 'EventArrivals1767225648000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE SEQUENCE outbox_arrival_seq AS bigint`);
    // The default comes after the column, so that the table is not written anew: what is published already needs no number.
    await queryRunner.query(`ALTER TABLE outbox_events ADD COLUMN arrival bigint`);
    await queryRunner.query(`ALTER TABLE outbox_events ALTER COLUMN arrival SET DEFAULT nextval('outbox_arrival_seq')`);
    await queryRunner.query(`
      UPDATE outbox_events AS e SET arrival = waiting.arrival
      FROM (SELECT id, nextval('outbox_arrival_seq') AS arrival FROM
        (SELECT id FROM outbox_events WHERE published_at IS NULL ORDER BY id) AS sorted) AS waiting
      WHERE e.id = waiting.id`);
    await queryRunner.query(`DROP INDEX outbox_events_unpublished_idx`);
    await queryRunner.query(
      `CREATE INDEX outbox_events_unpublished_idx ON outbox_events (arrival) WHERE published_at IS NULL`,
    );
    await replaceInTrigger(queryRunner, TOLD, TOLD + WAKE);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await replaceInTrigger(queryRunner, WAKE, '');
    await queryRunner.query(`DROP INDEX outbox_events_unpublished_idx`);
    await queryRunner.query(`ALTER TABLE outbox_events DROP COLUMN arrival`);
    await queryRunner.query(
      `CREATE INDEX outbox_events_unpublished_idx ON outbox_events (id) WHERE published_at IS NULL`,
    );
    await queryRunner.query(`DROP SEQUENCE outbox_arrival_seq`);
  }
}

/** Where the trigger has written its events. */
const TOLD = 'FROM told JOIN variants v ON v.id = told.variant_id;';

/** A transaction that comes here has notified the caches of the catalogue, so that it holds the lock of notifying commits anyway. */
const WAKE = `
            IF FOUND THEN
              PERFORM pg_notify('outbox', '');
            END IF;`;

async function replaceInTrigger(queryRunner: QueryRunner, old: string, replacement: string): Promise<void> {
  const [trigger] = (await queryRunner.query(
    `SELECT pg_get_functiondef('notify_catalogue_of_stock()'::regprocedure) AS text`,
  )) as [{ text: string }];
  if (!trigger.text.includes(old)) throw new Error('notify_catalogue_of_stock() is not as a migration left it');
  await queryRunner.query(trigger.text.replace(old, replacement));
}

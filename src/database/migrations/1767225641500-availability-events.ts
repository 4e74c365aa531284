import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What shoppers see of the stock of a variant is told when it changes, by the trigger that tells the catalogue of it already: placing an
 * order costs no further statement, and nothing more unless the last pieces go.
 */
export class AvailabilityEvents1767225641500 implements MigrationInterface {
  name = 'AvailabilityEvents1767225641500';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE variant_availability (
        variant_id uuid NOT NULL,
        availability text NOT NULL,
        version int NOT NULL,
        CONSTRAINT variant_availability_pkey PRIMARY KEY (variant_id),
        CONSTRAINT variant_availability_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE
      )`);
    // A log that this migration was taken back from knows versions already: each is told once.
    await queryRunner.query(`
      INSERT INTO variant_availability (variant_id, availability, version)
      SELECT id, availability(coalesce((SELECT sum(on_hand - reserved) FROM stock WHERE variant_id = v.id), 0)),
        coalesce((SELECT max(aggregate_version) FROM outbox_events
          WHERE aggregate_id = v.id AND type = 'variant.availability_changed'), 0)
      FROM variants AS v`);
    // As the application makes its ids: 48 bits of milliseconds first, so that the log is in the order of time (RFC 9562, version 7).
    await queryRunner.query(`
      CREATE FUNCTION event_id() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
      RETURN encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid`);
    await queryRunner.query(noticing(TELL));
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(noticing(''));
    await queryRunner.query(`DROP FUNCTION event_id()`);
    await queryRunner.query(`DROP TABLE variant_availability`);
  }
}

/** A variant is told once for each change: the row of its class is locked by it, and one of the same class is left as it is. */
const TELL = `
          IF TG_OP <> 'DELETE' THEN
            WITH class AS (
              SELECT moved.variant_id, availability((SELECT sum(on_hand - reserved) FROM stock WHERE variant_id = moved.variant_id)) AS availability
              FROM (SELECT DISTINCT variant_id FROM after) AS moved
            ), told AS (
              INSERT INTO variant_availability AS known (variant_id, availability, version)
              SELECT variant_id, availability, 1 FROM class
              WHERE availability <> coalesce((SELECT k.availability FROM variant_availability k WHERE k.variant_id = class.variant_id), 'out')
              ORDER BY variant_id
              ON CONFLICT (variant_id) DO UPDATE SET availability = excluded.availability, version = known.version + 1
              WHERE known.availability <> excluded.availability
              RETURNING variant_id, availability, version
            )
            INSERT INTO outbox_events (id, type, aggregate_type, aggregate_id, aggregate_version, data, occurred_at)
            SELECT event_id(), 'variant.availability_changed', 'variant', told.variant_id, told.version,
              jsonb_build_object('variantId', v.id, 'productId', v.product_id, 'availability', told.availability), now()
            FROM told JOIN variants v ON v.id = told.variant_id;
          END IF;`;

const noticing = (more: string): string => `
      CREATE OR REPLACE FUNCTION notify_catalogue_of_stock() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        moved boolean;
      BEGIN
        IF TG_OP = 'UPDATE' THEN
          SELECT EXISTS (
            SELECT FROM (
              SELECT after.variant_id, sum(after.on_hand - after.reserved - before.on_hand + before.reserved) AS by
              FROM after JOIN before USING (variant_id, location_id) GROUP BY after.variant_id
            ) AS change
            WHERE availability((SELECT sum(on_hand - reserved) FROM stock WHERE variant_id = change.variant_id))
              <> availability((SELECT sum(on_hand - reserved) FROM stock WHERE variant_id = change.variant_id) - change.by)
          ) INTO moved;
        ELSIF TG_OP = 'INSERT' THEN
          SELECT EXISTS (SELECT FROM after WHERE on_hand > reserved) INTO moved;
        ELSE
          SELECT EXISTS (SELECT FROM before WHERE on_hand > reserved) INTO moved;
        END IF;
        IF moved THEN
          PERFORM pg_notify('catalogue', '');${more}
        END IF;
        RETURN NULL;
      END $$`;

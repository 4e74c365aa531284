import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Parcels of orders: what of which line leaves which location, and when all of an order has arrived. */
export class Fulfilments1767225632000 implements MigrationInterface {
  name = 'Fulfilments1767225632000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE fulfilments (
        id uuid NOT NULL CONSTRAINT fulfilments_pkey PRIMARY KEY,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        order_id uuid NOT NULL CONSTRAINT fulfilments_order_id_fkey REFERENCES orders (id),
        location_id uuid NOT NULL CONSTRAINT fulfilments_location_id_fkey REFERENCES locations (id),
        status text NOT NULL DEFAULT 'pending',
        carrier text,
        tracking_number text,
        tracking_url text,
        shipped_at timestamptz,
        delivered_at timestamptz,
        CONSTRAINT fulfilments_status_check CHECK (status IN ('pending', 'shipped', 'delivered', 'cancelled')),
        CONSTRAINT fulfilments_times_check CHECK ((shipped_at IS NOT NULL) = (status IN ('shipped', 'delivered'))
          AND (delivered_at IS NOT NULL) = (status = 'delivered'))
      )`);
    await queryRunner.query(`CREATE INDEX fulfilments_order_id_idx ON fulfilments (order_id)`);
    await queryRunner.query(`CREATE INDEX fulfilments_status_id_idx ON fulfilments (status, id)`);
    await queryRunner.query(
      `CREATE INDEX fulfilments_location_id_status_id_idx ON fulfilments (location_id, status, id)`,
    );
    await queryRunner.query(
      `CREATE INDEX fulfilments_shipped_idx ON fulfilments (shipped_at) WHERE status = 'shipped'`,
    );
    await queryRunner.query(`
      CREATE TABLE fulfilment_lines (
        fulfilment_id uuid NOT NULL CONSTRAINT fulfilment_lines_fulfilment_id_fkey REFERENCES fulfilments (id) ON DELETE CASCADE,
        order_line_id uuid NOT NULL CONSTRAINT fulfilment_lines_order_line_id_fkey REFERENCES order_lines (id),
        quantity integer NOT NULL,
        CONSTRAINT fulfilment_lines_pkey PRIMARY KEY (fulfilment_id, order_line_id),
        CONSTRAINT fulfilment_lines_quantity_check CHECK (quantity > 0)
      )`);
    await queryRunner.query(`CREATE INDEX fulfilment_lines_order_line_id_idx ON fulfilment_lines (order_line_id)`);
    await queryRunner.query(`
      ALTER TABLE reservations ADD COLUMN shipped_quantity integer NOT NULL DEFAULT 0,
        DROP CONSTRAINT reservations_quantity_check,
        ADD CONSTRAINT reservations_quantity_check CHECK (shipped_quantity >= 0
          AND (quantity > 0 OR (quantity = 0 AND status = 'shipped')))`);
    await queryRunner.query(`ALTER TABLE orders ADD COLUMN delivered_at timestamptz`);
    // Orders that are over had all arrived by then.
    await queryRunner.query(`
      UPDATE orders SET delivered_at = coalesce(closed_at, placed_at) WHERE status = 'completed' AND fulfilment_status = 'fulfilled'`);
    await queryRunner.query(`DROP INDEX orders_completable_idx`);
    await queryRunner.query(`
      CREATE INDEX orders_completable_idx ON orders (id) WHERE status = 'confirmed' AND delivered_at IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX orders_completable_idx`);
    await queryRunner.query(`
      CREATE INDEX orders_completable_idx ON orders (id) WHERE status = 'confirmed' AND fulfilment_status = 'fulfilled'`);
    await queryRunner.query(`ALTER TABLE orders DROP COLUMN delivered_at`);
    // A reservation of which all was shipped says again how much that was.
    await queryRunner.query(`UPDATE reservations SET quantity = shipped_quantity WHERE quantity = 0`);
    await queryRunner.query(`
      ALTER TABLE reservations DROP CONSTRAINT reservations_quantity_check, DROP COLUMN shipped_quantity,
        ADD CONSTRAINT reservations_quantity_check CHECK (quantity > 0)`);
    await queryRunner.query(`DROP TABLE fulfilment_lines, fulfilments`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What staff write about an order, and what the customer said when placing it. */
export class OrderNotes1767225623200 implements MigrationInterface {
  name = 'OrderNotes1767225623200';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE orders ADD COLUMN customer_note text`);
    await queryRunner.query(`
      CREATE TABLE order_notes (
        id uuid NOT NULL,
        order_id uuid NOT NULL,
        text text NOT NULL,
        is_for_customer boolean NOT NULL DEFAULT false,
        author_id uuid NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT order_notes_pkey PRIMARY KEY (id),
        CONSTRAINT order_notes_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
        CONSTRAINT order_notes_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id)
      )`);
    await queryRunner.query(`CREATE INDEX order_notes_order_id_id_idx ON order_notes (order_id, id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE order_notes`);
    await queryRunner.query(`ALTER TABLE orders DROP COLUMN customer_note`);
  }
}

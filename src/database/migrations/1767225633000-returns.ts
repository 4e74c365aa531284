import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Goods that come back; and what of a refund is tax, and shipping. */
export class Returns1767225633000 implements MigrationInterface {
  name = 'Returns1767225633000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE returns (
        id uuid NOT NULL,
        order_id uuid NOT NULL,
        status text NOT NULL DEFAULT 'requested',
        note text,
        reject_reason text,
        received_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT returns_pkey PRIMARY KEY (id),
        CONSTRAINT returns_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT returns_status_check CHECK (status IN ('requested', 'approved', 'received', 'refunded', 'rejected', 'cancelled')),
        CONSTRAINT returns_received_check CHECK ((received_at IS NOT NULL) = (status IN ('received', 'refunded')))
      )`);
    await queryRunner.query(`CREATE INDEX returns_order_id_idx ON returns (order_id)`);
    await queryRunner.query(`CREATE INDEX returns_status_id_idx ON returns (status, id)`);
    await queryRunner.query(`
      CREATE TABLE return_lines (
        return_id uuid NOT NULL,
        order_line_id uuid NOT NULL,
        quantity integer NOT NULL,
        reason text,
        sellable_quantity integer NOT NULL DEFAULT 0,
        damaged_quantity integer NOT NULL DEFAULT 0,
        missing_quantity integer NOT NULL DEFAULT 0,
        CONSTRAINT return_lines_pkey PRIMARY KEY (return_id, order_line_id),
        CONSTRAINT return_lines_return_id_fkey FOREIGN KEY (return_id) REFERENCES returns (id),
        CONSTRAINT return_lines_order_line_id_fkey FOREIGN KEY (order_line_id) REFERENCES order_lines (id),
        CONSTRAINT return_lines_quantity_check CHECK
          (quantity > 0 AND sellable_quantity >= 0 AND damaged_quantity >= 0 AND missing_quantity >= 0
           AND sellable_quantity + damaged_quantity + missing_quantity IN (0, quantity))
      )`);
    await queryRunner.query(`CREATE INDEX return_lines_order_line_id_idx ON return_lines (order_line_id)`);

    await queryRunner.query(`
      ALTER TABLE refunds ADD COLUMN shipping_amount bigint NOT NULL DEFAULT 0,
        ADD COLUMN shipping_tax_amount bigint NOT NULL DEFAULT 0,
        ADD COLUMN return_id uuid,
        ADD CONSTRAINT refunds_return_id_fkey FOREIGN KEY (return_id) REFERENCES returns (id),
        ADD CONSTRAINT refunds_shipping_check CHECK
          (shipping_amount BETWEEN 0 AND amount AND shipping_tax_amount BETWEEN 0 AND shipping_amount)`);
    await queryRunner.query(`CREATE INDEX refunds_return_id_idx ON refunds (return_id) WHERE return_id IS NOT NULL`);
    await queryRunner.query(`
      ALTER TABLE refund_lines ADD COLUMN tax_amount bigint NOT NULL DEFAULT 0,
        ADD COLUMN withheld_amount bigint NOT NULL DEFAULT 0,
        DROP CONSTRAINT refund_lines_quantity_check,
        DROP CONSTRAINT refund_lines_amount_check,
        ADD CONSTRAINT refund_lines_quantity_check CHECK (quantity >= 0),
        ADD CONSTRAINT refund_lines_amount_check CHECK
          (amount >= 0 AND tax_amount BETWEEN 0 AND amount AND withheld_amount >= 0)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DELETE FROM refund_lines WHERE quantity = 0`);
    await queryRunner.query(`
      ALTER TABLE refund_lines DROP CONSTRAINT refund_lines_amount_check, DROP CONSTRAINT refund_lines_quantity_check,
        DROP COLUMN withheld_amount, DROP COLUMN tax_amount,
        ADD CONSTRAINT refund_lines_quantity_check CHECK (quantity > 0),
        ADD CONSTRAINT refund_lines_amount_check CHECK (amount >= 0)`);
    await queryRunner.query(`
      ALTER TABLE refunds DROP CONSTRAINT refunds_shipping_check, DROP COLUMN return_id, DROP COLUMN shipping_tax_amount,
        DROP COLUMN shipping_amount`);
    await queryRunner.query(`DROP TABLE return_lines, returns`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

const AMOUNTS = `amount >= authorised_amount AND authorised_amount >= captured_amount + claimed_amount
  AND captured_amount >= refunded_amount + refund_pending_amount
  AND claimed_amount >= 0 AND refund_pending_amount >= 0 AND refunded_amount >= 0`;

/** Changes of placed orders; and which refunds gave back what was more than an order came to. */
export class OrderEdits1767225633500 implements MigrationInterface {
  name = 'OrderEdits1767225633500';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE order_edits (
        id uuid NOT NULL,
        order_id uuid NOT NULL,
        order_version integer NOT NULL,
        status text NOT NULL DEFAULT 'proposed',
        reason text,
        plan jsonb NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT order_edits_pkey PRIMARY KEY (id),
        CONSTRAINT order_edits_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT order_edits_status_check CHECK (status IN ('proposed', 'confirmed', 'cancelled'))
      )`);
    await queryRunner.query(`CREATE INDEX order_edits_order_id_id_idx ON order_edits (order_id, id)`);
    await queryRunner.query(`ALTER TABLE payments ADD COLUMN excess_returned_amount bigint NOT NULL DEFAULT 0`);
    await queryRunner.query(`
      UPDATE payments p SET excess_returned_amount = r.amount
      FROM (SELECT payment_id, sum(amount) AS amount FROM refunds
        WHERE status <> 'failed' AND reason IN ('order_cancelled', 'late_payment', 'paid_twice') GROUP BY payment_id) r
      WHERE r.payment_id = p.id`);
    await queryRunner.query(`
      ALTER TABLE payments DROP CONSTRAINT payments_amounts_check,
        ADD CONSTRAINT payments_amounts_check CHECK (${AMOUNTS}
          AND excess_returned_amount BETWEEN 0 AND refunded_amount + refund_pending_amount)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE payments DROP CONSTRAINT payments_amounts_check, DROP COLUMN excess_returned_amount,
        ADD CONSTRAINT payments_amounts_check CHECK (${AMOUNTS})`);
    await queryRunner.query(`DROP TABLE order_edits`);
  }
}

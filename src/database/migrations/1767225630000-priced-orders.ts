import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What discounts, taxes and shipping leave on an order, and how far its pieces have come. */
export class PricedOrders1767225630000 implements MigrationInterface {
  name = 'PricedOrders1767225630000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE orders ADD COLUMN prices_include_tax boolean NOT NULL DEFAULT false,
        ADD COLUMN shipping_tax_amount bigint NOT NULL DEFAULT 0,
        ADD COLUMN shipping jsonb,
        ADD COLUMN promotions jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN return_status text NOT NULL DEFAULT 'none',
        ADD CONSTRAINT orders_return_status_check CHECK (return_status IN ('none', 'requested', 'partially_returned', 'returned')),
        ADD CONSTRAINT orders_shipping_tax_check CHECK (shipping_tax_amount BETWEEN 0 AND tax_total_amount),
        DROP CONSTRAINT orders_total_check,
        ADD CONSTRAINT orders_total_check CHECK (total_amount = subtotal_amount - discount_total_amount + shipping_total_amount
          + CASE WHEN prices_include_tax THEN 0 ELSE tax_total_amount END)`);
    await queryRunner.query(`
      ALTER TABLE order_lines ADD COLUMN prices_include_tax boolean NOT NULL DEFAULT false,
        ADD COLUMN adjustments jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN taxes jsonb NOT NULL DEFAULT '[]',
        ADD COLUMN delivered_quantity integer NOT NULL DEFAULT 0,
        ADD COLUMN returned_quantity integer NOT NULL DEFAULT 0,
        ADD CONSTRAINT order_lines_delivered_check CHECK (delivered_quantity BETWEEN 0 AND fulfilled_quantity
          AND returned_quantity BETWEEN 0 AND fulfilled_quantity),
        DROP CONSTRAINT order_lines_total_check,
        ADD CONSTRAINT order_lines_total_check CHECK (total_amount = quantity * unit_price_amount - discount_amount
          + CASE WHEN prices_include_tax THEN 0 ELSE tax_amount END)`);
    // Before there were deliveries, what was shipped of an order that was over had arrived.
    await queryRunner.query(`
      UPDATE order_lines l SET delivered_quantity = l.fulfilled_quantity
      FROM orders o WHERE o.id = l.order_id AND o.status = 'completed' AND l.fulfilled_quantity > 0`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE order_lines DROP CONSTRAINT order_lines_total_check, DROP CONSTRAINT order_lines_delivered_check,
        DROP COLUMN returned_quantity, DROP COLUMN delivered_quantity, DROP COLUMN taxes, DROP COLUMN adjustments,
        DROP COLUMN prices_include_tax,
        ADD CONSTRAINT order_lines_total_check CHECK (total_amount = quantity * unit_price_amount - discount_amount + tax_amount)`);
    await queryRunner.query(`
      ALTER TABLE orders DROP CONSTRAINT orders_total_check, DROP CONSTRAINT orders_shipping_tax_check,
        DROP CONSTRAINT orders_return_status_check, DROP COLUMN return_status, DROP COLUMN promotions, DROP COLUMN shipping,
        DROP COLUMN shipping_tax_amount, DROP COLUMN prices_include_tax,
        ADD CONSTRAINT orders_total_check CHECK
          (total_amount = subtotal_amount - discount_total_amount + shipping_total_amount + tax_total_amount)`);
  }
}

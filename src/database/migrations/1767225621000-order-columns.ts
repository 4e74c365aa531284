import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What carts, staff and imports write on an order. Numbers become words, as a series of its own has a prefix. */
export class OrderColumns1767225621000 implements MigrationInterface {
  name = 'OrderColumns1767225621000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE orders ALTER COLUMN number DROP DEFAULT,
        ALTER COLUMN number TYPE text,
        ADD COLUMN cart_id uuid,
        ADD COLUMN origin text NOT NULL DEFAULT 'shop',
        ADD COLUMN language text,
        ADD COLUMN tags text[] NOT NULL DEFAULT '{}',
        ADD CONSTRAINT orders_cart_id_key UNIQUE (cart_id),
        ADD CONSTRAINT orders_origin_check CHECK (origin IN ('shop', 'staff', 'import'))`);
    await queryRunner.query(`ALTER TABLE orders ALTER COLUMN number SET DEFAULT nextval('order_number_seq')::text`);
    await queryRunner.query(`
      ALTER TABLE order_lines ALTER COLUMN variant_id DROP NOT NULL, ADD COLUMN price_reason text`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE order_lines DROP COLUMN price_reason, ALTER COLUMN variant_id SET NOT NULL`);
    await queryRunner.query(`
      ALTER TABLE orders DROP COLUMN tags, DROP COLUMN language, DROP COLUMN origin, DROP COLUMN cart_id,
        ALTER COLUMN number DROP DEFAULT,
        ALTER COLUMN number TYPE bigint USING number::bigint`);
    await queryRunner.query(`ALTER TABLE orders ALTER COLUMN number SET DEFAULT nextval('order_number_seq')`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The order that is sent for a return. */
export class Exchanges1767225633700 implements MigrationInterface {
  name = 'Exchanges1767225633700';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE returns ADD COLUMN exchange_order_id uuid,
        ADD CONSTRAINT returns_exchange_order_id_key UNIQUE (exchange_order_id),
        ADD CONSTRAINT returns_exchange_order_id_fkey FOREIGN KEY (exchange_order_id) REFERENCES orders (id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE returns DROP COLUMN exchange_order_id`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Refunds go back the way the money came, or onto the store credit of the customer. */
export class RefundDestinations1767225635100 implements MigrationInterface {
  name = 'RefundDestinations1767225635100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE refunds ADD COLUMN destination text NOT NULL DEFAULT 'payment',
        ADD CONSTRAINT refunds_destination_check CHECK (destination IN ('payment', 'store_credit'))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE refunds DROP COLUMN destination`);
  }
}

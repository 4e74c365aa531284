import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The few orders that are delivered and not closed yet, for the job that closes them. */
export class CompletableOrders1767225623000 implements MigrationInterface {
  name = 'CompletableOrders1767225623000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE INDEX orders_completable_idx ON orders (id) WHERE status = 'confirmed' AND fulfilment_status = 'fulfilled'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX orders_completable_idx`);
  }
}

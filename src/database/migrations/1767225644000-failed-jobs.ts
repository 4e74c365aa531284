import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Jobs that failed for good are known here and no longer only to Redis, and staff may retry or cancel them. */
export class FailedJobs1767225644000 implements MigrationInterface {
  name = 'FailedJobs1767225644000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE outbox_jobs ADD COLUMN attempts int NOT NULL DEFAULT 0, ADD COLUMN last_error text,
        ADD COLUMN failed_at timestamptz, ADD COLUMN cancelled_at timestamptz`);
    await queryRunner.query(`DROP INDEX outbox_jobs_open_idx`);
    await queryRunner.query(
      `CREATE INDEX outbox_jobs_open_idx ON outbox_jobs (enqueued_at) WHERE completed_at IS NULL AND failed_at IS NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX outbox_jobs_failed_idx ON outbox_jobs (failed_at, event_id, queue) WHERE completed_at IS NULL AND failed_at IS NOT NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX outbox_jobs_failed_idx, outbox_jobs_open_idx`);
    await queryRunner.query(
      `ALTER TABLE outbox_jobs DROP COLUMN attempts, DROP COLUMN last_error, DROP COLUMN failed_at, DROP COLUMN cancelled_at`,
    );
    await queryRunner.query(
      `CREATE INDEX outbox_jobs_open_idx ON outbox_jobs (enqueued_at) WHERE completed_at IS NULL`,
    );
  }
}

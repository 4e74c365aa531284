import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who is reading the log for an engine outside, and until when nobody else does. */
export class EventReaderLeases1767225647000 implements MigrationInterface {
  name = 'EventReaderLeases1767225647000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE event_readers ADD COLUMN holder uuid, ADD COLUMN leased_until timestamptz`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DELETE FROM event_readers WHERE name LIKE 'sink:%'`);
    await queryRunner.query(`ALTER TABLE event_readers DROP COLUMN holder, DROP COLUMN leased_until`);
  }
}

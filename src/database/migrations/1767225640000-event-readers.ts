import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far those who read the log of events by themselves have come. */
export class EventReaders1767225640000 implements MigrationInterface {
  name = 'EventReaders1767225640000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE event_readers (
        name text NOT NULL,
        sequence bigint NOT NULL,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT event_readers_pkey PRIMARY KEY (name)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE event_readers`);
  }
}

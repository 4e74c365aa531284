import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the log of events begins, once the oldest have been deleted. */
export class EventLog1767225641000 implements MigrationInterface {
  name = 'EventLog1767225641000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE event_log (
        id smallint NOT NULL DEFAULT 1,
        pruned_sequence bigint NOT NULL DEFAULT 0,
        CONSTRAINT event_log_pkey PRIMARY KEY (id),
        CONSTRAINT event_log_id_check CHECK (id = 1)
      )`);
    // Sequences are drawn from 1 on, so that whatever lies before the oldest one is gone.
    await queryRunner.query(`
      INSERT INTO event_log (pruned_sequence)
      SELECT coalesce((SELECT min(sequence) - 1 FROM outbox_events),
        (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM outbox_events_sequence_seq))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE event_log`);
  }
}

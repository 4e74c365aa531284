import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Mails that wait to be sent: what they say is kept encrypted until they have left. */
export class MailQueue1767225610000 implements MigrationInterface {
  name = 'MailQueue1767225610000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE mails
        ADD COLUMN recipient_name text,
        ADD COLUMN locale text,
        ADD COLUMN sealed_data bytea,
        ADD CONSTRAINT mails_sealed_data_check CHECK (sealed_data IS NULL OR sent_at IS NULL)`);
    await queryRunner.query(`CREATE INDEX mails_sealed_idx ON mails (created_at) WHERE sealed_data IS NOT NULL`);
    await queryRunner.query(`CREATE INDEX mails_recipient_idx ON mails (lower(recipient))`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX mails_recipient_idx`);
    await queryRunner.query(`
      ALTER TABLE mails
        DROP CONSTRAINT mails_sealed_data_check,
        DROP COLUMN sealed_data,
        DROP COLUMN locale,
        DROP COLUMN recipient_name`);
  }
}

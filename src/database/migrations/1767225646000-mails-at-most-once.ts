import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when the mail server may have a mail of which nobody knows whether it has; what was not sent is found by an index of its own. */
export class MailsAtMostOnce1767225646000 implements MigrationInterface {
  name = 'MailsAtMostOnce1767225646000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE mails
        ADD COLUMN handing_over_since timestamptz,
        ADD COLUMN resends int NOT NULL DEFAULT 0,
        ADD CONSTRAINT mails_handing_over_check CHECK (handing_over_since IS NULL OR sent_at IS NULL)`);
    await queryRunner.query(`CREATE INDEX mails_unsent_idx ON mails (created_at, id) WHERE sent_at IS NULL`);
    await queryRunner.query(`DROP INDEX mails_sealed_idx`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX mails_sealed_idx ON mails (created_at) WHERE sealed_data IS NOT NULL`);
    await queryRunner.query(`DROP INDEX mails_unsent_idx`);
    await queryRunner.query(`ALTER TABLE mails DROP COLUMN handing_over_since, DROP COLUMN resends`);
  }
}

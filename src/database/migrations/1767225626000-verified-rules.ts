import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the last scheduled verification of the books has found. */
export class VerifiedRules1767225626000 implements MigrationInterface {
  name = 'VerifiedRules1767225626000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE verified_rules (
        rule text NOT NULL,
        breaches integer NOT NULL,
        verified_at timestamptz NOT NULL,
        CONSTRAINT verified_rules_pkey PRIMARY KEY (rule)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE verified_rules`);
  }
}

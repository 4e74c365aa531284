import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who our users are at the providers they sign in with. */
export class Identities1767225616000 implements MigrationInterface {
  name = 'Identities1767225616000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE identities (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        provider text NOT NULL,
        issuer text NOT NULL,
        subject text NOT NULL,
        email text,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        CONSTRAINT identities_pkey PRIMARY KEY (id),
        CONSTRAINT identities_issuer_subject_key UNIQUE (issuer, subject),
        CONSTRAINT identities_user_id_provider_key UNIQUE (user_id, provider),
        CONSTRAINT identities_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE identities`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Roles that staff define, and invites. */
export class RolesAndInvites1767225613000 implements MigrationInterface {
  name = 'RolesAndInvites1767225613000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE roles
        ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
        ADD COLUMN description text,
        ADD COLUMN version integer NOT NULL DEFAULT 1,
        ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
        ADD CONSTRAINT roles_id_key UNIQUE (id),
        ADD CONSTRAINT roles_name_check CHECK (name ~ '^[a-z][a-z0-9-]{1,39}$'),
        ADD CONSTRAINT roles_scopes_check CHECK (is_built_in OR NOT ('*' = ANY (scopes)))`);
    await queryRunner.query(`
      UPDATE roles SET description = known.description
      FROM (VALUES
        ('customer', 'Buys; sees what is theirs'),
        ('support', 'Helps customers with their orders'),
        ('fulfilment', 'Picks, packs and ships'),
        ('catalogue', 'Keeps products, stock and promotions'),
        ('finance', 'Captures and refunds payments'),
        ('admin', 'May do everything')) AS known (name, description)
      WHERE roles.name = known.name AND roles.is_built_in`);

    await queryRunner.query(`
      CREATE TABLE invites (
        id uuid NOT NULL,
        email text NOT NULL,
        email_canonical text NOT NULL,
        name text,
        roles text[] NOT NULL,
        token_hash bytea NOT NULL,
        prepared_user_id uuid,
        invited_by uuid,
        accepted_by uuid,
        accepted_at timestamptz,
        revoked_at timestamptz,
        expires_at timestamptz NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT invites_pkey PRIMARY KEY (id),
        CONSTRAINT invites_token_hash_key UNIQUE (token_hash),
        CONSTRAINT invites_prepared_user_id_fkey FOREIGN KEY (prepared_user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT invites_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES users (id) ON DELETE SET NULL,
        CONSTRAINT invites_accepted_by_fkey FOREIGN KEY (accepted_by) REFERENCES users (id) ON DELETE SET NULL
      )`);
    await queryRunner.query(`CREATE INDEX invites_email_canonical_idx ON invites (email_canonical)`);
    // One open invite an address, whatever the code does.
    await queryRunner.query(`
      CREATE UNIQUE INDEX invites_open_key ON invites (email_canonical) WHERE accepted_at IS NULL AND revoked_at IS NULL`);
    await queryRunner.query(`CREATE INDEX invites_prepared_user_id_idx ON invites (prepared_user_id)`);
    await queryRunner.query(`CREATE INDEX invites_invited_by_idx ON invites (invited_by)`);
    await queryRunner.query(`CREATE INDEX invites_accepted_by_idx ON invites (accepted_by)`);
    await queryRunner.query(`CREATE INDEX invites_expires_at_idx ON invites (expires_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE invites`);
    await queryRunner.query(`
      ALTER TABLE roles
        DROP CONSTRAINT roles_scopes_check, DROP CONSTRAINT roles_name_check, DROP CONSTRAINT roles_id_key,
        DROP COLUMN updated_at, DROP COLUMN created_at, DROP COLUMN version, DROP COLUMN description, DROP COLUMN id`);
  }
}

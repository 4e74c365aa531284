import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys of machines, and the short-lived tokens they are traded for. */
export class ApiKeys1767225617000 implements MigrationInterface {
  name = 'ApiKeys1767225617000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE api_keys (
        id uuid NOT NULL,
        creator_id uuid NOT NULL,
        name text NOT NULL,
        scopes text[] NOT NULL,
        allowed_addresses text[] NOT NULL DEFAULT '{}',
        prefix text NOT NULL,
        key_hash bytea NOT NULL,
        previous_hash bytea,
        previous_prefix text,
        previous_expires_at timestamptz,
        expires_at timestamptz,
        revoked_at timestamptz,
        last_used_at timestamptz,
        last_used_address text,
        last_refused_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT api_keys_pkey PRIMARY KEY (id),
        CONSTRAINT api_keys_key_hash_key UNIQUE (key_hash),
        CONSTRAINT api_keys_previous_hash_key UNIQUE (previous_hash),
        CONSTRAINT api_keys_creator_id_fkey FOREIGN KEY (creator_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT api_keys_previous_check CHECK (
          (previous_hash IS NULL) = (previous_prefix IS NULL) AND (previous_hash IS NULL) = (previous_expires_at IS NULL))
      )`);
    await queryRunner.query(`CREATE INDEX api_keys_creator_id_idx ON api_keys (creator_id)`);

    await queryRunner.query(`
      CREATE TABLE oauth_access_tokens (
        id uuid NOT NULL,
        key_id uuid NOT NULL,
        token_hash bytea NOT NULL,
        secret_hash bytea NOT NULL,
        scopes text[] NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        CONSTRAINT oauth_access_tokens_pkey PRIMARY KEY (id),
        CONSTRAINT oauth_access_tokens_token_hash_key UNIQUE (token_hash),
        CONSTRAINT oauth_access_tokens_key_id_fkey FOREIGN KEY (key_id) REFERENCES api_keys (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX oauth_access_tokens_key_id_idx ON oauth_access_tokens (key_id)`);
    await queryRunner.query(`CREATE INDEX oauth_access_tokens_expires_at_idx ON oauth_access_tokens (expires_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE oauth_access_tokens`);
    await queryRunner.query(`DROP TABLE api_keys`);
  }
}

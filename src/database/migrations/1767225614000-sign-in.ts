import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How a session proved who it is, second factors, passkeys, and the steps of a sign-in that is under way. */
export class SignIn1767225614000 implements MigrationInterface {
  name = 'SignIn1767225614000';

  async up(queryRunner: QueryRunner): Promise<void> {
    // Sessions that began before this moment are no longer living.
    await queryRunner.query(`ALTER TABLE users ADD COLUMN sessions_valid_from timestamptz`);
    await queryRunner.query(`
      ALTER TABLE sessions
        ADD COLUMN authenticated_at timestamptz NOT NULL DEFAULT now(),
        ADD COLUMN methods text[] NOT NULL DEFAULT '{}',
        ADD COLUMN idle_expires_at timestamptz NOT NULL DEFAULT 'infinity',
        ADD COLUMN impersonator_id uuid,
        ADD CONSTRAINT sessions_impersonator_id_fkey FOREIGN KEY (impersonator_id) REFERENCES users (id) ON DELETE CASCADE`);
    await queryRunner.query(`CREATE INDEX sessions_impersonator_id_idx ON sessions (impersonator_id)`);

    await queryRunner.query(`
      CREATE TABLE auth_challenges (
        id uuid NOT NULL,
        kind text NOT NULL,
        user_id uuid,
        token_hash bytea NOT NULL,
        data jsonb NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT auth_challenges_pkey PRIMARY KEY (id),
        CONSTRAINT auth_challenges_token_hash_key UNIQUE (token_hash),
        CONSTRAINT auth_challenges_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX auth_challenges_user_id_idx ON auth_challenges (user_id)`);
    await queryRunner.query(`CREATE INDEX auth_challenges_expires_at_idx ON auth_challenges (expires_at)`);

    await queryRunner.query(`
      CREATE TABLE totp_credentials (
        user_id uuid NOT NULL,
        sealed_secret bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        confirmed_at timestamptz,
        last_step bigint,
        CONSTRAINT totp_credentials_pkey PRIMARY KEY (user_id),
        CONSTRAINT totp_credentials_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`
      CREATE TABLE recovery_codes (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        code_hash bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        used_at timestamptz,
        CONSTRAINT recovery_codes_pkey PRIMARY KEY (id),
        CONSTRAINT recovery_codes_user_id_code_hash_key UNIQUE (user_id, code_hash),
        CONSTRAINT recovery_codes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`
      CREATE TABLE passkeys (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        name text NOT NULL,
        credential_id bytea NOT NULL,
        public_key bytea NOT NULL,
        sign_count bigint NOT NULL,
        transports text[] NOT NULL,
        is_backed_up boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        CONSTRAINT passkeys_pkey PRIMARY KEY (id),
        CONSTRAINT passkeys_credential_id_key UNIQUE (credential_id),
        CONSTRAINT passkeys_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX passkeys_user_id_idx ON passkeys (user_id)`);

    await queryRunner.query(`
      CREATE TABLE signing_keys (
        kid text NOT NULL,
        sealed_private_key bytea,
        created_at timestamptz NOT NULL,
        activates_at timestamptz NOT NULL,
        retires_at timestamptz,
        CONSTRAINT signing_keys_pkey PRIMARY KEY (kid)
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE signing_keys, passkeys, recovery_codes, totp_credentials, auth_challenges`);
    await queryRunner.query(`DROP INDEX sessions_impersonator_id_idx`);
    await queryRunner.query(`
      ALTER TABLE sessions DROP COLUMN impersonator_id, DROP COLUMN idle_expires_at, DROP COLUMN methods, DROP COLUMN authenticated_at`);
    await queryRunner.query(`ALTER TABLE users DROP COLUMN sessions_valid_from`);
  }
}

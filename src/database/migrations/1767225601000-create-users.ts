import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Users, roles, sessions and refresh tokens. */
export class CreateUsers1767225601000 implements MigrationInterface {
  name = 'CreateUsers1767225601000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE users (
        id uuid NOT NULL,
        email text NOT NULL,
        email_canonical text NOT NULL,
        name text,
        password_hash text,
        status text NOT NULL DEFAULT 'active',
        email_verified_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT users_pkey PRIMARY KEY (id),
        CONSTRAINT users_email_canonical_key UNIQUE (email_canonical),
        CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled'))
      )`);
    await queryRunner.query(`CREATE INDEX users_created_at_id_idx ON users (created_at, id)`);
    await queryRunner.query(`
      CREATE INDEX users_search_idx ON users USING gin ((lower(email_canonical || ' ' || coalesce(name, ''))) gin_trgm_ops)`);

    await queryRunner.query(`
      CREATE TABLE roles (
        name text NOT NULL,
        scopes text[] NOT NULL,
        is_built_in boolean NOT NULL DEFAULT false,
        CONSTRAINT roles_pkey PRIMARY KEY (name)
      )`);
    await queryRunner.query(`
      INSERT INTO roles (name, scopes, is_built_in) VALUES
        ('customer', '{}', true),
        ('support', '{orders:read,orders:write,users:read,products:read,inventory:read,returns:write}', true),
        ('fulfilment', '{orders:read,fulfilments:write,returns:write,products:read,inventory:read,inventory:write}', true),
        ('catalogue', '{products:read,products:write,inventory:read,inventory:write,promotions:write}', true),
        ('finance', '{orders:read,payments:capture,payments:refund,users:read,products:read}', true),
        ('admin', '{*}', true)`);

    await queryRunner.query(`
      CREATE TABLE user_roles (
        user_id uuid NOT NULL,
        role_name text NOT NULL,
        CONSTRAINT user_roles_pkey PRIMARY KEY (user_id, role_name),
        CONSTRAINT user_roles_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT user_roles_role_name_fkey FOREIGN KEY (role_name) REFERENCES roles (name)
      )`);
    await queryRunner.query(`CREATE INDEX user_roles_role_name_idx ON user_roles (role_name)`);

    await queryRunner.query(`
      CREATE TABLE sessions (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        user_agent text,
        address text,
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        revoked_at timestamptz,
        revoked_reason text,
        CONSTRAINT sessions_pkey PRIMARY KEY (id),
        CONSTRAINT sessions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX sessions_user_id_idx ON sessions (user_id)`);
    await queryRunner.query(`CREATE INDEX sessions_expires_at_idx ON sessions (expires_at)`);

    await queryRunner.query(`
      CREATE TABLE refresh_tokens (
        id uuid NOT NULL,
        session_id uuid NOT NULL,
        token_hash bytea NOT NULL,
        created_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT refresh_tokens_pkey PRIMARY KEY (id),
        CONSTRAINT refresh_tokens_token_hash_key UNIQUE (token_hash),
        CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id)`);
    // At most one living token a session: two branches of one family cannot exist, whatever the code does.
    await queryRunner.query(
      `CREATE UNIQUE INDEX refresh_tokens_living_key ON refresh_tokens (session_id) WHERE used_at IS NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE refresh_tokens, sessions, user_roles, roles, users`);
  }
}

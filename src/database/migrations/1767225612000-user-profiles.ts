import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Profiles, addresses, customer groups, consents, erased accounts, and operations with their files. */
export class UserProfiles1767225612000 implements MigrationInterface {
  name = 'UserProfiles1767225612000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE users
        ADD COLUMN locale text,
        ADD COLUMN phone text,
        ADD COLUMN erased_at timestamptz,
        DROP CONSTRAINT users_status_check,
        ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled', 'erased')),
        ADD CONSTRAINT users_erased_check CHECK (
          (status = 'erased') = (erased_at IS NOT NULL)
          AND (status <> 'erased' OR (name IS NULL AND phone IS NULL AND locale IS NULL AND password_hash IS NULL
            AND email = 'erased-' || id || '@erased.invalid' AND email_canonical = email)))`);
    await queryRunner.query(`CREATE INDEX users_name_id_idx ON users (lower(coalesce(name, '')), id)`);

    await queryRunner.query(`
      CREATE TABLE addresses (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        label text,
        name text NOT NULL,
        company text,
        line1 text NOT NULL,
        line2 text,
        city text NOT NULL,
        region text,
        postal_code text,
        country_code char(2) NOT NULL,
        phone text,
        is_default_shipping boolean NOT NULL DEFAULT false,
        is_default_billing boolean NOT NULL DEFAULT false,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT addresses_pkey PRIMARY KEY (id),
        CONSTRAINT addresses_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX addresses_user_id_id_idx ON addresses (user_id, id)`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX addresses_default_shipping_key ON addresses (user_id) WHERE is_default_shipping`,
    );
    await queryRunner.query(
      `CREATE UNIQUE INDEX addresses_default_billing_key ON addresses (user_id) WHERE is_default_billing`,
    );

    await queryRunner.query(`
      CREATE TABLE customer_groups (
        id uuid NOT NULL,
        code text NOT NULL,
        name text NOT NULL,
        description text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT customer_groups_pkey PRIMARY KEY (id),
        CONSTRAINT customer_groups_code_key UNIQUE (code)
      )`);
    await queryRunner.query(`
      CREATE TABLE customer_group_members (
        group_id uuid NOT NULL,
        user_id uuid NOT NULL,
        added_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT customer_group_members_pkey PRIMARY KEY (group_id, user_id),
        CONSTRAINT customer_group_members_group_id_fkey FOREIGN KEY (group_id) REFERENCES customer_groups (id) ON DELETE CASCADE,
        CONSTRAINT customer_group_members_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX customer_group_members_user_id_idx ON customer_group_members (user_id)`);

    await queryRunner.query(`
      CREATE TABLE consents (
        user_id uuid NOT NULL,
        position integer NOT NULL,
        purpose text NOT NULL,
        granted boolean NOT NULL,
        document_version text NOT NULL,
        source text NOT NULL,
        address text,
        at timestamptz NOT NULL,
        CONSTRAINT consents_pkey PRIMARY KEY (user_id, position),
        CONSTRAINT consents_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
        CONSTRAINT consents_purpose_check CHECK (
          purpose IN ('marketing_email', 'marketing_sms', 'analytics', 'terms', 'privacy'))
      )`);
    await queryRunner.query(
      `CREATE INDEX consents_user_id_purpose_position_idx ON consents (user_id, purpose, position)`,
    );
    // What was consented to stays as it was; only where it came from is forgotten with the person.
    await queryRunner.query(`
      CREATE FUNCTION refuse_consent_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' AND NEW.address IS NULL AND to_jsonb(NEW) - 'address' = to_jsonb(OLD) - 'address' THEN
          RETURN NEW;
        END IF;
        RAISE EXCEPTION 'rows of consents are never changed or deleted';
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER consents_append_only BEFORE UPDATE OR DELETE ON consents
      FOR EACH ROW EXECUTE FUNCTION refuse_consent_change()`);

    await queryRunner.query(`
      CREATE TABLE operations (
        id uuid NOT NULL,
        kind text NOT NULL,
        status text NOT NULL DEFAULT 'queued',
        started_by uuid NOT NULL,
        starter_scope text,
        subject_id uuid,
        progress_done integer NOT NULL DEFAULT 0,
        progress_total integer,
        progress_failed integer NOT NULL DEFAULT 0,
        result jsonb,
        error jsonb,
        attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now(),
        started_at timestamptz,
        ended_at timestamptz,
        CONSTRAINT operations_pkey PRIMARY KEY (id),
        CONSTRAINT operations_started_by_fkey FOREIGN KEY (started_by) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT operations_subject_id_fkey FOREIGN KEY (subject_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT operations_status_check CHECK (status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        CONSTRAINT operations_ended_check CHECK ((status IN ('succeeded', 'failed', 'cancelled')) = (ended_at IS NOT NULL))
      )`);
    await queryRunner.query(`CREATE INDEX operations_started_by_id_idx ON operations (started_by, id)`);
    await queryRunner.query(`CREATE INDEX operations_subject_id_id_idx ON operations (subject_id, id)`);
    await queryRunner.query(`CREATE INDEX operations_ended_at_idx ON operations (ended_at) WHERE ended_at IS NOT NULL`);
    // At most one export of a person's data under way, whoever asked for it.
    await queryRunner.query(`
      CREATE UNIQUE INDEX operations_running_key ON operations (kind, subject_id) WHERE status IN ('queued', 'running')`);

    await queryRunner.query(`
      CREATE TABLE operation_files (
        id uuid NOT NULL,
        operation_id uuid NOT NULL,
        name text NOT NULL,
        media_type text NOT NULL,
        size_bytes bigint,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        CONSTRAINT operation_files_pkey PRIMARY KEY (id),
        CONSTRAINT operation_files_operation_id_fkey FOREIGN KEY (operation_id) REFERENCES operations (id) ON DELETE CASCADE
      )`);
    // One file a result; what an interrupted attempt left behind has no size and does not count.
    await queryRunner.query(
      `CREATE UNIQUE INDEX operation_files_complete_key ON operation_files (operation_id) WHERE size_bytes IS NOT NULL`,
    );
    await queryRunner.query(`CREATE INDEX operation_files_operation_id_idx ON operation_files (operation_id)`);
    await queryRunner.query(`CREATE INDEX operation_files_expires_at_idx ON operation_files (expires_at)`);
    await queryRunner.query(`
      CREATE TABLE operation_file_chunks (
        file_id uuid NOT NULL,
        position integer NOT NULL,
        content bytea NOT NULL,
        CONSTRAINT operation_file_chunks_pkey PRIMARY KEY (file_id, position),
        CONSTRAINT operation_file_chunks_file_id_fkey FOREIGN KEY (file_id) REFERENCES operation_files (id) ON DELETE CASCADE
      )`);

    // Orders of erased people that still hold what their delivery needs; see the retention task.
    await queryRunner.query(`
      CREATE INDEX orders_unerased_idx ON orders (id)
      WHERE email LIKE 'erased-%@erased.invalid' AND shipping_address ->> 'name' <> '(erased)'`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP INDEX orders_unerased_idx`);
    await queryRunner.query(`DROP TABLE operation_file_chunks, operation_files, operations`);
    await queryRunner.query(`DROP TABLE consents`);
    await queryRunner.query(`DROP FUNCTION refuse_consent_change()`);
    await queryRunner.query(`DROP TABLE customer_group_members, customer_groups, addresses`);
    await queryRunner.query(`DROP INDEX users_name_id_idx`);
    // Who was erased stays erased: disabled, under the address that tells nothing.
    await queryRunner.query(`
      ALTER TABLE users DROP CONSTRAINT users_erased_check, DROP CONSTRAINT users_status_check`);
    await queryRunner.query(`UPDATE users SET status = 'disabled' WHERE status = 'erased'`);
    await queryRunner.query(`
      ALTER TABLE users
        ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'disabled')),
        DROP COLUMN erased_at, DROP COLUMN phone, DROP COLUMN locale`);
  }
}

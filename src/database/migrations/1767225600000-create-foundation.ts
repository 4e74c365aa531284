import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Idempotency keys, the outbox with its jobs, and mails sent. */
export class CreateFoundation1767225600000 implements MigrationInterface {
  name = 'CreateFoundation1767225600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS pg_trgm`);
    await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS unaccent`);

    await queryRunner.query(`
      CREATE TABLE idempotency_keys (
        principal text NOT NULL,
        key text NOT NULL,
        fingerprint bytea NOT NULL,
        status smallint,
        location text,
        body bytea,
        lease_until timestamptz,
        expires_at timestamptz NOT NULL,
        CONSTRAINT idempotency_keys_pkey PRIMARY KEY (principal, key)
      )`);
    await queryRunner.query(`CREATE INDEX idempotency_keys_expires_at_idx ON idempotency_keys (expires_at)`);

    await queryRunner.query(`
      CREATE TABLE outbox_events (
        id uuid NOT NULL,
        type text NOT NULL,
        aggregate_type text NOT NULL,
        aggregate_id uuid NOT NULL,
        aggregate_version integer NOT NULL,
        data jsonb NOT NULL,
        request_id text,
        occurred_at timestamptz NOT NULL,
        sequence bigint,
        published_at timestamptz,
        CONSTRAINT outbox_events_pkey PRIMARY KEY (id),
        CONSTRAINT outbox_events_sequence_key UNIQUE (sequence),
        CONSTRAINT outbox_events_aggregate_version_key UNIQUE (aggregate_id, aggregate_version, type)
      )`);
    await queryRunner.query(
      `CREATE INDEX outbox_events_unpublished_idx ON outbox_events (id) WHERE published_at IS NULL`,
    );
    await queryRunner.query(`CREATE INDEX outbox_events_published_at_idx ON outbox_events (published_at)`);
    await queryRunner.query(`CREATE SEQUENCE outbox_events_sequence_seq AS bigint`);

    await queryRunner.query(`
      CREATE TABLE outbox_jobs (
        event_id uuid NOT NULL,
        queue text NOT NULL,
        enqueued_at timestamptz NOT NULL,
        started_at timestamptz,
        completed_at timestamptz,
        CONSTRAINT outbox_jobs_pkey PRIMARY KEY (event_id, queue),
        CONSTRAINT outbox_jobs_event_id_fkey FOREIGN KEY (event_id) REFERENCES outbox_events (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(
      `CREATE INDEX outbox_jobs_open_idx ON outbox_jobs (enqueued_at) WHERE completed_at IS NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX outbox_jobs_completed_at_idx ON outbox_jobs (completed_at) WHERE completed_at IS NOT NULL`,
    );

    await queryRunner.query(`
      CREATE TABLE mails (
        id uuid NOT NULL,
        dedupe_key text NOT NULL,
        template text NOT NULL,
        recipient text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        lease_until timestamptz,
        sent_at timestamptz,
        CONSTRAINT mails_pkey PRIMARY KEY (id),
        CONSTRAINT mails_dedupe_key_key UNIQUE (dedupe_key)
      )`);
    await queryRunner.query(`CREATE INDEX mails_created_at_idx ON mails (created_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE mails, outbox_jobs, outbox_events, idempotency_keys`);
    await queryRunner.query(`DROP SEQUENCE outbox_events_sequence_seq`);
  }
}

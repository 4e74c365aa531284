import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where events are sent to, what is to be sent there, and what came of each try. */
export class Webhooks1767225642000 implements MigrationInterface {
  name = 'Webhooks1767225642000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE webhook_endpoints (
        id uuid NOT NULL,
        url text NOT NULL,
        description text,
        types text[] NOT NULL,
        payload text NOT NULL DEFAULT 'thin',
        status text NOT NULL DEFAULT 'active',
        disabled_reason text,
        disabled_at timestamptz,
        failing_since timestamptz,
        paused_until timestamptz,
        creator_id uuid,
        secret bytea NOT NULL,
        previous_secret bytea,
        previous_secret_ends_at timestamptz,
        after_sequence bigint NOT NULL DEFAULT 0,
        version int NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT webhook_endpoints_pkey PRIMARY KEY (id),
        CONSTRAINT webhook_endpoints_creator_id_fkey FOREIGN KEY (creator_id) REFERENCES users ON DELETE SET NULL,
        CONSTRAINT webhook_endpoints_status_check CHECK (status IN ('active', 'disabled')),
        CONSTRAINT webhook_endpoints_payload_check CHECK (payload IN ('thin', 'full')),
        CONSTRAINT webhook_endpoints_disabled_check CHECK (
          (status = 'disabled') = (disabled_reason IS NOT NULL) AND (status = 'disabled') = (disabled_at IS NOT NULL)),
        CONSTRAINT webhook_endpoints_previous_check CHECK ((previous_secret IS NULL) = (previous_secret_ends_at IS NULL))
      )`);
    await queryRunner.query(`CREATE INDEX webhook_endpoints_creator_id_idx ON webhook_endpoints (creator_id)`);
    await queryRunner.query(`
      CREATE TABLE webhook_deliveries (
        id uuid NOT NULL,
        endpoint_id uuid NOT NULL,
        event_id uuid NOT NULL,
        type text NOT NULL,
        sequence bigint,
        event jsonb,
        status text NOT NULL DEFAULT 'pending',
        attempt_count int NOT NULL DEFAULT 0,
        next_attempt_at timestamptz,
        lease_id uuid,
        leased_until timestamptz,
        status_code int,
        created_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz,
        CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id),
        CONSTRAINT webhook_deliveries_endpoint_event_key UNIQUE (endpoint_id, event_id),
        CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints ON DELETE CASCADE,
        CONSTRAINT webhook_deliveries_status_check CHECK (status IN ('pending', 'succeeded', 'failed')),
        CONSTRAINT webhook_deliveries_ended_check CHECK (
          (status = 'pending') = (ended_at IS NULL) AND (status = 'pending') = (next_attempt_at IS NOT NULL))
      )`);
    await queryRunner.query(`CREATE INDEX webhook_deliveries_endpoint_id_idx ON webhook_deliveries (endpoint_id, id)`);
    await queryRunner.query(
      `CREATE INDEX webhook_deliveries_due_idx ON webhook_deliveries (endpoint_id, next_attempt_at) WHERE status = 'pending'`,
    );
    await queryRunner.query(
      `CREATE INDEX webhook_deliveries_leased_idx ON webhook_deliveries (endpoint_id) WHERE leased_until IS NOT NULL`,
    );
    await queryRunner.query(
      `CREATE INDEX webhook_deliveries_ended_at_idx ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL`,
    );
    await queryRunner.query(`
      CREATE TABLE webhook_attempts (
        id uuid NOT NULL,
        delivery_id uuid NOT NULL,
        started_at timestamptz NOT NULL,
        duration_ms int NOT NULL,
        status_code int,
        request_headers jsonb NOT NULL,
        request_body text NOT NULL,
        response_headers jsonb,
        response_body text,
        CONSTRAINT webhook_attempts_pkey PRIMARY KEY (id),
        CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES webhook_deliveries ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX webhook_attempts_delivery_id_idx ON webhook_attempts (delivery_id, id)`);
    await queryRunner.query(`
      CREATE TABLE webhook_replays (
        id uuid NOT NULL,
        endpoint_id uuid NOT NULL,
        types text[] NOT NULL,
        sequence bigint NOT NULL,
        last_sequence bigint NOT NULL,
        occurred_from timestamptz,
        occurred_before timestamptz,
        count int NOT NULL DEFAULT 0,
        CONSTRAINT webhook_replays_pkey PRIMARY KEY (id),
        CONSTRAINT webhook_replays_id_fkey FOREIGN KEY (id) REFERENCES operations ON DELETE CASCADE,
        CONSTRAINT webhook_replays_endpoint_id_fkey FOREIGN KEY (endpoint_id) REFERENCES webhook_endpoints ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX webhook_replays_endpoint_id_idx ON webhook_replays (endpoint_id)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(
      `UPDATE operations SET status = 'cancelled', ended_at = now()
       WHERE ended_at IS NULL AND id IN (SELECT id FROM webhook_replays)`,
    );
    await queryRunner.query(`DROP TABLE webhook_replays, webhook_attempts, webhook_deliveries, webhook_endpoints`);
    await queryRunner.query(`DELETE FROM event_readers WHERE name = 'webhooks'`);
  }
}

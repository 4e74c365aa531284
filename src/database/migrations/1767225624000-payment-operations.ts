import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Captures, voids and refunds in parts, webhooks of providers, and what the fake company knows of all that. */
export class PaymentOperations1767225624000 implements MigrationInterface {
  name = 'PaymentOperations1767225624000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      ALTER TABLE payments
        ADD COLUMN claimed_amount bigint NOT NULL DEFAULT 0,
        ADD COLUMN provider_version bigint,
        ADD COLUMN captures_later boolean NOT NULL DEFAULT false,
        ADD COLUMN next_action jsonb,
        ADD COLUMN asked_at timestamptz,
        DROP CONSTRAINT payments_amounts_check,
        ADD CONSTRAINT payments_amounts_check CHECK
          (amount >= authorised_amount AND authorised_amount >= captured_amount + claimed_amount
           AND captured_amount >= refunded_amount + refund_pending_amount
           AND claimed_amount >= 0 AND refund_pending_amount >= 0 AND refunded_amount >= 0)`);
    await queryRunner.query(`DROP INDEX payments_unsettled_idx`);
    await queryRunner.query(
      `CREATE INDEX payments_unsettled_idx ON payments (created_at) WHERE status IN ('created', 'requires_action', 'processing')`,
    );
    await queryRunner.query(
      `CREATE INDEX payments_held_idx ON payments (created_at) WHERE status IN ('authorised', 'partially_captured')`,
    );

    await queryRunner.query(`
      CREATE TABLE payment_operations (
        id uuid NOT NULL,
        payment_id uuid NOT NULL,
        kind text NOT NULL,
        currency char(3) NOT NULL,
        amount bigint NOT NULL,
        released_amount bigint NOT NULL DEFAULT 0,
        status text NOT NULL DEFAULT 'pending',
        request_key text,
        provider_reference text,
        failure_code text,
        attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        settled_at timestamptz,
        CONSTRAINT payment_operations_pkey PRIMARY KEY (id),
        CONSTRAINT payment_operations_payment_id_request_key_key UNIQUE (payment_id, request_key),
        CONSTRAINT payment_operations_payment_id_currency_fkey FOREIGN KEY (payment_id, currency) REFERENCES payments (id, currency),
        CONSTRAINT payment_operations_kind_check CHECK (kind IN ('capture', 'void')),
        CONSTRAINT payment_operations_status_check CHECK (status IN ('pending', 'succeeded', 'failed')),
        CONSTRAINT payment_operations_amounts_check CHECK (amount > 0 AND released_amount >= 0)
      )`);
    await queryRunner.query(`CREATE INDEX payment_operations_payment_id_idx ON payment_operations (payment_id)`);
    await queryRunner.query(
      `CREATE INDEX payment_operations_pending_idx ON payment_operations (created_at) WHERE status = 'pending'`,
    );

    await queryRunner.query(`
      ALTER TABLE refunds
        ADD COLUMN note text,
        ADD COLUMN request_key text,
        ADD COLUMN failure_code text,
        ADD CONSTRAINT refunds_payment_id_request_key_key UNIQUE (payment_id, request_key)`);
    await queryRunner.query(`
      CREATE TABLE refund_lines (
        refund_id uuid NOT NULL,
        order_line_id uuid NOT NULL,
        quantity integer NOT NULL,
        amount bigint NOT NULL,
        CONSTRAINT refund_lines_pkey PRIMARY KEY (refund_id, order_line_id),
        CONSTRAINT refund_lines_refund_id_fkey FOREIGN KEY (refund_id) REFERENCES refunds (id),
        CONSTRAINT refund_lines_order_line_id_fkey FOREIGN KEY (order_line_id) REFERENCES order_lines (id),
        CONSTRAINT refund_lines_quantity_check CHECK (quantity > 0),
        CONSTRAINT refund_lines_amount_check CHECK (amount >= 0)
      )`);
    await queryRunner.query(`CREATE INDEX refund_lines_order_line_id_idx ON refund_lines (order_line_id)`);

    await queryRunner.query(`
      CREATE TABLE payment_webhooks (
        id uuid NOT NULL,
        provider text NOT NULL,
        event_id text NOT NULL,
        body bytea,
        payment_id uuid,
        status text NOT NULL DEFAULT 'received',
        error text,
        attempts integer NOT NULL DEFAULT 0,
        received_at timestamptz NOT NULL,
        processed_at timestamptz,
        CONSTRAINT payment_webhooks_pkey PRIMARY KEY (id),
        CONSTRAINT payment_webhooks_provider_event_id_key UNIQUE (provider, event_id),
        CONSTRAINT payment_webhooks_payment_id_fkey FOREIGN KEY (payment_id) REFERENCES payments (id),
        CONSTRAINT payment_webhooks_status_check CHECK (status IN ('received', 'processed', 'failed'))
      )`);
    await queryRunner.query(`CREATE INDEX payment_webhooks_payment_id_idx ON payment_webhooks (payment_id)`);
    await queryRunner.query(`CREATE INDEX payment_webhooks_received_at_id_idx ON payment_webhooks (received_at, id)`);
    await queryRunner.query(
      `CREATE INDEX payment_webhooks_open_idx ON payment_webhooks (received_at) WHERE status <> 'processed'`,
    );

    await queryRunner.query(`
      ALTER TABLE fake_provider.charges
        ADD COLUMN authorised_amount bigint NOT NULL DEFAULT 0,
        ADD COLUMN refunded_amount bigint NOT NULL DEFAULT 0,
        ADD COLUMN captures_later boolean NOT NULL DEFAULT false,
        ADD COLUMN version integer NOT NULL DEFAULT 1`);
    await queryRunner.query(`CREATE UNIQUE INDEX charges_reference_key ON fake_provider.charges (reference)`);
    await queryRunner.query(`
      CREATE TABLE fake_provider.operations (
        key text NOT NULL PRIMARY KEY,
        kind text NOT NULL,
        charge_reference text,
        reference text NOT NULL,
        amount bigint NOT NULL,
        status text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(`
      INSERT INTO fake_provider.operations (key, kind, charge_reference, reference, amount, status, created_at)
      SELECT key, 'refund', charge_reference, reference, amount, 'succeeded', created_at FROM fake_provider.refunds`);
    await queryRunner.query(`
      UPDATE fake_provider.charges c SET authorised_amount = captured_amount, refunded_amount =
        (SELECT coalesce(sum(amount), 0) FROM fake_provider.refunds r WHERE r.charge_reference = c.reference)`);
    await queryRunner.query(`DROP TABLE fake_provider.refunds`);
    await queryRunner.query(`
      CREATE VIEW fake_provider.refunds AS SELECT key, charge_reference, reference, amount, created_at
      FROM fake_provider.operations WHERE kind = 'refund' AND status = 'succeeded'`);
    await queryRunner.query(
      `CREATE INDEX operations_charge_reference_idx ON fake_provider.operations (charge_reference)`,
    );
    await queryRunner.query(`
      CREATE TABLE fake_provider.events (
        id text NOT NULL PRIMARY KEY,
        body text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        attempts integer NOT NULL DEFAULT 0,
        delivered_at timestamptz
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP VIEW fake_provider.refunds`);
    await queryRunner.query(`
      CREATE TABLE fake_provider.refunds (
        key text NOT NULL PRIMARY KEY,
        charge_reference text NOT NULL,
        reference text NOT NULL,
        amount bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(`
      INSERT INTO fake_provider.refunds (key, charge_reference, reference, amount, created_at)
      SELECT key, charge_reference, reference, amount, created_at FROM fake_provider.operations
      WHERE kind = 'refund' AND status = 'succeeded'`);
    await queryRunner.query(`DROP TABLE fake_provider.events, fake_provider.operations`);
    await queryRunner.query(`DROP INDEX fake_provider.charges_reference_key`);
    await queryRunner.query(`
      ALTER TABLE fake_provider.charges DROP COLUMN authorised_amount, DROP COLUMN refunded_amount, DROP COLUMN captures_later, DROP COLUMN version`);
    await queryRunner.query(`DROP TABLE payment_webhooks, refund_lines, payment_operations`);
    await queryRunner.query(`
      ALTER TABLE refunds DROP CONSTRAINT refunds_payment_id_request_key_key,
        DROP COLUMN failure_code, DROP COLUMN request_key, DROP COLUMN note`);
    await queryRunner.query(`DROP INDEX payments_held_idx`);
    await queryRunner.query(`DROP INDEX payments_unsettled_idx`);
    await queryRunner.query(
      `CREATE INDEX payments_unsettled_idx ON payments (created_at) WHERE status IN ('created', 'processing')`,
    );
    await queryRunner.query(`
      ALTER TABLE payments DROP CONSTRAINT payments_amounts_check,
        ADD CONSTRAINT payments_amounts_check CHECK
          (amount >= authorised_amount AND authorised_amount >= captured_amount
           AND captured_amount >= refunded_amount + refund_pending_amount
           AND refund_pending_amount >= 0 AND refunded_amount >= 0),
        DROP COLUMN asked_at, DROP COLUMN next_action, DROP COLUMN captures_later, DROP COLUMN provider_version, DROP COLUMN claimed_amount`);
  }
}

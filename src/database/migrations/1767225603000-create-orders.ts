import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Orders, their lines and history, payments and refunds. */
export class CreateOrders1767225603000 implements MigrationInterface {
  name = 'CreateOrders1767225603000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE SEQUENCE order_number_seq AS bigint START 1001`);
    await queryRunner.query(`
      CREATE TABLE orders (
        id uuid NOT NULL,
        number bigint NOT NULL DEFAULT nextval('order_number_seq'),
        customer_id uuid,
        email text NOT NULL,
        status text NOT NULL,
        payment_status text NOT NULL DEFAULT 'unpaid',
        fulfilment_status text NOT NULL DEFAULT 'unfulfilled',
        currency char(3) NOT NULL,
        subtotal_amount bigint NOT NULL,
        discount_total_amount bigint NOT NULL DEFAULT 0,
        shipping_total_amount bigint NOT NULL DEFAULT 0,
        tax_total_amount bigint NOT NULL DEFAULT 0,
        total_amount bigint NOT NULL,
        shipping_address jsonb,
        billing_address jsonb,
        request_key text,
        cancel_reason text,
        placed_at timestamptz NOT NULL,
        expires_at timestamptz,
        confirmed_at timestamptz,
        closed_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT orders_pkey PRIMARY KEY (id),
        CONSTRAINT orders_number_key UNIQUE (number),
        CONSTRAINT orders_request_key_key UNIQUE (request_key),
        CONSTRAINT orders_id_currency_key UNIQUE (id, currency),
        CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES users (id),
        CONSTRAINT orders_status_check CHECK
          (status IN ('draft', 'pending_payment', 'confirmed', 'on_hold', 'completed', 'cancelled', 'expired')),
        CONSTRAINT orders_payment_status_check CHECK
          (payment_status IN ('unpaid', 'processing', 'authorised', 'partially_paid', 'paid', 'partially_refunded', 'refunded')),
        CONSTRAINT orders_fulfilment_status_check CHECK
          (fulfilment_status IN ('unfulfilled', 'partially_fulfilled', 'fulfilled')),
        CONSTRAINT orders_total_check CHECK
          (total_amount = subtotal_amount - discount_total_amount + shipping_total_amount + tax_total_amount),
        CONSTRAINT orders_amounts_check CHECK
          (subtotal_amount >= 0 AND discount_total_amount BETWEEN 0 AND subtotal_amount
           AND shipping_total_amount >= 0 AND tax_total_amount >= 0)
      )`);
    await queryRunner.query(`CREATE INDEX orders_placed_at_id_idx ON orders (placed_at, id)`);
    await queryRunner.query(`CREATE INDEX orders_customer_id_placed_at_id_idx ON orders (customer_id, placed_at, id)`);
    await queryRunner.query(`CREATE INDEX orders_status_placed_at_id_idx ON orders (status, placed_at, id)`);
    await queryRunner.query(`CREATE INDEX orders_total_amount_id_idx ON orders (total_amount, id)`);
    // For staff who search by the beginning of an address or a SKU.
    await queryRunner.query(`CREATE INDEX orders_email_idx ON orders (lower(email) text_pattern_ops)`);
    await queryRunner.query(`CREATE INDEX orders_expiring_idx ON orders (expires_at) WHERE status = 'pending_payment'`);

    await queryRunner.query(`
      CREATE TABLE order_lines (
        id uuid NOT NULL,
        order_id uuid NOT NULL,
        position smallint NOT NULL,
        variant_id uuid NOT NULL,
        sku text NOT NULL,
        name text NOT NULL,
        quantity integer NOT NULL,
        unit_price_amount bigint NOT NULL,
        discount_amount bigint NOT NULL DEFAULT 0,
        tax_amount bigint NOT NULL DEFAULT 0,
        total_amount bigint NOT NULL,
        cancelled_quantity integer NOT NULL DEFAULT 0,
        fulfilled_quantity integer NOT NULL DEFAULT 0,
        CONSTRAINT order_lines_pkey PRIMARY KEY (id),
        CONSTRAINT order_lines_order_id_position_key UNIQUE (order_id, position),
        CONSTRAINT order_lines_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT order_lines_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES variants (id),
        CONSTRAINT order_lines_quantity_check CHECK (quantity > 0),
        CONSTRAINT order_lines_fulfilled_check CHECK
          (cancelled_quantity >= 0 AND fulfilled_quantity >= 0 AND cancelled_quantity + fulfilled_quantity <= quantity),
        CONSTRAINT order_lines_discount_check CHECK (discount_amount BETWEEN 0 AND quantity * unit_price_amount),
        CONSTRAINT order_lines_total_check CHECK (total_amount = quantity * unit_price_amount - discount_amount + tax_amount)
      )`);
    await queryRunner.query(`CREATE INDEX order_lines_variant_id_idx ON order_lines (variant_id)`);
    await queryRunner.query(`CREATE INDEX order_lines_sku_idx ON order_lines (sku text_pattern_ops)`);

    await queryRunner.query(`
      CREATE TABLE order_history (
        order_id uuid NOT NULL,
        version integer NOT NULL,
        type text NOT NULL,
        from_status text,
        to_status text NOT NULL,
        actor_kind text NOT NULL,
        actor_id uuid,
        reason text,
        occurred_at timestamptz NOT NULL,
        CONSTRAINT order_history_pkey PRIMARY KEY (order_id, version),
        CONSTRAINT order_history_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders (id),
        CONSTRAINT order_history_actor_kind_check CHECK (actor_kind IN ('customer', 'staff', 'provider', 'system'))
      )`);
    await queryRunner.query(`
      CREATE TRIGGER order_history_append_only BEFORE UPDATE OR DELETE ON order_history
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`);

    await queryRunner.query(`
      CREATE TABLE payments (
        id uuid NOT NULL,
        order_id uuid NOT NULL,
        provider text NOT NULL,
        status text NOT NULL,
        currency char(3) NOT NULL,
        amount bigint NOT NULL,
        authorised_amount bigint NOT NULL DEFAULT 0,
        captured_amount bigint NOT NULL DEFAULT 0,
        refund_pending_amount bigint NOT NULL DEFAULT 0,
        refunded_amount bigint NOT NULL DEFAULT 0,
        provider_key text NOT NULL,
        provider_reference text,
        failure_code text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        CONSTRAINT payments_pkey PRIMARY KEY (id),
        CONSTRAINT payments_id_currency_key UNIQUE (id, currency),
        CONSTRAINT payments_provider_provider_key_key UNIQUE (provider, provider_key),
        CONSTRAINT payments_order_id_currency_fkey FOREIGN KEY (order_id, currency) REFERENCES orders (id, currency),
        CONSTRAINT payments_status_check CHECK
          (status IN ('created', 'requires_action', 'processing', 'authorised', 'partially_captured', 'captured', 'failed', 'voided', 'expired')),
        CONSTRAINT payments_amounts_check CHECK
          (amount >= authorised_amount AND authorised_amount >= captured_amount
           AND captured_amount >= refunded_amount + refund_pending_amount
           AND refund_pending_amount >= 0 AND refunded_amount >= 0)
      )`);
    await queryRunner.query(`CREATE INDEX payments_order_id_idx ON payments (order_id)`);
    // Two attempts to pay one order cannot be under way together, whatever the code does.
    await queryRunner.query(
      `CREATE UNIQUE INDEX payments_in_flight_key ON payments (order_id)
       WHERE status IN ('created', 'requires_action', 'processing')`,
    );
    await queryRunner.query(
      `CREATE INDEX payments_unsettled_idx ON payments (created_at) WHERE status IN ('created', 'processing')`,
    );

    await queryRunner.query(`
      CREATE TABLE refunds (
        id uuid NOT NULL,
        payment_id uuid NOT NULL,
        order_id uuid NOT NULL,
        currency char(3) NOT NULL,
        amount bigint NOT NULL,
        status text NOT NULL DEFAULT 'pending',
        reason text NOT NULL,
        provider_reference text,
        attempts integer NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        settled_at timestamptz,
        CONSTRAINT refunds_pkey PRIMARY KEY (id),
        CONSTRAINT refunds_payment_id_currency_fkey FOREIGN KEY (payment_id, currency) REFERENCES payments (id, currency),
        CONSTRAINT refunds_order_id_currency_fkey FOREIGN KEY (order_id, currency) REFERENCES orders (id, currency),
        CONSTRAINT refunds_amount_check CHECK (amount > 0),
        CONSTRAINT refunds_status_check CHECK (status IN ('pending', 'succeeded', 'failed'))
      )`);
    await queryRunner.query(`CREATE INDEX refunds_payment_id_idx ON refunds (payment_id)`);
    await queryRunner.query(`CREATE INDEX refunds_pending_idx ON refunds (created_at) WHERE status = 'pending'`);
    await queryRunner.query(`CREATE INDEX refunds_failed_idx ON refunds (settled_at) WHERE status = 'failed'`);

    await queryRunner.query(`ALTER TABLE reservations ADD CONSTRAINT reservations_order_id_fkey
      FOREIGN KEY (order_id) REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED`);

    // What the fake provider of development knows; a stand-in for the memory of a company elsewhere.
    await queryRunner.query(`CREATE SCHEMA fake_provider`);
    await queryRunner.query(`
      CREATE TABLE fake_provider.charges (
        key text NOT NULL PRIMARY KEY,
        reference text NOT NULL,
        amount bigint NOT NULL,
        currency char(3) NOT NULL,
        status text NOT NULL,
        captured_amount bigint NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
    await queryRunner.query(`
      CREATE TABLE fake_provider.refunds (
        key text NOT NULL PRIMARY KEY,
        charge_reference text NOT NULL,
        reference text NOT NULL,
        amount bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP SCHEMA fake_provider CASCADE`);
    await queryRunner.query(`ALTER TABLE reservations DROP CONSTRAINT reservations_order_id_fkey`);
    await queryRunner.query(`DROP TABLE refunds, payments, order_history, order_lines, orders`);
    await queryRunner.query(`DROP SEQUENCE order_number_seq`);
  }
}

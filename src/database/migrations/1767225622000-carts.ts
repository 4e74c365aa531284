import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Carts of guests and customers, what is in them, and the orders that were made of them. */
export class Carts1767225622000 implements MigrationInterface {
  name = 'Carts1767225622000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE carts (
        id uuid NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        status text NOT NULL DEFAULT 'active',
        customer_id uuid,
        token_hash bytea,
        currency char(3) NOT NULL,
        email text,
        language text,
        shipping_address jsonb,
        billing_address jsonb,
        expires_at timestamptz NOT NULL,
        CONSTRAINT carts_pkey PRIMARY KEY (id),
        CONSTRAINT carts_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES users (id) ON DELETE CASCADE,
        CONSTRAINT carts_status_check CHECK (status IN ('active', 'ordered', 'merged', 'abandoned')),
        CONSTRAINT carts_holder_check CHECK ((customer_id IS NULL) <> (token_hash IS NULL))
      )`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX carts_active_customer_id_key ON carts (customer_id) WHERE status = 'active'`,
    );
    await queryRunner.query(`CREATE INDEX carts_customer_id_idx ON carts (customer_id)`);
    await queryRunner.query(`CREATE INDEX carts_expires_at_idx ON carts (expires_at)`);
    await queryRunner.query(`CREATE INDEX carts_email_idx ON carts (lower(email)) WHERE customer_id IS NULL`);
    await queryRunner.query(`
      CREATE TABLE cart_lines (
        id uuid NOT NULL,
        cart_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        quantity integer NOT NULL,
        CONSTRAINT cart_lines_pkey PRIMARY KEY (id),
        CONSTRAINT cart_lines_cart_id_variant_id_key UNIQUE (cart_id, variant_id),
        CONSTRAINT cart_lines_cart_id_fkey FOREIGN KEY (cart_id) REFERENCES carts (id) ON DELETE CASCADE,
        CONSTRAINT cart_lines_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE,
        CONSTRAINT cart_lines_quantity_check CHECK (quantity BETWEEN 1 AND 10000)
      )`);
    await queryRunner.query(`CREATE INDEX cart_lines_variant_id_idx ON cart_lines (variant_id)`);
    await queryRunner.query(`
      ALTER TABLE orders ADD CONSTRAINT orders_cart_id_fkey
        FOREIGN KEY (cart_id) REFERENCES carts (id) ON DELETE SET NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE orders DROP CONSTRAINT orders_cart_id_fkey`);
    await queryRunner.query(`DROP TABLE cart_lines`);
    await queryRunner.query(`DROP TABLE carts`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Promotions, their codes, and who uses them for which order. */
export class Promotions1767225636000 implements MigrationInterface {
  name = 'Promotions1767225636000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE promotions (
        id uuid NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        name text NOT NULL,
        status text NOT NULL DEFAULT 'active',
        is_automatic boolean NOT NULL DEFAULT false,
        priority integer NOT NULL DEFAULT 0,
        is_exclusive boolean NOT NULL DEFAULT false,
        starts_at timestamptz,
        ends_at timestamptz,
        usage_limit integer,
        usage_limit_per_customer integer,
        used integer NOT NULL DEFAULT 0,
        conditions jsonb NOT NULL DEFAULT '[]',
        effects jsonb NOT NULL,
        CONSTRAINT promotions_pkey PRIMARY KEY (id),
        CONSTRAINT promotions_status_check CHECK (status IN ('active', 'disabled', 'archived')),
        CONSTRAINT promotions_period_check CHECK (starts_at < ends_at),
        CONSTRAINT promotions_limit_check CHECK (usage_limit > 0 AND usage_limit_per_customer > 0),
        CONSTRAINT promotions_used_check CHECK (used >= 0 AND (usage_limit IS NULL OR used <= usage_limit))
      )`);
    await queryRunner.query(`
      CREATE TABLE promotion_codes (
        id uuid NOT NULL,
        promotion_id uuid NOT NULL,
        code text NOT NULL,
        usage_limit integer,
        used integer NOT NULL DEFAULT 0,
        is_disabled boolean NOT NULL DEFAULT false,
        operation_id uuid,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT promotion_codes_pkey PRIMARY KEY (id),
        CONSTRAINT promotion_codes_code_key UNIQUE (code),
        CONSTRAINT promotion_codes_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions ON DELETE CASCADE,
        CONSTRAINT promotion_codes_code_check CHECK (code = upper(code)),
        CONSTRAINT promotion_codes_limit_check CHECK (usage_limit > 0),
        CONSTRAINT promotion_codes_used_check CHECK (used >= 0 AND (usage_limit IS NULL OR used <= usage_limit))
      )`);
    // Of this collation, one index serves both the order of the list and the beginning of a code.
    await queryRunner.query(
      `CREATE INDEX promotion_codes_promotion_id_code_idx ON promotion_codes (promotion_id, code COLLATE "C")`,
    );
    await queryRunner.query(`
      CREATE INDEX promotion_codes_operation_id_id_idx ON promotion_codes (operation_id, id) WHERE operation_id IS NOT NULL`);
    await queryRunner.query(`
      CREATE TABLE promotion_uses (
        order_id uuid NOT NULL,
        promotion_id uuid NOT NULL,
        code_id uuid,
        customer_key text NOT NULL,
        status text NOT NULL DEFAULT 'used',
        used_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT promotion_uses_pkey PRIMARY KEY (order_id, promotion_id),
        CONSTRAINT promotion_uses_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT promotion_uses_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions,
        CONSTRAINT promotion_uses_code_id_fkey FOREIGN KEY (code_id) REFERENCES promotion_codes ON DELETE SET NULL,
        CONSTRAINT promotion_uses_status_check CHECK (status IN ('used', 'returned'))
      )`);
    await queryRunner.query(`CREATE INDEX promotion_uses_promotion_id_idx ON promotion_uses (promotion_id)`);
    await queryRunner.query(
      `CREATE INDEX promotion_uses_code_id_idx ON promotion_uses (code_id) WHERE code_id IS NOT NULL`,
    );
    await queryRunner.query(`CREATE INDEX promotion_uses_customer_key_idx ON promotion_uses (customer_key)`);
    await queryRunner.query(`
      CREATE TABLE promotion_customers (
        promotion_id uuid NOT NULL,
        customer_key text NOT NULL,
        used integer NOT NULL,
        usage_limit integer,
        CONSTRAINT promotion_customers_pkey PRIMARY KEY (promotion_id, customer_key),
        CONSTRAINT promotion_customers_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions ON DELETE CASCADE,
        CONSTRAINT promotion_customers_used_check CHECK (used >= 0 AND (usage_limit IS NULL OR used <= usage_limit))
      )`);
    await queryRunner.query(`CREATE INDEX promotion_customers_customer_key_idx ON promotion_customers (customer_key)`);
    // Not of `used`, which every order with a limited promotion changes, nor of codes, which are looked up one by one.
    await queryRunner.query(`
      CREATE TRIGGER promotions_raise_pricing_version AFTER INSERT OR DELETE OR UPDATE OF name, status, is_automatic, priority,
        is_exclusive, starts_at, ends_at, usage_limit, usage_limit_per_customer, conditions, effects
      ON promotions FOR EACH STATEMENT EXECUTE FUNCTION raise_pricing_version()`);
    // A promotion of a category is one of everything below it.
    await queryRunner.query(`
      CREATE TRIGGER categories_raise_pricing_version AFTER INSERT OR DELETE OR UPDATE OF parent_id
      ON categories FOR EACH STATEMENT EXECUTE FUNCTION raise_pricing_version()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TRIGGER categories_raise_pricing_version ON categories`);
    for (const table of ['promotion_customers', 'promotion_uses', 'promotion_codes', 'promotions'])
      await queryRunner.query(`DROP TABLE ${table}`);
  }
}

import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where the shop ships to, how, and which goods need it. */
export class Shipping1767225638000 implements MigrationInterface {
  name = 'Shipping1767225638000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE variants ADD COLUMN requires_shipping boolean NOT NULL DEFAULT true`);
    await queryRunner.query(`
      CREATE TABLE shipping_zones (
        id uuid NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        name text NOT NULL,
        areas jsonb NOT NULL,
        CONSTRAINT shipping_zones_pkey PRIMARY KEY (id)
      )`);
    await queryRunner.query(`
      CREATE TABLE shipping_methods (
        id uuid NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        code text NOT NULL,
        name text NOT NULL,
        description text,
        status text NOT NULL DEFAULT 'active',
        position integer NOT NULL DEFAULT 0,
        tax_category text NOT NULL DEFAULT 'standard',
        zone_ids uuid[] NOT NULL DEFAULT '{}',
        location_id uuid,
        estimated_days_min integer,
        estimated_days_max integer,
        pricing jsonb NOT NULL,
        free_from jsonb NOT NULL DEFAULT '[]',
        min_subtotal jsonb NOT NULL DEFAULT '[]',
        max_subtotal jsonb NOT NULL DEFAULT '[]',
        min_weight_grams integer,
        max_weight_grams integer,
        default_weight_grams integer,
        CONSTRAINT shipping_methods_pkey PRIMARY KEY (id),
        CONSTRAINT shipping_methods_status_check CHECK (status IN ('active', 'disabled', 'archived')),
        CONSTRAINT shipping_methods_location_check CHECK ((pricing->>'type' = 'pickup') = (location_id IS NOT NULL)),
        CONSTRAINT shipping_methods_zones_check CHECK (pricing->>'type' = 'pickup' OR cardinality(zone_ids) > 0),
        CONSTRAINT shipping_methods_location_id_fkey FOREIGN KEY (location_id) REFERENCES locations
      )`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX shipping_methods_code_key ON shipping_methods (code) WHERE status <> 'archived'`,
    );
    for (const table of ['shipping_zones', 'shipping_methods']) {
      await queryRunner.query(`
        CREATE TRIGGER ${table}_pricing_version AFTER INSERT OR UPDATE OR DELETE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION raise_pricing_version()`);
    }
    await queryRunner.query(`
      ALTER TABLE carts ADD CONSTRAINT carts_shipping_method_id_fkey FOREIGN KEY (shipping_method_id)
        REFERENCES shipping_methods ON DELETE SET NULL`);
    await queryRunner.query(`
      CREATE INDEX carts_shipping_method_id_idx ON carts (shipping_method_id) WHERE shipping_method_id IS NOT NULL`);
    await queryRunner.query(`
      ALTER TABLE orders ADD COLUMN shipping_method_id uuid,
        ADD CONSTRAINT orders_shipping_method_id_fkey FOREIGN KEY (shipping_method_id) REFERENCES shipping_methods`);
    await queryRunner.query(`
      CREATE INDEX orders_shipping_method_id_idx ON orders (shipping_method_id) WHERE shipping_method_id IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE orders DROP COLUMN shipping_method_id`);
    await queryRunner.query(`DROP INDEX carts_shipping_method_id_idx`);
    await queryRunner.query(`ALTER TABLE carts DROP CONSTRAINT carts_shipping_method_id_fkey`);
    await queryRunner.query(`UPDATE carts SET shipping_method_id = NULL WHERE shipping_method_id IS NOT NULL`);
    await queryRunner.query(`DROP TABLE shipping_methods`);
    await queryRunner.query(`DROP TABLE shipping_zones`);
    await queryRunner.query(`ALTER TABLE variants DROP COLUMN requires_shipping`);
  }
}

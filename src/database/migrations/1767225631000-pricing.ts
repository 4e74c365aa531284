import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What carts and products say about discounts, taxes and shipping, and a version of the rules by which something costs what it does. */
export class Pricing1767225631000 implements MigrationInterface {
  name = 'Pricing1767225631000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE products ADD COLUMN tax_category text NOT NULL DEFAULT 'standard'`);
    await queryRunner.query(`
      ALTER TABLE carts ADD COLUMN promotion_codes text[] NOT NULL DEFAULT '{}', ADD COLUMN shipping_method_id uuid`);
    await queryRunner.query(`
      CREATE TABLE pricing_version (
        is_only boolean NOT NULL DEFAULT true,
        version bigint NOT NULL,
        CONSTRAINT pricing_version_pkey PRIMARY KEY (is_only),
        CONSTRAINT pricing_version_is_only_check CHECK (is_only)
      )`);
    await queryRunner.query(`INSERT INTO pricing_version (version) VALUES (1)`);
    // Put on every table of rules, for each statement: whoever reads the version with the prices knows whether the rules it keeps are the latest.
    await queryRunner.query(`
      CREATE FUNCTION raise_pricing_version() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          UPDATE pricing_version SET version = version + 1;
          RETURN NULL;
        END $$`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP FUNCTION raise_pricing_version`);
    await queryRunner.query(`DROP TABLE pricing_version`);
    await queryRunner.query(`ALTER TABLE carts DROP COLUMN shipping_method_id, DROP COLUMN promotion_codes`);
    await queryRunner.query(`ALTER TABLE products DROP COLUMN tax_category`);
  }
}

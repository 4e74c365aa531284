import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Tax rates, how the prices of the shop relate to them, and who is exempt. */
export class Taxes1767225637000 implements MigrationInterface {
  name = 'Taxes1767225637000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE tax_rates (
        id uuid NOT NULL,
        name text NOT NULL,
        rate numeric(7,6) NOT NULL,
        country character(2) NOT NULL,
        region text,
        postal_codes text[] NOT NULL DEFAULT '{}',
        category text NOT NULL DEFAULT 'standard',
        priority integer NOT NULL DEFAULT 1,
        is_compound boolean NOT NULL DEFAULT false,
        applies_to_shipping boolean NOT NULL DEFAULT true,
        valid_from date,
        valid_to date,
        status text NOT NULL DEFAULT 'active',
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT tax_rates_pkey PRIMARY KEY (id),
        CONSTRAINT tax_rates_rate_check CHECK (rate >= 0),
        CONSTRAINT tax_rates_priority_check CHECK (priority BETWEEN 1 AND 10),
        CONSTRAINT tax_rates_valid_check CHECK (valid_to >= valid_from),
        CONSTRAINT tax_rates_status_check CHECK (status IN ('active', 'inactive'))
      )`);
    // Two rates that begin on one day for the same place, category and priority would leave it to chance which of them applies.
    await queryRunner.query(`
      CREATE UNIQUE INDEX tax_rates_place_key ON tax_rates
        (country, category, priority, coalesce(region, ''), postal_codes, coalesce(valid_from, '-infinity'))`);
    await queryRunner.query(`
      CREATE TABLE tax_settings (
        is_only boolean NOT NULL DEFAULT true,
        prices_include_tax boolean NOT NULL DEFAULT false,
        except_currencies text[] NOT NULL DEFAULT '{}',
        default_country character(2),
        default_region text,
        time_zone text NOT NULL DEFAULT 'UTC',
        version integer NOT NULL DEFAULT 1,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT tax_settings_pkey PRIMARY KEY (is_only),
        CONSTRAINT tax_settings_is_only_check CHECK (is_only)
      )`);
    await queryRunner.query(`INSERT INTO tax_settings DEFAULT VALUES`);
    for (const table of ['tax_rates', 'tax_settings']) {
      await queryRunner.query(`
        CREATE TRIGGER ${table}_raise_pricing_version AFTER INSERT OR UPDATE OR DELETE ON ${table}
          FOR EACH STATEMENT EXECUTE FUNCTION raise_pricing_version()`);
    }
    await queryRunner.query(`
      CREATE TABLE tax_exemptions (
        user_id uuid NOT NULL,
        vat_id text,
        reason text,
        countries text[],
        expires_at timestamptz,
        granted_at timestamptz,
        claimed_vat_id text,
        claimed_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT tax_exemptions_pkey PRIMARY KEY (user_id),
        CONSTRAINT tax_exemptions_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE,
        CONSTRAINT tax_exemptions_granted_check CHECK ((granted_at IS NULL) = (reason IS NULL)),
        CONSTRAINT tax_exemptions_claimed_check CHECK ((claimed_at IS NULL) = (claimed_vat_id IS NULL))
      )`);
    await queryRunner.query(
      `CREATE INDEX tax_exemptions_claimed_idx ON tax_exemptions (claimed_at, user_id) WHERE claimed_at IS NOT NULL`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE tax_exemptions`);
    await queryRunner.query(`DROP TABLE tax_settings`);
    await queryRunner.query(`DROP TABLE tax_rates`);
  }
}

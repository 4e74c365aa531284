import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What carriers have answered, as long as it holds. */
export class CarrierRates1767225638100 implements MigrationInterface {
  name = 'CarrierRates1767225638100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE carrier_rates (
        question text NOT NULL,
        rates jsonb NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT carrier_rates_pkey PRIMARY KEY (question)
      )`);
    await queryRunner.query(`CREATE INDEX carrier_rates_expires_at_idx ON carrier_rates (expires_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE carrier_rates`);
  }
}

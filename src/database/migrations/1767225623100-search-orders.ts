import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Indexes for what staff look for. Each covers only the orders that have something to find, so that an ordinary order is written to none of
 * them but that of the names, which it is written to once it has an address.
 */
export class SearchOrders1767225623100 implements MigrationInterface {
  name = 'SearchOrders1767225623100';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE INDEX orders_tags_idx ON orders USING gin (tags) WHERE tags <> '{}'`);
    await queryRunner.query(`
      CREATE INDEX orders_other_origin_idx ON orders (origin, placed_at, id) WHERE origin <> 'shop'`);
    await queryRunner.query(`
      CREATE INDEX orders_other_currency_idx ON orders (currency, placed_at, id) WHERE currency <> 'EUR'`);
    await queryRunner.query(`
      CREATE INDEX orders_people_idx ON orders USING gin (to_tsvector('simple',
        coalesce(shipping_address ->> 'name', '') || ' ' || coalesce(shipping_address ->> 'company', '') || ' ' ||
        coalesce(billing_address ->> 'name', '') || ' ' || coalesce(billing_address ->> 'company', '')))
      WHERE shipping_address IS NOT NULL OR billing_address IS NOT NULL`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP INDEX orders_people_idx, orders_other_currency_idx, orders_other_origin_idx, orders_tags_idx`);
  }
}

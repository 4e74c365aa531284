import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Series of order numbers, each with a sequence of its own: nobody waits for a number. */
export class OrderNumberSeries1767225623300 implements MigrationInterface {
  name = 'OrderNumberSeries1767225623300';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE order_number_series (
        prefix text NOT NULL,
        sequence_name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT order_number_series_pkey PRIMARY KEY (prefix),
        CONSTRAINT order_number_series_sequence_name_key UNIQUE (sequence_name),
        CONSTRAINT order_number_series_prefix_check CHECK (prefix ~ '^([A-Z]([A-Z0-9-]{0,10}[A-Z-])?)?$')
      )`);
    await queryRunner.query(`INSERT INTO order_number_series (prefix, sequence_name) VALUES ('', 'order_number_seq')`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE order_number_series`);
  }
}

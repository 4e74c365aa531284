import type { MigrationInterface, QueryRunner } from 'typeorm';

const DOCUMENTS = ['invoices', 'invoice_files'];

/** Invoices and credit notes, which nothing changes once they are issued, and their numbers without gaps. */
export class Invoices1767225634000 implements MigrationInterface {
  name = 'Invoices1767225634000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE invoice_series (
        prefix text NOT NULL,
        year integer NOT NULL,
        last_number integer NOT NULL,
        CONSTRAINT invoice_series_pkey PRIMARY KEY (prefix, year),
        CONSTRAINT invoice_series_last_number_check CHECK (last_number > 0)
      )`);
    await queryRunner.query(`
      CREATE TABLE invoices (
        id uuid NOT NULL,
        kind text NOT NULL,
        number text NOT NULL,
        order_id uuid NOT NULL,
        currency character(3) NOT NULL,
        total_amount bigint NOT NULL,
        tax_amount bigint NOT NULL,
        invoice_id uuid,
        source text NOT NULL,
        content jsonb NOT NULL,
        issued_at timestamptz NOT NULL,
        CONSTRAINT invoices_pkey PRIMARY KEY (id),
        CONSTRAINT invoices_number_key UNIQUE (number),
        CONSTRAINT invoices_id_currency_key UNIQUE (id, currency),
        CONSTRAINT invoices_order_id_source_key UNIQUE (order_id, source),
        CONSTRAINT invoices_order_id_currency_fkey FOREIGN KEY (order_id, currency) REFERENCES orders (id, currency),
        CONSTRAINT invoices_invoice_id_currency_fkey FOREIGN KEY (invoice_id, currency) REFERENCES invoices (id, currency),
        CONSTRAINT invoices_kind_check CHECK (kind IN ('invoice', 'credit_note') AND (kind = 'credit_note') = (invoice_id IS NOT NULL)),
        CONSTRAINT invoices_amounts_check CHECK (tax_amount BETWEEN 0 AND total_amount)
      )`);
    await queryRunner.query(`CREATE INDEX invoices_kind_id_idx ON invoices (kind, id)`);
    await queryRunner.query(
      `CREATE INDEX invoices_invoice_id_idx ON invoices (invoice_id) WHERE invoice_id IS NOT NULL`,
    );
    await queryRunner.query(`
      CREATE TABLE invoice_files (
        invoice_id uuid NOT NULL,
        content bytea NOT NULL,
        sha256 text NOT NULL,
        made_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT invoice_files_pkey PRIMARY KEY (invoice_id),
        CONSTRAINT invoice_files_invoice_id_fkey FOREIGN KEY (invoice_id) REFERENCES invoices (id),
        CONSTRAINT invoice_files_sha256_check CHECK (sha256 = encode(sha256(content), 'hex'))
      )`);
    // Compressed already.
    await queryRunner.query(`ALTER TABLE invoice_files ALTER COLUMN content SET STORAGE EXTERNAL`);
    for (const table of DOCUMENTS)
      await queryRunner.query(`
        CREATE TRIGGER ${table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    await queryRunner.query(`
      CREATE TRIGGER invoice_series_kept BEFORE DELETE OR TRUNCATE ON invoice_series
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()`);
    // Whoever issues one holds the lock of the order, so nobody credits the same invoice meanwhile.
    await queryRunner.query(`
      CREATE FUNCTION limit_credit() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF (SELECT sum(c.total_amount) > i.total_amount OR sum(c.tax_amount) > i.tax_amount
            FROM invoices i JOIN invoices c ON c.invoice_id = i.id WHERE i.id = NEW.invoice_id GROUP BY i.id) THEN
          RAISE EXCEPTION 'credit notes come to more than their invoice'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_credit_check';
        END IF;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER invoices_credited AFTER INSERT ON invoices FOR EACH ROW WHEN (NEW.kind = 'credit_note')
      EXECUTE FUNCTION limit_credit()`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE invoice_files, invoices, invoice_series`);
    await queryRunner.query(`DROP FUNCTION limit_credit()`);
  }
}

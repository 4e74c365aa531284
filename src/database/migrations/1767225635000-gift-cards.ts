import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Gift cards and store credit: accounts, their entries, and what orders have been paid of them. */
export class GiftCards1767225635000 implements MigrationInterface {
  name = 'GiftCards1767225635000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE credit_accounts (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        currency character(3) NOT NULL,
        balance_amount bigint NOT NULL DEFAULT 0,
        initial_amount bigint NOT NULL DEFAULT 0,
        customer_id uuid REFERENCES users (id),
        code_hash bytea,
        last_four character(4),
        recipient_email text,
        note text,
        expires_at timestamptz,
        disabled_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT credit_accounts_balance_check CHECK (balance_amount >= 0),
        CONSTRAINT credit_accounts_kind_check CHECK (
          CASE kind WHEN 'gift_card' THEN code_hash IS NOT NULL AND last_four IS NOT NULL
            WHEN 'store_credit' THEN customer_id IS NOT NULL AND code_hash IS NULL AND expires_at IS NULL AND disabled_at IS NULL
            ELSE false END)
      )`);
    await queryRunner.query(`
      CREATE UNIQUE INDEX credit_accounts_store_credit_key ON credit_accounts (customer_id, currency) WHERE kind = 'store_credit'`);
    await queryRunner.query(
      `CREATE INDEX credit_accounts_gift_cards_idx ON credit_accounts (id) WHERE kind = 'gift_card'`,
    );
    await queryRunner.query(
      `CREATE INDEX credit_accounts_expiring_idx ON credit_accounts (expires_at) WHERE balance_amount > 0`,
    );
    await queryRunner.query(`CREATE INDEX credit_accounts_customer_id_idx ON credit_accounts (customer_id)`);
    await queryRunner.query(`CREATE UNIQUE INDEX credit_accounts_code_hash_key ON credit_accounts (code_hash)`);
    await queryRunner.query(`CREATE INDEX credit_accounts_last_four_idx ON credit_accounts (last_four)`);
    await queryRunner.query(`
      CREATE TABLE credit_entries (
        id uuid PRIMARY KEY,
        account_id uuid NOT NULL REFERENCES credit_accounts (id),
        kind text NOT NULL,
        amount bigint NOT NULL,
        balance_amount bigint NOT NULL,
        charge_key text,
        operation_key text,
        reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT credit_entries_amount_check CHECK (amount <> 0 AND balance_amount >= 0),
        CONSTRAINT credit_entries_kind_check CHECK (kind IN ('issue', 'redeem', 'release', 'refund', 'adjust', 'expire'))
      )`);
    await queryRunner.query(`CREATE INDEX credit_entries_account_id_id_idx ON credit_entries (account_id, id)`);
    await queryRunner.query(
      `CREATE UNIQUE INDEX credit_entries_redeem_key ON credit_entries (account_id, charge_key) WHERE kind = 'redeem'`,
    );
    await queryRunner.query(`CREATE UNIQUE INDEX credit_entries_operation_key_key ON credit_entries (operation_key)`);
    await queryRunner.query(`
      CREATE TABLE credit_charges (
        kind text NOT NULL,
        key text NOT NULL,
        reference uuid NOT NULL,
        account_id uuid REFERENCES credit_accounts (id),
        amount bigint NOT NULL,
        status text NOT NULL,
        failure_code text,
        authorised_amount bigint NOT NULL DEFAULT 0,
        captured_amount bigint NOT NULL DEFAULT 0,
        refunded_amount bigint NOT NULL DEFAULT 0,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT credit_charges_pkey PRIMARY KEY (kind, key),
        CONSTRAINT credit_charges_amounts_check CHECK (amount >= authorised_amount AND authorised_amount >= captured_amount
          AND captured_amount >= refunded_amount AND refunded_amount >= 0)
      )`);
    await queryRunner.query(`CREATE UNIQUE INDEX credit_charges_reference_key ON credit_charges (reference)`);
    await queryRunner.query(`CREATE INDEX credit_charges_account_id_idx ON credit_charges (account_id)`);
    await queryRunner.query(`
      CREATE TABLE credit_operations (
        key text PRIMARY KEY,
        kind text NOT NULL,
        reference uuid NOT NULL,
        charge_reference uuid,
        amount bigint NOT NULL,
        status text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['credit_operations', 'credit_charges', 'credit_entries', 'credit_accounts'])
      await queryRunner.query(`DROP TABLE ${table}`);
  }
}

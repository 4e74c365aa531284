import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an account's mails carry: single-use tokens, and changes of address that wait to be confirmed from both ends. */
export class AccountTokens1767225618000 implements MigrationInterface {
  name = 'AccountTokens1767225618000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE account_tokens (
        id uuid NOT NULL,
        user_id uuid NOT NULL,
        purpose text NOT NULL,
        email_canonical text NOT NULL,
        token_hash bytea NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        CONSTRAINT account_tokens_pkey PRIMARY KEY (id),
        CONSTRAINT account_tokens_token_hash_key UNIQUE (token_hash),
        CONSTRAINT account_tokens_purpose_check CHECK (purpose IN ('verify_email', 'reset_password', 'magic_link')),
        CONSTRAINT account_tokens_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    // One of a kind: asking again replaces the token that was sent before.
    await queryRunner.query(
      `CREATE UNIQUE INDEX account_tokens_unused_key ON account_tokens (user_id, purpose) WHERE used_at IS NULL`,
    );
    await queryRunner.query(`CREATE INDEX account_tokens_user_id_idx ON account_tokens (user_id)`);
    await queryRunner.query(`CREATE INDEX account_tokens_expires_at_idx ON account_tokens (expires_at)`);

    await queryRunner.query(`
      CREATE TABLE email_changes (
        user_id uuid NOT NULL,
        old_canonical text NOT NULL,
        new_email text NOT NULL,
        new_canonical text NOT NULL,
        old_token_hash bytea NOT NULL,
        new_token_hash bytea NOT NULL,
        old_confirmed_at timestamptz,
        new_confirmed_at timestamptz,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT email_changes_pkey PRIMARY KEY (user_id),
        CONSTRAINT email_changes_old_token_hash_key UNIQUE (old_token_hash),
        CONSTRAINT email_changes_new_token_hash_key UNIQUE (new_token_hash),
        CONSTRAINT email_changes_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
      )`);
    await queryRunner.query(`CREATE INDEX email_changes_expires_at_idx ON email_changes (expires_at)`);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`DROP TABLE email_changes, account_tokens`);
  }
}

import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';

/** What a token that was sent by mail is good for. */
export type TokenPurpose = 'verify_email' | 'reset_password' | 'magic_link';

/** Whose token it is, and which address it was sent to. */
export interface AccountTokenHolder {
  userId: string;
  emailCanonical: string;
}

/** A change of address, as it stands. */
export interface PendingEmailChange {
  userId: string;
  oldCanonical: string;
  newEmail: string;
  newCanonical: string;
  oldConfirmedAt: Date | null;
  newConfirmedAt: Date | null;
}

const IS_OPEN = `t.purpose = $1 AND t.token_hash = $2 AND t.used_at IS NULL AND t.expires_at > now()`;

/** Every query of tokens that were sent by mail. */
@Injectable()
export class AccountTokensRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  /** Stores a token; an unused one of the same purpose is replaced, and so no longer works. */
  async replace(
    token: AccountTokenHolder & { id: string; purpose: TokenPurpose; hash: Buffer; ttlSeconds: number },
  ): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO account_tokens (id, user_id, purpose, email_canonical, token_hash, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, now(), now() + make_interval(secs => $6))
       ON CONFLICT (user_id, purpose) WHERE used_at IS NULL
         DO UPDATE SET email_canonical = EXCLUDED.email_canonical, token_hash = EXCLUDED.token_hash,
           created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at`,
      [token.id, token.userId, token.purpose, token.emailCanonical, token.hash, token.ttlSeconds],
    );
  }

  async findOpen(purpose: TokenPurpose, hash: Buffer): Promise<AccountTokenHolder | null> {
    const [token] = await this.transactions.query<AccountTokenHolder>(
      `SELECT t.user_id AS "userId", t.email_canonical AS "emailCanonical" FROM account_tokens t
       JOIN users u ON u.id = t.user_id AND u.email_canonical = t.email_canonical AND u.status = 'active' WHERE ${IS_OPEN}`,
      [purpose, hash],
    );
    return token ?? null;
  }

  /** Uses a token up, if the account is active and still has the address it was sent to; of several callers one gets it. */
  async take(purpose: TokenPurpose, hash: Buffer): Promise<AccountTokenHolder | null> {
    const [token] = await this.transactions.query<AccountTokenHolder>(
      `UPDATE account_tokens t SET used_at = now() FROM users u
       WHERE u.id = t.user_id AND u.email_canonical = t.email_canonical AND u.status = 'active' AND ${IS_OPEN}
       RETURNING t.user_id AS "userId", t.email_canonical AS "emailCanonical"`,
      [purpose, hash],
    );
    return token ?? null;
  }

  /** Makes what was sent before worthless: the account is opened in another way now. */
  async deleteUnused(userId: string, purposes: readonly TokenPurpose[]): Promise<void> {
    await this.transactions.execute(
      `DELETE FROM account_tokens WHERE user_id = $1 AND purpose = ANY ($2::text[]) AND used_at IS NULL`,
      [userId, purposes],
    );
  }

  /** Notes a wish to change the address; an earlier wish is forgotten. */
  async replaceEmailChange(
    change: Pick<PendingEmailChange, 'userId' | 'oldCanonical' | 'newEmail' | 'newCanonical'>,
    tokens: { oldHash: Buffer; newHash: Buffer; ttlSeconds: number },
  ): Promise<void> {
    await this.transactions.execute(
      `INSERT INTO email_changes (user_id, old_canonical, new_email, new_canonical, old_token_hash, new_token_hash, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now(), now() + make_interval(secs => $7))
       ON CONFLICT (user_id) DO UPDATE SET old_canonical = EXCLUDED.old_canonical, new_email = EXCLUDED.new_email,
         new_canonical = EXCLUDED.new_canonical, old_token_hash = EXCLUDED.old_token_hash,
         new_token_hash = EXCLUDED.new_token_hash, old_confirmed_at = NULL, new_confirmed_at = NULL,
         created_at = EXCLUDED.created_at, expires_at = EXCLUDED.expires_at`,
      [
        change.userId,
        change.oldCanonical,
        change.newEmail,
        change.newCanonical,
        tokens.oldHash,
        tokens.newHash,
        tokens.ttlSeconds,
      ],
    );
  }

  /** Confirms one end of a change of address, and locks it, so that the two ends come one after the other. */
  async confirmEmailChange(hash: Buffer): Promise<PendingEmailChange | null> {
    const [change] = await this.transactions.query<PendingEmailChange>(
      `UPDATE email_changes SET
         old_confirmed_at = CASE WHEN old_token_hash = $1 THEN coalesce(old_confirmed_at, now()) ELSE old_confirmed_at END,
         new_confirmed_at = CASE WHEN new_token_hash = $1 THEN coalesce(new_confirmed_at, now()) ELSE new_confirmed_at END
       WHERE (old_token_hash = $1 OR new_token_hash = $1) AND expires_at > now()
       RETURNING user_id AS "userId", old_canonical AS "oldCanonical", new_email AS "newEmail", new_canonical AS "newCanonical",
         old_confirmed_at AS "oldConfirmedAt", new_confirmed_at AS "newConfirmedAt"`,
      [hash],
    );
    return change ?? null;
  }

  /** The change of address that waits for its ends; null when there is none. */
  async findEmailChange(userId: string): Promise<{ newEmail: string; createdAt: Date; expiresAt: Date } | null> {
    const [change] = await this.transactions.query<{ newEmail: string; createdAt: Date; expiresAt: Date }>(
      `SELECT new_email AS "newEmail", created_at AS "createdAt", expires_at AS "expiresAt" FROM email_changes WHERE user_id = $1`,
      [userId],
    );
    return change ?? null;
  }

  /** Deletes what was sent to a user and what waits for an answer. */
  async deleteAllOf(userId: string): Promise<void> {
    await this.transactions.execute(
      `WITH tokens AS (DELETE FROM account_tokens WHERE user_id = $1) DELETE FROM email_changes WHERE user_id = $1`,
      [userId],
    );
  }

  /** Deletes up to `limit` tokens that ended over a day ago, and changes of address as well. @returns how many. */
  purgeEnded(limit: number): Promise<number> {
    return this.transactions.execute(
      `WITH changes AS (DELETE FROM email_changes WHERE expires_at < now() - interval '1 day')
       DELETE FROM account_tokens WHERE id IN
         (SELECT id FROM account_tokens WHERE expires_at < now() - interval '1 day' LIMIT $1)`,
      [limit],
    );
  }
}

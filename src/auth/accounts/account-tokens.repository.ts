import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, IsNull, type Repository } from 'typeorm';
import { inSeconds } from '../../database/columns.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { AccountToken, EmailChange, type TokenPurpose } from './entities/account-token.entity.js';

/** Whose token it is, and which address it was sent to. */
export type AccountTokenHolder = Pick<AccountToken, 'userId' | 'emailCanonical'>;
/** A change of address, as it stands. */
export type PendingEmailChange = Omit<EmailChange, 'oldTokenHash' | 'newTokenHash' | 'createdAt' | 'expiresAt'>;

const IS_OPEN = `t.purpose = $1 AND t.token_hash = $2 AND t.used_at IS NULL AND t.expires_at > now()`;
const IS_OF_HOLDER = `u.id = t.user_id AND u.email_canonical = t.email_canonical AND u.status = 'active'`;
const HOLDER = `t.user_id AS "userId", t.email_canonical AS "emailCanonical"`;

/** Tokens that were sent by mail, changes of address, and the means that whoever comes by mail takes from an account. */
@Injectable()
export class AccountTokensRepository {
  constructor(
    @InjectRepository(AccountToken) private readonly tokens: Repository<AccountToken>,
    @InjectRepository(EmailChange) private readonly changes: Repository<EmailChange>,
    private readonly transactions: TransactionRunner,
  ) {}

  /** Stores a token; an unused one of the same purpose is replaced, and so no longer works. */
  async replace(
    token: Pick<AccountToken, 'id' | 'userId' | 'purpose' | 'emailCanonical' | 'tokenHash'>,
    ttlSeconds: number,
  ): Promise<void> {
    const times = { createdAt: () => 'now()', expiresAt: inSeconds(ttlSeconds) };
    const conflictPaths = ['userId', 'purpose'];
    await this.tokens.upsert({ ...token, ...times }, { conflictPaths, indexPredicate: 'used_at IS NULL' });
  }

  /** In SQL, because its condition is that of `take`. */
  findOpen(purpose: TokenPurpose, hash: Buffer): Promise<AccountTokenHolder | null> {
    return this.transactions.queryOne(
      `SELECT ${HOLDER} FROM account_tokens t JOIN users u ON ${IS_OF_HOLDER} WHERE ${IS_OPEN}`,
      [purpose, hash],
    );
  }

  /**
   * Uses a token up, if the account is active and still has the address it was sent to. One conditional statement, so that of several
   * callers one gets it.
   */
  take(purpose: TokenPurpose, hash: Buffer): Promise<AccountTokenHolder | null> {
    return this.transactions.queryOne(
      `UPDATE account_tokens t SET used_at = now() FROM users u WHERE ${IS_OF_HOLDER} AND ${IS_OPEN} RETURNING ${HOLDER}`,
      [purpose, hash],
    );
  }

  /** Makes what was sent before worthless: the account is opened in another way now. */
  async deleteUnused(userId: string, purposes: readonly TokenPurpose[]): Promise<void> {
    await this.tokens.delete({ userId, purpose: In(purposes), usedAt: IsNull() });
  }

  /** Notes a wish to change the address; an earlier wish is forgotten. */
  async replaceEmailChange(
    change: Omit<EmailChange, 'oldConfirmedAt' | 'newConfirmedAt' | 'createdAt' | 'expiresAt'>,
    ttlSeconds: number,
  ): Promise<void> {
    const times = { createdAt: () => 'now()', expiresAt: inSeconds(ttlSeconds) };
    await this.changes.upsert({ ...change, oldConfirmedAt: null, newConfirmedAt: null, ...times }, ['userId']);
  }

  /** Confirms one end of a change of address, and locks it in the same statement, so that the two ends come one after the other. */
  confirmEmailChange(hash: Buffer): Promise<PendingEmailChange | null> {
    return this.transactions.queryOne(
      `UPDATE email_changes SET
         old_confirmed_at = CASE WHEN old_token_hash = $1 THEN coalesce(old_confirmed_at, now()) ELSE old_confirmed_at END,
         new_confirmed_at = CASE WHEN new_token_hash = $1 THEN coalesce(new_confirmed_at, now()) ELSE new_confirmed_at END
       WHERE (old_token_hash = $1 OR new_token_hash = $1) AND expires_at > now()
       RETURNING user_id AS "userId", old_canonical AS "oldCanonical", new_email AS "newEmail", new_canonical AS "newCanonical",
         old_confirmed_at AS "oldConfirmedAt", new_confirmed_at AS "newConfirmedAt"`,
      [hash],
    );
  }

  /** The change of address that waits for its ends; null when there is none. */
  findEmailChange(userId: string): Promise<Pick<EmailChange, 'newEmail' | 'createdAt' | 'expiresAt'> | null> {
    return this.changes.findOne({
      where: { userId },
      select: { newEmail: true, createdAt: true, expiresAt: true },
    });
  }

  /** Deletes what was sent to a user and what waits for an answer. */
  async deleteAllOf(userId: string): Promise<void> {
    await this.tokens.delete({ userId });
    await this.changes.delete({ userId });
  }

  /** Takes every passkey, authenticator app, recovery code and sign-in provider from a user; one statement for all of them. */
  async removeOtherMeans(userId: string): Promise<void> {
    await this.transactions.execute(
      `WITH apps AS (DELETE FROM totp_credentials WHERE user_id = $1),
         codes AS (DELETE FROM recovery_codes WHERE user_id = $1),
         keys AS (DELETE FROM passkeys WHERE user_id = $1),
         steps AS (DELETE FROM auth_challenges WHERE user_id = $1)
       DELETE FROM identities WHERE user_id = $1`,
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

import { Injectable } from '@nestjs/common';
import { AuditLog, byOwner } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { newId } from '../../common/ids.js';
import { OpaqueToken } from '../../common/security/opaque-token.js';
import { canonicalEmail } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService, toOwner } from '../../mail/mail.service.js';
import type { UserDetails } from '../../users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { SessionsService } from '../sessions.service.js';
import { AccountThrottles } from '../throttles.js';
import { type AccountTokenHolder, AccountTokensRepository } from './account-tokens.repository.js';
import { InvalidMailTokenError } from '../auth.errors.js';
import type { TokenPurpose } from './entities/account-token.entity.js';

/** Tokens that reach a user by mail. */
export const MAIL_TOKEN = new OpaqueToken('sht_');
const MAILS = { verify_email: 'verify-email', reset_password: 'reset-password', magic_link: 'magic-link' } as const;
/** How long each works, in minutes: the more it opens, the shorter. */
const MINUTES: Readonly<Record<TokenPurpose, number>> = { verify_email: 1440, reset_password: 30, magic_link: 15 };

/**
 * Gives an account to whoever can read its mail.
 *
 * An address that was never proven may have been registered by somebody else, in wait for its owner, with a password, passkeys and a second
 * factor of theirs. When the owner comes by mail, none of that opens the account any more. For an address that is proven nothing changes,
 * so the way by mail does not go round a second factor.
 */
@Injectable()
export class RightfulOwner {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly tokens: AccountTokensRepository,
    private readonly audit: AuditLog,
  ) {}

  /** Notes that the address is proven; without effect when that has been noted since. */
  async provesAddress({ userId, emailCanonical }: AccountTokenHolder): Promise<void> {
    if (!(await this.users.verifyEmail(userId, emailCanonical))) return;
    await this.audit.record({ action: 'user.email_verified', ...byOwner(userId) });
  }

  /** Inside the transaction in which a token was used that had been sent to the address. */
  async comesByMail({ userId, emailCanonical }: AccountTokenHolder): Promise<void> {
    const { emailVerifiedAt } = await this.users.get(userId);
    if (emailVerifiedAt !== null) return;
    await this.users.verifyEmail(userId, emailCanonical);
    await this.users.replacePassword(userId, null);
    await this.tokens.removeOtherMeans(userId);
    await this.sessions.endForNewCredentials(userId);
    await this.audit.record({ action: 'user.email_verified', ...byOwner(userId), after: { isRecovered: true } });
  }
}

/** Tokens that reach a user by mail: 256 random bits, stored as a hash, each works once, and asking again replaces the one before. */
@Injectable()
export class AccountTokens {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly tokens: AccountTokensRepository,
    private readonly users: UsersService,
    private readonly throttles: AccountThrottles,
    private readonly mail: MailService,
    private readonly owner: RightfulOwner,
  ) {}

  /**
   * Sends a token to an address if it has an active account, to prove it only if it is not proven; whether that is so cannot be told from
   * outside.
   *
   * @throws RateLimitedError when the address has had its share of mail, with or without an account.
   */
  async request(purpose: TokenPurpose, email: string): Promise<void> {
    await this.throttles.admitMail(email);
    const user = await this.users.findActiveByEmail(email);
    if (user && (purpose !== 'verify_email' || user.emailVerifiedAt === null)) await this.send(purpose, user);
  }

  /** Sends a token to the user's address, in the open transaction if there is one. */
  send(purpose: TokenPurpose, user: UserDetails): Promise<void> {
    return this.transactions.run(async () => {
      const { token, hash: tokenHash } = MAIL_TOKEN.issue();
      const minutes = MINUTES[purpose];
      const emailCanonical = canonicalEmail(user.email);
      await this.tokens.replace({ id: newId(), userId: user.id, purpose, emailCanonical, tokenHash }, minutes * 60);
      await this.mail.enqueue({ template: MAILS[purpose], ...toOwner(user), data: { token, minutes } });
    });
  }

  /** Tells the owner of an address that somebody tried to register with it; not more often than mail may be asked for. */
  async tellOfRegistration(email: string): Promise<void> {
    const user = await this.users.findActiveByEmail(email);
    if (!user || !(await this.throttles.mayMail(email))) return;
    await this.transactions.run(() =>
      this.mail.enqueue({ template: 'already-registered', ...toOwner(user), data: {} }),
    );
  }

  /** Whose token it is; it stays usable. @throws InvalidMailTokenError */
  async check(purpose: TokenPurpose, token: string): Promise<AccountTokenHolder> {
    const hash = MAIL_TOKEN.hashOf(token);
    return (hash && (await this.tokens.findOpen(purpose, hash))) ?? raise(new InvalidMailTokenError());
  }

  /**
   * Uses a token up, and does in the same transaction what it was for. A token that opens the account proves whose it is; see
   * `RightfulOwner`.
   *
   * @throws InvalidMailTokenError, also when a simultaneous request was faster.
   */
  use<Result>(purpose: TokenPurpose, token: string, then: (userId: string) => Promise<Result>): Promise<Result> {
    return this.transactions.run(async () => {
      const hash = MAIL_TOKEN.hashOf(token);
      const holder = (hash && (await this.tokens.take(purpose, hash))) ?? raise(new InvalidMailTokenError());
      if (purpose === 'verify_email') await this.owner.provesAddress(holder);
      else await this.owner.comesByMail(holder);
      return then(holder.userId);
    });
  }

  /** Notes that an address is proven. @throws InvalidMailTokenError */
  verifyEmail(token: string): Promise<void> {
    return this.use('verify_email', token, () => Promise.resolve());
  }

  /** Makes tokens that open the account worthless, because the password is another now. */
  forgetKeysOf(userId: string): Promise<void> {
    return this.tokens.deleteUnused(userId, ['reset_password', 'magic_link']);
  }
}

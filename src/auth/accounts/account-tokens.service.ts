import { Injectable } from '@nestjs/common';
import { newId } from '../../common/ids.js';
import { canonicalEmail } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import type { UserDetails } from '../../users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { AccountMailThrottle } from './account-mail-throttle.js';
import { InvalidMailTokenError } from './accounts.errors.js';
import { type AccountTokenHolder, AccountTokensRepository, type TokenPurpose } from './account-tokens.repository.js';
import { MAIL_TOKEN } from './mail-token.js';
import { RightfulOwner } from './rightful-owner.service.js';

const MAILS = { verify_email: 'verify-email', reset_password: 'reset-password', magic_link: 'magic-link' } as const;
/** How long each works, in minutes: the more it opens, the shorter. */
const MINUTES: Readonly<Record<TokenPurpose, number>> = { verify_email: 1440, reset_password: 30, magic_link: 15 };

/** Tokens that reach a user by mail: 256 random bits, stored as a hash, each works once, and asking again replaces the one before. */
@Injectable()
export class AccountTokens {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly tokens: AccountTokensRepository,
    private readonly users: UsersService,
    private readonly throttle: AccountMailThrottle,
    private readonly mail: MailService,
    private readonly owner: RightfulOwner,
  ) {}

  /**
   * Sends a token to an address if it has an active account that wants one; whether it has cannot be told from outside.
   *
   * @throws RateLimitedError when the address has had its share of mail, with or without an account.
   */
  async request(
    purpose: TokenPurpose,
    email: string,
    wants: (user: UserDetails) => boolean = () => true,
  ): Promise<void> {
    await this.throttle.admit(email);
    const user = await this.users.findActiveByEmail(email);
    if (user && wants(user)) await this.send(purpose, user);
  }

  /** Sends a token to the user's address, in the open transaction if there is one. */
  send(purpose: TokenPurpose, user: UserDetails): Promise<void> {
    return this.transactions.run(async () => {
      const { token, hash } = MAIL_TOKEN.issue();
      const minutes = MINUTES[purpose];
      await this.tokens.replace({
        id: newId(),
        userId: user.id,
        purpose,
        emailCanonical: canonicalEmail(user.email),
        hash,
        ttlSeconds: minutes * 60,
      });
      await this.mail.enqueue({
        template: MAILS[purpose],
        to: { name: user.name ?? '', address: user.email },
        locale: user.locale,
        data: { token, minutes },
      });
    });
  }

  /** Whose token it is; it stays usable. @throws InvalidMailTokenError */
  async check(purpose: TokenPurpose, token: string): Promise<AccountTokenHolder> {
    const hash = MAIL_TOKEN.hashOf(token);
    const holder = hash && (await this.tokens.findOpen(purpose, hash));
    if (!holder) throw new InvalidMailTokenError();
    return holder;
  }

  /**
   * Uses a token up, inside a transaction. A token that opens the account proves whose it is; see `RightfulOwner`.
   *
   * @throws InvalidMailTokenError, also when a simultaneous request was faster.
   */
  async use(purpose: TokenPurpose, token: string): Promise<AccountTokenHolder> {
    const hash = MAIL_TOKEN.hashOf(token);
    const holder = hash && (await this.tokens.take(purpose, hash));
    if (!holder) throw new InvalidMailTokenError();
    if (purpose !== 'verify_email') await this.owner.comesByMail(holder.userId, holder.emailCanonical);
    return holder;
  }

  /** Makes tokens that open the account worthless, because the password is another now. */
  forgetKeysOf(userId: string): Promise<void> {
    return this.tokens.deleteUnused(userId, ['reset_password', 'magic_link']);
  }
}

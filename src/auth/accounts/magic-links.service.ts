import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CredentialsService } from '../../users/credentials/credentials.service.js';
import { UsersService } from '../../users/users.service.js';
import { type Device, SessionsService } from '../sessions.service.js';
import { type SignInOutcome, SignIns } from '../sign-in/sign-ins.service.js';
import { AccountTokens } from './account-tokens.service.js';

/** Signing in with a mail instead of a password. */
@Injectable()
export class MagicLinksService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly credentials: CredentialsService,
    private readonly sessions: SessionsService,
    private readonly tokens: AccountTokens,
    private readonly signIns: SignIns,
  ) {}

  /**
   * Sends a link if the address has an active account; whether it has one cannot be told from outside.
   *
   * @throws RateLimitedError
   */
  request(email: string): Promise<void> {
    return this.tokens.request('magic_link', email);
  }

  /**
   * Goes on with the sign-in of whoever can read the mail.
   *
   * An address that was never proven may have been registered by somebody else, in wait for its owner. When the owner comes by mail, the
   * password and sessions of before are no longer good.
   *
   * @throws InvalidMailTokenError; InvalidCredentialsError when the account has been disabled meanwhile.
   */
  verify(token: string, device: Device): Promise<SignInOutcome> {
    return this.transactions.run(async () => {
      const { userId, emailCanonical } = await this.tokens.use('magic_link', token);
      const { emailVerifiedAt } = await this.users.get(userId);
      if (emailVerifiedAt === null) {
        await this.credentials.verifyEmail(userId, emailCanonical);
        await this.credentials.replacePassword(userId, null);
        await this.sessions.endForNewCredentials(userId);
      }
      return this.signIns.begin(userId, { method: 'magic_link', device });
    });
  }
}

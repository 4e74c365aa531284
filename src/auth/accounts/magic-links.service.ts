import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Device } from '../sessions.service.js';
import { type SignInOutcome, SignIns } from '../sign-in/sign-ins.service.js';
import { AccountTokens } from './account-tokens.service.js';

/** Signing in with a mail instead of a password. */
@Injectable()
export class MagicLinksService {
  constructor(
    private readonly transactions: TransactionRunner,
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
   * @throws InvalidMailTokenError; InvalidCredentialsError when the account has been disabled meanwhile.
   */
  verify(token: string, device: Device): Promise<SignInOutcome> {
    return this.transactions.run(async () => {
      const { userId } = await this.tokens.use('magic_link', token);
      return this.signIns.begin(userId, { method: 'magic_link', device });
    });
  }
}

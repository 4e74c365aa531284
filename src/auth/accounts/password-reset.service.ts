import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { UsersService } from '../../users/users.service.js';
import { LoginThrottle } from '../login-throttle.js';
import { NewPasswords } from '../new-passwords.js';
import { AccountPasswords } from './account-passwords.service.js';
import { AccountTokens } from './account-tokens.service.js';
import { InvalidMailTokenError } from './accounts.errors.js';

/** A new password for somebody who has forgotten theirs and can read their mail. */
@Injectable()
export class PasswordResetService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly passwords: AccountPasswords,
    private readonly tokens: AccountTokens,
    private readonly newPasswords: NewPasswords,
    private readonly throttle: LoginThrottle,
  ) {}

  /**
   * Sends a token if the address has an active account; whether it has one cannot be told from outside.
   *
   * @throws RateLimitedError
   */
  request(email: string): Promise<void> {
    return this.tokens.request('reset_password', email);
  }

  /**
   * Sets the password and ends every session. It signs nobody in: with a second factor, that is still to be asked.
   *
   * A password that is refused leaves the token as it was.
   *
   * @throws InvalidMailTokenError; PasswordRejectedError
   */
  async reset(token: string, password: string, address: string): Promise<void> {
    const { userId } = await this.tokens.check('reset_password', token);
    const user = await this.users.get(userId);
    const newHash = await this.newPasswords.hash(password, user);
    await this.transactions.run(async () => {
      await this.tokens.use('reset_password', token);
      if (!(await this.passwords.replace(user, newHash, { address }))) throw new InvalidMailTokenError();
    });
    await this.throttle.forget(user.email);
  }
}

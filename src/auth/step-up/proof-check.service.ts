import { Injectable } from '@nestjs/common';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CredentialsService } from '../../users/credentials/credentials.service.js';
import { LoginThrottle } from '../login-throttle.js';
import { SecondFactorCodes } from '../mfa/second-factor-codes.service.js';
import { SecondFactorThrottle } from '../mfa/second-factor-throttle.js';
import { Passwords } from '../passwords.js';

/** Checks the password and the codes of somebody who is signed in, as carefully as when they signed in. */
@Injectable()
export class ProofCheck {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly credentials: CredentialsService,
    private readonly passwords: Passwords,
    private readonly codes: SecondFactorCodes,
    private readonly loginThrottle: LoginThrottle,
    private readonly secondFactorThrottle: SecondFactorThrottle,
  ) {}

  /** True when an active user has a password. */
  async hasPassword(userId: string): Promise<boolean> {
    return (await this.credentials.findPasswordHash(userId)) !== null;
  }

  /** True when the password is right. @throws RateLimitedError after too many wrong ones. */
  async isPassword({ id, email, address }: AuthenticatedUser, password: string): Promise<boolean> {
    const attempt = await this.loginThrottle.admit(email, id, address);
    const isRight = await this.passwords.verify(await this.credentials.findPasswordHash(id), password);
    if (isRight) await this.loginThrottle.clear(attempt);
    else await this.loginThrottle.refused(attempt);
    return isRight;
  }

  /** Uses a code up. @returns which it was, or null when it is wrong. @throws RateLimitedError after too many wrong ones. */
  async useCode(userId: string, code: string, now: Date): Promise<'totp' | 'recovery_code' | null> {
    await this.secondFactorThrottle.admit(userId);
    const method = await this.transactions.run(() => this.codes.use(userId, code, now));
    if (method) await this.secondFactorThrottle.clear(userId);
    else await this.secondFactorThrottle.refused(userId);
    return method;
  }
}

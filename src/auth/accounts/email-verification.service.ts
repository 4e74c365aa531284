import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { CredentialsService } from '../../users/credentials/credentials.service.js';
import { AccountTokens } from './account-tokens.service.js';

/** Proving that an account's address belongs to whoever uses the account. */
@Injectable()
export class EmailVerificationService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly credentials: CredentialsService,
    private readonly tokens: AccountTokens,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Notes that the address is proven. Verifying an address that has been proven since is a success without effect.
   *
   * @throws InvalidMailTokenError
   */
  verify(token: string): Promise<void> {
    return this.transactions.run(async () => {
      const { userId, emailCanonical } = await this.tokens.use('verify_email', token);
      if (!(await this.credentials.verifyEmail(userId, emailCanonical))) return;
      await this.audit.record({
        action: 'user.email_verified',
        actor: { kind: 'user', id: userId },
        target: { type: 'user', id: userId },
      });
    });
  }

  /**
   * Sends the mail again if the address has an account that is not verified; whether it has one cannot be told from outside.
   *
   * @throws RateLimitedError
   */
  resend(email: string): Promise<void> {
    return this.tokens.request('verify_email', email, ({ emailVerifiedAt }) => emailVerifiedAt === null);
  }
}

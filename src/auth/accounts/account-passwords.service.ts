import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import { CredentialsService } from '../../users/credentials/credentials.service.js';
import type { UserDetails } from '../../users/users.repository.js';
import { SessionsService } from '../sessions.service.js';
import { AccountTokens } from './account-tokens.service.js';

/** Storing another password, and everything that has to happen with it. */
@Injectable()
export class AccountPasswords {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly credentials: CredentialsService,
    private readonly sessions: SessionsService,
    private readonly tokens: AccountTokens,
    private readonly mail: MailService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Stores the hash of a new password: ends the sessions that were started with the old one, makes tokens that were sent before worthless,
   * and tells the owner, who may not have been the one to do it.
   *
   * @param by How it was allowed: `oldHash` of the password that was given, and the session that goes on; or nothing, after a
   * token that was read at the account's address.
   * @returns false when the account is not active or has another password by now; nothing is changed.
   */
  replace(
    user: UserDetails,
    newHash: string,
    by: { oldHash?: string; keptSessionId?: string; address: string },
  ): Promise<boolean> {
    return this.transactions.run(async () => {
      if (!(await this.credentials.replacePassword(user.id, newHash, by.oldHash))) return false;
      await this.sessions.endForNewCredentials(user.id, by.keptSessionId ?? null);
      await this.tokens.forgetKeysOf(user.id);
      await this.mail.enqueue({
        template: 'password-changed',
        to: { name: user.name ?? '', address: user.email },
        locale: user.locale,
        data: { address: by.address },
      });
      await this.audit.record({
        action: by.oldHash === undefined ? 'auth.password_reset' : 'auth.password_changed',
        actor: { kind: 'user', id: user.id },
        target: { type: 'user', id: user.id },
      });
      return true;
    });
  }
}

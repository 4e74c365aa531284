import { Injectable } from '@nestjs/common';
import { AuditLog, byOwner } from '../../audit/audit-log.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService, toOwner } from '../../mail/mail.service.js';
import type { UserDetails } from '../../users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { AccountThrottles } from '../throttles.js';
import { PasswordPolicy } from '../password-policy.js';
import { SessionsService } from '../sessions.service.js';
import { ProofCheck } from '../step-up/step-up.service.js';
import { AccountTokens } from './account-tokens.service.js';
import { CurrentPasswordWrongError, InvalidMailTokenError } from '../auth.errors.js';

/** Storing another password, and everything that has to happen with it. */
@Injectable()
export class StoredPasswords {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
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
      if (!(await this.users.replacePassword(user.id, newHash, by.oldHash))) return false;
      await this.sessions.endForNewCredentials(user.id, by.keptSessionId);
      await this.tokens.forgetKeysOf(user.id);
      await this.mail.enqueue({ template: 'password-changed', ...toOwner(user), data: { address: by.address } });
      const action = by.oldHash === undefined ? 'auth.password_reset' : 'auth.password_changed';
      await this.audit.record({ action, ...byOwner(user.id) });
      return true;
    });
  }
}

/** A new password for somebody who is signed in and knows the current one, or has forgotten theirs and can read their mail. */
@Injectable()
export class AccountPasswords {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordPolicy,
    private readonly stored: StoredPasswords,
    private readonly tokens: AccountTokens,
    private readonly proofs: ProofCheck,
    private readonly throttles: AccountThrottles,
  ) {}

  /**
   * Changes the password and ends the user's other sessions. Of simultaneous changes one succeeds.
   *
   * @throws CurrentPasswordWrongError; PasswordRejectedError; RateLimitedError after too many wrong current passwords.
   */
  async change(caller: AuthenticatedUser, currentPassword: string, newPassword: string): Promise<void> {
    const oldHash = await this.proofs.provePassword(caller, currentPassword);
    if (oldHash === null) throw new CurrentPasswordWrongError();
    const user = await this.users.get(caller.id);
    const newHash = await this.passwords.hash(newPassword, user, '/newPassword');
    const by = { oldHash, keptSessionId: caller.sessionId, address: caller.address };
    if (!(await this.stored.replace(user, newHash, by))) throw new CurrentPasswordWrongError();
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
    const newHash = await this.passwords.hash(password, user);
    await this.tokens.use('reset_password', token, async () => {
      if (!(await this.stored.replace(user, newHash, { address }))) throw new InvalidMailTokenError();
    });
    await this.throttles.forget(user.email);
  }
}

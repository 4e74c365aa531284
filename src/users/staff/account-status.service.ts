import { Injectable } from '@nestjs/common';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import { LastAdmin } from '../roles/last-admin.js';
import { AccountRecord } from './account-record.js';
import { StaffAccess } from './staff-access.js';
import { OwnAccountError } from './staff.errors.js';
import { type LockedAccount, StaffRepository } from './staff.repository.js';

/** Shutting accounts out and letting them in again. */
@Injectable()
export class AccountStatusService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly access: StaffAccess,
    private readonly accounts: StaffRepository,
    private readonly lastAdmin: LastAdmin,
    private readonly record: AccountRecord,
    private readonly mail: MailService,
  ) {}

  /**
   * Disables an account: nobody can sign in, and what its owner has been signed in with (access and refresh tokens, API keys) ends at
   * once, in other processes within a second. Sessions stay ended when it is enabled again. A disabled account stays as it is.
   *
   * @param reason For the audit log, which keeps it.
   * @throws UserNotFoundError, VersionMismatchError, UserErasedError, OwnAccountError, LastAdminError, ScopeExceededError
   */
  disable(userId: string, reason: string | null, actor: Actor, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const account = await this.access.open(userId, actor, expectedVersion);
      if (userId === responsibleUserId(actor)) throw new OwnAccountError();
      if (account.status === 'disabled') return;
      await this.lastAdmin.protect(userId);
      const version = await this.accounts.disable(userId);
      await this.record.changed(
        'user.disabled',
        userId,
        version,
        { status: 'active' },
        { status: 'disabled', ...(reason === null ? {} : { reason }) },
      );
      await this.tell(account, 'account-disabled');
    });
  }

  /**
   * Lets a disabled account in again; its owner has to sign in anew. An active account stays as it is.
   *
   * @throws UserNotFoundError, VersionMismatchError, UserErasedError, ScopeExceededError
   */
  enable(userId: string, actor: Actor, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const account = await this.access.open(userId, actor, expectedVersion);
      if (account.status === 'active') return;
      const version = await this.accounts.enable(userId);
      await this.record.changed('user.enabled', userId, version, { status: 'disabled' }, { status: 'active' });
      await this.tell(account, 'account-enabled');
    });
  }

  private tell(account: LockedAccount, template: 'account-disabled' | 'account-enabled'): Promise<void> {
    const { name, email, locale } = account;
    return this.mail.enqueue({ template, to: { name: name ?? '', address: email }, locale, data: {} });
  }
}

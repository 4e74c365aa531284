import { Injectable } from '@nestjs/common';
import { AuditLog, byOwner } from '../../audit/audit-log.js';
import { raise } from '../../common/errors/domain.error.js';
import { canonicalEmail } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService, toOwner } from '../../mail/mail.service.js';
import { UsersService } from '../../users/users.service.js';
import { AccountTokensRepository, type PendingEmailChange } from './account-tokens.repository.js';
import { MAIL_TOKEN } from './account-tokens.service.js';
import { InvalidMailTokenError } from '../auth.errors.js';
import type { EmailChangeState } from './dto/accounts.dto.js';

const CHANGE_MINUTES = 60;

/** Another address for an account, once both the old and the new one have confirmed it. */
@Injectable()
export class EmailChangeService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly changes: AccountTokensRepository,
    private readonly mail: MailService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Asks both addresses to confirm the change; an earlier wish is forgotten.
   *
   * A new address that has an account is told so instead, and the caller learns nothing of it: the change then never comes about.
   */
  async request(userId: string, typed: string): Promise<void> {
    const [newEmail, newCanonical] = [typed.trim(), canonicalEmail(typed)];
    const user = await this.users.get(userId);
    const oldCanonical = canonicalEmail(user.email);
    if (newCanonical === oldCanonical) return;
    const isTaken = (await this.users.findCredentials(typed)) !== null;
    const [old, other] = [MAIL_TOKEN.issue(), MAIL_TOKEN.issue()];
    const hashes = { oldTokenHash: old.hash, newTokenHash: other.hash };
    const minutes = CHANGE_MINUTES;
    await this.transactions.run(async () => {
      const change = { userId, oldCanonical, newEmail, newCanonical, ...hashes };
      await this.changes.replaceEmailChange(change, minutes * 60);
      const data = { token: old.token, newEmail, minutes };
      await this.mail.enqueue({ template: 'email-change-old', ...toOwner(user), data });
      if (isTaken) await this.mail.enqueue({ template: 'already-registered', to: newEmail, data: {} });
      else {
        const { locale } = user;
        await this.mail.enqueue({
          template: 'email-change-new',
          to: newEmail,
          locale,
          data: { token: other.token, minutes },
        });
      }
      await this.audit.record({ action: 'user.email_change_requested', target: { type: 'user', id: userId } });
    });
  }

  /**
   * Confirms one end; with the second, the account has the new address, and both addresses are told.
   *
   * @throws InvalidMailTokenError; UserEmailTakenError when the new address has an account by now.
   */
  async confirm(token: string): Promise<EmailChangeState> {
    const hash = MAIL_TOKEN.hashOf(token) ?? raise(new InvalidMailTokenError());
    return this.transactions.run(async () => {
      const change = (await this.changes.confirmEmailChange(hash)) ?? raise(new InvalidMailTokenError());
      if (change.oldConfirmedAt === null || change.newConfirmedAt === null) return 'pending';
      await this.complete(change);
      return 'changed';
    });
  }

  private async complete(change: PendingEmailChange): Promise<void> {
    const { userId, newEmail } = change;
    const { email: oldEmail, locale } = await this.users.get(userId);
    if (!(await this.users.changeEmail(userId, change))) throw new InvalidMailTokenError();
    await this.changes.deleteAllOf(userId);
    for (const to of [oldEmail, newEmail]) {
      await this.mail.enqueue({ template: 'email-changed', to, locale, data: { newEmail } });
    }
    await this.audit.record({ action: 'user.email_changed', ...byOwner(userId) });
  }
}

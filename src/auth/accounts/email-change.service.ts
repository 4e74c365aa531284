import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { canonicalEmail } from '../../common/validation/email-address.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { MailService } from '../../mail/mail.service.js';
import { CredentialsService } from '../../users/credentials/credentials.service.js';
import type { UserDetails } from '../../users/users.repository.js';
import { UsersService } from '../../users/users.service.js';
import { AccountTokensRepository, type PendingEmailChange } from './account-tokens.repository.js';
import { InvalidMailTokenError } from './accounts.errors.js';
import { MAIL_TOKEN } from './mail-token.js';

const CHANGE_MINUTES = 60;

/** What confirming one end of a change came to. */
export type EmailChangeState = 'pending' | 'changed';

/** Another address for an account, once both the old and the new one have confirmed it. */
@Injectable()
export class EmailChangeService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly users: UsersService,
    private readonly credentials: CredentialsService,
    private readonly changes: AccountTokensRepository,
    private readonly mail: MailService,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Asks both addresses to confirm the change; an earlier wish is forgotten.
   *
   * A new address that has an account is told so instead, and the caller learns nothing of it: the change then never comes about.
   */
  async request(userId: string, newEmail: string): Promise<void> {
    const newCanonical = canonicalEmail(newEmail);
    const user = await this.users.get(userId);
    const oldCanonical = canonicalEmail(user.email);
    if (newCanonical === oldCanonical) return;
    const isTaken = (await this.users.findCredentials(newEmail)) !== null;
    const { token: oldToken, hash: oldHash } = MAIL_TOKEN.issue();
    const { token: newToken, hash: newHash } = MAIL_TOKEN.issue();
    await this.transactions.run(async () => {
      await this.changes.replaceEmailChange(
        { userId, oldCanonical, newEmail: newEmail.trim(), newCanonical },
        { oldHash, newHash, ttlSeconds: CHANGE_MINUTES * 60 },
      );
      await this.tell(user, newEmail.trim(), { oldToken, newToken }, isTaken);
      await this.audit.record({ action: 'user.email_change_requested', target: { type: 'user', id: userId } });
    });
  }

  private async tell(
    user: UserDetails,
    newEmail: string,
    { oldToken, newToken }: { oldToken: string; newToken: string },
    isTaken: boolean,
  ): Promise<void> {
    const { locale } = user;
    const to = { name: user.name ?? '', address: user.email };
    const data = { token: oldToken, newEmail, minutes: CHANGE_MINUTES };
    await this.mail.enqueue({ template: 'email-change-old', to, locale, data });
    if (isTaken) await this.mail.enqueue({ template: 'already-registered', to: newEmail, data: {} });
    else
      await this.mail.enqueue({
        template: 'email-change-new',
        to: newEmail,
        locale,
        data: { token: newToken, minutes: CHANGE_MINUTES },
      });
  }

  /**
   * Confirms one end; with the second, the account has the new address, and both addresses are told.
   *
   * @throws InvalidMailTokenError; UserEmailTakenError when the new address has an account by now.
   */
  confirm(token: string): Promise<EmailChangeState> {
    const hash = MAIL_TOKEN.hashOf(token);
    if (!hash) throw new InvalidMailTokenError();
    return this.transactions.run(async () => {
      const change = await this.changes.confirmEmailChange(hash);
      if (!change) throw new InvalidMailTokenError();
      if (change.oldConfirmedAt === null || change.newConfirmedAt === null) return 'pending';
      await this.complete(change);
      return 'changed';
    });
  }

  private async complete(change: PendingEmailChange): Promise<void> {
    const { userId } = change;
    const user = await this.users.get(userId);
    if (!(await this.credentials.changeEmail(userId, change))) throw new InvalidMailTokenError();
    await this.changes.deleteAllOf(userId);
    for (const address of [user.email, change.newEmail]) {
      await this.mail.enqueue({
        template: 'email-changed',
        to: address,
        locale: user.locale,
        data: { newEmail: change.newEmail },
      });
    }
    await this.audit.record({
      action: 'user.email_changed',
      actor: { kind: 'user', id: userId },
      target: { type: 'user', id: userId },
    });
  }
}

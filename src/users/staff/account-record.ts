import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Outbox } from '../../jobs/outbox.js';
import { type UserChange, UserChangedEvent } from '../events/user.event.js';
import { MailService } from '../../mail/mail.service.js';
import { AccessChanges } from '../roles/access-changes.service.js';
import type { UserDetails } from '../users.repository.js';

/** Says what was done to an account: as an event, to the audit log, to those who remember what its owner may do, and to its owner. */
@Injectable()
export class AccountRecord {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
    private readonly access: AccessChanges,
    private readonly mail: MailService,
  ) {}

  /** @param account As it was under lock, one version before. */
  async changed(
    change: UserChange,
    { id, version }: Pick<UserDetails, 'id' | 'version'>,
    before: Readonly<Record<string, unknown>>,
    after: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    this.access.announce();
    await this.outbox.add(new UserChangedEvent(change, id, version + 1));
    await this.audit.record({ action: change, target: { type: 'user', id }, before, after });
  }

  /** Only to the audit log: what was made or changed. */
  written(
    action: 'user.created' | 'user.updated',
    id: string,
    after: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return this.audit.record({ action, target: { type: 'user', id }, after });
  }

  /** Sends a mail to the owner, at the address that the account has so far. */
  tell(
    { name, email, locale }: Pick<UserDetails, 'name' | 'email' | 'locale'>,
    template: 'account-disabled' | 'account-enabled' | 'account-erased',
  ): Promise<void> {
    return this.mail.enqueue({ template, to: { name: name ?? '', address: email }, locale, data: {} });
  }
}

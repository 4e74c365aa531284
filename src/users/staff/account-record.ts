import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Outbox } from '../../jobs/outbox.js';
import { type UserChange, UserChangedEvent } from '../events/user-changed.event.js';
import { AccessChanges } from '../roles/access-changes.service.js';

/** Says what staff did to an account: as an event, to the audit log, and to those who remember what its owner may do. */
@Injectable()
export class AccountRecord {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
    private readonly access: AccessChanges,
  ) {}

  /** @param version The version that the account has after it. */
  async changed(
    change: UserChange,
    userId: string,
    version: number,
    before: Readonly<Record<string, unknown>>,
    after: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    this.access.announce();
    await this.outbox.add(new UserChangedEvent(change, userId, version));
    await this.audit.record({ action: change, target: { type: 'user', id: userId }, before, after });
  }
}

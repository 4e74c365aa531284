import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Outbox } from '../../jobs/outbox.js';
import { UserChangedEvent } from '../events/user-changed.event.js';
import { type InviteChange, InviteEvent } from './events/invite.event.js';

/** Says what happened to an invite: as an event and to the audit log. */
@Injectable()
export class InviteRecord {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** @param version The version that the invite has after it. */
  async changed(
    change: InviteChange,
    invite: { id: string; version: number },
    after?: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.outbox.add(new InviteEvent(change, invite.id, invite.version));
    await this.audit.record({ action: change, target: { type: 'invite', id: invite.id }, after });
  }

  /** Somebody accepted it who is not signed in: the account that it was for is the one who acts. */
  async accepted(invite: { id: string; version: number; roles: readonly string[] }, userId: string): Promise<void> {
    await this.outbox.add(new InviteEvent('invite.accepted', invite.id, invite.version));
    await this.audit.record({
      action: 'invite.accepted',
      actor: { kind: 'user', id: userId },
      target: { type: 'invite', id: invite.id },
      after: { userId, roles: invite.roles },
    });
  }

  /** The owner of an account that staff made has chosen a password. */
  async passwordChosen(userId: string, version: number): Promise<void> {
    await this.outbox.add(new UserChangedEvent('user.password_changed', userId, version));
  }
}

import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Invite } from './entities/invite.entity.js';
import { type InviteChange, InviteEvent } from './events/invite.event.js';

/** Says what happened to an invite: as an event and to the audit log. */
@Injectable()
export class InviteRecord {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @param version The version that the invite has after it.
   * @param userId Who acts although nobody is signed in: the account that an invite is accepted with.
   */
  async changed(
    change: InviteChange,
    { id, version }: Pick<Invite, 'id' | 'version'>,
    after?: Readonly<Record<string, unknown>>,
    userId?: string,
  ): Promise<void> {
    await this.outbox.add(new InviteEvent(change, id, version));
    const actor = userId === undefined ? undefined : ({ kind: 'user', id: userId } as const);
    await this.audit.record({ action: change, actor, target: { type: 'invite', id }, after });
  }
}

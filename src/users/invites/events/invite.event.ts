import type { DomainEvent } from '../../../jobs/domain-event.js';

export type InviteChange = 'invite.created' | 'invite.resent' | 'invite.revoked' | 'invite.accepted';

/** Something that happened to an invite; one per version of it. */
export class InviteEvent implements DomainEvent {
  readonly aggregateType = 'invite';
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: InviteChange,
    readonly aggregateId: string,
    readonly aggregateVersion: number,
  ) {
    this.data = { inviteId: aggregateId };
  }
}

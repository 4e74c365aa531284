import type { DomainEvent } from '../../jobs/domain-event.js';

export type UserChange =
  | 'user.password_changed'
  | 'user.email_verified'
  | 'user.email_changed'
  | 'user.roles_changed'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.erased';
export type InviteChange = 'invite.created' | 'invite.resent' | 'invite.revoked' | 'invite.accepted';
export type RoleChange = 'role.created' | 'role.changed' | 'role.removed';

/** Something happened to what has a version; one event for each. */
class VersionEvent implements DomainEvent {
  constructor(
    readonly type: string,
    readonly aggregateType: string,
    readonly aggregateId: string,
    readonly aggregateVersion: number,
    readonly data: Readonly<Record<string, unknown>>,
  ) {}
}

/** Somebody has an account now. */
export class UserRegisteredEvent extends VersionEvent {
  constructor(userId: string) {
    super('user.registered', 'user', userId, 1, { userId });
  }
}

/** Something about an account is different now. */
export class UserChangedEvent extends VersionEvent {
  constructor(type: UserChange, userId: string, version: number) {
    super(type, 'user', userId, version, { userId });
  }
}

/** Somebody asked for everything that is kept of a user. */
export class UserExportRequestedEvent extends VersionEvent {
  constructor(operationId: string, userId: string) {
    super('user.export_requested', 'operation', operationId, 1, { userId });
  }
}

/** Something that happened to an invite. */
export class InviteEvent extends VersionEvent {
  constructor(type: InviteChange, inviteId: string, version: number) {
    super(type, 'invite', inviteId, version, { inviteId });
  }
}

/** Something that happened to a role, as it is afterwards. */
export class RoleEvent extends VersionEvent {
  constructor(type: RoleChange, { id, name, version }: { id: string; name: string; version: number }) {
    super(type, 'role', id, version, { roleName: name });
  }
}

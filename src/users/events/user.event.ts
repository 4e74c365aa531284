import type { DomainEvent } from '../../jobs/domain-event.js';
import type { Consent } from '../consents/entities/consent.entity.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** The events of accounts. */
export const USER_EVENTS = describeEvents(
  'user',
  { userId: 'uuid' },
  {
    'user.registered': 'Somebody made an account.',
    'user.updated': 'The name or the language of an account changed.',
    'user.password_changed': 'The password of an account was set or changed.',
    'user.email_verified': 'The address of an account was confirmed.',
    'user.email_changed': 'An account has another address.',
    'user.roles_changed': 'An account has other roles.',
    'user.disabled': 'Staff disabled an account.',
    'user.enabled': 'An account that was disabled can be used again.',
    'user.erased': 'Whose account it was is forgotten; its orders stay.',
  },
);

/** The events of address books. */
export const ADDRESS_EVENTS = describeEvents(
  'address',
  { addressId: 'uuid', userId: 'uuid' },
  {
    'address.created': 'Somebody added an address to their account.',
    'address.updated': 'An address of an account changed, or is no longer the one that is taken by default.',
    'address.removed': 'Somebody removed an address from their account.',
  },
);

/** The events of consents: `aggregate` is all that one user has agreed to, of which nothing is ever changed and more is added. */
export const CONSENT_EVENTS = describeEvents(
  'consent',
  { userId: 'uuid', purpose: 'string' },
  {
    'consent.given': 'Somebody agreed to something.',
    'consent.withdrawn': 'Somebody no longer agrees to something.',
  },
);

/** The events of invites. */
export const INVITE_EVENTS = describeEvents(
  'invite',
  { inviteId: 'uuid' },
  {
    'invite.created': 'Somebody was invited to join the staff.',
    'invite.resent': 'The mail of an invite was sent again.',
    'invite.revoked': 'An invite was taken back.',
    'invite.accepted': 'Somebody who was invited has joined.',
  },
);

/** The events of roles. */
export const ROLE_EVENTS = describeEvents(
  'role',
  { roleName: 'string' },
  {
    'role.created': 'A role was made.',
    'role.changed': 'A role allows something else, or is described otherwise.',
    'role.removed': 'A role was removed.',
  },
);

export type UserChange = Exclude<NameIn<typeof USER_EVENTS>, 'user.registered'>;
export type InviteChange = NameIn<typeof INVITE_EVENTS>;
export type RoleChange = NameIn<typeof ROLE_EVENTS>;

/** Something happened to what has a version; one event for each. */
class VersionEvent<Type extends string> implements DomainEvent {
  constructor(
    readonly type: Type,
    readonly aggregateType: string,
    readonly aggregateId: string,
    readonly aggregateVersion: number,
    readonly data: Readonly<Record<string, unknown>>,
  ) {}
}

/** Somebody has an account now. */
export class UserRegisteredEvent extends VersionEvent<'user.registered'> {
  constructor(userId: string) {
    super('user.registered', 'user', userId, 1, { userId });
  }
}

/** Something about an account is different now. */
export class UserChangedEvent extends VersionEvent<UserChange> {
  constructor(type: UserChange, userId: string, version: number) {
    super(type, 'user', userId, version, { userId });
  }
}

/** Something that happened to an address of an account, as it is afterwards. */
export class AddressEvent extends VersionEvent<NameIn<typeof ADDRESS_EVENTS>> {
  constructor(
    type: NameIn<typeof ADDRESS_EVENTS>,
    { id, userId, version }: { id: string; userId: string; version: number },
  ) {
    super(type, 'address', id, version, { addressId: id, userId });
  }
}

/** Somebody agreed to something, or no longer does. */
export class ConsentEvent extends VersionEvent<NameIn<typeof CONSENT_EVENTS>> {
  /** @param consent Counted by its position among those of its user. */
  constructor({ userId, position, purpose, granted }: Pick<Consent, 'userId' | 'position' | 'purpose' | 'granted'>) {
    super(granted ? 'consent.given' : 'consent.withdrawn', 'consent', userId, position, { userId, purpose });
  }
}

/** Somebody asked for everything that is kept of a user. */
export class UserExportRequestedEvent extends VersionEvent<'user.export_requested'> {
  constructor(operationId: string, userId: string) {
    super('user.export_requested', 'operation', operationId, 1, { userId });
  }
}

/** Something that happened to an invite. */
export class InviteEvent extends VersionEvent<InviteChange> {
  constructor(type: InviteChange, inviteId: string, version: number) {
    super(type, 'invite', inviteId, version, { inviteId });
  }
}

/** Something that happened to a role, as it is afterwards. */
export class RoleEvent extends VersionEvent<RoleChange> {
  constructor(type: RoleChange, { id, name, version }: { id: string; name: string; version: number }) {
    super(type, 'role', id, version, { roleName: name });
  }
}

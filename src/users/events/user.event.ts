import type { DomainEvent } from '../../jobs/domain-event.js';

export type UserChange =
  | 'user.password_changed'
  | 'user.email_verified'
  | 'user.email_changed'
  | 'user.roles_changed'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.erased';

/** Somebody has an account now. */
export class UserRegisteredEvent implements DomainEvent {
  readonly type = 'user.registered';
  readonly aggregateType = 'user';
  readonly aggregateVersion = 1;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(readonly aggregateId: string) {
    this.data = { userId: aggregateId };
  }
}

/** Something about an account is different now. */
export class UserChangedEvent implements DomainEvent {
  readonly aggregateType = 'user';
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: UserChange,
    readonly aggregateId: string,
    readonly aggregateVersion: number,
  ) {
    this.data = { userId: aggregateId };
  }
}

/** Somebody asked for everything that is kept of a user. */
export class UserExportRequestedEvent implements DomainEvent {
  readonly type = 'user.export_requested';
  readonly aggregateType = 'operation';
  readonly aggregateVersion = 1;
  readonly data: Readonly<Record<string, unknown>>;

  /** @param aggregateId The operation. */
  constructor(
    readonly aggregateId: string,
    userId: string,
  ) {
    this.data = { userId };
  }
}

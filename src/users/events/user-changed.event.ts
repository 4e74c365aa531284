import type { DomainEvent } from '../../jobs/domain-event.js';

export type UserChange =
  | 'user.password_changed'
  | 'user.email_verified'
  | 'user.email_changed'
  | 'user.roles_changed'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.erased';

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

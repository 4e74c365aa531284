import type { DomainEvent } from '../../jobs/domain-event.js';

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

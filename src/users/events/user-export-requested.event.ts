import type { DomainEvent } from '../../jobs/domain-event.js';

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

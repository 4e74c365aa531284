import type { DomainEvent } from '../../jobs/domain-event.js';

/** A mail waits to be sent. It says which, and nothing of what is in it: events and jobs hold no token and no address. */
export class MailRequestedEvent implements DomainEvent {
  readonly type = 'mail.requested';
  readonly aggregateType = 'mail';
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  /** @param resends How often it has been asked for before. */
  constructor(
    readonly aggregateId: string,
    resends = 0,
  ) {
    this.aggregateVersion = resends + 1;
    this.data = { mailId: aggregateId };
  }
}

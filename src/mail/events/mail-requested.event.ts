import type { DomainEvent } from '../../jobs/domain-event.js';

/** A mail waits to be sent. It says which, and nothing of what is in it: events and jobs hold no token and no address. */
export class MailRequestedEvent implements DomainEvent {
  readonly type = 'mail.requested';
  readonly aggregateType = 'mail';
  readonly aggregateVersion = 1;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(readonly aggregateId: string) {
    this.data = { mailId: aggregateId };
  }
}

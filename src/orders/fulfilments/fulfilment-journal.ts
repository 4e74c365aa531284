import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Actor } from '../order-status.js';
import { FulfilmentEvent, type FulfilmentEventType } from './fulfilment.event.js';
import type { Fulfilment } from './fulfilment.entity.js';

/** Tells of what happened to a fulfilment: an event for everybody, and for the record who among the staff did it. */
@Injectable()
export class FulfilmentJournal {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
  ) {}

  /** What follows it by is no secret, but names a person to who looks it up: it stays out of the record. */
  async tell(type: FulfilmentEventType, fulfilment: Fulfilment, { kind }: Actor): Promise<void> {
    await this.outbox.add(new FulfilmentEvent(type, fulfilment));
    if (kind !== 'staff') return;
    const { id, orderId, locationId, status } = fulfilment;
    await this.audit.record({
      action: type,
      target: { type: 'fulfilment', id },
      after: { orderId, locationId, status },
    });
  }
}

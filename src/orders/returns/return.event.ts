import type { DomainEvent } from '../../jobs/domain-event.js';
import type { ReturnState } from './return.entity.js';

/** Something that happened to a return, at the version it has now. */
export class ReturnEvent implements DomainEvent {
  readonly type: `return.${ReturnState | 'exchanged'}`;
  readonly aggregateType = 'return';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    { id, orderId, status, version }: { id: string; orderId: string; status: ReturnState; version: number },
    order: { readonly customerId: string | null },
    happened: ReturnState | 'exchanged' = status,
  ) {
    this.type = `return.${happened}`;
    this.aggregateId = id;
    this.aggregateVersion = version;
    this.data = { returnId: id, orderId, customerId: order.customerId };
  }
}

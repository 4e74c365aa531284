import type { DomainEvent } from '../../jobs/domain-event.js';

/** Something that happened to an order; one per version of it. */
export class OrderEvent implements DomainEvent {
  readonly aggregateType = 'order';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  /** @param type As the order's history names it. */
  constructor(
    readonly type: string,
    order: { readonly id: string; readonly customerId: string | null },
    version: number,
  ) {
    this.aggregateId = order.id;
    this.aggregateVersion = version;
    this.data = { orderId: order.id, customerId: order.customerId };
  }
}

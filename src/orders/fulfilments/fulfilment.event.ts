import type { DomainEvent } from '../../jobs/domain-event.js';

export type FulfilmentEventType =
  | 'fulfilment.created'
  | 'fulfilment.updated'
  | 'fulfilment.shipped'
  | 'fulfilment.capture_requested'
  | 'fulfilment.uncovered'
  | 'fulfilment.delivered'
  | 'fulfilment.cancelled';

/** Something that happened to a fulfilment, at the version it has now. */
export class FulfilmentEvent implements DomainEvent {
  readonly aggregateType = 'fulfilment';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: FulfilmentEventType,
    fulfilment: { readonly id: string; readonly orderId: string; readonly version: number },
    data: Readonly<Record<string, unknown>> = {},
  ) {
    this.aggregateId = fulfilment.id;
    this.aggregateVersion = fulfilment.version;
    this.data = { fulfilmentId: fulfilment.id, orderId: fulfilment.orderId, ...data };
  }
}

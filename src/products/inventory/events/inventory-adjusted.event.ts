import type { DomainEvent } from '../../../jobs/domain-event.js';
import { describeEvents } from '../../../jobs/event-type.js';

/** The stock of a variant at a location was adjusted; its own id and version put the events of one stock in order. */
export class InventoryAdjustedEvent implements DomainEvent {
  readonly type = 'inventory.adjusted';
  readonly aggregateType = 'stock';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    stock: { readonly id: string; readonly version: number },
    movement: { readonly id: string; readonly variantId: string; readonly locationId: string },
  ) {
    this.aggregateId = stock.id;
    this.aggregateVersion = stock.version;
    this.data = { movementId: movement.id, variantId: movement.variantId, locationId: movement.locationId };
  }
}

/** The events of stock. */
export const STOCK_EVENTS = describeEvents(
  'stock',
  { movementId: 'uuid', variantId: 'uuid', locationId: 'uuid' },
  { 'inventory.adjusted': 'What is on hand of a variant at a location was counted, received or corrected.' },
);

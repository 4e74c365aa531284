import type { DomainEvent } from '../../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../../jobs/event-type.js';

/** What is on hand of a variant at a location has changed; its own id and version put the events of one stock in order. */
export class InventoryEvent implements DomainEvent {
  readonly aggregateType = 'stock';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: NameIn<typeof STOCK_EVENTS>,
    stock: { readonly id: string; readonly version: number },
    movement: { readonly id: string; readonly variantId: string; readonly locationId: string },
  ) {
    this.aggregateId = stock.id;
    this.aggregateVersion = stock.version;
    this.data = { movementId: movement.id, variantId: movement.variantId, locationId: movement.locationId };
  }
}

/** The events of stock. What orders hold is told by the events of orders. */
export const STOCK_EVENTS = describeEvents(
  'stock',
  { movementId: 'uuid', variantId: 'uuid', locationId: 'uuid' },
  {
    'inventory.adjusted': 'What is on hand of a variant at a location was counted, received, returned or imported.',
    'inventory.shipped': 'Pieces that an order held have left a location.',
  },
);

/** The events that a trigger of the database tells (migration 1767225641500), whoever has moved the stock. */
export const VARIANT_EVENTS = describeEvents(
  'variant',
  { variantId: 'uuid', productId: 'uuid', availability: 'availability' },
  { 'variant.availability_changed': 'Shoppers see another availability of a variant: in_stock, low or out.' },
);

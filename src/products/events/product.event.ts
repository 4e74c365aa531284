import type { DomainEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';

/** A product changed; `product.updated` also when one of its variants or one of their prices did. */
export class ProductEvent implements DomainEvent {
  readonly aggregateType = 'product';
  readonly aggregateId: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: NameIn<typeof PRODUCT_EVENTS>,
    productId: string,
    readonly aggregateVersion: number,
  ) {
    this.aggregateId = productId;
    this.data = { productId };
  }
}

/** The events of products. */
export const PRODUCT_EVENTS = describeEvents(
  'product',
  { productId: 'uuid' },
  {
    'product.created': 'A product was added, published or not.',
    'product.updated': 'A product, one of its variants or a price of one changed.',
    'product.published': 'Shoppers can see a product.',
    'product.archived': 'Shoppers cannot see a product any more.',
    'product.deleted': 'A product that was never sold was deleted.',
  },
);

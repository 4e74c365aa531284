import type { DomainEvent } from '../../jobs/domain-event.js';

/** A product changed; `product.updated` also when one of its variants or one of their prices did. */
export class ProductEvent implements DomainEvent {
  readonly aggregateType = 'product';
  readonly aggregateId: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: `product.${'created' | 'updated' | 'published' | 'archived' | 'deleted'}`,
    productId: string,
    readonly aggregateVersion: number,
  ) {
    this.aggregateId = productId;
    this.data = { productId };
  }
}

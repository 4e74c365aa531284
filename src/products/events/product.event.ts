import type { DomainEvent } from '../../jobs/domain-event.js';

interface ProductAtVersion {
  readonly id: string;
  readonly version: number;
}

abstract class ProductEvent implements DomainEvent {
  abstract readonly type: string;
  readonly aggregateType = 'product';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(product: ProductAtVersion) {
    this.aggregateId = product.id;
    this.aggregateVersion = product.version;
    this.data = { productId: product.id };
  }
}

export class ProductCreatedEvent extends ProductEvent {
  readonly type = 'product.created';
}

/** The product, one of its variants or one of their prices changed. */
export class ProductUpdatedEvent extends ProductEvent {
  readonly type = 'product.updated';
}

export class ProductPublishedEvent extends ProductEvent {
  readonly type = 'product.published';
}

export class ProductArchivedEvent extends ProductEvent {
  readonly type = 'product.archived';
}

export class ProductDeletedEvent extends ProductEvent {
  readonly type = 'product.deleted';
}

import { ConflictError, NotFoundError } from '../common/errors/domain.error.js';

export class ProductNotFoundError extends NotFoundError {
  static override readonly code = 'product.not_found';
  static override readonly title = 'No such product';

  constructor(readonly idOrSlug: string) {
    super('There is no product with this id or slug.');
  }
}

export class VariantNotFoundError extends NotFoundError {
  static override readonly code = 'variant.not_found';
  static override readonly title = 'No such variant';

  constructor(readonly idOrSku: string) {
    super('There is no variant with this id or SKU.');
  }
}

export class SlugTakenError extends ConflictError {
  static override readonly code = 'product.slug_taken';
  static override readonly title = 'The slug is taken';
  override readonly errors = [{ pointer: '/slug', code: 'taken', message: 'is used by another product' }];

  constructor(readonly slug: string) {
    super(`Another product has the slug "${slug}".`);
  }
}

export class SkuTakenError extends ConflictError {
  static override readonly code = 'variant.sku_taken';
  static override readonly title = 'The SKU is taken';

  constructor() {
    super('Another variant has this SKU.');
  }
}

export class OptionsTakenError extends ConflictError {
  static override readonly code = 'variant.options_taken';
  static override readonly title = 'The product has such a variant';

  constructor() {
    super('Another variant of this product has the same option values.');
  }
}

export class ProductNotSellableError extends ConflictError {
  static override readonly code = 'product.not_sellable';
  static override readonly title = 'Nothing to sell yet';

  constructor() {
    super('A product needs at least one variant with a price before it can be published.');
  }
}

export class ProductAlreadyArchivedError extends ConflictError {
  static override readonly code = 'product.archived';
  static override readonly title = 'The product is archived';

  constructor() {
    super('An archived product does not change; publish it again first.');
  }
}

export class ProductNotDraftError extends ConflictError {
  static override readonly code = 'product.not_draft';
  static override readonly title = 'Only a draft can be deleted';

  constructor() {
    super('Orders may refer to a product that has been on sale, so only a draft can be deleted; archive it instead.');
  }
}

export class ProductInUseError extends ConflictError {
  static override readonly code = 'product.in_use';
  static override readonly title = 'Orders refer to it';

  constructor() {
    super('An order or a reservation refers to it, so it cannot be deleted; archive it instead.');
  }
}

export class OptionsInUseError extends ConflictError {
  static override readonly code = 'product.options_in_use';
  static override readonly title = 'Variants use these options';
  override readonly errors = [{ pointer: '/options', code: 'in_use', message: 'must offer what the variants have' }];

  constructor() {
    super('A variant of the product would no longer fit its options; change or archive the variant first.');
  }
}

export class TooManyVariantsError extends ConflictError {
  static override readonly code = 'product.too_many_variants';
  static override readonly title = 'The product has too many variants';

  constructor(readonly limit: number) {
    super(`A product has at most ${limit} variants.`);
  }
}

import { conflict, notFound } from '../common/errors/domain.error.js';

export class ProductNotFoundError extends notFound(
  'product.not_found',
  'No such product',
  'There is no product with this id or slug.',
) {}

export class VariantNotFoundError extends notFound(
  'variant.not_found',
  'No such variant',
  'There is no variant with this id or SKU.',
) {}

export class SlugTakenError extends conflict('product.slug_taken', 'The slug is taken') {
  override readonly errors = [{ pointer: '/slug', code: 'taken', message: 'is used by another product' }];

  constructor(readonly slug: string) {
    super(`Another product has the slug "${slug}".`);
  }
}

export class SkuTakenError extends conflict('variant.sku_taken', 'The SKU is taken', 'Another variant has this SKU.') {}

export class OptionsTakenError extends conflict(
  'variant.options_taken',
  'The product has such a variant',
  'Another variant of this product has the same option values.',
) {}

export class ProductNotSellableError extends conflict(
  'product.not_sellable',
  'Nothing to sell yet',
  'A product needs at least one variant with a price before it can be published.',
) {}

export class ProductAlreadyArchivedError extends conflict(
  'product.archived',
  'The product is archived',
  'An archived product does not change; publish it again first.',
) {}

export class ProductNotDraftError extends conflict(
  'product.not_draft',
  'Only a draft can be deleted',
  'Orders may refer to a product that has been on sale, so only a draft can be deleted; archive it instead.',
) {}

export class ProductInUseError extends conflict(
  'product.in_use',
  'Orders refer to it',
  'An order or a reservation refers to it, so it cannot be deleted; archive it instead.',
) {}

export class OptionsInUseError extends conflict(
  'product.options_in_use',
  'Variants use these options',
  'A variant of the product would no longer fit its options; change or archive the variant first.',
) {
  override readonly errors = [{ pointer: '/options', code: 'in_use', message: 'must offer what the variants have' }];
}

export class TooManyVariantsError extends conflict('product.too_many_variants', 'The product has too many variants') {
  constructor(readonly limit: number) {
    super(`A product has at most ${limit} variants.`);
  }
}

import { conflict, notFound, rejected } from '../../common/errors/domain.error.js';

export class CategoryNotFoundError extends notFound(
  'category.not_found',
  'No such category',
  'There is no category with this id or slug.',
) {}

/** A request refers to a category that does not exist. */
export class UnknownCategoryError extends rejected('category.unknown', 'A named category does not exist') {
  override readonly errors;

  /** @param pointers Where the unknown categories stand in the request. */
  constructor(pointers: readonly string[]) {
    super('The request names a category that does not exist.');
    this.errors = pointers.map((pointer) => ({ pointer, code: 'unknown', message: 'names no category' }));
  }
}

export class CategorySlugTakenError extends conflict('category.slug_taken', 'The slug is taken') {
  override readonly errors = [{ pointer: '/slug', code: 'taken', message: 'is used by another category' }];

  constructor(readonly slug: string) {
    super(`Another category has the slug "${slug}".`);
  }
}

export class CategoryCycleError extends conflict(
  'category.cycle',
  'A category cannot stand below itself',
  'A category cannot be moved below itself or one of its descendants.',
) {
  override readonly errors = [
    { pointer: '/parentId', code: 'cycle', message: 'is the category itself or stands below it' },
  ];
}

export class CategoryTooDeepError extends conflict(
  'category.too_deep',
  'The tree would be too deep',
  'Categories stand at most 10 levels deep.',
) {
  override readonly errors = [
    { pointer: '/parentId', code: 'depth', message: 'would put a category deeper than 10 levels' },
  ];
}

export class CategoryInUseError extends conflict(
  'category.in_use',
  'The category is not empty',
  'Products or other categories stand in this category; move them first.',
) {}

import { ConflictError, NotFoundError, RejectedError } from '../../common/errors/domain.error.js';

export class CategoryNotFoundError extends NotFoundError {
  static override readonly code = 'category.not_found';
  static override readonly title = 'No such category';

  constructor(readonly idOrSlug: string) {
    super('There is no category with this id or slug.');
  }
}

/** A request refers to a category that does not exist. */
export class UnknownCategoryError extends RejectedError {
  static override readonly code = 'category.unknown';
  static override readonly title = 'A named category does not exist';
  override readonly errors;

  /** @param pointers Where the unknown categories stand in the request. */
  constructor(pointers: readonly string[]) {
    super('The request names a category that does not exist.');
    this.errors = pointers.map((pointer) => ({ pointer, code: 'unknown', message: 'names no category' }));
  }
}

export class CategorySlugTakenError extends ConflictError {
  static override readonly code = 'category.slug_taken';
  static override readonly title = 'The slug is taken';
  override readonly errors = [{ pointer: '/slug', code: 'taken', message: 'is used by another category' }];

  constructor(readonly slug: string) {
    super(`Another category has the slug "${slug}".`);
  }
}

export class CategoryCycleError extends ConflictError {
  static override readonly code = 'category.cycle';
  static override readonly title = 'A category cannot stand below itself';
  override readonly errors = [
    { pointer: '/parentId', code: 'cycle', message: 'is the category itself or stands below it' },
  ];

  constructor() {
    super('A category cannot be moved below itself or one of its descendants.');
  }
}

export class CategoryTooDeepError extends ConflictError {
  static override readonly code = 'category.too_deep';
  static override readonly title = 'The tree would be too deep';
  override readonly errors = [
    { pointer: '/parentId', code: 'depth', message: 'would put a category deeper than 10 levels' },
  ];

  constructor() {
    super('Categories stand at most 10 levels deep.');
  }
}

export class CategoryInUseError extends ConflictError {
  static override readonly code = 'category.in_use';
  static override readonly title = 'The category is not empty';

  constructor() {
    super('Products or other categories stand in this category; move them first.');
  }
}

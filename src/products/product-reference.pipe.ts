import type { PipeTransform } from '@nestjs/common';
import { raise } from '../common/errors/domain.error.js';
import { isUuid } from '../common/ids.js';
import { CategoryNotFoundError } from './categories/categories.errors.js';
import { SLUG } from './product-slug.js';
import { ProductNotFoundError } from './products.errors.js';

/** Reads an id or a slug; nothing has a name of another form, so that is not found. */
const reference = (NotFound: new () => Error): PipeTransform<string, string> => ({
  transform: (text) =>
    isUuid(text) ? text.toLowerCase() : text.length <= 200 && SLUG.test(text) ? text : raise(new NotFound()),
});

/** The path parameter `{idOrSlug}` of a product. */
export const ProductReference = reference(ProductNotFoundError);

/** The path parameter `{idOrSlug}` of a category. */
export const CategoryReference = reference(CategoryNotFoundError);

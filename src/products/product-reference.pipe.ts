import type { PipeTransform } from '@nestjs/common';
import { isUuid } from '../common/ids.js';
import { SLUG } from './product-slug.js';
import { ProductNotFoundError } from './products.errors.js';
import { CategoryNotFoundError } from './categories/categories.errors.js';

/** Reads an id or a slug; nothing has a name of another form, so that is not found. */
function reference(notFound: (text: string) => Error): PipeTransform<string, string> {
  return {
    transform(value: string): string {
      if (isUuid(value)) return value.toLowerCase();
      if (value.length > 200 || !SLUG.test(value)) throw notFound(value);
      return value;
    },
  };
}

/** The path parameter `{idOrSlug}` of a product. */
export const ProductReference = reference((text) => new ProductNotFoundError(text));

/** The path parameter `{idOrSlug}` of a category. */
export const CategoryReference = reference((text) => new CategoryNotFoundError(text));

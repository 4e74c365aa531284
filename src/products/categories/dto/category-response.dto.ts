import type { Page } from '../../../common/pagination/page.dto.js';
import type { Category } from '../entities/category.entity.js';

/** A category; `parentId` makes the list a tree. */
export class CategoryResponse {
  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120004" */
  id: string;

  /** @example "mugs-cups" */
  slug: string;

  /** @example "Mugs & Cups" */
  name: string;

  /**
   * The category above; null at the top.
   * @example null
   */
  parentId: string | null;

  /** @example "2026-01-01T12:00:00.000Z" */
  createdAt: string;

  /** @example "2026-01-02T12:00:00.000Z" */
  updatedAt: string;

  /**
   * Counts the changes; part of the ETag.
   * @example 1
   */
  version: number;
}

/** One page of categories. */
export class CategoryPageResponse {
  data: CategoryResponse[];

  /**
   * Where the next page starts; null on the last.
   * @example null
   */
  nextCursor: string | null;

  /**
   * Categories of all pages; only with `count=exact`.
   * @example 57
   */
  total?: number;
}

export function toCategoryResponse(category: Category): CategoryResponse {
  return {
    id: category.id,
    slug: category.slug,
    name: category.name,
    parentId: category.parentId,
    createdAt: category.createdAt.toISOString(),
    updatedAt: category.updatedAt.toISOString(),
    version: category.version,
  };
}

export function toCategoryPage({ data, nextCursor, total }: Page<Category>): CategoryPageResponse {
  return { data: data.map(toCategoryResponse), nextCursor, ...(total === undefined ? {} : { total }) };
}

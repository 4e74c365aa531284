import { Injectable } from '@nestjs/common';
import { raise } from '../../common/errors/domain.error.js';
import { assertVersion } from '../../common/errors/request.errors.js';
import { newId } from '../../common/ids.js';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import { Outbox } from '../../jobs/outbox.js';
import { CatalogueChanges } from '../catalogue/catalogue-changes.js';
import { insertUnderSlug } from '../product-slug.js';
import {
  CategoryCycleError,
  CategoryNotFoundError,
  CategoryTooDeepError,
  UnknownCategoryError,
} from './categories.errors.js';
import { CategoriesRepository } from './categories.repository.js';
import type { CreateCategoryDto, UpdateCategoryDto } from './category.dto.js';
import type { Category } from './category.entity.js';
import { CategoryEvent } from './category.event.js';

const MAX_DEPTH = 10;

/** The shelves of the shop. */
@Injectable()
export class CategoriesService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly categories: CategoriesRepository,
    private readonly changes: CatalogueChanges,
    private readonly outbox: Outbox,
  ) {}

  /** Lists categories by name. @throws InvalidRequestError for a cursor of another list. */
  list(request: PageRequest): Promise<Page<Category>> {
    return this.categories.findPage(request);
  }

  /** @throws CategoryNotFoundError */
  async get(idOrSlug: string): Promise<Category> {
    return (await this.categories.find(idOrSlug)) ?? raise(new CategoryNotFoundError());
  }

  /** @throws CategorySlugTakenError, UnknownCategoryError for the parent, CategoryTooDeepError. */
  create(dto: CreateCategoryDto): Promise<Category> {
    return this.transactions.run(async () => {
      const id = newId();
      const parentId = dto.parentId?.toLowerCase() ?? null;
      if (parentId !== null) await this.refuseDepth(parentId, 1);
      await insertUnderSlug({ id, name: dto.name, parentId }, dto.slug, (row, mayRefuse) =>
        this.categories.insert(row, mayRefuse),
      );
      return this.changed('category.created', id);
    });
  }

  /** @throws CategoryNotFoundError, VersionMismatchError, CategorySlugTakenError. */
  update(idOrSlug: string, dto: UpdateCategoryDto, expectedVersion: number | undefined): Promise<Category> {
    return this.transactions.run(async () => {
      const category = await this.lock(idOrSlug, expectedVersion);
      await this.categories.update(Object.assign(category, dto));
      return this.changed('category.updated', category.id);
    });
  }

  /**
   * Hangs a category, with all below it, under another one or at the top.
   *
   * Moves follow each other, because two at once could close a circle that neither of them sees.
   *
   * @throws CategoryNotFoundError, VersionMismatchError, UnknownCategoryError for the parent, CategoryCycleError, CategoryTooDeepError.
   */
  move(idOrSlug: string, parentId: string | null, expectedVersion: number | undefined): Promise<Category> {
    return this.transactions.run(async () => {
      await this.categories.lockTree();
      const category = await this.lock(idOrSlug, expectedVersion);
      if (parentId !== null) {
        const below = await this.categories.findSubtree(category.id);
        if (below.some(({ id }) => id === parentId.toLowerCase())) throw new CategoryCycleError();
        await this.refuseDepth(parentId, Math.max(...below.map(({ depth }) => depth)));
      }
      await this.categories.update({ ...category, parentId });
      return this.changed('category.moved', category.id);
    });
  }

  /** @throws CategoryNotFoundError, VersionMismatchError, CategoryInUseError. */
  remove(idOrSlug: string, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const category = await this.lock(idOrSlug, expectedVersion);
      await this.categories.delete(category.id);
      await this.changes.record();
      await this.outbox.add(new CategoryEvent('category.deleted', { ...category, version: category.version + 1 }));
    });
  }

  private async lock(idOrSlug: string, expectedVersion: number | undefined): Promise<Category> {
    const category = (await this.categories.lock(idOrSlug)) ?? raise(new CategoryNotFoundError());
    assertVersion(category, expectedVersion);
    return category;
  }

  /** @param height Levels that would hang below the parent. */
  private async refuseDepth(parentId: string, height: number): Promise<void> {
    const depth = await this.categories.findDepth(parentId);
    if (depth === 0) throw new UnknownCategoryError(['/parentId']);
    if (depth + height > MAX_DEPTH) throw new CategoryTooDeepError();
  }

  private async changed(type: CategoryEvent['type'], id: string): Promise<Category> {
    await this.changes.record();
    const category = await this.get(id);
    await this.outbox.add(new CategoryEvent(type, category));
    return category;
  }
}

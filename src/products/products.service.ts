import { Injectable } from '@nestjs/common';
import { raise } from '../common/errors/domain.error.js';
import { assertVersion, InvalidRequestError } from '../common/errors/request.errors.js';
import { isUuid, newId } from '../common/ids.js';
import { DEFAULT_CURRENCY } from '../common/money/money.js';
import { STANDARD_TAX_CATEGORY } from '../common/tax-category.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { CatalogueChanges } from './catalogue/catalogue-changes.js';
import { toProductStaffResponse } from './catalogue/catalogue.mapping.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import { UnknownCategoryError } from './categories/categories.errors.js';
import { CategoriesRepository } from './categories/categories.repository.js';
import { MAX_ATTRIBUTES } from './dto/catalogue-validators.js';
import type { ProductStaffResponse } from './dto/product-response.dto.js';
import type { CreateProductDto, UpdateProductDto } from './dto/product.dto.js';
import type { CreateVariantDto, PriceDto } from './dto/variant.dto.js';
import type { AttributeValue, Product, ProductOption } from './entities/product.entity.js';
import { ProductEvent } from './events/product.event.js';
import { optionErrors, optionsOf } from './product-options.js';
import { insertUnderSlug, SLUG } from './product-slug.js';
import {
  OptionsInUseError,
  ProductNotDraftError,
  ProductNotFoundError,
  ProductNotSellableError,
} from './products.errors.js';
import { type NewPrice, type NewVariant, ProductsRepository } from './products.repository.js';

/** The life of a product: made as a draft, put on sale, taken off it. */
@Injectable()
export class ProductsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly products: ProductsRepository,
    private readonly categories: CategoriesRepository,
    private readonly catalogue: CatalogueService,
    private readonly changes: CatalogueChanges,
  ) {}

  /**
   * Makes a draft with its variants, prices and categories, or nothing.
   *
   * @throws SlugTakenError, SkuTakenError, OptionsTakenError, UnknownCategoryError; InvalidRequestError for variants that do not fit the
   * options.
   */
  create(dto: CreateProductDto): Promise<ProductStaffResponse> {
    const variants = (dto.variants ?? []).map(toNewVariant);
    const options = dto.options ?? optionsOf(variants);
    const misfits = variants.flatMap((variant, index) => optionErrors(options, variant, `/variants/${index}/options`));
    if (misfits.length > 0) throw new InvalidRequestError(misfits);
    return this.transactions.run(async () => {
      const id = newId();
      const product = {
        id,
        name: dto.name,
        description: dto.description ?? '',
        brand: dto.brand ?? null,
        taxCategory: dto.taxCategory ?? STANDARD_TAX_CATEGORY,
        tags: dto.tags ?? [],
        attributes: dto.attributes ?? {},
        options,
      };
      await insertUnderSlug(product, dto.slug, (row, mayRefuse) => this.products.insert(row, mayRefuse));
      await this.products.insertVariants(id, variants);
      await this.placeInCategories(id, dto.categories ?? []);
      await this.changes.record(new ProductEvent('product.created', id, 1));
      return this.read(id);
    });
  }

  /**
   * Changes what the request names. Attributes are merged name by name; lists are replaced.
   *
   * @param expectedVersion The version the caller has seen; undefined changes whatever is there.
   * @throws ProductNotFoundError, VersionMismatchError, ProductAlreadyArchivedError, SlugTakenError, UnknownCategoryError,
   * OptionsInUseError.
   */
  update(id: string, dto: UpdateProductDto, expectedVersion: number | undefined): Promise<ProductStaffResponse> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      product.refuseWhenArchived();
      const { categories, attributes: patch, ...change } = dto;
      const attributes = merged(product.attributes, patch ?? {});
      if (Object.keys(attributes).length > MAX_ATTRIBUTES) {
        throw InvalidRequestError.of('/attributes', 'max', `must not leave more than ${MAX_ATTRIBUTES} attributes`);
      }
      if (change.options !== undefined) await this.refuseMisfits(id, change.options);
      if (categories !== undefined) await this.placeInCategories(id, categories);
      return this.changed(product, { ...change, attributes }, 'product.updated');
    });
  }

  /**
   * Puts a product on sale, also one that was archived; one that is on sale already stays as it is.
   *
   * @throws ProductNotFoundError, VersionMismatchError, ProductNotSellableError.
   */
  publish(id: string, expectedVersion: number | undefined): Promise<ProductStaffResponse> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      if (product.status === 'published') return this.read(id);
      if (!(await this.products.hasPricedVariant(id))) throw new ProductNotSellableError();
      return this.changed(product, { status: 'published', publishedAt: new Date() }, 'product.published');
    });
  }

  /**
   * Takes a product off sale; one that is archived already stays as it is.
   *
   * @throws ProductNotFoundError, VersionMismatchError.
   */
  archive(id: string, expectedVersion: number | undefined): Promise<ProductStaffResponse> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      if (product.status === 'archived') return this.read(id);
      return this.changed(product, { status: 'archived' }, 'product.archived');
    });
  }

  /**
   * Deletes a draft for good.
   *
   * @throws ProductNotFoundError, VersionMismatchError; ProductNotDraftError and ProductInUseError when it must be archived instead.
   */
  remove(id: string, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      if (product.status !== 'draft') throw new ProductNotDraftError();
      await this.products.delete(id);
      await this.changes.record(new ProductEvent('product.deleted', id, product.version + 1));
    });
  }

  /**
   * As staff see it; inside the transaction of a change, so that its answer shows this change and none after it.
   *
   * @throws ProductNotFoundError
   */
  async read(id: string): Promise<ProductStaffResponse> {
    return toProductStaffResponse(await this.catalogue.get(id, 'staff', DEFAULT_CURRENCY), DEFAULT_CURRENCY);
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<Product> {
    const product = (await this.products.lock(id)) ?? raise(new ProductNotFoundError());
    assertVersion(product, expectedVersion);
    return product;
  }

  private async changed(
    { id, version }: Product,
    change: Partial<Product>,
    type: ProductEvent['type'],
  ): Promise<ProductStaffResponse> {
    await this.products.change(id, change);
    await this.changes.record(new ProductEvent(type, id, version + 1));
    return this.read(id);
  }

  private async placeInCategories(productId: string, references: readonly string[]): Promise<void> {
    const ids = await this.categories.resolve(references.map(toReference));
    const unknown = ids.flatMap((id, index) => (id === null ? [`/categories/${index}`] : []));
    if (unknown.length > 0) throw new UnknownCategoryError(unknown);
    await this.products.setCategories(productId, [...new Set(ids as string[])]);
  }

  private async refuseMisfits(id: string, options: readonly ProductOption[]): Promise<void> {
    const variants = await this.products.findVariantsOf(id);
    if (variants.some((variant) => optionErrors(options, variant, '').length > 0)) throw new OptionsInUseError();
  }
}

/** What is neither an id nor a slug is a path of names. */
function toReference(text: string): string | string[] {
  return isUuid(text) || SLUG.test(text) ? text : text.split(' > ').map((name) => name.trim());
}

/** A variant as the request describes it, ready to be inserted; `index` places it when the request does not. */
export function toNewVariant(dto: CreateVariantDto, index: number): NewVariant {
  return {
    id: newId(),
    sku: dto.sku,
    options: dto.options ?? {},
    barcode: dto.barcode ?? null,
    weightGrams: dto.weightGrams ?? null,
    requiresShipping: dto.requiresShipping ?? true,
    position: dto.position ?? index,
    prices: (dto.prices ?? []).map(toNewPrice),
  };
}

export function toNewPrice({ amount, currency, compareAtAmount }: PriceDto): NewPrice {
  return { amount, currency, compareAtAmount: compareAtAmount ?? null };
}

/** JSON Merge Patch (RFC 7396) of one level: `null` removes a name. */
function merged(
  present: Record<string, AttributeValue>,
  patch: Record<string, AttributeValue | null>,
): Record<string, AttributeValue> {
  const entries = Object.entries({ ...present, ...patch }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as Record<string, AttributeValue>;
}

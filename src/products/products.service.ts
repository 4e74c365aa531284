import { Injectable } from '@nestjs/common';
import { InvalidRequestError, VersionMismatchError } from '../common/errors/request.errors.js';
import { isUuid, newId } from '../common/ids.js';
import { type Money, money } from '../common/money/money.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { CatalogueChanges } from './catalogue/catalogue-changes.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import type { ProductRow } from './catalogue/catalogue.rows.js';
import { DEFAULT_CURRENCY } from './catalogue/dto/list-products.dto.js';
import { UnknownCategoryError } from './categories/categories.errors.js';
import { CategoriesRepository } from './categories/categories.repository.js';
import { MAX_ATTRIBUTES } from './dto/catalogue-validators.js';
import type { CreateProductDto } from './dto/create-product.dto.js';
import type { CreateVariantDto } from './dto/create-variant.dto.js';
import type { PriceDto } from './dto/price.dto.js';
import type { UpdateProductDto } from './dto/update-product.dto.js';
import type { AttributeValue, Product } from './entities/product.entity.js';
import {
  ProductArchivedEvent,
  ProductCreatedEvent,
  ProductDeletedEvent,
  ProductPublishedEvent,
  ProductUpdatedEvent,
} from './events/product.event.js';
import { optionErrors, optionsOf, variantName } from './product-options.js';
import { SLUG, slugOf } from './product-slug.js';
import { OptionsInUseError, ProductNotDraftError, ProductNotFoundError } from './products.errors.js';
import { type NewPrice, type NewVariant, ProductsRepository } from './products.repository.js';

/** A variant that can be ordered right now, with what an order line copies from it. */
export interface SellableVariant {
  variantId: string;
  sku: string;
  /** Product name plus option values. */
  name: string;
  unitPrice: Money;
}

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
   * Prices variants for an order, in one statement.
   *
   * @param currency ISO 4217.
   * @returns in no particular order, and only those of published products, not archived, and priced in the currency.
   */
  async quote(variantIds: readonly string[], currency: string): Promise<SellableVariant[]> {
    const rows = await this.products.findSellable(variantIds, currency);
    return rows.map((row) => ({
      variantId: row.variantId,
      sku: row.sku,
      name: variantName(row.productName, row.productOptions, row.options),
      unitPrice: money(row.amount, currency),
    }));
  }

  /**
   * Makes a draft with its variants, prices and categories, or nothing.
   *
   * @throws SlugTakenError, SkuTakenError, OptionsTakenError, UnknownCategoryError; InvalidRequestError for variants that do not fit the
   * options.
   */
  create(dto: CreateProductDto): Promise<ProductRow> {
    const variants = dto.variants ?? [];
    const options = dto.options ?? optionsOf(variants.map(({ options = {} }) => ({ options })));
    const misfits = variants.flatMap((variant, index) =>
      optionErrors(options, { options: variant.options ?? {} }, `/variants/${index}/options`),
    );
    if (misfits.length > 0) throw new InvalidRequestError(misfits);
    return this.transactions.run(async () => {
      const id = newId();
      const product = {
        id,
        slug: dto.slug ?? slugOf(dto.name, id),
        name: dto.name,
        description: dto.description ?? '',
        brand: dto.brand ?? null,
        tags: dto.tags ?? [],
        attributes: dto.attributes ?? {},
        options,
      };
      const isDerived = dto.slug === undefined || dto.slug === null;
      if (!(await this.products.insert(product, isDerived))) {
        await this.products.insert({ ...product, slug: `${product.slug}-${id.slice(-12)}` }, false);
      }
      await this.products.insertVariants(id, variants.map(toNewVariant));
      await this.placeInCategories(id, dto.categories ?? []);
      await this.changes.record(new ProductCreatedEvent({ id, version: 1 }));
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
  update(id: string, dto: UpdateProductDto, expectedVersion: number | undefined): Promise<ProductRow> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      product.refuseWhenArchived();
      const { categories, attributes, ...rest } = dto;
      Object.assign(product, defined(rest));
      if (attributes !== undefined) product.attributes = merged(product.attributes, attributes);
      if (Object.keys(product.attributes).length > MAX_ATTRIBUTES) {
        throw InvalidRequestError.of('/attributes', 'max', `must not leave more than ${MAX_ATTRIBUTES} attributes`);
      }
      if (dto.options !== undefined) await this.refuseMisfits(product);
      if (categories !== undefined) await this.placeInCategories(id, categories);
      product.touch(new Date());
      await this.products.save(product);
      await this.changes.record(new ProductUpdatedEvent(product));
      return this.read(id);
    });
  }

  /**
   * Puts a product on sale; one that is on sale already stays as it is.
   *
   * @throws ProductNotFoundError, VersionMismatchError, ProductNotSellableError.
   */
  publish(id: string, expectedVersion: number | undefined): Promise<ProductRow> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      if (product.publish(await this.products.hasPricedVariant(id), new Date())) {
        await this.products.save(product);
        await this.changes.record(new ProductPublishedEvent(product));
      }
      return this.read(id);
    });
  }

  /**
   * Takes a product off sale; one that is archived already stays as it is.
   *
   * @throws ProductNotFoundError, VersionMismatchError.
   */
  archive(id: string, expectedVersion: number | undefined): Promise<ProductRow> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      if (product.archive(new Date())) {
        await this.products.save(product);
        await this.changes.record(new ProductArchivedEvent(product));
      }
      return this.read(id);
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
      await this.changes.record(new ProductDeletedEvent({ id, version: product.version + 1 }));
    });
  }

  /** As staff see it, inside the transaction of the change, so that the answer shows this change and none after it. */
  private read(id: string): Promise<ProductRow> {
    return this.catalogue.get(id, 'staff', DEFAULT_CURRENCY);
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<Product> {
    const product = await this.products.lockById(id);
    if (!product) throw new ProductNotFoundError(id);
    if (expectedVersion !== undefined && expectedVersion !== product.version)
      throw new VersionMismatchError(product.version);
    return product;
  }

  private async placeInCategories(productId: string, references: readonly string[]): Promise<void> {
    const ids = await this.categories.resolve(references.map(toReference));
    const unknown = ids.flatMap((id, index) => (id === null ? [`/categories/${index}`] : []));
    if (unknown.length > 0) throw new UnknownCategoryError(unknown);
    await this.products.setCategories(productId, [...new Set(ids as string[])]);
  }

  private async refuseMisfits(product: Product): Promise<void> {
    const values = await this.products.findOptionValues(product.id);
    if (values.some((options) => optionErrors(product.options, { options }, '').length > 0))
      throw new OptionsInUseError();
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
    position: dto.position ?? index,
    prices: (dto.prices ?? []).map(toNewPrice),
  };
}

export function toNewPrice({ amount, currency, compareAtAmount }: PriceDto): NewPrice {
  return { amount, currency, compareAtAmount: compareAtAmount ?? null };
}

function defined<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** JSON Merge Patch (RFC 7396) of one level: `null` removes a name. */
function merged(
  present: Record<string, AttributeValue>,
  patch: Record<string, AttributeValue | null>,
): Record<string, AttributeValue> {
  const entries = Object.entries({ ...present, ...patch }).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as Record<string, AttributeValue>;
}

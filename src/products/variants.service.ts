import { Injectable } from '@nestjs/common';
import { InvalidRequestError, VersionMismatchError } from '../common/errors/request.errors.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { CatalogueChanges } from './catalogue/catalogue-changes.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import type { VariantRow } from './catalogue/catalogue.rows.js';
import { DEFAULT_CURRENCY } from './catalogue/dto/list-products.dto.js';
import type { CreateVariantDto } from './dto/create-variant.dto.js';
import type { PriceDto } from './dto/price.dto.js';
import type { UpdateVariantDto } from './dto/update-variant.dto.js';
import type { Product } from './entities/product.entity.js';
import type { Variant } from './entities/variant.entity.js';
import { ProductUpdatedEvent } from './events/product.event.js';
import { optionErrors } from './product-options.js';
import { ProductNotFoundError, TooManyVariantsError, VariantNotFoundError } from './products.errors.js';
import { ProductsRepository } from './products.repository.js';
import { toNewPrice, toNewVariant } from './products.service.js';
import { VariantsRepository } from './variants.repository.js';

/** The product page shows all variants at once, so their number has a bound. */
const MAX_VARIANTS = 200;

/**
 * The variants of a product and their prices. Every change counts as a change of the product too, whose row is locked first.
 */
@Injectable()
export class VariantsService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly products: ProductsRepository,
    private readonly variants: VariantsRepository,
    private readonly catalogue: CatalogueService,
    private readonly changes: CatalogueChanges,
  ) {}

  /**
   * Adds a variant to a product.
   *
   * @throws ProductNotFoundError, ProductAlreadyArchivedError, TooManyVariantsError, SkuTakenError, OptionsTakenError;
   * InvalidRequestError when it does not fit the options of the product.
   */
  add(productId: string, dto: CreateVariantDto): Promise<VariantRow> {
    return this.transactions.run(async () => {
      const product = await this.lockProduct(productId);
      refuseMisfit(product, dto.options ?? {});
      const { count, nextPosition } = await this.variants.countOf(productId);
      if (count >= MAX_VARIANTS) throw new TooManyVariantsError(MAX_VARIANTS);
      const variant = toNewVariant(dto, nextPosition);
      await this.products.insertVariants(productId, [variant]);
      return this.changed(product, variant.id);
    });
  }

  /**
   * Changes what the request names.
   *
   * @throws VariantNotFoundError, VersionMismatchError, ProductAlreadyArchivedError, SkuTakenError, OptionsTakenError;
   * InvalidRequestError when it would not fit the options of the product.
   */
  update(id: string, dto: UpdateVariantDto, expectedVersion: number | undefined): Promise<VariantRow> {
    return this.change(id, expectedVersion, async (variant, product) => {
      if (dto.options !== undefined) refuseMisfit(product, dto.options);
      Object.assign(variant, Object.fromEntries(Object.entries(dto).filter(([, value]) => value !== undefined)));
    });
  }

  /** Puts the prices of a variant in place of those it had. @throws as `update`. */
  setPrices(id: string, prices: readonly PriceDto[], expectedVersion: number | undefined): Promise<VariantRow> {
    return this.change(id, expectedVersion, () => this.products.replacePrices(id, prices.map(toNewPrice)));
  }

  /**
   * Deletes a variant with its stock for good.
   *
   * @throws VariantNotFoundError, VersionMismatchError, ProductAlreadyArchivedError; ProductInUseError when an order refers to it.
   */
  remove(id: string, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const { product } = await this.lock(id, expectedVersion);
      await this.variants.delete(id);
      await this.touch(product);
    });
  }

  private change(
    id: string,
    expectedVersion: number | undefined,
    apply: (variant: Variant, product: Product) => Promise<void>,
  ): Promise<VariantRow> {
    return this.transactions.run(async () => {
      const { variant, product } = await this.lock(id, expectedVersion);
      await apply(variant, product);
      variant.version += 1;
      variant.updatedAt = new Date();
      await this.variants.save(variant);
      return this.changed(product, id);
    });
  }

  private async lock(id: string, expectedVersion: number | undefined): Promise<{ variant: Variant; product: Product }> {
    const productId = await this.variants.findProductId(id);
    const product = productId === null ? null : await this.products.lockById(productId);
    const variant = product && (await this.variants.lockById(id));
    if (!variant) throw new VariantNotFoundError(id);
    if (expectedVersion !== undefined && expectedVersion !== variant.version)
      throw new VersionMismatchError(variant.version);
    product.refuseWhenArchived();
    return { variant, product };
  }

  private async lockProduct(id: string): Promise<Product> {
    const product = await this.products.lockById(id);
    if (!product) throw new ProductNotFoundError(id);
    product.refuseWhenArchived();
    return product;
  }

  private async changed(product: Product, variantId: string): Promise<VariantRow> {
    await this.touch(product);
    return this.catalogue.getVariant(variantId, 'staff', DEFAULT_CURRENCY);
  }

  private async touch(product: Product): Promise<void> {
    product.touch(new Date());
    await this.products.saveVersion(product);
    await this.changes.record(new ProductUpdatedEvent(product));
  }
}

function refuseMisfit(product: Product, options: Record<string, string>): void {
  const misfits = optionErrors(product.options, { options }, '/options');
  if (misfits.length > 0) throw new InvalidRequestError(misfits);
}

import { Injectable } from '@nestjs/common';
import { raise } from '../common/errors/domain.error.js';
import { assertVersion, InvalidRequestError } from '../common/errors/request.errors.js';
import { DEFAULT_CURRENCY } from '../common/money/money.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { CatalogueChanges } from './catalogue/catalogue-changes.js';
import { toVariantStaffResponse } from './catalogue/catalogue.mapping.js';
import { CatalogueService } from './catalogue/catalogue.service.js';
import type { VariantStaffResponse } from './dto/variant-response.dto.js';
import type { CreateVariantDto, PriceDto, UpdateVariantDto } from './dto/variant.dto.js';
import type { Product } from './entities/product.entity.js';
import { ProductEvent } from './events/product.event.js';
import { optionErrors } from './product-options.js';
import { ProductNotFoundError, TooManyVariantsError, VariantNotFoundError } from './products.errors.js';
import { ProductsRepository } from './products.repository.js';
import { toNewPrice, toNewVariant } from './products.service.js';

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
    private readonly catalogue: CatalogueService,
    private readonly changes: CatalogueChanges,
  ) {}

  /**
   * Adds a variant to a product.
   *
   * @throws ProductNotFoundError, ProductAlreadyArchivedError, TooManyVariantsError, SkuTakenError, OptionsTakenError;
   * InvalidRequestError when it does not fit the options of the product.
   */
  add(productId: string, dto: CreateVariantDto): Promise<VariantStaffResponse> {
    return this.transactions.run(async () => {
      const product = (await this.products.lock(productId)) ?? raise(new ProductNotFoundError());
      product.refuseWhenArchived();
      refuseMisfit(product, dto.options ?? {});
      const { count, nextPosition } = await this.products.countVariants(productId);
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
  update(id: string, dto: UpdateVariantDto, expectedVersion: number | undefined): Promise<VariantStaffResponse> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      if (dto.options !== undefined) refuseMisfit(product, dto.options);
      await this.products.changeVariant(id, dto);
      return this.changed(product, id);
    });
  }

  /** Puts the prices of a variant in place of those it had. @throws as `update`. */
  setPrices(
    id: string,
    prices: readonly PriceDto[],
    expectedVersion: number | undefined,
  ): Promise<VariantStaffResponse> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      await this.products.replacePrices(id, prices.map(toNewPrice));
      await this.products.changeVariant(id);
      return this.changed(product, id);
    });
  }

  /**
   * Deletes a variant with its stock for good.
   *
   * @throws VariantNotFoundError, VersionMismatchError, ProductAlreadyArchivedError; ProductInUseError when an order refers to it.
   */
  remove(id: string, expectedVersion: number | undefined): Promise<void> {
    return this.transactions.run(async () => {
      const product = await this.lock(id, expectedVersion);
      await this.products.deleteVariant(id);
      await this.touch(product);
    });
  }

  /** Locks a variant and, before it, its product. @returns the product. */
  private async lock(id: string, expectedVersion: number | undefined): Promise<Product> {
    const { productId } = (await this.products.findVariant(id)) ?? raise(new VariantNotFoundError());
    const product = await this.products.lock(productId);
    const variant = (await this.products.lockVariant(id)) ?? raise(new VariantNotFoundError());
    assertVersion(variant, expectedVersion);
    product!.refuseWhenArchived();
    return product!;
  }

  /** Counts the change of a variant on its product as well. @returns the variant as staff see it. */
  private async changed(product: Product, id: string): Promise<VariantStaffResponse> {
    await this.touch(product);
    return toVariantStaffResponse(await this.catalogue.getVariant(id, 'staff', DEFAULT_CURRENCY), DEFAULT_CURRENCY);
  }

  private async touch({ id, version }: Product): Promise<void> {
    await this.products.change(id);
    await this.changes.record(new ProductEvent('product.updated', id, version + 1));
  }
}

function refuseMisfit(product: Product, options: Record<string, string>): void {
  const misfits = optionErrors(product.options, { options }, '/options');
  if (misfits.length > 0) throw new InvalidRequestError(misfits);
}

import { OmitType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { MoneyDto } from '../../common/money/money.dto.js';
import { HasDefault, MayBeAbsent, MergePatchOf } from '../../common/validation/decorators.js';
import { CurrencyQueryDto } from '../catalogue/dto/list-products.dto.js';
import { IsCount, IsOptionValues, IsPriceList, IsText } from './catalogue-validators.js';

/** What a variant costs in one currency. */
export class PriceDto extends MoneyDto {
  /**
   * The price before a reduction, in minor units; must be above `amount`.
   * @example 2499
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  compareAtAmount?: number | null;
}

/** No control characters, and no blank at either end, which nobody would type again. */
export const SKU = /^(?! )[^\p{Cc}]+(?<! )$/u;

/** A sellable form of a product. */
export class CreateVariantDto {
  /**
   * Stock keeping unit; unique in the whole shop.
   * @example "FJL-MUG-BLU-S"
   */
  @IsText(100)
  @Matches(SKU, { message: 'sku must not have control characters, or blanks at either end' })
  sku: string;

  /**
   * One value for each option of the product.
   * @example { "Colour": "Blue", "Size": "Small" }
   */
  @HasDefault()
  @IsOptionValues()
  options?: Record<string, string>;

  /**
   * Usually a GTIN.
   * @example "2000410000377"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  barcode?: string | null;

  /**
   * Weight in grams.
   * @example 140
   */
  @IsOptional()
  @IsCount(2_000_000_000)
  weightGrams?: number | null;

  /**
   * Whether it is sent or fetched; false for what is downloaded or done.
   * @example true
   */
  @HasDefault()
  @IsBoolean()
  requiresShipping?: boolean;

  /**
   * Place among the variants, lowest first; a new variant without one goes behind the others.
   * @example 0
   */
  @HasDefault()
  @IsCount(1_000_000)
  position?: number;

  /**
   * At most one price a currency.
   * @example [{ "amount": 1490, "currency": "EUR" }]
   */
  @IsOptional()
  @IsPriceList()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => PriceDto)
  prices?: PriceDto[];
}

/** Changes to a variant (JSON Merge Patch): what is left out stays as it is, and option values are replaced as a whole. */
export class UpdateVariantDto extends MergePatchOf(OmitType(CreateVariantDto, ['prices'])) {
  /**
   * True takes the variant off sale; orders keep referring to it.
   * @example false
   */
  @MayBeAbsent()
  @IsBoolean()
  isArchived?: boolean;
}

/** Every price of a variant. */
export class SetPricesDto {
  /**
   * At most one price a currency; those not named are removed.
   * @example [{ "amount": 1490, "currency": "EUR", "compareAtAmount": 1790 }]
   */
  @IsArray()
  @IsPriceList()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => PriceDto)
  prices: PriceDto[];
}

/** Which variant to find. */
export class FindVariantsDto extends CurrencyQueryDto {
  /**
   * Exact SKU.
   * @example "FJL-MUG-BLU-S"
   */
  @IsText(100)
  sku: string;
}

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
  MinLength,
  ValidateNested,
} from 'class-validator';
import { MayBeAbsent } from '../../common/validation/decorators.js';
import { IsOptionValues, IsPriceList } from './catalogue-validators.js';
import { SKU } from './create-variant.dto.js';
import { PriceDto } from './price.dto.js';

/** Changes to a variant (JSON Merge Patch): what is left out stays as it is. */
export class UpdateVariantDto {
  /**
   * Stock keeping unit; unique in the whole shop.
   * @example "FJL-MUG-BLU-S"
   */
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(100)
  @Matches(SKU, { message: 'sku must not have control characters, or blanks at either end' })
  sku?: string;

  /**
   * Replaces the option values: one for each option of the product.
   * @example { "Colour": "Blue", "Size": "Small" }
   */
  @MayBeAbsent()
  @IsOptionValues()
  options?: Record<string, string>;

  /**
   * Usually a GTIN; null when there is none.
   * @example "2000410000377"
   */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  barcode?: string | null;

  /**
   * Weight in grams; null when it is not known.
   * @example 140
   */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_000_000_000)
  weightGrams?: number | null;

  /**
   * Place among the variants, lowest first.
   * @example 0
   */
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  position?: number;

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
